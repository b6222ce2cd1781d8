"""One connection to a relay: opened, secured, signed in; bytes out, whole replies in.

Invariant: a reply is read only as the answer to what was asked. One that nobody asked for, in
the clear before TLS or ahead of a letter's end, ends the connection.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from beckon.channels.smtp import wire
from beckon.channels.smtp.address import Security, SmtpAddress
from beckon.channels.smtp.replies import SETTING, NotSmtpError, Reply, ReplyReader, Stage

QUIT_SECONDS = 2.0
FRESH_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds.

    `answer` is for the reply to the final dot: RFC 5321 § 4.5.3.2.6 asks for ten minutes, and
    less makes copies. The others are shorter than the RFC's, which costs a later attempt at most.
    `elsewhere` is how long a letter waits behind another one's answer before it may leave by
    another connection; `pause` is kept after a connection that could not be made.
    """

    connect: float = 30.0
    reply: float = 60.0
    content: float = 180.0
    answer: float = 600.0
    elsewhere: float = 5.0
    queue: float = 60.0
    idle: float = 15.0
    pause: float = 1.0

    @property
    def stay_max(self) -> float:
        """The longest a letter can be under way: a lease on it must be longer."""
        envelope = 5 * self.reply
        return self.queue + self.connect + envelope + self.content + self.elsewhere + self.answer


class LostError(Exception):
    """The connection is of no more use; the text says why."""


class SilentError(LostError):
    """No reply came in time; one may still come."""


class RefusedError(Exception):
    """The relay is there and said no before any letter was named."""

    def __init__(self, reply: Reply, stage: Stage) -> None:
        super().__init__(str(reply))
        self.reply = reply
        self.stage = stage


class Connection(asyncio.Protocol):
    """Bytes out, replies in, for one reader at a time."""

    def __init__(self) -> None:
        self.extensions: Mapping[str, str] = {}
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._reader = ReplyReader()
        self._replies: deque[Reply] = deque()
        self._woken: asyncio.Future[None] | None = None
        self._heard_at = self._patient_until = 0.0
        self._alarm: asyncio.TimerHandle | None = None
        self._is_full = False
        self._fault = ""
        self._gone = asyncio.Event()

    @property
    def is_quiet(self) -> bool:
        """Whether it is open and everything said on it was read."""
        return not self._fault and not self._replies and self._reader.is_between

    @property
    def is_fresh(self) -> bool:
        """Whether something was heard on it just now: no relay is about to close it for resting."""
        return self._loop.time() - self._heard_at < FRESH_SECONDS

    @property
    def own_name(self) -> str:
        """Our side's address as a literal, by which EHLO names it (RFC 5321 § 4.1.3)."""
        assert self._transport is not None
        host = self._transport.get_extra_info("sockname")[0]
        return f"[IPv6:{host}]" if ":" in host else f"[{host}]"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport; the loop calls this."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Take bytes in; the loop calls this."""
        self._heard_at = self._loop.time()
        try:
            for reply in self._reader.feed(data):
                self._replies.append(reply)
        except NotSmtpError as fault:
            self.abort(f"the relay does not speak SMTP: {fault}")
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note the end; the loop calls this."""
        self._fault = self._fault or f"the connection was lost{f': {exc}' if exc else ''}"
        self._gone.set()
        if self._alarm is not None:
            self._alarm.cancel()
        self._wake()

    def pause_writing(self) -> None:
        """Note that the relay reads slower than we write; the loop calls this."""
        self._is_full = True

    def resume_writing(self) -> None:
        """Note that there is room again; the loop calls this."""
        self._is_full = False
        self._wake()

    def require_quiet(self) -> None:
        """Raise LostError unless the connection is open and in step."""
        if not self._fault and not self.is_quiet:
            self.abort("the relay said what nobody asked for")
        if self._fault:
            raise LostError(self._fault)

    def write(self, *parts: bytes) -> None:
        """Hand bytes to the network. Raises LostError if it is gone, and then none left."""
        if self._fault:
            raise LostError(self._fault)
        assert self._transport is not None
        self._transport.writelines(parts)

    async def drain(self, seconds: float) -> None:
        """Wait until most of what was written has left. Raises LostError, SilentError."""
        await self._wait(seconds, until_drained=True)

    async def read(self, seconds: float) -> Reply:
        """Give the next reply. Raises LostError; SilentError if there is none so soon."""
        if not self._replies:
            await self._wait(seconds, until_drained=False)
        return self._replies.popleft()

    async def secure(self, context: ssl.SSLContext, name: str) -> None:
        """Turn into TLS. Raises OSError, LostError."""
        # What came in the clear after the go-ahead could be an attacker's (CVE-2011-0411).
        self.require_quiet()
        assert self._transport is not None
        secured = await self._loop.start_tls(self._transport, self, context, server_hostname=name)
        assert secured is not None
        self._transport = secured

    def abort(self, why: str) -> None:
        """Close at once, saying nothing."""
        self._fault = self._fault or why
        if self._transport is not None:
            self._transport.abort()

    async def quit(self) -> None:
        """Close, politely if the connection is in step."""
        if self.is_quiet:
            try:
                self.write(b"QUIT\r\n")
                await self.read(QUIT_SECONDS)
            except LostError:
                pass  # it is closed, which is all that was wanted
        self.abort("closed")
        await self._gone.wait()

    async def _wait(self, seconds: float, *, until_drained: bool) -> None:
        deadline = self._loop.time() + seconds
        while self._is_full if until_drained else not self._replies:
            if self._fault:
                raise LostError(self._fault)
            self._woken = self._loop.create_future()
            self._set_alarm(deadline)
            try:
                await self._woken
            except TimeoutError:
                raise SilentError(f"no reply within {seconds:g} seconds") from None

    def _set_alarm(self, at: float) -> None:
        """Be patient until a moment. One timer serves many waits: to make one for each is dear."""
        self._patient_until = at
        if self._alarm is not None:
            if self._alarm.when() <= at:
                return
            self._alarm.cancel()
        self._alarm = self._loop.call_at(at, self._ring)

    def _ring(self) -> None:
        self._alarm = None
        if self._woken is None or self._woken.done():
            return
        if self._loop.time() < self._patient_until:
            self._set_alarm(self._patient_until)
        else:
            self._woken.set_exception(TimeoutError())

    def _wake(self) -> None:
        if self._woken is not None and not self._woken.done():
            self._woken.set_result(None)


def tls_context(address: SmtpAddress) -> ssl.SSLContext:
    """Make the TLS rules for this relay, with the machine's certificates; slow, so keep it."""
    context = ssl.create_default_context()
    if not address.is_verified:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


async def connect(
    address: SmtpAddress, context: ssl.SSLContext, connect_seconds: float
) -> Connection:
    """Open a connection ready for letters: greeted, secured, signed in.

    Raises LostError if nothing came of it in time, RefusedError if the relay said no; the
    password is in neither.
    """
    connection = Connection()
    opened = False
    try:
        async with asyncio.timeout(connect_seconds):
            await _Opening(connection, address, context, connect_seconds).run()
        opened = True
    except TimeoutError:
        raise LostError(f"no connection within {connect_seconds:g} seconds") from None
    except OSError as fault:
        raise LostError(str(fault)) from fault
    finally:
        if not opened:
            connection.abort("it could not be opened")
    return connection


@dataclass(frozen=True, slots=True)
class _Opening:
    """The talk before the first letter."""

    connection: Connection
    address: SmtpAddress
    context: ssl.SSLContext
    seconds: float

    async def run(self) -> None:
        is_implicit = self.address.security is Security.IMPLICIT
        await asyncio.get_running_loop().create_connection(
            lambda: self.connection,
            self.address.found_at or self.address.host,
            self.address.port,
            ssl=self.context if is_implicit else None,
            server_hostname=self.address.host if is_implicit else None,
        )
        await self._hear(Stage.GREETING)
        await self._greet()
        if self._wants_tls():
            await self._ask(b"STARTTLS\r\n", Stage.STARTTLS)
            await self.connection.secure(self.context, self.address.host)
            await self._greet()
        if self.address.user is not None:
            await self._sign_in(self.address.user)

    async def _greet(self) -> None:
        reply = await self._ask(f"EHLO {self.connection.own_name}\r\n".encode(), Stage.EHLO)
        words = [line.upper().replace("AUTH=", "AUTH ").partition(" ") for line in reply.lines[1:]]
        self.connection.extensions = {name: parameters for name, _, parameters in words}

    def _wants_tls(self) -> bool:
        is_offered = "STARTTLS" in self.connection.extensions
        if self.address.security is Security.REQUIRED and not is_offered:
            raise LostError(
                "the relay offers no STARTTLS, which a password for another machine needs; "
                f"?starttls= in {SETTING} decides"
            )
        return is_offered and self.address.security in {Security.REQUIRED, Security.AUTO}

    async def _sign_in(self, user: str) -> None:
        ways = self.connection.extensions.get("AUTH", "").split()
        if "PLAIN" in ways:
            await self._ask(wire.plain_login(user, self.address.password), Stage.AUTH)
        elif "LOGIN" in ways:
            await self._ask(b"AUTH LOGIN\r\n", Stage.AUTH, good=334)
            await self._ask(wire.encoded(user) + b"\r\n", Stage.AUTH, good=334)
            await self._ask(wire.encoded(self.address.password) + b"\r\n", Stage.AUTH)
        else:
            raise LostError(f"the relay offers no way to sign in as the user in {SETTING}")

    async def _ask(self, command: bytes, stage: Stage, good: int | None = None) -> Reply:
        self.connection.write(command)
        return await self._hear(stage, good)

    async def _hear(self, stage: Stage, good: int | None = None) -> Reply:
        reply = await self.connection.read(self.seconds)
        if reply.code != good if good else not reply.is_good:
            raise RefusedError(reply, stage)
        return reply
