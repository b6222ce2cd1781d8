"""The calendar → runs: everybody enters whose date or whose segment's turn has come."""

from functools import partial

from beckon.domain.workflows import actions as workflows
from beckon.kit.clock import Clock
from beckon.storage.state import State

LOOKED_AT_ONCE = 500


async def schedule(state: State, clock: Clock) -> bool:
    """Look at one piece of the people of one workflow, in one transaction."""
    return await state.write(partial(workflows.scan, now=clock.now(), limit=LOOKED_AT_ONCE))
