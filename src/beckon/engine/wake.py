"""Due runs → messages: whoever has waited long enough goes on."""

from functools import partial

from beckon.domain.workflows import actions as workflows
from beckon.kit.clock import Clock
from beckon.storage.state import State

WOKEN_AT_ONCE = 1000


async def wake(state: State, clock: Clock) -> bool:
    """Move one batch of due runs, in one transaction."""
    return await state.write(partial(workflows.wake, now=clock.now(), limit=WOKEN_AT_ONCE))
