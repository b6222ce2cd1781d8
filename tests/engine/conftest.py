"""What simulations need: an open state on either store and a clock that jumps."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from beckon.storage.state import open_state
from support.builders import a_project
from support.clock import JumpingClock
from support.providers import HonestProvider
from support.stage import Stage
from support.worker import Worker


@pytest.fixture
def clock():
    """Simulated time; it begins on 1 April 2026, 9:00 UTC."""
    return JumpingClock()


@pytest.fixture
def simulate(state_url):
    """Run a story `async def story(state)` on a fresh store of either kind."""

    @asynccontextmanager
    async def opened():
        state = open_state(state_url)
        try:
            yield state
        finally:
            await state.close()

    async def live(story):
        async with opened() as state:
            return await story(state)

    return lambda story: asyncio.run(live(story))


@pytest.fixture
def play(simulate, clock):
    """Play a story `async def story(stage)`."""

    def played(story):
        async def whole(state):
            worker = Worker("w", state, clock, HonestProvider(repeats_safely=True))
            project_id = await state.write(a_project)
            await worker.drain()
            await story(Stage(state, clock, project_id, worker))

        simulate(whole)

    return played
