"""HTTP/1.1 to one ClickHouse: a few kept connections, whole answers, a time-out on all of it."""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlencode

import httptools

from beckon.storage.analytics.address import Address

CONNECTIONS_MAX = 8
CONNECT_SECONDS = 3.0
READ_BYTES = 1 << 18


class ExchangeError(Exception):
    """Nobody answered, or not in time, or not in HTTP."""


@dataclass(slots=True)
class Answer:
    """A whole answer; `exception_code` is ClickHouse's own where it names one."""

    status: int = 0
    body: bytes = b""
    exception_code: int | None = None


class Wire:
    """Exchanges requests for answers. An address is looked up for each new connection."""

    def __init__(self, locate: Callable[[], Address | None]) -> None:
        self._locate = locate
        self._idle: list[_Connection] = []
        self._room = asyncio.Semaphore(CONNECTIONS_MAX)
        self._tls: ssl.SSLContext | None = None

    async def exchange(self, query: Mapping[str, str], body: bytes, *, seconds: float) -> Answer:
        """POST once; all of it takes at most `seconds`. Raises ExchangeError.

        What goes through is safe to be sent twice: a connection that was closed while it lay
        idle is told from one that broke only by trying again on a fresh one.
        """
        try:
            async with self._room, asyncio.timeout(seconds):
                if self._idle:
                    with suppress(ExchangeError, OSError):
                        return await self._exchange(self._idle.pop(), query, body)
                    self._drop_idle()  # whoever listens there was started anew
                return await self._exchange(await self._connect(), query, body)
        except (OSError, TimeoutError) as fault:
            raise ExchangeError(str(fault) or type(fault).__name__) from fault

    async def close(self) -> None:
        """Close the kept connections."""
        self._drop_idle()

    async def _exchange(
        self, connection: "_Connection", query: Mapping[str, str], body: bytes
    ) -> Answer:
        try:
            answer = await connection.exchange(query, body)
        except BaseException:  # a connection in the middle of an answer is good for nothing
            connection.close()
            raise
        if connection.is_reusable:
            self._idle.append(connection)
        else:
            connection.close()
        return answer

    async def _connect(self) -> "_Connection":
        address = self._locate()
        if address is None:
            raise ExchangeError("No analytics store was started here.")
        if address.is_tls and self._tls is None:
            self._tls = ssl.create_default_context()
        async with asyncio.timeout(CONNECT_SECONDS):
            reader, writer = await asyncio.open_connection(
                address.host, address.port, ssl=self._tls if address.is_tls else None
            )
        return _Connection(address, reader, writer)

    def _drop_idle(self) -> None:
        while self._idle:
            self._idle.pop().close()


class _Connection:
    """One connection; also what httptools calls while it reads an answer."""

    def __init__(
        self, address: Address, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._address = address
        self._reader = reader
        self._writer = writer
        self._answer = Answer()
        self._parts: list[bytes] = []
        self._is_whole = False
        self.is_reusable = True

    async def exchange(self, query: Mapping[str, str], body: bytes) -> Answer:
        """Send one request and read its answer."""
        self._answer, self._parts, self._is_whole = Answer(), [], False
        # A parser an answer: one that met an error never reads on.
        parser = httptools.HttpResponseParser(self)
        self._writer.write(self._head(query, len(body)))
        self._writer.write(body)
        await self._writer.drain()
        while not self._is_whole:
            read = await self._reader.read(READ_BYTES)
            if not read:
                raise ExchangeError("The connection was closed.")
            try:
                parser.feed_data(read)
            except httptools.HttpParserError as fault:
                raise ExchangeError(str(fault)) from fault
        self._answer.status = parser.get_status_code()
        self._answer.body = b"".join(self._parts)
        self.is_reusable = parser.should_keep_alive()
        return self._answer

    def close(self) -> None:
        """Let the connection go."""
        self._writer.close()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take note of the one header that matters."""
        if name.lower() == b"x-clickhouse-exception-code":
            self._answer.exception_code = int(value)

    def on_body(self, part: bytes) -> None:
        """Keep a part of the body."""
        self._parts.append(part)

    def on_message_complete(self) -> None:
        """Note that all is there."""
        self._is_whole = True

    def _head(self, query: Mapping[str, str], length: int) -> bytes:
        address = self._address
        asked = urlencode({"database": address.database, **query})
        return (
            f"POST /?{asked} HTTP/1.1\r\n"
            f"Host: {address.host}:{address.port}\r\n"
            f"X-ClickHouse-User: {_checked(address.user)}\r\n"
            f"X-ClickHouse-Key: {_checked(address.key)}\r\n"
            f"Content-Length: {length}\r\n\r\n"
        ).encode()


def _checked(text: str) -> str:
    if "\r" in text or "\n" in text:
        raise ExchangeError("User and password of ClickHouse must be one line each.")
    return text
