"""Log → runs: everybody enters, goes on or leaves whom the next lines of the logs concern."""

from functools import partial

from beckon.domain.workflows import actions as workflows
from beckon.kit.clock import Clock
from beckon.storage.state import State

HEARD_AT_ONCE = 2000


async def listen(state: State, clock: Clock) -> bool:
    """Read the log on by one batch, in one transaction."""
    return await state.write(partial(workflows.listen, now=clock.now(), limit=HEARD_AT_ONCE))
