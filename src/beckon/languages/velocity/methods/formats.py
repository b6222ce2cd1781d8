"""`String.format`: Java's format strings."""

import math
import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from beckon.languages.velocity.comparing import hash_of
from beckon.languages.velocity.methods.kinds import MethodFault
from beckon.languages.velocity.numbers import INT_BITS, LONG_BITS, fits
from beckon.languages.velocity.printing import decimal_digits, plain
from beckon.languages.velocity.run import Run
from beckon.languages.velocity.values import Character

WIDTH_MAX = 1_000
"""Largest width and precision."""

_SPECIFIER = re.compile(r"%(?:([0-9]+)\$)?([-#+ 0,(]*)([0-9]+)?(?:\.([0-9]+))?([a-zA-Z%])|%")
_HALF_UP = Context(prec=2_400, rounding=ROUND_HALF_UP)


def format_text(run: Run, pattern: str, values: Sequence[Any]) -> str:
    """Fill a format string. Raises MethodFault for what Java's formatter refuses."""
    pieces: list[str] = []
    end = position = 0
    for found in _SPECIFIER.finditer(pattern):
        pieces.append(pattern[end : found.start()])
        end = found.end()
        letter = found[5]
        if letter is None:
            message = "a `%` begins no format; write `%%`"
            raise MethodFault(message)
        if letter in "%n":
            pieces.append(_padded("%" if letter == "%" else "\n", found))
            continue
        index = int(found[1][:6]) - 1 if found[1] else position
        position += not found[1]
        if not 0 <= index < len(values):
            message = f"`{found.group()[:20]}` has no value"
            raise MethodFault(message)
        pieces.append(_padded(_formatted(run, found, values[index]), found))
        run.grow_text(len(pieces[-1]))
    return run.text([*pieces, pattern[end:]])


def _width(digits: str | None) -> int:
    width = int(digits[:6]) if digits else 0
    if width > WIDTH_MAX:
        message = f"a width or precision is larger than {WIDTH_MAX}"
        raise MethodFault(message)
    return width


def _padded(text: str, found: re.Match[str]) -> str:
    width, flags = _width(found[3]), found[2]
    if "-" in flags:
        return text.ljust(width)
    if "0" in flags and found[5] in "doxXfeE" and text[-1:] not in "yN":
        sign = 1 if text[:1] in {"-", "+", " ", "("} else 0
        return text[:sign] + text[sign:].rjust(width - sign, "0")
    return text.rjust(width)


def _formatted(run: Run, found: re.Match[str], value: Any) -> str:  # noqa: ANN401 - any value
    letter, precision = found[5], found[4]
    if letter in "sS":
        text = plain(run, value)
        text = text[: _width(precision)] if precision else text
    elif letter in "bB":
        text = plain(run, value if value.__class__ is bool else value is not None)
    elif letter in "hH":
        text = "null" if value is None else f"{hash_of(run, value) & 0xFFFFFFFF:x}"
    elif value is None:
        text = "null"
    elif letter in "cC":
        text = _character(value)
    elif letter in "doxX":
        text = _whole(found, value)
    elif letter in "feEgG":
        text = _decimal(found, value)
    else:
        message = f"`%{letter}` is not known"
        raise MethodFault(message)
    return text.upper() if letter.isupper() else text


def _character(value: Any) -> str:  # noqa: ANN401 - any value
    if value.__class__ is int and 0 <= value <= 0x10FFFF:
        return chr(value)
    if value.__class__ is Character:
        return str(value.text)
    message = "`%c` needs a character or its code"
    raise MethodFault(message)


def _whole(found: re.Match[str], value: Any) -> str:  # noqa: ANN401 - any value
    letter, flags = found[5], found[2]
    if value.__class__ is not int:
        message = f"`%{letter}` needs a whole number"
        raise MethodFault(message)
    if letter == "d":
        return _signed(f"{abs(value):,}" if "," in flags else str(abs(value)), value < 0, flags)
    if value < 0 and fits(value, LONG_BITS):
        value += 1 << (INT_BITS if fits(value, INT_BITS) else LONG_BITS)
    prefix = ("0" if letter == "o" else "0x") if "#" in flags else ""
    return f"{prefix}{value:{letter.lower()}}"


def _decimal(found: re.Match[str], value: Any) -> str:  # noqa: ANN401 - any value
    letter, flags = found[5].lower(), found[2]
    if value.__class__ not in {float, Decimal}:
        message = f"`%{letter}` needs a number with a fraction"
        raise MethodFault(message)
    if not math.isfinite(value):
        return _signed(_special(abs(value)), value < 0, flags)
    exact = Decimal(decimal_digits(value)) if value.__class__ is float else Decimal(value)
    exact = exact.copy_abs()
    precision = _width(found[4]) if found[4] else 6
    is_negative = math.copysign(1, value) < 0
    if letter == "g":
        return _signed(_general(exact, max(precision, 1), flags), is_negative, flags)
    text = _scientific(exact, precision) if letter == "e" else _fixed(exact, precision, flags)
    return _signed(text, is_negative, flags)


def _general(value: Decimal, precision: int, flags: str) -> str:
    rounded = Context(prec=precision, rounding=ROUND_HALF_UP).plus(value)
    if rounded == 0 or Decimal("1e-4") <= rounded < Decimal(10) ** precision:
        return _fixed(value, max(0, precision - max(rounded.adjusted(), 0) - 1), flags)
    return _scientific(value, precision - 1)


def _special(value: Any) -> str:  # noqa: ANN401 - a float or decimal
    return "Infinity" if value > 0 else "NaN"


def _fixed(value: Decimal, places: int, flags: str) -> str:
    rounded = value.quantize(Decimal((0, (1,), -places)), context=_HALF_UP)
    return f"{rounded:,f}" if "," in flags else f"{rounded:f}"


def _scientific(value: Decimal, places: int) -> str:
    rounded = Context(prec=places + 1, rounding=ROUND_HALF_UP).plus(value)
    exponent = rounded.adjusted() if rounded else 0
    digits = "".join(map(str, rounded.as_tuple().digits)).ljust(places + 1, "0")
    point = f".{digits[1 : places + 1]}" if places else ""
    return f"{digits[0]}{point}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


def _signed(text: str, is_negative: bool, flags: str) -> str:  # noqa: FBT001 - a sign
    if is_negative:
        return f"({text})" if "(" in flags else f"-{text}"
    return f"+{text}" if "+" in flags else f" {text}" if " " in flags else text
