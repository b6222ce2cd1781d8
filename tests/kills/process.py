"""Beckon as a process that can be killed at any moment and started again on the same address."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path

from support.smtp_sink import HOST

BECKON = (str(Path(sys.executable).with_name("beckon")),)
WITH_ITS_OWN_CLOCK = (sys.executable, "-P", str(Path(__file__).with_name("ahead.py")))
START_SECONDS = 180
BELOW_THE_EPHEMERAL = range(20_000, 32_000)
LOOK_EVERY_SECONDS = 0.05


class FastClock:
    """A clock for processes that runs ahead of the system's as far as it is told."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ahead = timedelta()
        self.advance(timedelta())

    def advance(self, by: timedelta) -> None:
        """Let so much time pass at once."""
        self._ahead += by
        fresh = self.path.with_suffix(".new")
        fresh.write_text(str(self._ahead.total_seconds()))
        fresh.replace(self.path)


class Process:
    """One `beckon serve`. What it writes to standard error goes to `log`, start after start."""

    def __init__(
        self, port: int, log: Path, *, clock: FastClock | None = None, **settings: str
    ) -> None:
        self.port = port
        self._log = log
        self._command = BECKON if clock is None else WITH_ITS_OWN_CLOCK
        outer = {key: value for key, value in os.environ.items() if not key.startswith("BECKON_")}  # noqa: TID251 - handed on to a process
        chosen = {"RATE_LIMIT": "0", "MAIL_FROM": "hello@beckon.example"} | settings
        self._environ = outer | {f"BECKON_{name}": value for name, value in chosen.items()}
        if clock is not None:
            self._environ["CLOCK_AHEAD"] = str(clock.path)

    def start(self) -> None:
        """Start, and return at once."""
        with self._log.open("ab") as log:
            self._running = subprocess.Popen(
                [*self._command, "serve", "--port", str(self.port)],
                env=self._environ,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )

    def wait_until_ready(self) -> None:
        """Wait until it says so."""
        assert self.comes_up(), f"it ended by itself:\n{self.said()}"

    def comes_up(self) -> bool:
        """Wait until it says that it is ready; False where it ends by itself."""
        end = time.monotonic() + START_SECONDS
        while not self._is_ready():
            if self._running.poll() is not None:
                return False
            assert time.monotonic() < end, f"not ready after {START_SECONDS} s"
            time.sleep(LOOK_EVERY_SECONDS)
        return True

    def said(self) -> str:
        """Give what it wrote to standard error, start after start."""
        return self._log.read_text()

    def kill(self) -> None:
        """End it without warning, as a power cut would."""
        self._running.kill()
        self._running.wait()

    def stop(self) -> float:
        """Ask it to end, and tell how many seconds that took."""
        began = time.monotonic()
        self._running.send_signal(signal.SIGTERM)
        self._running.wait(START_SECONDS)
        return time.monotonic() - began

    def end(self) -> None:
        """Leave nothing running, whatever happened."""
        if self._running.poll() is None:
            self.kill()

    def _is_ready(self) -> bool:
        connection = HTTPConnection(HOST, self.port, timeout=1)
        try:
            connection.request("GET", "/ready")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()


@contextmanager
def started(*processes: Process) -> Iterator[None]:
    """Start them all, wait until they are ready, and leave none behind."""
    try:
        for process in processes:
            process.start()
        for process in processes:
            process.wait_until_ready()
        yield
    finally:
        for process in processes:
            process.end()


def free_port() -> int:
    """Find a port nobody listens on, and that no connection of others gets while ours is down."""
    while True:
        port = random.choice(BELOW_THE_EPHEMERAL)
        with suppress(OSError), socket.create_server((HOST, port)):
            return port
