"""Counts the parts an SMS is sent in, which is what it costs.

Source: 3GPP TS 23.038 (the alphabet of 7 bits) and TS 23.040 (parts that belong together).
"""

from dataclasses import dataclass

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
"""Characters of two units: an escape and a letter."""


@dataclass(frozen=True, slots=True)
class SmsParts:
    """How a text travels: `encoding` is GSM-7 or UCS-2, `units` its septets or 16-bit units."""

    encoding: str
    units: int
    parts: int


def count_parts(text: str) -> SmsParts:
    """Count what a text takes: 160 septets in one part, 153 in each of several; or 70 and 67.

    One character beyond the alphabet of 7 bits puts the whole text into UCS-2. A character of two
    units stays in one part. An empty text takes one part.
    """
    if all(character in _BASIC or character in _EXTENDED for character in text):
        sizes = [2 if character in _EXTENDED else 1 for character in text]
        return _counted("GSM-7", sizes, alone=160, joined=153)
    sizes = [2 if character > "\uffff" else 1 for character in text]
    return _counted("UCS-2", sizes, alone=70, joined=67)


def _counted(encoding: str, sizes: list[int], *, alone: int, joined: int) -> SmsParts:
    units = sum(sizes)
    if units <= alone:
        return SmsParts(encoding, units, 1)
    parts, left = 1, joined
    for size in sizes:
        if size > left:
            parts, left = parts + 1, joined
        left -= size
    return SmsParts(encoding, units, parts)
