"""The steps that are one transaction each: listen and wake; and reconcile, which looks around."""

from functools import partial

from beckon.domain.messages import actions as messages
from beckon.domain.workflows import actions as workflows
from beckon.kit.clock import Clock
from beckon.storage.presence import Presence
from beckon.storage.state import State

HEARD_AT_ONCE = 2000
WOKEN_AT_ONCE = 500
RECOVERED_AT_ONCE = 500


async def listen(state: State, clock: Clock) -> bool:
    """Log → runs: let everybody enter whom the next events concern."""
    return await state.write(partial(workflows.listen, now=clock.now(), limit=HEARD_AT_ONCE))


async def wake(state: State, clock: Clock) -> bool:
    """Due runs → messages: move whoever has waited long enough."""
    return await state.write(partial(workflows.wake, now=clock.now(), limit=WOKEN_AT_ONCE))


async def reconcile(
    state: State, clock: Clock, presence: Presence, *, repeats_safely: bool
) -> bool:
    """Free or list what workers that are gone left behind."""
    gone = await presence.gone(await state.read(messages.list_workers))
    if not gone:
        return False
    freed = await state.write(
        partial(
            messages.recover,
            workers=gone,
            repeats_safely=repeats_safely,
            now=clock.now(),
            limit=RECOVERED_AT_ONCE,
        )
    )
    return freed > 0
