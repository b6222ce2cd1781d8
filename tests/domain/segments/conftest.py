"""A running analytics engine for the rules that are asked of everybody."""

import asyncio
import threading
from contextlib import contextmanager

import pytest

from beckon.storage.analytics.address import read_address
from beckon.storage.analytics.client import Analytics, AnalyticsUnavailable
from beckon.storage.analytics.prepare import prepare
from beckon.storage.analytics.supervisor import Supervisor

READY_SECONDS = 60
LANES = 4


class Engine:
    """The embedded engine from a test's point of view: calls that wait for their answer."""

    def __init__(self, folder):
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._lanes = asyncio.Semaphore(LANES)
        self.analytics = None

    def call(self, work):
        """Run a coroutine and give what it returns."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def ask(self, question, **limits):
        """Ask a compiled question."""
        return self.call(self.analytics.ask(question.sql, question.values, **limits))

    def ask_all(self, questions):
        """Ask several questions, a few at a time; gives the numbers each found."""

        async def ask_one(question):
            async with self._lanes:
                rows = await self.analytics.ask(question.sql, question.values, seconds_max=20)
            return {row[0] for row in rows}

        async def gather():
            return await asyncio.gather(*map(ask_one, questions))

        return self.call(gather())

    def insert(self, table, columns, rows, token):
        """Write rows."""
        self.call(self.analytics.insert(table, columns, rows, token))

    @contextmanager
    def running(self):
        """Start the engine with its tables; end it after."""
        supervisor = Supervisor(self._folder)
        try:
            self.call(self._open(supervisor))
            yield self
        finally:
            self.call(self._shut(supervisor))
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    async def _open(self, supervisor):
        supervisor.start()
        self.analytics = Analytics(lambda: read_address(self._folder))
        async with asyncio.timeout(READY_SECONDS):
            while True:
                try:
                    await prepare(self.analytics)
                except AnalyticsUnavailable:
                    await asyncio.sleep(0.1)
                else:
                    return

    async def _shut(self, supervisor):
        await self.analytics.close()
        await supervisor.stop()


@pytest.fixture(scope="session")
def analytics_engine(tmp_path_factory):
    """Keep one engine for all tests here; projects keep them apart."""
    pytest.importorskip("chdb", reason="the analytics engine is not installed")
    with Engine(tmp_path_factory.mktemp("analytics")).running() as engine:
        yield engine
