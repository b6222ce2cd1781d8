"""Writes the head of an e-mail in the bytes that travel; `assembly` writes the rest.

Invariant: no value from outside can begin a header or a recipient of its own.
Source: RFC 5322 (form), RFC 2045 to 2047 (parts and words beyond ASCII), RFC 2046 (alternative).
"""

import re
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from uuid import UUID

from beckon.kit.addresses import Mailbox, ascii_domain
from beckon.kit.refusals import Invalid

LINE_BYTES_MAX = 998
BOUNDARY_BEGINS = "=_"

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# Without a dot: bare in a name it is obsolete, and Python's parser stumbles over ". <a@b.co>".
_PLAIN_WORD = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~\-]*")
_WORD_BYTES_MAX = 42  # base64 makes 56 of them; with its frame an encoded word stays below 75
_LINE_CHARACTERS = 76
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_USUAL = frozenset(
    {
        *("from", "sender", "to", "cc", "bcc", "subject", "date", "message-id"),
        *("mime-version", "content-type", "content-transfer-encoding"),
    }
)


def message_id(mail_id: UUID, sender: Mailbox) -> str:
    """Name the mail, the same on every attempt, in the sender's own domain."""
    return f"<{mail_id.hex}@{_domain(sender)}>"


def boundary_of(mail_id: UUID) -> bytes:
    """Name what stands between the parts of a mail."""
    return f"{BOUNDARY_BEGINS}{mail_id.hex}".encode()


def write_head(
    mail_id: UUID,
    *,
    sender: Mailbox,
    recipient: str,
    subject: str,
    at: datetime,
    more: Sequence[tuple[str, str]] = (),
) -> bytes:
    """Write the head of a mail with a text and an HTML part, up to its empty line.

    Raises Invalid for a name or value in `more` that is not printable ASCII in one short line.
    """
    headers = [
        ("From", _mailbox(sender)),
        ("To", _address(recipient)),
        ("Subject", _words(subject)),
        ("Date", _date(at.replace(microsecond=0))),
        ("Message-ID", message_id(mail_id, sender)),
        ("MIME-Version", "1.0"),
        *((_name(name), _value(name, value)) for name, value in more),
        ("Content-Type", f'multipart/alternative; boundary="{boundary_of(mail_id).decode()}"'),
    ]
    return "".join([f"{name}: {value}\r\n" for name, value in headers]).encode()


def _name(name: str) -> str:
    if not _HEADER_NAME.fullmatch(name) or name.lower() in _USUAL:
        raise Invalid(f"{name!r} cannot be the name of a further header.")
    return name


def _value(name: str, value: str) -> str:
    if not (value.isascii() and value.isprintable()) or len(name) + len(value) > LINE_BYTES_MAX - 2:
        raise Invalid(f"the header {name} must be one line of printable ASCII.")
    return value


@lru_cache(maxsize=64)
def _date(second: datetime) -> str:
    return format_datetime(second)


@lru_cache(maxsize=1024)
def _mailbox(mailbox: Mailbox) -> str:
    if not mailbox.name:
        return _address(mailbox.address)
    name = _words(mailbox.name)
    if name == _one_line(mailbox.name) and not _PLAIN_WORD.fullmatch(name):
        name = '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'
    return f"{name} <{_address(mailbox.address)}>"


def _address(address: str) -> str:
    """Write a checked address; a domain beyond ASCII travels as punycode."""
    local, _, domain = _one_line(address).rpartition("@")
    return f"{local}@{ascii_domain(domain)}"


def _domain(sender: Mailbox) -> str:
    return _address(sender.address).rpartition("@")[2]


def _words(value: str) -> str:
    """Write a header's text; beyond ASCII, or when long, as encoded words on folded lines."""
    text = _one_line(value)
    if text.isascii() and len(text) <= _LINE_CHARACTERS and "=?" not in text:
        return text
    encoded, words, at = text.encode("utf-8", "replace"), [], 0
    while at < len(encoded):
        end = at + _WORD_BYTES_MAX
        # A character stays in one word: bytes that follow its first one begin with the bits 10.
        while end < len(encoded) and encoded[end] & 0xC0 == 0x80:
            end -= 1
        words.append(encoded[at:end])
        at = end
    return "\r\n ".join(f"=?utf-8?b?{b64encode(part).decode()}?=" for part in words)


def _one_line(value: str) -> str:
    return _UNSAFE.sub(" ", value).strip()
