"""Launches campaigns and lets their messages go: one bounded piece of one campaign at a time."""

from functools import partial

from beckon.domain.campaigns import actions as campaigns
from beckon.kit.clock import Clock
from beckon.storage.state import State


async def launch(state: State, clock: Clock) -> bool:
    """Campaigns → messages: move the campaign that is due the longest."""
    return await state.write(partial(campaigns.advance, now=clock.now()))
