"""What generated code calls: values, comparisons, loops and printing, as python-liquid has them."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from liquid import Undefined, escape
from liquid.builtin.expressions.logical import _contains, _eq, _le, _lt
from liquid.exceptions import LiquidTypeError
from liquid.limits import to_int
from liquid.stringify import to_liquid_string

from beckon.languages.liquid.meter import LimitError, Meter, check_items, size_bytes

PIECES_HELD = 64
UNDEFINED = Undefined("")
ABSENT = object()


class Paper:
    """The output of one rendering, as far as it is finished; refuses more than its bytes."""

    __slots__ = ("_bytes_left", "_finished", "_meter")

    def __init__(self, meter: Meter, bytes_max: int) -> None:
        self._meter = meter
        self._bytes_left = bytes_max
        self._finished: list[str] = []

    def flush(self, pieces: list[str]) -> None:
        """Take the pieces over, leaving the list empty. Raises LimitError."""
        text = "".join(pieces)
        self._bytes_left -= size_bytes(text)
        if self._bytes_left < 0:
            raise LimitError("this template writes more than the output limit")
        self._finished.append(text)
        pieces.clear()
        self._meter.look()

    def finish(self, pieces: list[str]) -> str:
        """Take the last pieces and give the whole text. Raises LimitError."""
        self.flush(pieces)
        return "".join(self._finished)


def text_of(value: object) -> str:
    """Write a value as plain text."""
    return str(value) if value.__class__ is int else to_liquid_string(value, autoescape=False)


def html_of(value: object) -> str:
    """Write a value for HTML, escaped unless it is marked as safe."""
    return str(value) if value.__class__ is int else to_liquid_string(value, autoescape=True)


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
    "contains": _contains,
    "enumerate": enumerate,
    "equal": _eq,
    "dict": dict,
    "escape": escape,
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
    "window": window,
}
"""The only names that generated code can reach, besides its own constants and filters."""
