"""A letter in the bytes that travel: its envelope as commands, its content ready for DATA.

Invariant: no value of a letter can end a command, the content or the connection's turn.
"""

import re
from base64 import b64encode
from collections.abc import Mapping
from itertools import repeat

from beckon.domain.messages.model import Letter, Rejected
from beckon.kit.addresses import ascii_domain
from beckon.kit.return_paths import return_path

DOT = b".\r\n"

_UNFIT = re.compile(r"[\x00-\x20<>\x7f-\xa0\u2028\u2029]")


def prepare(content: bytes) -> bytes:
    """Give the content CRLF line ends throughout and its dots doubled, without the final dot.

    A lone CR or LF becomes a line end of its own: left as it is, some relays would take it for
    one and others not, and a mail could hide in another. Source: RFC 5321 § 2.3.8, § 4.5.2.
    """
    # Bytes part at CR, LF and CRLF alone. Quicker than to look whether there is anything to mend.
    lines = content.splitlines()
    if True in map(bytes.startswith, lines, repeat(b".")):
        lines = [b"." + line if line.startswith(b".") else line for line in lines]
    lines.append(b"")
    return b"\r\n".join(lines)


def chunk(content: bytes, *, is_last: bool) -> bytes:
    """Write the command that says how many bytes of content follow (RFC 3030 § 2).

    They need no form: nothing in them is looked at, so nothing can end them.
    """
    return b"BDAT %d LAST\r\n" % len(content) if is_last else b"BDAT %d\r\n" % len(content)


def envelope(
    letter: Letter, extensions: Mapping[str, str], *, bounces: str | None = None
) -> tuple[bytes, bytes] | Rejected:
    """Write MAIL and RCPT for a relay with these extensions (upper-case names to parameters).

    With `bounces`, what fails later comes back to that mailbox under the letter's name (VERP).

    Rejected where this relay could not take the letter: larger than its SIZE (RFC 1870), 8-bit
    content without 8BITMIME (RFC 6152), an address beyond ASCII without SMTPUTF8 (RFC 6531).
    """
    returning = return_path(bounces, letter.id) if bounces else letter.sender
    if _UNFIT.search(returning) or _UNFIT.search(letter.recipient):
        return Rejected("The sender or recipient holds characters no address may hold.")
    size_max = extensions.get("SIZE", "")
    if size_max.isdecimal() and 0 < int(size_max) < len(letter.content):
        return Rejected(f"The message is larger than the {size_max} bytes the relay takes.")
    options = ""
    if not letter.content.isascii():
        if "8BITMIME" not in extensions:
            return Rejected("The message has 8-bit content, which the relay does not take.")
        options += " BODY=8BITMIME"
    try:
        sender, recipient = _path(returning), _path(letter.recipient)
    except UnicodeError:
        return Rejected("The domain of the sender or recipient cannot be written in ASCII.")
    if not (sender + recipient).isascii():
        if "SMTPUTF8" not in extensions:
            return Rejected("The relay does not take addresses beyond ASCII.")
        options += " SMTPUTF8"
    return f"MAIL FROM:<{sender}>{options}\r\n".encode(), f"RCPT TO:<{recipient}>\r\n".encode()


def plain_login(user: str, password: str) -> bytes:
    """Write the one line that signs in (RFC 4616)."""
    return b"AUTH PLAIN " + encoded(f"\0{user}\0{password}") + b"\r\n"


def encoded(text: str) -> bytes:
    """Write a text as AUTH wants it, in one line of base64."""
    return b64encode(text.encode())


def _path(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local}@{ascii_domain(domain)}"
