"""`$math`, `$number`, `$sorter`: tools of other Velocity systems, as in Velocity Tools 2.0."""

import math
import random
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cmp_to_key
from typing import Any

from beckon.languages.velocity.methods.kinds import ANY_NUMBER, MethodFault, Table
from beckon.languages.velocity.methods.lists import natural_order
from beckon.languages.velocity.numbers import cut_quotient
from beckon.languages.velocity.run import Run
from beckon.languages.velocity.tools import own
from beckon.languages.velocity.tools.decimal_format import PatternInvalid, format_number
from beckon.languages.velocity.tools.own import exact_of, folded, narrowed, number_of
from beckon.languages.velocity.values import COLLECTIONS, items_of


class Math:
    """`$math`."""


class Number:
    """`$number`."""


class Sorter:
    """`$sorter`."""


def _lenient(value: Any) -> float | None:  # noqa: ANN401 - any value
    """Read a number as these tools do: grouping commas are skipped, `"1,5"` is 15."""
    return number_of(value.replace(",", "") if value.__class__ is str else value)


def _leniently(method: Callable[..., object]) -> Callable[..., object]:
    def called(run: Run, tool: object, *values: object) -> object:
        return method(run, tool, *map(_lenient, values))

    return called


def _one(function: Callable[[float], float]) -> Callable[..., object]:
    def called(_run: Run, _tool: object, value: float | None) -> object:
        if value is None or not math.isfinite(value):
            return None
        return narrowed(function(value))

    return _leniently(called)


def _whole_pair(function: Callable[[int, int], int]) -> Callable[..., object]:
    def called(_run: Run, _tool: object, a: float | None, b: float | None) -> object:
        if a is None or b is None or not math.isfinite(a + b) or int(b) == 0:
            return None
        return function(int(a), int(b))

    return _leniently(called)


def _power(_run: Run, _tool: object, a: float | None, b: float | None) -> object:
    if a is None or b is None:
        return None
    try:
        return narrowed(math.pow(a, b))
    except (OverflowError, ValueError):
        return None


def _round_to(_run: Run, _tool: object, places: object, value: object) -> object:
    exact, digits = _lenient(value), _lenient(places)
    if exact is None or digits is None or not math.isfinite(exact) or not 0 <= digits <= 20:
        return None
    step = Decimal((0, (1,), -int(digits)))
    rounded = (
        Decimal(repr(exact)).quantize(step, rounding=ROUND_HALF_EVEN)
        if abs(exact) < 1e15
        else Decimal(exact)
    )
    return narrowed(float(rounded))


def _numbers_in(run: Run, value: Any, key: object = None) -> list[float] | None:  # noqa: ANN401 - any value
    if value.__class__ not in COLLECTIONS:
        return None
    items = items_of(value)
    run.spend(len(items))
    if key is not None:
        items = [item.get(key) if item.__class__ is dict else None for item in items]
    numbers = [_lenient(item) for item in items]
    return None if None in numbers else [number for number in numbers if number is not None]


def _total(run: Run, _tool: object, value: object, key: object = None) -> object:
    numbers = _numbers_in(run, value, key)
    return None if numbers is None else narrowed(math.fsum(numbers))


def _average(run: Run, _tool: object, value: object, key: object = None) -> object:
    numbers = _numbers_in(run, value, key)
    return narrowed(math.fsum(numbers) / len(numbers)) if numbers else None


def _random(_run: Run, _tool: object, *bounds: object) -> object:
    numbers = [_lenient(bound) for bound in bounds]
    match numbers:
        case []:
            return random.random()  # noqa: S311 - dice for a letter, not for a secret
        case [float(low), float(high)] if int(low) < int(high):
            return random.randrange(int(low), int(high))  # noqa: S311 - as above
        case _:
            return None


MATH: Table = {
    ("add", ANY_NUMBER): _leniently(folded(lambda a, b: a + b)),
    ("sub", ANY_NUMBER): _leniently(folded(lambda a, b: a - b)),
    ("mul", ANY_NUMBER): _leniently(folded(lambda a, b: a * b)),
    ("div", ANY_NUMBER): _leniently(folded(own.quotient)),
    ("max", ANY_NUMBER): _leniently(folded(max)),
    ("min", ANY_NUMBER): _leniently(folded(min)),
    ("idiv", 2): _whole_pair(cut_quotient),
    ("mod", 2): _whole_pair(lambda a, b: a - b * cut_quotient(a, b)),
    ("pow", 2): _leniently(_power),
    ("abs", 1): _one(abs),
    ("ceil", 1): _one(math.ceil),
    ("floor", 1): _one(math.floor),
    ("round", 1): _one(round),
    ("roundTo", 2): _round_to,
    ("toInteger", 1): own.to_integer,
    ("toDouble", 1): lambda _run, _tool, value: _lenient(value),
    ("toNumber", 1): lambda _run, _tool, value: narrowed(_lenient(value)),
    ("getTotal", 1): _total,
    ("getTotal", 2): _total,
    ("getAverage", 1): _average,
    ("getAverage", 2): _average,
    ("random", ANY_NUMBER): _random,
    ("getRandom", 0): _random,
}

_PATTERNS = {
    "currency": "\u00a4#,##0.00",
    "integer": "#,##0",
    "number": "#,##0.###",
    "percent": "#,##0%",
    "default": "#,##0.###",
}


def _formatted(_run: Run, _tool: object, pattern: object, value: object) -> object:
    exact = exact_of(value.replace(",", "") if isinstance(value, str) else value)
    if exact is None or pattern.__class__ is not str:
        return None
    try:
        return format_number(_PATTERNS.get(str(pattern), str(pattern)), exact)
    except PatternInvalid as error:
        raise MethodFault(str(error)) from None


def _named(name: str) -> Callable[..., object]:
    return lambda run, tool, value: _formatted(run, tool, name, value)


NUMBER: Table = {
    ("format", 2): _formatted,
    ("toNumber", 1): lambda _run, _tool, value: narrowed(_lenient(value)),
    ("format", 1): _named("default"),
    **{(name, 1): _named(name) for name in ("integer", "currency", "percent", "number")},
}


def _sort(run: Run, _tool: object, value: Any, keys: Any = None) -> object:  # noqa: ANN401 - any values
    if value.__class__ is dict:
        items = list(value.values())
    elif value.__class__ in COLLECTIONS:
        items = list(items_of(value))
    else:
        return None
    run.grow_items(len(items))
    wanted = [None] if keys is None else items_of(keys) if keys.__class__ in COLLECTIONS else [keys]
    try:
        for key in reversed(wanted):
            items = _sorted_by(run, items, key)
    except MethodFault:
        return None
    return items


def _sorted_by(run: Run, items: list[Any], key: object) -> list[Any]:
    name, _, order = str(key or "").partition(":")

    def read(item: Any) -> object:  # noqa: ANN401 - any value
        if key is None:
            return item
        return item.get(name) if item.__class__ is dict else None

    ordering = cmp_to_key(lambda a, b: natural_order(run, a, b))
    return sorted(items, key=lambda item: ordering(read(item)), reverse=order == "desc")


SORTER: Table = {("sort", 1): _sort, ("sort", 2): _sort}
