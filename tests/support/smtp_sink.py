"""A counting SMTP sink: takes mail, remembers each before it says so, and misbehaves as scripted.

Invariant: a mail is in `mails`, and in the log file, before the first byte of its 250 leaves; so
what the sink holds can be counted after a kill -9 of the sender at any moment.

By hand: `python tests/support/smtp_sink.py --port 2525` and BECKON_SMTP_URL=smtp://127.0.0.1:2525
"""

import argparse
import asyncio
import ssl
import sys
from base64 import b64decode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Literal, Self, cast

import msgspec
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from beckon.kit.clock import SystemClock

HOST = "127.0.0.1"
EVERYONE = "*"
"""The key of a fault that meets every mail."""

EXTENSIONS = ("PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "CHUNKING")

At = Literal["connect", "mail", "rcpt", "data", "body", "dot"]


@dataclass(frozen=True, slots=True)
class Mail:
    """One accepted mail; `content` is as it was before dot-stuffing, and empty if not kept."""

    at: datetime
    sender: str
    recipients: tuple[str, ...]
    message_id: str
    content: bytes = field(repr=False)


@dataclass(slots=True)
class Fault:
    """What happens at one stage of a mail, so many `times` (None: always).

    `body` is met by the first bytes of the content, so nothing is accepted; `dot` by its end:
    a reply there refuses the mail, whatever else happens there happens to an accepted one.
    """

    act: Literal["reply", "hang", "drop", "delay"]
    at: At
    reply: str = ""
    seconds: float = 0.0
    times: int | None = None


def refuse(reply: str, at: At = "rcpt", times: int | None = None) -> Fault:
    """Answer `reply`, as "550 5.1.1 no such user"; after a 421 the sink hangs up."""
    return Fault("reply", at, reply=reply, times=times)


def greylist() -> Fault:
    """Refuse the first attempt only."""
    return refuse("450 4.2.0 Greylisted, try again in 60 seconds", times=1)


def hang(at: At = "dot", times: int | None = None) -> Fault:
    """Say nothing more on this connection."""
    return Fault("hang", at, times=times)


def drop(at: At, times: int | None = None) -> Fault:
    """Cut the connection."""
    return Fault("drop", at, times=times)


def delay(seconds: float, at: At = "dot") -> Fault:
    """Go on after so many seconds."""
    return Fault("delay", at, seconds=seconds)


class Sink:
    """An SMTP server on 127.0.0.1 for one `async with`.

    `faults` maps a recipient, the number of a mail (1, 2, … by its MAIL command) or EVERYONE to a
    fault, and may change at any time. `tls` with `implicit_tls` false offers STARTTLS. Of the verbs
    in `unknown` it knows nothing, whatever it offers.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        log: Path | None = None,
        faults: dict[str | int, Fault] | None = None,
        extensions: tuple[str, ...] = EXTENSIONS,
        unknown: tuple[str, ...] = (),
        credentials: tuple[str, str] | None = None,
        auth: str = "PLAIN LOGIN",
        tls: ssl.SSLContext | None = None,
        implicit_tls: bool = False,
        keeps_content: bool = True,
        on_mail: Callable[[Mail], None] | None = None,
    ) -> None:
        self.port = port
        self.faults = {} if faults is None else faults
        self.extensions = extensions
        self.unknown = unknown
        self.credentials = credentials
        self.auth = auth
        self.tls = tls
        self.implicit_tls = implicit_tls
        self.keeps_content = keeps_content
        self.mails: list[Mail] = []
        self.begun_count = 0
        self.connected_count = 0
        self.commands: list[str] = []
        self.open: set[_Session] = set()
        self._log = log.open("ab", buffering=0) if log else None
        self._on_mail = on_mail
        self._changed = asyncio.Event()
        self._clock = SystemClock()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.get_running_loop().create_server(
            lambda: _Session(self), HOST, self.port, ssl=self.tls if self.implicit_tls else None
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for session in list(self.open):
            session.transport.abort()
        if self._log:
            self._log.close()

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait for something about `mails` or `open` to be so."""
        while not is_so():
            self._changed.clear()
            await self._changed.wait()

    def forget(self, session: "_Session") -> None:
        """Note that a connection ended."""
        self.open.discard(session)
        self._changed.set()

    def find_fault(self, at: At, recipients: list[str]) -> Fault | None:
        """Take the fault that this mail meets at this stage, if any."""
        keys: list[str | int] = [EVERYONE, self.begun_count, *recipients]
        for key in keys:
            fault = self.faults.get(key)
            if fault is not None and fault.at == at and fault.times != 0:
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None

    def accept(self, sender: str, recipients: list[str], content: bytes) -> None:
        """Remember a mail for good."""
        kept = content if self.keeps_content else b""
        mail = Mail(self._clock.now(), sender, tuple(recipients), _message_id(content), kept)
        self.mails.append(mail)
        if self._log:
            line = {
                "at": mail.at,
                "sender": sender,
                "recipients": recipients,
                "message_id": mail.message_id,
                "content_bytes": len(content),
            }
            self._log.write(msgspec.json.encode(line) + b"\n")
        self._changed.set()
        if self._on_mail:
            self._on_mail(mail)


@dataclass(frozen=True, slots=True)
class _Chunk:
    """So many bytes of a content that are to come; those of a mail that was refused are unwanted.

    Source: RFC 3030.
    """

    bytes: int = 0
    is_last: bool = False
    is_wanted: bool = False
    is_open: bool = False


class _Session(asyncio.Protocol):
    """One connection. Replies to all that came in one read leave in one write."""

    transport: asyncio.Transport

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._buffer = b""
        self._replies: list[str] = []
        self._in_body = False
        self._body_is_new = False
        self._chunk = _Chunk()
        self._chunked = b""
        self._is_waiting = False
        self._is_secure = sink.implicit_tls
        self._is_trusted = sink.credentials is None
        self._login: list[str] | None = None
        self._sender: str | None = None
        self._recipients: list[str] = []
        self._upgrade: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._sink.open.add(self)
        self._sink.connected_count += 1
        if not self._met("connect"):
            self._say("220 sink ready")
        self._flush()

    def connection_lost(self, _error: Exception | None) -> None:
        self._sink.forget(self)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._go_on()

    def _go_on(self) -> None:
        while not (self._is_waiting or self.transport.is_closing()):
            if not self._take():
                break
        self._flush()

    def _take(self) -> bool:
        if self._chunk.is_open:
            return self._take_chunk()
        return self._take_body() if self._in_body else self._take_line()

    def _take_line(self) -> bool:
        line, end, rest = self._buffer.partition(b"\r\n")
        if not end:
            return False
        self._buffer = rest
        self._obey(line.decode("utf-8", "replace"))
        return True

    def _take_body(self) -> bool:
        if not self._buffer or (self._body_is_new and self._met("body")):
            return False
        self._body_is_new = False
        if self._buffer.startswith(b".\r\n"):
            content, rest = b"", self._buffer[3:]
        else:
            content, end, rest = self._buffer.partition(b"\r\n.\r\n")
            if not end:
                return False
            content += b"\r\n"
        self._buffer = rest
        self._in_body = False
        self._take_mail(_unstuffed(content))
        return True

    def _take_chunk(self) -> bool:
        chunk = self._chunk
        if not self._buffer and chunk.bytes:
            return False
        if chunk.is_wanted and self._body_is_new and self._met("body"):
            return False
        self._body_is_new = False
        if len(self._buffer) < chunk.bytes:
            return False
        content, self._buffer = self._buffer[: chunk.bytes], self._buffer[chunk.bytes :]
        self._chunk = _Chunk()
        if not chunk.is_wanted:
            return True
        self._chunked += content
        if chunk.is_last:
            content, self._chunked = self._chunked, b""
            self._take_mail(content)
        else:
            self._say(f"250 2.0.0 {chunk.bytes} octets received")
        return True

    def _take_mail(self, content: bytes) -> None:
        sender, recipients = self._sender or "", self._recipients
        self._forget()
        fault = self._sink.find_fault("dot", recipients)
        if fault is None or fault.act != "reply":
            self._sink.accept(sender, recipients, content)
        if fault is None or not self._meet(fault):
            self._say(f"250 2.0.0 Ok: queued as {len(self._sink.mails)}")

    def _obey(self, line: str) -> None:
        if self._login is not None:
            self._learn(line)
            return
        verb, _, rest = line.partition(" ")
        self._sink.commands.append(verb.upper())
        act = getattr(self, f"_on_{verb.lower()}", None)
        if act is None or verb in self._sink.unknown:
            self._say("500 5.5.2 What?")
        else:
            act(rest)

    def _on_ehlo(self, _rest: str) -> None:
        self._forget()
        offered = list(self._sink.extensions)
        if self._sink.tls and not self._is_secure:
            offered.append("STARTTLS")
        if self._sink.credentials:
            offered.append(f"AUTH {self._sink.auth}")
        names = ["sink", *offered]
        for name in names[:-1]:
            self._say(f"250-{name}")
        self._say(f"250 {names[-1]}")

    def _on_starttls(self, _rest: str) -> None:
        self._say("220 2.0.0 Go ahead")
        self._flush()
        self._buffer = b""  # nothing said in the clear counts any more
        self._is_waiting = True  # answers must not leave before the way is safe
        self.transport.pause_reading()
        self._upgrade = asyncio.create_task(self._secure())

    async def _secure(self) -> None:
        assert self._sink.tls is not None
        loop = asyncio.get_running_loop()
        plain = self.transport
        try:
            secured = await loop.start_tls(plain, self, self._sink.tls, server_side=True)
        except OSError:  # the client did not like the certificate
            plain.abort()
            self._sink.forget(self)
            return
        assert secured is not None
        self.transport = secured
        self._is_secure = True
        self._wake()

    def _on_auth(self, rest: str) -> None:
        kind, _, initial = rest.partition(" ")
        if kind == "PLAIN":
            _, user, password = b64decode(initial).decode().split("\0")
            self._check((user, password))
        else:
            self._login = []
            self._say("334 VXNlcm5hbWU6")

    def _learn(self, line: str) -> None:
        assert self._login is not None
        self._login.append(b64decode(line).decode())
        if len(self._login) == 1:
            self._say("334 UGFzc3dvcmQ6")
        else:
            user, password = self._login
            self._login = None
            self._check((user, password))

    def _check(self, given: tuple[str, str]) -> None:
        self._is_trusted = given == self._sink.credentials
        self._say("235 2.7.0 Welcome" if self._is_trusted else "535 5.7.8 Wrong password")

    def _on_mail(self, rest: str) -> None:
        if not self._is_trusted:
            self._say("530 5.7.0 Authentication required")
        elif self._sender is not None:
            self._say("503 5.5.1 Nested MAIL")
        else:
            self._sink.begun_count += 1
            if not self._met("mail"):
                self._sender = _between_brackets(rest)
                self._say("250 2.1.0 Ok")

    def _on_rcpt(self, rest: str) -> None:
        if self._sender is None:
            self._say("503 5.5.1 MAIL first")
            return
        recipient = _between_brackets(rest)
        fault = self._sink.find_fault("rcpt", [recipient])
        if fault is None or not self._meet(fault):
            self._recipients.append(recipient)
            self._say("250 2.1.5 Ok")

    def _on_data(self, _rest: str) -> None:
        if not self._recipients:
            self._say("503 5.5.1 No valid recipients")
        elif not self._met("data"):
            self._in_body = self._body_is_new = True
            self._say("354 End with a dot")

    def _on_bdat(self, rest: str) -> None:
        size, _, last = rest.partition(" ")
        is_wanted = bool(self._recipients)
        if not is_wanted:
            self._say("503 5.5.1 No valid recipients")
        elif not self._chunked:
            is_wanted = not self._met("data")
            self._body_is_new = is_wanted
        self._chunk = _Chunk(int(size), last.upper() == "LAST", is_wanted, is_open=True)

    def _on_rset(self, _rest: str) -> None:
        self._forget()
        self._say("250 2.0.0 Ok")

    def _on_quit(self, _rest: str) -> None:
        self._say("221 2.0.0 Bye")
        self._flush()
        self.transport.close()

    def _forget(self) -> None:
        self._sender = None
        self._recipients = []
        self._chunked = b""

    def _met(self, at: At) -> bool:
        fault = self._sink.find_fault(at, self._recipients)
        return fault is not None and self._meet(fault)

    def _meet(self, fault: Fault) -> bool:
        """Let the fault happen; False when the mail goes on after it as if nothing had been."""
        self._flush()  # what was answered before stays answered
        if fault.act == "delay":
            self._is_waiting = True
            asyncio.get_running_loop().call_later(fault.seconds, self._wake)
            return False
        if fault.act == "reply":
            self._say(fault.reply)
        if fault.act == "hang":
            self._is_waiting = True
        if fault.act == "drop":
            self.transport.abort()
        elif fault.reply.startswith("421"):
            self._flush()
            self.transport.close()
        return True

    def _wake(self) -> None:
        self._is_waiting = False
        self._go_on()

    def _say(self, reply: str) -> None:
        self._replies.append(reply)

    def _flush(self) -> None:
        if self._replies and not (self._is_waiting or self.transport.is_closing()):
            self.transport.write("".join(f"{reply}\r\n" for reply in self._replies).encode())
            self._replies = []


def _between_brackets(rest: str) -> str:
    return rest.partition("<")[2].partition(">")[0]


def _unstuffed(content: bytes) -> bytes:
    content = content.removeprefix(b".") if content.startswith(b".") else content
    return content.replace(b"\r\n.", b"\r\n") if b"\r\n." in content else content


def _message_id(content: bytes) -> str:
    head = content.partition(b"\r\n\r\n")[0]
    for line in head.split(b"\r\n"):
        if line[:11].lower() == b"message-id:":
            return line[11:].strip().decode("utf-8", "replace")
    return ""


def throw_away_tls(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Make a certificate for 127.0.0.1 and localhost: the server's side, and one that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sink")])
    now = SystemClock().now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.IPAddress(ip_address(HOST)), x509.DNSName("localhost")]
            ),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    both = folder / "sink.pem"
    both.write_bytes(secret + pem)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(both)
    return server, ssl.create_default_context(cadata=pem.decode())


def _print_mail(mail: Mail) -> None:
    content = mail.content.decode("utf-8", "replace").replace("\r\n", "\n")
    _tell(f"--- {mail.at:%H:%M:%S} {mail.sender} -> {', '.join(mail.recipients)}\n{content}")


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def _serve(arguments: argparse.Namespace) -> None:
    async with Sink(
        port=arguments.port,
        log=arguments.log,
        keeps_content=not arguments.quiet,
        on_mail=None if arguments.quiet else _print_mail,
    ) as sink:
        _tell(f"listening on {HOST}:{sink.port}")
        await asyncio.Event().wait()


def main() -> None:
    """Run the sink until interrupted, printing each mail."""
    reader = argparse.ArgumentParser(description=main.__doc__)
    reader.add_argument("--port", type=int, default=2525)
    reader.add_argument("--log", type=Path, help="append a line of JSON a mail, before its 250")
    reader.add_argument("--quiet", action="store_true", help="only count: print and keep nothing")
    with suppress(KeyboardInterrupt):
        uvloop.run(_serve(reader.parse_args()))


if __name__ == "__main__":
    main()
