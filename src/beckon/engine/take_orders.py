"""Log → orders: events that tell of orders make and change them."""

from functools import partial

from beckon.domain.orders import following
from beckon.domain.orders.following import Read
from beckon.storage.state import State


async def take_orders(state: State, read: Read) -> bool:
    """Keep what the next events of the log say, in one transaction, where there are any."""
    if not await state.read(following.is_behind):
        return False
    return await state.write(partial(following.follow, read=read))
