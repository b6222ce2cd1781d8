"""The one way out by HTTP: checked addresses, bounded answers, no redirects, no proxies.

Invariant: NotSentError means that no byte of the request left; whatever goes wrong once it was
written is InDoubtError, for nobody knows whether the other side acted on it.
"""

import asyncio
import re
import ssl
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from beckon.channels.http.connection import Answer, BrokenError, Connection
from beckon.channels.http.targets import (
    PORTS,
    Opening,
    Resolve,
    TargetRefusedError,
    find_addresses,
    resolve,
)
from beckon.kit.refusals import Invalid
from beckon.kit.urls import OWN_HEADERS, Url, read_url

ANSWER_BYTES_MAX = 1_048_576
IDLE_MAX = 16

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t -~\x80-\xff]*")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds. `idle`: an open connection is used again only so soon.

    Servers close idle connections after five seconds at the earliest, and a request that crosses
    the closing would be in doubt for nothing.
    """

    connect: float = 3.0
    total: float = 30.0
    idle: float = 2.0


class NotSentError(Exception):
    """The request certainly did not leave. `is_refused`: the address may never be reached."""

    def __init__(self, reason: str, *, is_refused: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_refused = is_refused


class InDoubtError(Exception):
    """The request may have been taken, and no answer tells."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class HttpClient:
    """Makes requests; connections are kept for the next one. Any number may run at once."""

    def __init__(
        self,
        openings: Sequence[Opening] = (),
        *,
        resolve: Resolve = resolve,
        patience: Patience | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        """Connect to nothing yet. `openings` are the machines an operator adds to public ones."""
        self._openings = openings
        self._resolve = resolve
        self._patience = patience or Patience()
        self._context = context
        self._idle: defaultdict[tuple[bool, str, int], list[Connection]] = defaultdict(list)

    async def ask(
        self,
        method: str,
        address: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        bytes_max: int = ANSWER_BYTES_MAX,
    ) -> Answer:
        """Make one request and give its whole answer, whatever its status; nothing is followed.

        Raises NotSentError, and InDoubtError once a byte may have left.
        """
        try:
            url = read_url(address, "The address")
        except Invalid as fault:
            raise NotSentError(fault.message, is_refused=True) from None
        request = _request(method, url, headers or {}, body)
        loop = asyncio.get_running_loop()
        until = loop.time() + self._patience.total
        connection = self._take(url) or await self._connect(url, until)
        try:
            async with asyncio.timeout_at(until):
                answer = await connection.exchange(request, bytes_max)
        except BrokenError as fault:
            raise InDoubtError(f"No answer from {url.host}: {fault}.") from None
        except TimeoutError:
            raise InDoubtError(
                f"No answer from {url.host} within {self._patience.total:g} seconds."
            ) from None
        self._put_back(url, connection)
        return answer

    async def locate(self, host: str, port: int, ports: frozenset[int] = PORTS) -> Sequence[str]:
        """Find the addresses of a host that a project may reach, for other protocols too.

        Raises TargetRefusedError, and OSError where it has none.
        """
        return await find_addresses(host, port, self._openings, self._resolve, ports)

    async def close(self) -> None:
        """Let all idle connections go."""
        for connections in self._idle.values():
            for connection in connections:
                connection.abort("closed")
        self._idle.clear()

    def _take(self, url: Url) -> Connection | None:
        now = asyncio.get_running_loop().time()
        idle = self._idle[_place(url)]
        while idle:
            connection = idle.pop()
            if connection.is_idle and now - connection.idle_since < self._patience.idle:
                return connection
            connection.abort("idle for long")
        return None

    def _put_back(self, url: Url, connection: Connection) -> None:
        idle = self._idle[_place(url)]
        if connection.is_idle and len(idle) < IDLE_MAX:
            loop = asyncio.get_running_loop()
            connection.idle_since = loop.time()
            idle.append(connection)
            loop.call_later(self._patience.idle, self._reap, _place(url))
        else:
            connection.abort("not needed")

    def _reap(self, place: tuple[bool, str, int]) -> None:
        """Close what nobody used again in time: most places are asked once and never more."""
        still = asyncio.get_running_loop().time() - self._patience.idle
        kept = []
        for connection in self._idle.pop(place, ()):
            if connection.is_idle and connection.idle_since > still:
                kept.append(connection)
            else:
                connection.abort("idle for long")
        if kept:
            self._idle[place] = kept

    async def _connect(self, url: Url, until: float) -> Connection:
        """Open a connection to the first address that answers."""
        try:
            async with asyncio.timeout_at(until):
                return await self._connect_to_any(url)
        except TargetRefusedError as refused:
            raise NotSentError(str(refused), is_refused=True) from None
        except TimeoutError:
            _fail(url, "it took too long")
        except (OSError, UnicodeError) as fault:  # no name, no route, no TLS
            _fail(url, str(fault))

    async def _connect_to_any(self, url: Url) -> Connection:
        async with asyncio.timeout(self._patience.connect):
            addresses = await self.locate(url.host, url.port)
        fault: OSError = OSError("its name has no address")
        for address in addresses:
            try:
                async with asyncio.timeout(self._patience.connect):
                    return await self._connect_to(address, url)
            except OSError as failed:  # a time-out is one, too
                fault = failed
        raise fault

    async def _connect_to(self, address: str, url: Url) -> Connection:
        context = await self._tls() if url.is_secure else None
        _, connection = await asyncio.get_running_loop().create_connection(
            Connection,
            address,
            url.port,
            ssl=context,
            server_hostname=url.host if context else None,
        )
        return connection

    async def _tls(self) -> ssl.SSLContext:
        if self._context is None:  # reads the machine's certificates: slow, and only once
            self._context = await asyncio.to_thread(ssl.create_default_context)
        return self._context


def _request(method: str, url: Url, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [f"{method} {url.target} HTTP/1.1", f"Host: {url.authority}"]
    for name, value in {
        "User-Agent": "Beckon",
        "Accept-Encoding": "identity",  # nothing is unpacked, so nothing can unpack to gigabytes
        **headers,
    }.items():
        is_own = name.lower() in OWN_HEADERS
        if is_own or not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
            raise NotSentError(f"The header {name!r} cannot be sent.", is_refused=True)
        lines.append(f"{name}: {value}")
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join((*lines, "", "")).encode("latin-1") + body


def _place(url: Url) -> tuple[bool, str, int]:
    return url.is_secure, url.host, url.port


def _fail(url: Url, why: str) -> NoReturn:
    raise NotSentError(f"No connection to {url.host}: {why or 'no answer'}.")
