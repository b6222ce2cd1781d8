"""Methods of numbers, booleans and characters."""

import math
import operator
import struct
from collections.abc import Callable
from typing import Any

from beckon.languages.velocity.methods.common import COMMON
from beckon.languages.velocity.methods.kinds import (
    Method,
    MethodFault,
    NoMatch,
    Table,
    anything,
    integer,
    table,
    text,
    whole,
)
from beckon.languages.velocity.numbers import (
    INT_BITS,
    LONG_BITS,
    Number,
    add,
    checked,
    divide,
    fits,
    is_number,
    multiply,
    numeric_text,
    subtract,
    wrap,
)
from beckon.languages.velocity.run import Run

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_POWER_MAX = 4_096


def _kind(value: Any) -> str:  # noqa: ANN401 - a number
    if value.__class__ is not int:
        return str(value.__class__.__name__)
    return "int" if fits(value, INT_BITS) else "long" if fits(value, LONG_BITS) else "big"


def _to_bits(bits: int) -> Callable[[Run, Any], int]:
    def convert(_run: Run, value: Any) -> int:  # noqa: ANN401 - a number
        if value.__class__ is not float:
            return wrap(int(value), bits)
        if math.isnan(value):
            return 0
        # Java cuts a double to an int or a long first, and that saturates.
        cut = 1 << (max(bits, INT_BITS) - 1)
        return wrap(int(max(-cut, min(value, cut - 1))), bits)

    return convert


def _to_float(_run: Run, value: Any) -> float:  # noqa: ANN401 - a number
    try:
        return float(value)
    except OverflowError:
        return math.copysign(math.inf, value)


def _to_single(run: Run, value: Number) -> float:
    double = _to_float(run, value)
    try:
        return float(struct.unpack("f", struct.pack("f", double))[0])
    except OverflowError:
        return math.copysign(math.inf, double)


def _compare(_run: Run, value: Any, other: Any) -> int:  # noqa: ANN401 - any values
    if value.__class__ is not other.__class__ or _kind(value) != _kind(other):
        message = "compares values of the same kind only"
        raise MethodFault(message)
    return int(value > other) - int(value < other)


def _parse(_run: Run, _value: object, source: str, radix: int = 10) -> int:
    digits = source.lower().removeprefix("-" if source.startswith("-") else "+")
    allowed = _DIGITS[: max(2, min(radix, 36))]
    if not 0 < len(digits) <= 64 or any(digit not in allowed for digit in digits):
        message = f"`{source[:40]}` is no whole number"
        raise MethodFault(message)
    number = int(digits, len(allowed)) * (-1 if source.startswith("-") else 1)
    if not fits(number, LONG_BITS):
        message = f"`{source[:40]}` is too large"
        raise MethodFault(message)
    return number


def _parse_int(run: Run, value: object, source: str, radix: int = 10) -> int:
    number = _parse(run, value, source, radix)
    if not fits(number, INT_BITS):
        message = f"`{source[:40]}` is too large"
        raise MethodFault(message)
    return number


def _decode(run: Run, value: object, source: str) -> int:
    sign, digits = ("-", source[1:]) if source.startswith("-") else ("", source)
    for prefix, radix in (("0x", 16), ("0X", 16), ("#", 16), ("0", 8)):
        if digits.startswith(prefix) and len(digits) > len(prefix):
            return _parse(run, value, sign + digits[len(prefix) :], radix)
    return _parse(run, value, sign + digits)


def _parse_double(_run: Run, _value: object, source: str) -> float:
    number = numeric_text(source.strip())
    if number is None:
        message = f"`{source[:40]}` is no number"
        raise MethodFault(message)
    return float(number)


def _in_radix(number: int, radix: int) -> str:
    digits, rest = "", abs(number)
    while rest or not digits:
        rest, digit = divmod(rest, radix)
        digits = _DIGITS[digit] + digits
    return f"-{digits}" if number < 0 else digits


def _unsigned(radix: int) -> Callable[[Run, int, int], str]:
    def shown(_run: Run, _value: int, number: int) -> str:
        bits = INT_BITS if fits(number, INT_BITS) else LONG_BITS
        return _in_radix(number % (1 << bits), radix)

    return shown


def _to_string(run: Run, _value: int, number: int, radix: int) -> str:
    run.spend(1)
    return _in_radix(number, radix if 2 <= radix <= 36 else 10)


def _long(_run: Run, value: object) -> int:
    return wrap(whole(value), LONG_BITS)


def _double(run: Run, value: Any) -> float:  # noqa: ANN401 - any value
    if not is_number(value):
        message = "needs a number"
        raise MethodFault(message)
    return _to_float(run, value)


def _same_kind(_run: Run, value: Any) -> Number:  # noqa: ANN401 - any value
    if not is_number(value):
        message = "needs a number"
        raise MethodFault(message)
    return value  # type: ignore[no-any-return] # a number, as just tested


def _power(_run: Run, value: Number, exponent: int) -> Number:
    bits = abs(value).bit_length() if isinstance(value, int) else 64
    if exponent < 0 or bits * exponent > _POWER_MAX:
        message = f"cannot raise to the power of {exponent}"
        raise MethodFault(message)
    return checked(value**exponent) if isinstance(value, int) else value**exponent


def _modulo(_run: Run, value: Any, other: Any) -> Any:  # noqa: ANN401 - numbers
    if other == 0 or value.__class__ is not int or other.__class__ is not int:
        message = "needs a whole number other than zero"
        raise MethodFault(message)
    return value % abs(other)


def _divided(run: Run, value: Number, other: Number) -> object:
    if other == 0:
        message = "cannot divide by zero"
        raise MethodFault(message)
    return divide(run, value, other)


_ALL: Table = {
    **COMMON,
    **table(
        ("intValue", _to_bits(INT_BITS)),
        ("longValue", _to_bits(LONG_BITS)),
        ("shortValue", _to_bits(16)),
        ("byteValue", _to_bits(8)),
        ("doubleValue", _to_float),
        ("floatValue", _to_single),
        ("compareTo", anything, _compare),
    ),
}

_WHOLE: Table = {
    **_ALL,
    **table(
        ("parseInt", text, _parse_int),
        ("parseInt", text, integer, _parse_int),
        ("parseLong", text, _parse),
        ("parseLong", text, integer, _parse),
        ("valueOf", text, _parse),
        ("decode", text, _decode),
        ("toHexString", _long, _unsigned(16)),
        ("toBinaryString", _long, _unsigned(2)),
        ("toOctalString", _long, _unsigned(8)),
        ("toString", _long, lambda _, _value, number: str(number)),
        ("toString", _long, integer, _to_string),
        ("max", _long, _long, lambda _, _value, a, b: max(a, b)),
        ("min", _long, _long, lambda _, _value, a, b: min(a, b)),
        ("sum", _long, _long, lambda _, _value, a, b: wrap(a + b, LONG_BITS)),
        ("signum", _long, lambda _, _value, number: (number > 0) - (number < 0)),
        ("bitCount", _long, lambda _, _value, n: _unsigned(2)(_, n, n).count("1")),
    ),
}

_BIG: Table = table(
    ("add", _same_kind, lambda run, a, b: add(run, a, b, "", "")),
    ("subtract", _same_kind, subtract),
    ("multiply", _same_kind, multiply),
    ("divide", _same_kind, _divided),
    ("mod", _same_kind, _modulo),
    ("pow", integer, _power),
    ("abs", lambda _, value: abs(value)),
    ("negate", lambda _, value: -value),
    ("signum", lambda _, value: (value > 0) - (value < 0)),
)

DOUBLES: Table = {
    **_ALL,
    **table(
        ("isNaN", lambda _, value: math.isnan(value)),
        ("isInfinite", lambda _, value: math.isinf(value)),
        ("isNaN", _double, lambda _, _value, number: math.isnan(number)),
        ("parseDouble", text, _parse_double),
        ("valueOf", text, _parse_double),
        ("max", _double, _double, lambda _, _value, a, b: max(a, b)),
        ("min", _double, _double, lambda _, _value, a, b: min(a, b)),
        ("sum", _double, _double, lambda _, _value, a, b: a + b),
    ),
}

DECIMALS: Table = {**_ALL, **_BIG}


def _only_big(method: Method) -> Method:
    def called(run: Run, value: int, *given: object) -> object:
        if fits(value, LONG_BITS):
            raise NoMatch
        return method(run, value, *given)

    return called


WHOLES: Table = {**{name: _only_big(method) for name, method in _BIG.items()}, **_WHOLE}


def _logic(function: Callable[[bool, bool], bool]) -> Callable[..., bool]:
    return lambda _, _value, a, b: function(bool(a), bool(b))


BOOLEANS: Table = {
    **COMMON,
    **table(
        ("booleanValue", lambda _, value: value),
        ("compareTo", anything, _compare),
        ("parseBoolean", text, lambda _, _value, source: source.lower() == "true"),
        ("valueOf", text, lambda _, _value, source: source.lower() == "true"),
        ("logicalAnd", anything, anything, _logic(operator.and_)),
        ("logicalOr", anything, anything, _logic(operator.or_)),
        ("logicalXor", anything, anything, _logic(operator.xor)),
    ),
}

CHARACTERS: Table = {
    **COMMON,
    **table(
        ("charValue", lambda _, value: value),
        ("hashCode", lambda _, value: ord(value.text)),
    ),
}
