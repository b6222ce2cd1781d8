"""Reads what comes back by mail: failures of delivery, and complaints. Pure.

Source: RFC 3464 (delivery status), RFC 3463 and RFC 5248 (status codes), RFC 5965 (complaints);
mail systems that follow none of them are read by their words (`bounce_words.py`).
Invariant: whatever the bytes, an answer and no exception.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message
from email.utils import getaddresses
from enum import StrEnum
from uuid import UUID

from beckon.domain.subscriptions.bounce_words import Fate, classify

BYTES_MAX = 1_048_576
PARTS_MAX = 200
REPORTS_MAX = 100
REASON_CHARACTERS_MAX = 500
_TEXT_CHARACTERS_MAX = 20_000

_OURS = re.compile(r"<([0-9a-f]{32})@[^<>@\s]+>")
_RETURN_PATH = re.compile(r"\+([0-9a-f]{32})@")
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_ADDRESS = re.compile(r"<?([^\s<>()\";:,@]{1,64}@[^\s<>()\";:,@]{1,253}\.[^\s<>()\";:,.@]{2,63})>?")
_BLANKS = re.compile(r"\s+")
_DAEMON = re.compile(r"mailer[-_.]?daemon|postmaster|mail delivery|bounce", re.IGNORECASE)
_FAILED = re.compile(
    r"undeliver|delivery (status|failure|has failed|incomplete|problem)|failure notice"
    r"|mail delivery|returned mail|delivery notification|nicht zustellbar|unzustellbar"
    r"|non remis|no se (pudo|puede) entregar|не доставлен|недоставлен|помилка доставки",
    re.IGNORECASE,
)


class Origin(StrEnum):
    """By what a report was known."""

    STATUS = "delivery-status"
    FEEDBACK = "feedback-report"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class MailReport:
    """What a mail tells of one recipient of a message of ours, as far as it tells.

    `message_id` is that of a message of ours; `status` an enhanced code such as 5.1.1.
    """

    fate: Fate
    origin: Origin
    address: str | None
    message_id: UUID | None
    status: str | None
    reason: str


def read_report(content: bytes) -> Sequence[MailReport]:
    """Read a mail that came back; empty for one that is no report. One for each recipient told.

    Reads 1 MiB at most; what is beyond is not looked at.
    """
    try:
        mail = message_from_bytes(content[:BYTES_MAX], policy=policy.compat32)
        return list(_read(mail))[:REPORTS_MAX]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        # The standard parser has its own faults with mail made to hurt; such a mail tells nothing.
        return []


def _read(mail: Message) -> Iterator[MailReport]:
    parts = [part for part, _ in zip(mail.walk(), range(PARTS_MAX), strict=False)]
    message_id = _find_id(mail, parts)
    kinds = {part.get_content_type(): part for part in reversed(parts)}
    if (feedback := kinds.get("message/feedback-report")) is not None:
        yield _complaint(feedback, parts, message_id)
    elif (status := kinds.get("message/delivery-status")) is not None:
        yield from _statuses(status, parts, message_id)
    elif _looks_failed(mail):
        yield _by_words(parts, message_id)


def _complaint(feedback: Message, parts: Sequence[Message], message_id: UUID | None) -> MailReport:
    fields = _fields(feedback)
    kind = fields.get("feedback-type", "abuse").lower()
    address = _address(fields.get("original-rcpt-to") or fields.get("removal-recipient") or "")
    if address is None:
        address = next((found for part in parts[1:] if (found := _address(part["To"] or ""))), None)
    # A report that filters judged rightly (`not-spam`) or on authentication is no complaint.
    fate = Fate.COMPLAINT if kind in ("abuse", "fraud", "other", "virus") else Fate.UNCLEAR
    return MailReport(fate, Origin.FEEDBACK, address, message_id, None, f"feedback: {kind}"[:100])


def _statuses(
    status: Message, parts: Sequence[Message], message_id: UUID | None
) -> Iterator[MailReport]:
    for fields in _groups(status):
        action = fields.get("action", "").lower().split(" ")[0]
        recipient = fields.get("original-recipient") or fields.get("final-recipient")
        if not action or recipient is None:
            continue
        diagnostic = fields.get("diagnostic-code", "") or _words(parts)
        code = _STATUS.search(fields.get("status", "")) or _STATUS.search(diagnostic)
        yield MailReport(
            classify(action, code[1] if code else None, diagnostic),
            Origin.STATUS,
            _address(recipient.partition(";")[2] or recipient),
            message_id,
            code[1] if code else None,
            _shortened(diagnostic),
        )


def _by_words(parts: Sequence[Message], message_id: UUID | None) -> MailReport:
    words = _words(parts)
    code, address = _STATUS.search(words), _ADDRESS.search(words)
    return MailReport(
        classify("failed", code[1] if code else None, words),
        Origin.WORDS,
        address[1] if address else None,
        message_id,
        code[1] if code else None,
        _shortened(words),
    )


def _looks_failed(mail: Message) -> bool:
    if _header(mail, "X-Failed-Recipients"):
        return True
    if _header(mail, "X-Autoreply") or "auto-replied" in _header(mail, "Auto-Submitted").lower():
        return False
    is_daemon = _header(mail, "Return-Path").strip() == "<>" or bool(
        _DAEMON.search(_header(mail, "From"))
    )
    return is_daemon and bool(_FAILED.search(_header(mail, "Subject")))


def _find_id(mail: Message, parts: Sequence[Message]) -> UUID | None:
    """Find which message of ours it is about: by the way it came back, else by what it quotes."""
    for name in ("Delivered-To", "X-Original-To", "To"):
        if found := _RETURN_PATH.search(_header(mail, name)):
            return UUID(hex=found[1])
    texts = [_header(part, "Message-ID") for part in parts[1:]]
    texts += [_header(mail, name) for name in ("In-Reply-To", "References")]
    texts += [_text(part) for part in parts if part.get_content_type() in _READABLE]
    for text in texts:
        if found := _OURS.search(text):
            return UUID(hex=found[1])
    return None


_READABLE = ("text/plain", "text/rfc822-headers", "text/rfc822-header", "message/rfc822-headers")


def _groups(status: Message) -> Iterator[dict[str, str]]:
    """Give the groups of fields; the standard parser makes each one a message of its own."""
    payload = status.get_payload()
    if isinstance(payload, list):
        for group in payload:
            if isinstance(group, Message):
                yield {name.lower(): _one_line(str(value)) for name, value in group.items()}
        return
    for block in re.split(r"\r?\n[ \t]*\r?\n", str(payload)):
        yield _fields_of(block)


def _fields(part: Message) -> dict[str, str]:
    fields: dict[str, str] = {}
    for group in _groups(part):
        fields |= group
    return fields


def _fields_of(block: str) -> dict[str, str]:
    unfolded = re.sub(r"\r?\n[ \t]+", " ", block)
    pairs = (line.partition(":") for line in unfolded.splitlines())
    return {name.strip().lower(): _one_line(value) for name, colon, value in pairs if colon}


def _words(parts: Sequence[Message]) -> str:
    """Give what a person was meant to read: the first plain text, else the first HTML bare."""
    for kind in ("text/plain", "text/html"):
        for part in parts:
            if part.get_content_type() == kind:
                return _one_line(
                    re.sub(r"<[^<>]*>", " ", _text(part)) if "html" in kind else _text(part)
                )
    return ""


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    charset = part.get_content_charset("utf-8")
    try:
        return payload.decode(charset, "replace")[:_TEXT_CHARACTERS_MAX]
    except LookupError:
        return payload.decode("latin-1")[:_TEXT_CHARACTERS_MAX]


def _header(part: Message, name: str) -> str:
    return str(part.get(name, ""))


def _address(text: str) -> str | None:
    found = _ADDRESS.search(str(text))
    if found:
        return found[1]
    return next((address for _, address in getaddresses([str(text)]) if "@" in address), None)


def _one_line(text: str) -> str:
    return _BLANKS.sub(" ", text).strip()


def _shortened(text: str) -> str:
    return _one_line(text)[:REASON_CHARACTERS_MAX]
