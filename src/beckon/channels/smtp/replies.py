"""What a relay's replies mean for a letter. Pure: text and a moment in, values out.

Invariant: only a 2xx to the content itself is `Sent`; nothing that was refused is called accepted.
Source: RFC 5321 § 4.2 (replies), RFC 3463 and 2034 (enhanced codes).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from beckon.domain.messages.model import Deferred, Fault, Outcome, Rejected, Sent, Unknown

REPLY_BYTES_MAX = 65_536
REASON_CHARACTERS_MAX = 500
WAIT_MAX = timedelta(days=4)
"""A longer wait named by a relay is a misreading: by then mail is given up (RFC 5321 § 4.5.4.1)."""

SETTING = "BECKON_SMTP_URL"

_LINE = re.compile(r"([2-5][0-9]{2})(?:([ -])(.*))?")
_ENHANCED = re.compile(r"([245]\.[0-9]{1,3}\.[0-9]{1,3})(?: |$)")
_QUEUED_AS = re.compile(
    r"queued(?: mail for delivery)? as ([^\s;,]+)|\bid=([^\s;,]+)", re.IGNORECASE
)
_WAIT = re.compile(
    r"\b(?:again|after|wait|retry|come back|in|for)\b[^0-9]{0,20}([0-9]{1,7}) ?"
    r"(s|secs?|seconds?|m|mins?|minutes?|h|hours?)\b",
    re.IGNORECASE,
)
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_NOBODY = re.compile(
    r"no such (?:user|recipient|mailbox|address|person)"
    r"|unknown (?:user|recipient|mailbox|address)"
    r"|(?:user|recipient|mailbox|address)(?: [^ ]+@[^ ]+)? (?:is )?"
    r"(?:unknown|not found|does(?: not|n't) exist)",
    re.IGNORECASE,
)

_ADDRESS_IS_DEAD = {"5.1.1", "5.1.10"}
_WRONG_PASSWORD = {530, 534, 535, 538}


class Stage(StrEnum):
    """What a reply answers."""

    GREETING = "the connection"
    EHLO = "EHLO"
    STARTTLS = "STARTTLS"
    AUTH = "AUTH"
    RSET = "RSET"
    MAIL = "MAIL FROM"
    RCPT = "RCPT TO"
    DATA = "DATA"
    CONTENT = "the content"


ABOUT_THE_LETTER = {Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.CONTENT}


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply, its lines joined: `enhanced` is as "5.1.1", or empty."""

    code: int
    enhanced: str
    lines: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        """Whether what was asked is done."""
        return 200 <= self.code < 300

    @property
    def is_farewell(self) -> bool:
        """Whether the relay closes the connection with it."""
        return self.code == 421

    @property
    def is_out_of_step(self) -> bool:
        """Whether the two sides no longer mean the same; nothing more may be said then."""
        return self.code == 503 or 300 <= self.code < 400

    @property
    def is_about_command(self) -> bool:
        """Whether the relay could do nothing with the command itself (RFC 5321 § 4.2.1, 50z)."""
        return 500 <= self.code <= 504

    def __str__(self) -> str:
        text = " ".join(f"{self.code} {' '.join(self.lines)}".split())[:REASON_CHARACTERS_MAX]
        return text if text.isprintable() else "".join(filter(str.isprintable, text))


class NotSmtpError(Exception):
    """What came in is no SMTP reply."""


class ReplyReader:
    """Turns bytes as they come into whole replies."""

    def __init__(self) -> None:
        self._buffer = b""
        self._lines: list[str] = []

    @property
    def is_between(self) -> bool:
        """Whether no reply has been begun."""
        return not self._buffer and not self._lines

    def feed(self, data: bytes) -> Iterator[Reply]:
        """Take bytes in and give the replies now whole, in order.

        Raises NotSmtpError once those before the fault were given: they still count.
        """
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            reply = self._take(line)
            if reply is not None:
                yield reply
        if len(self._buffer) + sum(map(len, self._lines)) > REPLY_BYTES_MAX:
            raise NotSmtpError("a reply without end")

    def _take(self, raw: bytes) -> Reply | None:
        line = raw.rstrip(b"\r").decode("utf-8", "replace")
        found = _LINE.fullmatch(line)
        if found is None or (self._lines and self._lines[0][:3] != found[1]):
            raise NotSmtpError(f"{line[:80]!r}")
        self._lines.append(line)
        if found[2] == "-":
            return None
        lines, self._lines = self._lines, []
        enhanced = _ENHANCED.match(lines[0][4:])
        is_fitting = enhanced is not None and enhanced[1][0] == found[1][0]
        return Reply(
            code=int(found[1]),
            enhanced=enhanced[1] if enhanced is not None and is_fitting else "",
            lines=tuple(line[4:] for line in lines),
        )


def outcome_of(reply: Reply, stage: Stage, now: datetime) -> Outcome:
    """Say what a final reply means for the letter; before the letter, for the whole channel.

    A temporary refusal, a full mailbox and every fault of the channel are Deferred, with the
    wait the relay names. A dead address is Rejected for good; a block or a policy never is.
    """
    if reply.is_good and stage is Stage.CONTENT:
        return Sent(_queue_id(reply), str(reply))
    if stage is Stage.CONTENT and reply.code < 400:
        return Unknown(f"The relay gave no yes or no to the content: {reply}")
    if stage is Stage.AUTH or reply.code in _WRONG_PASSWORD:
        # The relay may repeat what it was told, so none of its words are kept here.
        return Deferred(
            f"The relay refused the account ({reply.code}): check user and password in {SETTING}.",
            fault=Fault.CREDENTIALS,
        )
    reason = f"The relay answered {stage}: {reply}"
    if 500 <= reply.code < 600 and stage in ABOUT_THE_LETTER and not _may_pass(reply, stage):
        return Rejected(reason, permanent=_is_dead(reply, stage))
    return Deferred(reason, _retry_at(reply, now), _fault(reply, stage))


def _fault(reply: Reply, stage: Stage) -> Fault:
    """Tell who has to wait: this letter, all to its domain, or all that the relay carries.

    Before a letter is named, and with 421, the relay speaks of itself (RFC 5321 § 3.8); X.7.x and
    454 are about policy and rates (RFC 3463 § 3.8).
    """
    if stage not in ABOUT_THE_LETTER or reply.is_farewell:
        return Fault.PROVIDER
    if reply.code == 454 or reply.enhanced.startswith(("4.7.", "5.7.")):
        return Fault.DOMAIN
    return Fault.MESSAGE


def _may_pass(reply: Reply, stage: Stage) -> bool:
    """Tell a 5xx that is over some day: a full mailbox, a session out of step."""
    if reply.code == 503:
        return True
    if reply.enhanced:
        return reply.enhanced == "5.2.2"
    # In answer to MAIL, 552 is about the size of the letter.
    return reply.code == 552 and stage is not Stage.MAIL


def _is_dead(reply: Reply, stage: Stage) -> bool:
    if stage is Stage.MAIL:  # it is the sender's address that is refused there
        return False
    if reply.enhanced:
        return reply.enhanced in _ADDRESS_IS_DEAD
    return reply.code in {550, 551, 553} and bool(_NOBODY.search(str(reply)))


def _queue_id(reply: Reply) -> str:
    found = _QUEUED_AS.search(str(reply))
    return (found[1] or found[2]) if found else ""


def _retry_at(reply: Reply, now: datetime) -> datetime | None:
    found = _WAIT.search(str(reply))
    if found is None:
        return None
    wait = timedelta(seconds=int(found[1]) * _SECONDS[found[2][0].lower()])
    return now + wait if wait <= WAIT_MAX else None
