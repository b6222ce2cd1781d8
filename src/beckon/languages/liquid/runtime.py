"""What generated code calls: values, comparisons, loops and printing, as python-liquid has them."""

import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from liquid import Token, Undefined, escape
from liquid.builtin.expressions.logical import _contains, _eq, _le, _lt
from liquid.builtin.filters.misc import default as default_of_any
from liquid.exceptions import LiquidTypeError
from liquid.limits import to_int
from liquid.stringify import to_liquid_string

from beckon.languages.liquid.meter import LONG_TEXT_CHARACTERS, Meter, check_items

UNDEFINED = Undefined("")
ABSENT = object()
NUMBERS = (int, float)


def text_of(meter: Meter, value: object) -> str:
    """Write a value as plain text. Raises LimitError."""
    if value.__class__ in NUMBERS:
        return str(value)
    if value is UNDEFINED or value is None:
        return ""
    text = to_liquid_string(value, autoescape=False)
    meter.computed(text, value)
    return text


def html_of(meter: Meter, value: object) -> str:
    """Write a value for HTML, escaped unless it is marked as safe. Raises LimitError."""
    if value.__class__ in NUMBERS:
        return str(value)
    if value is UNDEFINED or value is None:
        return ""
    if isinstance(value, str) and len(value) < LONG_TEXT_CHARACTERS:
        return escape(value)
    text = to_liquid_string(value, autoescape=True)
    meter.computed(text, value)
    return text


def contains(meter: Meter, token: Token, left: object, right: object) -> bool:
    """Tell whether a text or collection holds something. Raises LiquidTypeError, LimitError."""
    meter.computed(None, left, right)
    return _contains(token, left, right)


def default(value: object, fallback: object = "") -> object:
    """Give the value, or the fallback for nil, false and whatever is empty; 0 stays."""
    if value is UNDEFINED or value is None or value is False:
        return fallback
    if value.__class__ in (str, list, dict):
        return value or fallback
    return default_of_any(value, fallback)


def item(of: Any, key: Any) -> object:  # noqa: ANN401 - any value of a template
    """Take a property or an item of a value; UNDEFINED where there is none."""
    if key is UNDEFINED:
        key = None
    try:
        if key in ("size", "first", "last"):
            return _special(of, key)
        if isinstance(key, int) and isinstance(of, str):
            return UNDEFINED
        return of[key]
    except (KeyError, TypeError, IndexError):
        return UNDEFINED


def _special(of: Any, key: str) -> object:  # noqa: ANN401 - any value of a template
    try:
        return of[key]
    except (KeyError, TypeError, IndexError):
        if key == "size":
            return len(of)
        if isinstance(of, Mapping) and of and key == "first":
            return next(iter(of.items()))
        if isinstance(of, str) or not isinstance(of, Sequence):
            raise
        return of[0] if key == "first" else of[-1]


def span(first: object, last: object) -> range:
    """Make the range (first..last); what is no whole number counts as 0. Raises LimitError."""
    start, stop = _whole(first), _whole(last)
    numbers = range(start, stop + 1) if start <= stop else range(0)
    check_items(numbers)
    return numbers


def _whole(value: object) -> int:
    try:
        return to_int(value)
    except (ValueError, TypeError):
        return 0


def items(meter: Meter, value: object) -> Sequence[object]:
    """Give what a loop goes through, its steps paid for. Raises LimitError."""
    sequence = _sequence(value)
    meter.loop(len(sequence))
    return sequence


def window(
    meter: Meter,
    value: object,
    *,
    is_reversed: bool,
    limit: object = ABSENT,
    offset: object = ABSENT,
) -> Sequence[object]:
    """Give the part of a loop's items that `limit` and `offset` leave. Raises LimitError.

    A limit of 0 is none, as in python-liquid.
    """
    sequence = _sequence(value)
    length = len(sequence)
    count = None if limit is ABSENT else _bound(limit)
    start = 0 if offset is ABSENT else _bound(offset)
    stop = None if count is None else start + count
    meter.look()
    part = list(islice(sequence, min(max(start, 0), length), min(stop or length, length)))
    meter.loop(len(part))
    return part[::-1] if is_reversed else part


def _sequence(value: object) -> Sequence[object]:
    if isinstance(value, Mapping):
        return tuple(value.items())
    if isinstance(value, str):
        return (value,) if value else ()
    return value if isinstance(value, Sequence) else ()


def _bound(value: Any) -> int:  # noqa: ANN401 - any value of a template
    try:
        return to_int(value)
    except (ValueError, TypeError) as error:
        raise LiquidTypeError(
            f"expected an integer, found {value.__class__.__name__}", token=None
        ) from error


BUILTINS: dict[str, object] = {
    "__builtins__": {},
    "UNDEFINED": UNDEFINED,
    "contains": contains,
    "default": default,
    "enumerate": enumerate,
    "equal": _eq,
    "dict": dict,
    "int": int,
    "html_of": html_of,
    "item": item,
    "items": items,
    "len": len,
    "less": _lt,
    "less_or_equal": _le,
    "span": span,
    "str": str,
    "text_of": text_of,
    "to_escape": re.compile("[&<>'\"]").search,
    "window": window,
}
"""The only names that generated code can reach, besides its own constants and filters."""
