"""Keeps the embedded engine alive: starts it, starts it again when it dies, ends it with us.

Invariant: nobody waits for it. Who asks while it is away is told so by `client`.
"""

import asyncio
import fcntl
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import IO

import structlog

from beckon.kit.metrics import ANALYTICS_STARTS, ANALYTICS_UP
from beckon.storage.analytics.address import forget_address
from beckon.storage.analytics.engine import READY

PAUSE_SECONDS_MIN = 0.2
PAUSE_SECONDS_MAX = 5.0
STEADY_SECONDS = 10.0
START_SECONDS = 120.0
STOP_SECONDS = 5.0

log = structlog.get_logger()


class Supervisor:
    """The embedded engine's keeper; tells the metrics of each start and end.

    Of several processes on one data directory the first keeps the engine, and the others use it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        self._lock: IO[str] | None = None
        self._keeping: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The engine's process, while there is one."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Begin to keep the engine alive; returns at once."""
        if find_spec("chdb") is None:
            # No wheel for this platform (musl, Windows), or left out on purpose.
            log.error(
                "analytics.absent",
                reason="The package chdb-core is not installed, so segments and reports answer "
                "503; all else works. Install it, or set BECKON_CLICKHOUSE_URL.",
            )
            return
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._keeping = asyncio.create_task(self._keep(), name="analytics")

    async def stop(self) -> None:
        """End the engine; what it acknowledged is on the disk."""
        if self._keeping is not None:
            self._keeping.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeping
        await self._end()
        if self._lock is not None:
            self._lock.close()

    async def _keep(self) -> None:
        await self._take_folder()
        pause = PAUSE_SECONDS_MIN
        clock = asyncio.get_running_loop().time
        while True:
            begun = clock()
            await self._live_once()
            if clock() - begun > STEADY_SECONDS:
                pause = PAUSE_SECONDS_MIN
            log.warning("analytics.restarts", pause_seconds=pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, PAUSE_SECONDS_MAX)

    async def _take_folder(self) -> None:
        """Wait until no other process keeps an engine here: chDB lets one process in."""
        self._lock = (self._folder / "keeper.lock").open("a+")
        while True:
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                await asyncio.sleep(1)
            else:
                return

    async def _live_once(self) -> None:
        """Start the engine and wait for its end."""
        forget_address(self._folder)
        process = self._process = await asyncio.create_subprocess_exec(
            *(
                sys.executable,
                "-m",
                "beckon.storage.analytics.engine",
                str(self._folder.absolute()),
            ),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C at the terminal is for us; we end it when it is time
        )
        assert process.stdout is not None
        try:
            async with asyncio.timeout(START_SECONDS):
                is_ready = await process.stdout.readline() == READY
        except TimeoutError:
            is_ready = False
        if is_ready:
            ANALYTICS_STARTS.inc()
            ANALYTICS_UP.set(1)
            log.info("analytics.ready", pid=process.pid)
        else:
            with suppress(ProcessLookupError):
                process.kill()
        status = await process.wait()
        forget_address(self._folder)
        ANALYTICS_UP.set(0)
        log.error("analytics.ended", status=status)

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
