"""Load over HTTP/1.1: many kept connections, each with one request under way at a time.

Built on a raw protocol, so that the generator costs a fraction of what it measures; the benchmark
checks that against a server that does nothing.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import uvloop

from support.servers import HOST, own_cpu_seconds

CRLF = b"\r\n"
END_OF_HEAD = b"\r\n\r\n"
LENGTH = b"content-length: "


@dataclass(slots=True)
class Outcome:
    """What came of a run. `bodies` are those of the 200s, `latencies` (seconds) of every answer."""

    seconds: float = 0.0
    client_cpu_seconds: float = 0.0
    bodies: list[bytes] = field(default_factory=list)
    refused: list[bytes] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Accepted requests a second."""
        return len(self.bodies) / self.seconds

    def percentile_ms(self, percent: float) -> float:
        """Tell how many milliseconds so many percent of the answers took at most."""
        ranked = sorted(self.latencies)
        return 1000 * ranked[min(len(ranked) - 1, int(len(ranked) * percent / 100))]


def post(path: str, key: str, body: bytes) -> bytes:
    """Write out a POST with a JSON body."""
    head = (
        f"POST {path} HTTP/1.1\r\nhost: {HOST}\r\nx-api-key: {key}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def get(path: str, key: str) -> bytes:
    """Write out a GET."""
    return f"GET {path} HTTP/1.1\r\nhost: {HOST}\r\nx-api-key: {key}\r\n\r\n".encode()


def send_all(port: int, requests: Sequence[bytes], connections: int) -> Outcome:
    """Send every request once; raises ConnectionError when the server hangs up."""
    return uvloop.run(_send_all(port, requests, connections))


async def _send_all(port: int, requests: Sequence[bytes], connections: int) -> Outcome:
    loop = asyncio.get_running_loop()
    outcome = Outcome()
    left = iter(requests)
    senders = [
        (await loop.create_connection(lambda: _Sender(left, outcome), HOST, port))[1]
        for _ in range(connections)
    ]
    cpu_before, began = own_cpu_seconds(), time.perf_counter()
    for sender in senders:
        sender.send_next()
    await asyncio.gather(*(sender.done for sender in senders))
    outcome.seconds = time.perf_counter() - began
    outcome.client_cpu_seconds = own_cpu_seconds() - cpu_before
    return outcome


class _Sender(asyncio.Protocol):
    """One connection: sends the next of the shared requests when an answer is complete."""

    def __init__(self, left: Iterator[bytes], outcome: Outcome) -> None:
        self._left = left
        self._outcome = outcome
        self._buffer = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport) -> None:
        self._transport = transport

    def send_next(self) -> None:
        request = next(self._left, None)
        if request is None:
            self.done.set_result(None)
            self._transport.close()
            return
        self._began = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        head_end = self._buffer.find(END_OF_HEAD)
        if head_end < 0:
            return
        body_at = head_end + len(END_OF_HEAD)
        length_at = self._buffer.index(LENGTH, 0, body_at) + len(LENGTH)
        length = int(self._buffer[length_at : self._buffer.index(CRLF, length_at)])
        if len(self._buffer) < body_at + length:
            return
        self._outcome.latencies.append(time.perf_counter() - self._began)
        if self._buffer.startswith(b"HTTP/1.1 200 "):
            self._outcome.bodies.append(self._buffer[body_at:])
        else:
            self._outcome.refused.append(self._buffer)
        self._buffer = b""
        self.send_next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionResetError("the server hung up"))
