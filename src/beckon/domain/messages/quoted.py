"""Quoted-printable, piece by piece: each piece ends its line softly, so any may follow any.

Source: RFC 2045 section 6.7. No line is longer than 76 bytes, and no character is cut in two.
"""

import re
from binascii import b2a_qp

SOFT_BREAK = b"=\r\n"
_LINE_MAX = 75  # and the `=` of a soft break
_SHORT = 70
_LINE_END = re.compile(r"\r\n|\r|\n")
_CACHED_MAX = 20_000


class _Letters(dict[int, str]):
    """How each character is spelled; learned as characters come by, for one planet's scripts."""

    def __missing__(self, code: int) -> str:
        spelled = "".join(f"={byte:02X}" for byte in chr(code).encode("utf-8", "replace"))
        if len(self) < _CACHED_MAX:
            self[code] = spelled
        return spelled


_letters = _Letters({code: chr(code) for code in (9, *range(32, 127)) if chr(code) != "="})


def encode_piece(text: str) -> bytes:
    """Encode one piece of a text; line ends of any kind become CRLF.

    What comes out is empty, or ends with a soft break or with CRLF.
    """
    if len(text) < _SHORT and text.isascii() and text.isprintable() and "=" not in text:
        return text.encode() + SOFT_BREAK if text else b""
    if "\n" in text or "\r" in text:
        return _encode_lines(text)
    if text.isascii():
        return _encode_ascii(text)
    if len(text) < _SHORT:
        return _encode_short(text.encode("utf-8", "replace"))
    return _folded(text.translate(_letters)) + SOFT_BREAK


def _encode_short(encoded: bytes) -> bytes:
    """Encode few bytes in C, as many a line as fit even if all of them are spelled out."""
    lines, at = [], 0
    while at < len(encoded):
        end = at + _LINE_MAX // 3
        # A character stays in one line: bytes that follow its first one begin with the bits 10.
        while end < len(encoded) and encoded[end] & 0xC0 == 0x80:
            end -= 1
        lines.append(b2a_qp(encoded[at:end]) + SOFT_BREAK)
        at = end
    return b"".join(lines)


def _encode_lines(text: str) -> bytes:
    text = _LINE_END.sub("\r\n", text)
    if text.isascii():
        return _encode_ascii(text)
    *lines, last = text.split("\r\n")
    encoded = [_folded(_with_visible_end(line.translate(_letters))) + b"\r\n" for line in lines]
    if last:
        encoded.append(_folded(last.translate(_letters)) + SOFT_BREAK)
    return b"".join(encoded)


def _encode_ascii(text: str) -> bytes:
    # The end is needed: without a line end to learn from, the encoder breaks lines with bare LF.
    encoded = b2a_qp(text.encode() + b"\r\n", istext=True)
    return encoded[:-2] if text.endswith("\n") else encoded[:-2] + SOFT_BREAK


def _with_visible_end(line: str) -> str:
    """Spell a blank at the end of a line out, where it would be lost on the way."""
    if line.endswith((" ", "\t")):
        return f"{line[:-1]}={ord(line[-1]):02X}"
    return line


def _folded(encoded: str) -> bytes:
    """Break one encoded line softly wherever it is full."""
    lines, at = [], 0
    while len(encoded) - at > _LINE_MAX:
        end = at + _LINE_MAX
        while not _may_break(encoded, end):
            end -= 1
        lines.append(encoded[at:end])
        at = end
    lines.append(encoded[at:])
    return "=\r\n".join(lines).encode()


def _may_break(encoded: str, at: int) -> bool:
    """Tell whether a character begins here: neither inside `=XX` nor before a following byte."""
    is_inside = encoded[at - 1] == "=" or encoded[at - 2] == "="
    return not is_inside and not (encoded[at] == "=" and encoded[at + 1] in "89AB")
