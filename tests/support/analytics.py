"""A real embedded engine for the tests: one a run, a database of its own for each test."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path

from beckon.storage.analytics.address import Address, read_address
from beckon.storage.analytics.client import Analytics
from beckon.storage.analytics.engine import READY
from beckon.storage.analytics.prepare import prepare

_numbers = count(1)


class RunningEngine:
    """An engine that answers, and can be killed and started again on the same folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start, and wait until it answers."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "beckon.storage.analytics.engine", self._folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == READY, "the engine did not start"

    def kill(self) -> None:
        """End it without warning."""
        os.kill(self.pid, signal.SIGKILL)
        self._reap()

    def stop(self) -> None:
        """End it as its parent's end would."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._reap()

    def locate(self, database: str) -> Address | None:
        address = read_address(self._folder)
        return None if address is None else replace(address, database=database)

    def new_database(self) -> str:
        """Name a database that nobody else in this test run has."""
        return f"test_{next(_numbers)}"

    def _reap(self) -> None:
        assert self._process is not None
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()


@contextmanager
def running_engine(folder: Path) -> Iterator[RunningEngine]:
    """Run an engine until the block ends."""
    engine = RunningEngine(folder)
    engine.start()
    try:
        yield engine
    finally:
        engine.stop()


def ask_all(engine: RunningEngine, story):
    """Run `async def story(analytics)` on a fresh, prepared database."""

    async def live():
        database = engine.new_database()
        analytics = Analytics(lambda: engine.locate(database))
        try:
            await prepare(analytics)
            return await story(analytics)
        finally:
            await analytics.run(f"DROP DATABASE IF EXISTS {database} SYNC")
            await analytics.close()

    return asyncio.run(live())
