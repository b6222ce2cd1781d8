"""Reconcile: what workers that are gone left behind."""

from functools import partial

from beckon.domain.messages import actions as messages
from beckon.kit.clock import Clock
from beckon.storage.presence import Presence
from beckon.storage.state import State

RECOVERED_AT_ONCE = 500


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
