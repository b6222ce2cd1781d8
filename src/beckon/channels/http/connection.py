"""One HTTP/1.1 connection: a request out, a whole answer in, one at a time."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import httptools

from beckon.kit import json
from beckon.kit.refusals import Invalid

HEADER_BYTES_MAX = 65_536


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. Header names are lower-case; of several with one name the last counts."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def is_success(self) -> bool:
        """Whether the request was done as asked (2xx)."""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The beginning of the body as text, for reasons that people read: one line, 300 at most.

        What a stranger's server says may be shown, but never much of it.
        """
        return " ".join(self.body[:1024].decode(errors="replace").split())[:300]

    def json(self) -> Mapping[str, Any] | None:
        """Read the body as a JSON object; None for anything else."""
        try:
            value = json.read(self.body)
        except Invalid:
            return None
        return value if isinstance(value, dict) else None


class BrokenError(Exception):
    """The answer did not come, or not whole, or is not HTTP; the text says which."""


class Connection(asyncio.Protocol):
    """Bytes out, one answer in. Whoever reads checks `is_idle` before the next request."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._incoming: Incoming | None = None
        self._fault = ""
        self.idle_since = 0.0

    @property
    def is_idle(self) -> bool:
        """Whether it is open and in step, so that another request may be made on it."""
        return not self._fault and self._incoming is None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport; the loop calls this."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Take bytes in; the loop calls this."""
        if self._incoming is None:
            self.abort("the server said what nobody asked for")
            return
        self._incoming.feed(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Note the end; the loop calls this."""
        self._fault = self._fault or f"the connection was lost{f': {exc}' if exc else ''}"
        if self._incoming is not None:
            self._incoming.end(self._fault)

    async def exchange(self, request: bytes, bytes_max: int) -> Answer:
        """Write a request and read its answer. Raises BrokenError; then the connection is void."""
        assert self._transport is not None
        assert self.is_idle
        incoming = self._incoming = Incoming(bytes_max)
        self._transport.write(request)
        try:
            answer = await incoming.answer
        except BaseException:
            self.abort("an answer did not come whole")
            raise
        self._incoming = None
        if not incoming.keeps_open:
            self.abort("the server closes after each answer")
        return answer

    def abort(self, why: str) -> None:
        """Close at once."""
        self._fault = self._fault or why
        if self._transport is not None:
            self._transport.abort()


class Incoming:
    """An answer on its way in. The parser calls the `on_…` methods."""

    def __init__(self, bytes_max: int) -> None:
        self.answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.keeps_open = False
        self._parser = httptools.HttpResponseParser(self)
        self._bytes_max = bytes_max
        self._begin()

    def feed(self, data: bytes) -> None:
        """Read on."""
        if self.answer.done():
            self.keeps_open = False
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as fault:
            cause = fault.__context__
            self._fail(str(cause) if isinstance(cause, BrokenError) else f"not HTTP: {fault}")

    def end(self, why: str) -> None:
        """Note that no more will come; an answer that ends with its connection is whole then."""
        if self._is_open_ended and not self.answer.done():
            self._finish()
        self._fail(why)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self._header_bytes += len(name) + len(value)
        if self._header_bytes > HEADER_BYTES_MAX:
            raise BrokenError("the answer has too many headers")
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1").strip()

    def on_headers_complete(self) -> None:
        """Note how long the answer will be."""
        is_chunked = "chunked" in self._headers.get("transfer-encoding", "").lower()
        self._is_open_ended = not is_chunked and "content-length" not in self._headers

    def on_body(self, piece: bytes) -> None:
        """Take a piece of the body."""
        self._body += piece
        if len(self._body) > self._bytes_max:
            raise BrokenError(f"the answer has more than {self._bytes_max} bytes")

    def on_message_complete(self) -> None:
        """Take the answer as whole, unless it only announced another one (1xx)."""
        if self._parser.get_status_code() < 200:
            self._begin()
            return
        # More than was asked for: whose answer came next could not be told, so never again.
        self.keeps_open = not self.answer.done() and self._parser.should_keep_alive()
        self._finish()

    def _begin(self) -> None:
        self._headers: dict[str, str] = {}
        self._header_bytes = 0
        self._body = bytearray()
        self._is_open_ended = False

    def _finish(self) -> None:
        if not self.answer.done():
            status = self._parser.get_status_code()
            self.answer.set_result(Answer(status, dict(self._headers), bytes(self._body)))

    def _fail(self, why: str) -> None:
        if not self.answer.done():
            self.answer.set_exception(BrokenError(why))
