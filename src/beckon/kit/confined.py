"""Calls functions in a process of their own, with bounds: what they do to it harms nobody else.

For libraries that cannot be interrupted, or that a hostile document can bring down. The process
starts with the first call and again after it died. Results are kept, for the same is often asked.
"""

import os
import resource
import select
import signal
import subprocess
import sys
import time
from atexit import register
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import suppress
from importlib import import_module
from threading import Lock
from typing import IO, NoReturn

KEPT_MAX = 64
"""Results kept, the longest unused go first."""

PATIENCE = 20
"""Seconds waited for each second of work allowed: a busy machine is no fault of the argument."""

_LENGTH_BYTES = 4


class GaveUpError(Exception):
    """The call took more work or memory than it may; its process was ended."""


class FailedError(Exception):
    """The function itself refused its argument with a ValueError; says what it said."""


class Confined:
    """One module's functions from text to text, called one at a time from any thread.

    A call may take `seconds_max` of processor time, which starting the process is no part of.
    """

    def __init__(self, module: str, *, bytes_max: int, seconds_max: float) -> None:
        bounds = [str(bytes_max), str(seconds_max)]
        self._command = [sys.executable, "-m", __name__, module, *bounds]
        self._waited_max = seconds_max * PATIENCE
        self._process: subprocess.Popen[bytes] | None = None
        self._kept: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._lock = Lock()
        register(self.close)

    def call(self, function: str, argument: str) -> str:
        """Call a function of the module. Raises FailedError and GaveUpError."""
        with self._lock:
            asked = function, argument
            if asked not in self._kept:
                self._kept[asked] = self._ask(function, argument)
            self._kept.move_to_end(asked)
            if len(self._kept) > KEPT_MAX:
                self._kept.popitem(last=False)
            return self._kept[asked]

    def close(self) -> None:
        """End the process, if there is one; the next call starts another."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def _ask(self, function: str, argument: str) -> str:
        try:
            refused, text = self._exchange(function, argument)
        except (OSError, EOFError, TimeoutError) as fault:
            self.close()
            raise GaveUpError from fault
        if refused:
            raise FailedError(text)
        return text

    def _exchange(self, *request: str) -> list[str]:
        if self._process is None:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        deadline = time.monotonic() + self._waited_max
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None, "asked for as a pipe"
        assert stdout is not None, "asked for as a pipe"
        _write(stdin, request)
        source = stdout.fileno()
        reply = []
        for _ in range(2):
            length = int.from_bytes(_read_until(deadline, source, _LENGTH_BYTES))
            reply.append(_read_until(deadline, source, length).decode())
        return reply


def _read_until(deadline: float, source: int, count: int) -> bytes:
    waiting = select.poll()  # unlike select, it takes descriptors of any number
    waiting.register(source, select.POLLIN)
    pieces = []
    while count:
        if not waiting.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise TimeoutError
        piece = os.read(source, count)
        if not piece:
            raise EOFError
        pieces.append(piece)
        count -= len(piece)
    return b"".join(pieces)


def _write(target: IO[bytes], texts: Iterable[str]) -> None:
    for text in texts:
        content = text.encode()
        target.write(len(content).to_bytes(_LENGTH_BYTES) + content)
    target.flush()


def serve(module: str, bytes_max: int, seconds_max: float) -> NoReturn:
    """Answer calls from standard input until it ends: the life of the process."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    functions = import_module(module)
    resource.setrlimit(resource.RLIMIT_AS, (bytes_max, bytes_max))
    source, target = sys.stdin.buffer, sys.stdout.buffer
    with suppress(KeyboardInterrupt):  # told to everybody at the terminal; the caller ends us
        while head := source.read(_LENGTH_BYTES):
            function = source.read(int.from_bytes(head)).decode()
            argument = source.read(int.from_bytes(source.read(_LENGTH_BYTES))).decode()
            # Its signal ends the process, even where it is deep in a library.
            signal.setitimer(signal.ITIMER_PROF, seconds_max)
            try:
                reply = "", getattr(functions, function)(argument)
            except ValueError as fault:
                reply = "refused", str(fault)
            except MemoryError:
                sys.exit(1)
            signal.setitimer(signal.ITIMER_PROF, 0)
            _write(target, reply)
    sys.exit()


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
