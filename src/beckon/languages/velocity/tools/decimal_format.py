"""Java's DecimalFormat patterns: `#,##0.00`, `0%`, `000`, `0.###E0`, `#,##0;(#,##0)`."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal

PATTERN_CHARACTERS_MAX = 200

_EXACT = Context(prec=2_400, rounding=ROUND_HALF_EVEN)
_DIGITS = frozenset("#0,.")
_NUMBER = re.compile(r"[#0,]*(?:\.[#0]*)?(?:E0+)?")


class PatternInvalid(Exception):  # noqa: N818 - each tool has its own answer to it
    """Not a pattern of DecimalFormat."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """One half of a pattern: what stands before and after, and how the digits stand."""

    prefix: str
    suffix: str
    whole_least: int
    whole_most: int
    places_least: int
    places_most: int
    group: int
    exponent_digits: int
    scale: int


def format_number(pattern: str, value: Decimal) -> str:
    """Print a number in a pattern, rounding half even. Raises PatternInvalid."""
    if len(pattern) > PATTERN_CHARACTERS_MAX:
        message = f"a pattern is longer than {PATTERN_CHARACTERS_MAX} characters"
        raise PatternInvalid(message)
    positive, negative = _halves(pattern)
    layout = _layout(positive)
    scaled = abs(value).scaleb(layout.scale, context=_EXACT)
    digits = _scientific(layout, scaled) if layout.exponent_digits else _plain(layout, scaled)
    is_negative = value.is_signed() and any(digit in "123456789" for digit in digits)
    if not is_negative:
        return f"{layout.prefix}{digits}{layout.suffix}"
    if negative is None:
        return f"-{layout.prefix}{digits}{layout.suffix}"
    other = _layout(negative)
    return f"{other.prefix}{digits}{other.suffix}"


def _halves(pattern: str) -> tuple[str, str | None]:
    is_quoted = False
    for at, character in enumerate(pattern):
        if character == "'":
            is_quoted = not is_quoted
        elif character == ";" and not is_quoted:
            return pattern[:at], pattern[at + 1 :] or None
    return pattern, None


def _layout(pattern: str) -> _Layout:
    prefix, at, scale = _affix(pattern, 0)
    found = _NUMBER.match(pattern, at)
    number = found.group() if found else ""
    suffix, end, more = _affix(pattern, at + len(number))
    if end < len(pattern):
        message = f"`{pattern[end]}` cannot stand here in the pattern `{pattern}`"
        raise PatternInvalid(message)
    return _measured(number, prefix, suffix, scale + more)


def _affix(pattern: str, at: int) -> tuple[str, int, int]:
    """Read the literal text before or after the digits: text, where it ends, and the scale."""
    text, scale, is_quoted = "", 0, False
    while at < len(pattern):
        character = pattern[at]
        if character == "'":
            if pattern.startswith("''", at):
                text += "'"
                at += 1
            else:
                is_quoted = not is_quoted
        elif is_quoted:
            text += character
        elif character in _DIGITS:
            break
        else:
            scale += {"%": 2, "\u2030": 3}.get(character, 0)
            text += "$" if character == "\u00a4" else character
        at += 1
    return text, at, scale


def _measured(number: str, prefix: str, suffix: str, scale: int) -> _Layout:
    mantissa, _, exponent = number.partition("E")
    whole, _, places = mantissa.partition(".")
    digits = whole.replace(",", "")
    if "#" in digits.lstrip("#") or "0" in places.lstrip("0"):
        message = f"in `{number}` a `#` stands where only `0` can"
        raise PatternInvalid(message)
    least = digits.count("0")
    if not least and not places.count("0"):
        # As in Java: `#.##` prints 0.5 as `0.5`, `#` prints 0 as `0`.
        least = 1 if digits or places else 0
    group = len(whole) - whole.rindex(",") - 1 if "," in whole else 0
    return _Layout(
        prefix,
        suffix,
        least,
        len(digits),
        places.count("0"),
        len(places),
        group,
        len(exponent),
        scale,
    )


def _rounded(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal((0, (1,), -places)), context=_EXACT)


def _plain(layout: _Layout, value: Decimal) -> str:
    rounded = f"{_rounded(value, layout.places_most):f}"
    whole, _, places = rounded.partition(".")
    whole = whole.lstrip("0").rjust(layout.whole_least, "0")
    places = _cut(places, layout.places_least)
    if layout.group:
        whole = _grouped(whole, layout.group)
    return f"{whole}.{places}" if places else whole


def _cut(places: str, least: int) -> str:
    return places[:least] + places[least:].rstrip("0")


def _grouped(whole: str, size: int) -> str:
    first = len(whole) % size or size
    return ",".join(
        [whole[:first], *(whole[at : at + size] for at in range(first, len(whole), size))]
    )


def _scientific(layout: _Layout, value: Decimal) -> str:
    least = max(layout.whole_least, 1)
    exponent = value.adjusted() - least + 1 if value else 0
    if layout.whole_most > layout.whole_least and layout.whole_most > 1:
        # More optional digits: the exponent is a multiple of their number.
        exponent = (value.adjusted() // layout.whole_most) * layout.whole_most if value else 0
    mantissa = value.scaleb(-exponent, context=_EXACT)
    digits = _plain(layout, mantissa)
    sign = "-" if exponent < 0 else ""
    return f"{digits}E{sign}{str(abs(exponent)).rjust(layout.exponent_digits, '0')}"
