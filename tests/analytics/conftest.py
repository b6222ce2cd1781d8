"""What analytics tests need: an engine, a state store beside it, and a forwarder between them."""

import asyncio

import pytest

from beckon.engine.forward import Forwarder
from beckon.engine.streams.every import STREAMS
from beckon.kit.bell import Bell
from beckon.storage.analytics.client import Analytics
from beckon.storage.state import open_state
from support.analytics import ask_all, running_engine
from support.clock import JumpingClock


@pytest.fixture(scope="session")
def engine(tmp_path_factory):
    """One embedded engine for the whole run."""
    with running_engine(tmp_path_factory.mktemp("analytics")) as running:
        yield running


@pytest.fixture
def ask(engine):
    """Run `async def story(analytics)` on a fresh database."""
    return lambda story: ask_all(engine, story)


@pytest.fixture
def clock():
    """Simulated time; it begins on 1 April 2026, 9:00 UTC."""
    return JumpingClock()


@pytest.fixture
def simulate(engine, state_url, clock):
    """Run a story `async def story(world)` on a fresh store of either kind and a database."""

    async def live(story):
        database = engine.new_database()
        analytics = Analytics(lambda: engine.locate(database))
        state = open_state(state_url)
        await analytics.make_database()
        try:
            return await story(World(state, analytics, clock))
        finally:
            await analytics.run(f"DROP DATABASE IF EXISTS {database} SYNC")
            await analytics.close()
            await state.close()

    return lambda story: asyncio.run(live(story))


class World:
    """A state store, an analytics store, and forwarders between them."""

    def __init__(self, state, analytics, clock):
        self.state = state
        self.analytics = analytics
        self.clock = clock
        self.forward = self.a_forwarder()

    def a_forwarder(self, worker="a worker", *, gone=(), streams=STREAMS):
        """Make a forwarder; to it, the workers in `gone` have ended."""

        async def tell_gone(workers):
            return [worker for worker in workers if worker in gone]

        return Forwarder(
            self.state,
            self.analytics,
            self.clock,
            streams,
            bell=Bell(),
            worker=worker,
            gone=tell_gone,
        )

    async def forward_all(self, forward=None):
        """Forward until there is nothing more."""
        while await (forward or self.forward)():
            pass

    async def ask(self, sql, **values):
        """Ask with patience: a test's machine may be busy."""
        return await self.analytics.ask(sql, values, seconds_max=30)
