"""Writes an e-mail out: headers and a body in the bytes that travel.

Invariant: no value from outside can begin a header, a recipient or a part of its own.
Source: RFC 5322 (form), RFC 2045 to 2047 (parts and words beyond ASCII), RFC 2046 (alternative).
"""

import re
from base64 import b64encode
from binascii import b2a_qp
from datetime import datetime
from email.utils import format_datetime
from uuid import UUID

from beckon.kit.addresses import Mailbox

CRLF = b"\r\n"
LINE_BYTES_MAX = 998

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_PLAIN_WORD = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~.\-]*")
_BOUNDARY_BEGINS = b"=_"
_WORD_BYTES_MAX = 42  # base64 makes 56 of them; with its frame an encoded word stays below 75
_LINE_CHARACTERS = 76


def message_id(mail_id: UUID, sender: Mailbox) -> str:
    """Name the mail, the same on every attempt, in the sender's own domain."""
    return f"<{mail_id.hex}@{_domain(sender)}>"


def write_mail(
    mail_id: UUID,
    *,
    sender: Mailbox,
    recipient: str,
    subject: str,
    plain: str,
    html: str,
    at: datetime,
) -> bytes:
    """Write a mail with a text and an HTML part, CRLF throughout, no line beyond 998 bytes."""
    boundary = f"{_BOUNDARY_BEGINS.decode()}{mail_id.hex}"
    headers = [
        ("From", _mailbox(sender)),
        ("To", _address(recipient)),
        ("Subject", _words(subject)),
        ("Date", format_datetime(at)),
        ("Message-ID", message_id(mail_id, sender)),
        ("MIME-Version", "1.0"),
        ("Content-Type", f'multipart/alternative; boundary="{boundary}"'),
    ]
    head = b"".join(f"{name}: {value}\r\n".encode() for name, value in headers)
    line = f"--{boundary}".encode()
    return CRLF.join(
        [head, line, _part("plain", plain), line, _part("html", html), line + b"--", b""]
    )


def _part(kind: str, content: str) -> bytes:
    encoding, body = _encoded("\r\n".join(content.splitlines()).encode("utf-8", "replace") + CRLF)
    head = f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}"
    return head.encode() + CRLF + CRLF + body


def _encoded(content: bytes) -> tuple[str, bytes]:
    """Leave plain ASCII as it is, where a person can read it; the rest in quoted-printable.

    The latter writes `=` as `=3D`, so that no content can look like a boundary.
    """
    is_short = max(map(len, content.split(CRLF))) <= LINE_BYTES_MAX
    if content.isascii() and is_short and _BOUNDARY_BEGINS not in content:
        return "7bit", content
    return "quoted-printable", b2a_qp(content, istext=True)


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
    return f"{local}@{domain if domain.isascii() else domain.encode('idna').decode()}"


def _domain(sender: Mailbox) -> str:
    return _address(sender.address).rpartition("@")[2]


def _words(value: str) -> str:
    """Write a header's text; beyond ASCII, or when long, as encoded words on folded lines."""
    text = _one_line(value)
    if text.isascii() and len(text) <= _LINE_CHARACTERS and "=?" not in text:
        return text
    words, word = [], b""
    for character in text:
        encoded = character.encode("utf-8", "replace")
        if len(word) + len(encoded) > _WORD_BYTES_MAX:
            words.append(word)
            word = b""
        word += encoded
    words.append(word)
    return "\r\n ".join(f"=?utf-8?b?{b64encode(part).decode()}?=" for part in words)


def _one_line(value: str) -> str:
    return _UNSAFE.sub(" ", value).strip()
