"""Arithmetic with Java's rules: kinds widen by need, texts that are numbers count exactly.

A whole number is an Integer up to 32 bits, a Long up to 64, a BigInteger beyond; that is read
off its size. Decimals come from arithmetic with numeric text.
"""

import math
import operator
import re
from collections.abc import Callable
from decimal import ROUND_HALF_DOWN, Context, Decimal, localcontext
from typing import Any, TypeAlias

from beckon.languages.velocity.printing import decimal_digits, plain
from beckon.languages.velocity.run import BITS_MAX, Run, limit
from beckon.languages.velocity.values import Block

Number: TypeAlias = int | float | Decimal

INT_BITS = 32
LONG_BITS = 64

_NUMERIC = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,9})?")
_DIGITS_MAX = 1_200  # about what BITS_MAX bits hold
_EXACT = Context(prec=3 * _DIGITS_MAX, rounding=ROUND_HALF_DOWN, traps=[])
_NUMBERS = frozenset({int, float, Decimal})
_WHOLE: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}


def is_number(value: object) -> bool:
    """Tell whether a value is a number; true and false are none."""
    return value.__class__ in _NUMBERS


def fits(value: int, bits: int) -> bool:
    """Tell whether a whole number fits a signed kind of this many bits."""
    return -(1 << (bits - 1)) <= value < 1 << (bits - 1)


def wrap(value: int, bits: int) -> int:
    """Cut a whole number to this many bits, as Java's narrowing does."""
    half = 1 << (bits - 1)
    return (value + half) % (1 << bits) - half


def checked(value: int) -> int:
    """Pass a whole number on unless it has grown too large."""
    if value.bit_length() > BITS_MAX:
        raise limit(f"a number has more than {BITS_MAX} bits")
    return value


def numeric_text(text: str) -> Decimal | None:
    """Read a text that is a number: sign, digits, point, exponent. None if it is none."""
    if len(text) > _DIGITS_MAX or _NUMERIC.fullmatch(text) is None:
        return None
    return _bounded(Decimal(text))


def to_decimal(value: Number) -> Decimal:
    """Turn a number into a decimal with the digits it prints; an Integer counts as `n.0`."""
    match value:
        case Decimal():
            return value
        case float():
            return Decimal(decimal_digits(value)) if math.isfinite(value) else Decimal(str(value))
        case _ if fits(value, INT_BITS):
            return Decimal(f"{value}.0")
        case _:
            return Decimal(value)


def add(run: Run, left: object, right: object, left_written: str, right_written: str) -> object:
    """`+`: a sum, or both printed one after the other when one is text.

    Beside a text, nothing contributes its source: `"a" + $nope` is `a$nope`.
    """
    if left.__class__ is int and right.__class__ is int:
        return checked(left + right)
    if left.__class__ in {str, Block} or right.__class__ in {str, Block}:
        first = left_written if left is None else plain(run, left)
        second = right_written if right is None else plain(run, right)
        run.grow_text(len(first) + len(second))
        return first + second
    return _calculate("+", left, right)


def subtract(run: Run, left: object, right: object) -> object:
    """`-` of two numbers or numeric texts; None for anything else."""
    run.spend(1)
    return _calculate("-", _read(left), _read(right))


def multiply(run: Run, left: object, right: object) -> object:
    """`*` of two numbers or numeric texts; None for anything else."""
    run.spend(1)
    return _calculate("*", _read(left), _read(right))


def divide(run: Run, left: object, right: object) -> object:
    """`/`: whole numbers are cut toward zero; None by zero and for anything but numbers."""
    run.spend(1)
    a, b = _read(left), _read(right)
    if a is None or b is None or b == 0:
        return None
    if isinstance(a, int) and isinstance(b, int):
        return cut_quotient(a, b)
    if _is_double(a, b):
        return float(a) / float(b)
    dividend, divisor = to_decimal(a), to_decimal(b)
    return _in_scale(dividend, divisor)


def cut_quotient(a: int, b: int) -> int:
    """Divide whole numbers, cutting toward zero as Java does."""
    quotient = abs(a) // abs(b)
    return quotient if (a < 0) == (b < 0) else -quotient


def remainder(run: Run, left: object, right: object) -> object:
    """`%`, with the sign of the left side; None by zero and for anything but numbers."""
    run.spend(1)
    if not (is_number(left) and is_number(right)) or right == 0:
        return None
    a: Any = left
    b: Any = right
    if isinstance(a, int) and isinstance(b, int):
        return abs(a) % abs(b) if a >= 0 else -(abs(a) % abs(b))
    if _is_double(a, b):
        return math.fmod(a, b) if math.isfinite(a) else math.nan
    return None


def negate(run: Run, value: object) -> object:
    """Unary minus: of a number, or of a numeric text as a decimal; else None."""
    run.spend(1)
    if value.__class__ is str:
        read = numeric_text(value)
        return None if read is None else _EXACT.minus(read)
    return -value if is_number(value) else None  # type: ignore[operator] # a number


def _read(value: object) -> Number | None:
    if value.__class__ is str:
        return numeric_text(value)
    return value if is_number(value) else None  # type: ignore[return-value] # a number


def _calculate(sign: str, left: object, right: object) -> object:
    if not (is_number(left) and is_number(right)):
        return None
    a: Any = left
    b: Any = right
    if isinstance(a, int) and isinstance(b, int):
        return checked(_WHOLE[sign](a, b))
    if _is_double(a, b):
        return _WHOLE[sign](float(a), float(b))
    with localcontext(_EXACT):
        return _bounded(_WHOLE[sign](to_decimal(a), to_decimal(b)))


def _is_double(a: Number, b: Number) -> bool:
    """Two doubles, or a double and a whole number that fits a Long."""
    if isinstance(a, Decimal) or isinstance(b, Decimal):
        return False
    whole = a if isinstance(a, int) else b
    return not isinstance(whole, int) or fits(whole, LONG_BITS)


def _bounded(value: Decimal) -> Decimal:
    if value.is_finite() and (
        abs(value.adjusted()) > _DIGITS_MAX or len(value.as_tuple().digits) > _DIGITS_MAX
    ):
        raise limit(f"a number has more than {_DIGITS_MAX} digits")
    return value


def _in_scale(dividend: Decimal, divisor: Decimal) -> Decimal | None:
    exponent = dividend.as_tuple().exponent
    if not isinstance(exponent, int) or not divisor.is_finite():
        return None
    with localcontext(_EXACT):
        return _bounded((dividend / divisor).quantize(Decimal((0, (1,), exponent))))
