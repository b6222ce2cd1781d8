"""An HTTP server on a real socket that keeps what it was asked and misbehaves on order.

`answer(request)` is the pretended service; `faults` are taken one a request, before or after it.
"""

import asyncio
import json
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came in."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query))

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Said:
    """One answer; `is_whole` False promises more bytes than come."""

    status: int = 200
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)
    is_whole: bool = True

    def bytes(self) -> bytes:
        body = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        length = len(body) + (0 if self.is_whole else 10)
        lines = [
            f"HTTP/1.1 {self.status} Said",
            *(f"{name}: {value}" for name, value in self.headers.items()),
            f"content-length: {length}",
        ]
        return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with one request. `accepts`: the service acts on it all the same."""

    kind: str
    said: Said | bytes | None = None
    accepts: bool = False


HANG = Fault("hang")
HANG_AFTER_ACCEPT = Fault("hang", accepts=True)
RESET = Fault("reset")
RESET_AFTER_ACCEPT = Fault("reset", accepts=True)
RESET_AT_ONCE = Fault("reset at once")
BROKEN = Fault("say", Said(500, b"boom"))
BROKEN_AFTER_ACCEPT = Fault("say", Said(500, b"boom"), accepts=True)
BAD_GATEWAY = Fault("say", Said(502, b"<html>Error 502</html>"))
MAINTENANCE = Fault("say", Said(503, b"later", {"retry-after": "120"}))
THROTTLED = Fault("say", Said(429, {"error": "slow down"}, {"retry-after": "7"}))
UNAUTHORIZED = Fault("say", Said(401, {"message": "who are you?"}))
NO_JSON = Fault("say", Said(200, b"{oops"), accepts=True)
OVERSIZED = Fault("say", Said(200, b"x" * 2_000_000), accepts=True)
CUT = Fault("say", Said(200, b"{}", is_whole=False), accepts=True)
NO_HTTP = Fault("say", b"certainly!\r\n\r\n", accepts=True)
REDIRECT = Fault("say", Said(302, b"", {"location": "http://127.0.0.1:1/"}))


class HttpSink:
    """A server to ask, which acts at once and answers `answer_seconds` later.

    An asynchronous context manager.
    """

    def __init__(
        self,
        answer: Callable[[Asked], Said] | None = None,
        *,
        faults: Sequence[Fault] = (),
        on_path: str = "",
        tls: ssl.SSLContext | None = None,
        answer_seconds: float = 0.0,
    ) -> None:
        self._answer = answer or (lambda _: Said())
        self.faults = list(faults)
        self._on_path = on_path
        self._tls = tls
        self._answer_seconds = answer_seconds
        self.asked: list[Asked] = []
        self.connections = 0
        self._open: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, HOST, 0, ssl=self._tls)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for writer in list(self._open):
            writer.transport.abort()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://{HOST}:{self.port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        try:
            while await self._exchange(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(writer)
            writer.transport.abort()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip("\r\n").split("\r\n")
        method, target, _ = first.split(" ")
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines)
        }
        is_meant = not self._on_path or self._on_path in target
        fault = self.faults.pop(0) if is_meant and self.faults else None
        if fault is not None and fault.kind == "reset at once":
            return False
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        asked = Asked(method, target, headers, body)
        self.asked.append(asked)
        if fault is None or fault.accepts:
            said: Said | bytes = self._answer(asked)
        if fault is not None:
            if fault.kind == "hang":
                await reader.read()
                return False
            if fault.kind == "reset":
                return False
            assert fault.said is not None
            said = fault.said
        if self._answer_seconds:
            await asyncio.sleep(self._answer_seconds)
        writer.write(said if isinstance(said, bytes) else said.bytes())
        await writer.drain()
        return True
