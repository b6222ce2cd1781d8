"""Filters that python-liquid has without bounds, or with the system's clock; here with neither."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Any, Protocol

from dateutil import parser  # type: ignore[import-untyped]  # python-liquid's own; has no types
from liquid import Environment, Markup, Token, escape, soft_str
from liquid.builtin.filters.array import _NULL, _Null, map_
from liquid.builtin.filters.extra import safe
from liquid.builtin.filters.string import split as split_unbounded
from liquid.exceptions import FilterArgumentError, FilterError, LiquidError, ResourceLimitError
from liquid.filter import (
    liquid_filter,
    sequence_filter,
    string_filter,
    with_context,
    with_environment,
)
from liquid.undefined import is_undefined

from beckon.languages.liquid.meter import (
    LIST_ITEMS_MAX,
    STRING_CHARACTERS_MAX,
    LimitError,
    Meter,
    check_characters,
)

DATE_CHARACTERS_MAX = 100
PATTERN_CHARACTERS_MAX = 500
UNHASHABLE_ITEMS_MAX = 1_000
MISSING = object()
DIRECTIVE = re.compile(r"%[%s]")


class FilterLimitError(ResourceLimitError):
    """A filter went beyond a limit; knows which one."""


class HasClock(Protocol):
    """What `date` needs to know of a rendering: the moment it happens at, if any was given."""

    now: datetime | None


@string_filter
def replace(text: str, old: object, new: object = "") -> str:
    """Replace every `old` by `new`; the length is known before anything is built."""
    old, new = soft_str(old), soft_str(new)
    if isinstance(text, Markup):
        # Markup escapes both by itself, which changes what is counted here.
        old, new = escape(old), escape(new)
    check_characters(len(text) + text.count(old) * (len(new) - len(old)))
    return text.replace(old, new)


@string_filter
def split(text: str, separator: object) -> list[str]:
    """Split as Liquid does; the number of parts is known before they are made."""
    if is_undefined(separator) or separator is None or separator == "":
        parts = len(text)
    elif separator == " ":
        parts = len(text) // 2
    else:
        parts = text.count(soft_str(separator))
    if parts > LIST_ITEMS_MAX:
        raise LimitError(f"a text is split into more than {LIST_ITEMS_MAX} parts")
    result: list[str] = split_unbounded(text, separator)
    return result


@with_environment
@sequence_filter
def join(items: Any, separator: object = " ", *, environment: Environment) -> str:  # noqa: ANN401 - any iterable
    """Join the items' texts; the separators' length is known before anything is built."""
    glue = separator if isinstance(separator, str) else str(separator)
    if environment.autoescape and glue == " ":
        glue = Markup(" ")
    texts = [item if isinstance(item, str) else str(item) for item in items]
    check_characters(len(glue) * len(texts))
    return glue.join(texts)


@sequence_filter
def concat(items: Any, others: Any) -> list[object]:  # noqa: ANN401 - any iterables
    """Append a list to a list, unless what stands in them would print endlessly."""
    if not isinstance(others, list | tuple):
        raise FilterArgumentError(
            f"concat expected an array, found {type(others).__name__}", token=None
        )
    result = list(others) if is_undefined(items) else [*items, *others]
    # Only here can one large value come to stand in a list many times.
    if weight(result, STRING_CHARACTERS_MAX) > STRING_CHARACTERS_MAX:
        raise LimitError(f"a list holds more than {STRING_CHARACTERS_MAX} characters")
    return result


def weight(value: object, enough: int) -> int:
    """Count the characters a value holds, one at least for each part, until there are enough."""
    if isinstance(value, str):
        return len(value) + 1
    if isinstance(value, dict):
        parts: Any = value.values()
    elif isinstance(value, list | tuple):
        parts = value
    else:
        return 1
    total = 1
    for part in parts:
        total += weight(part, enough - total)
        if total > enough:
            break
    return total


class NoValue(_Null):
    """A property that an item lacks; in a printed list it shows no Python object."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "None"

    def __hash__(self) -> int:
        return hash(None)


def map_items(items: object, key: object) -> list[object] | None:
    """Take one property of each item."""
    found: list[object] | None = map_(items, key)
    return found and [NO_VALUE if value is _NULL else value for value in found]


NO_VALUE = NoValue()


@sequence_filter
def uniq(items: Any, key: object = None) -> list[object]:  # noqa: ANN401 - any iterable
    """Keep the first of equal items, or of items with an equal property, in order."""
    seen: set[object] = set()
    unhashable: list[object] = []
    result = []
    for item in items:
        mark = item if key is None else _property(item, key)
        try:
            is_new = mark not in seen
            seen.add(mark)
        except TypeError:
            is_new = mark not in unhashable
            if is_new:
                unhashable.append(mark)
            if len(unhashable) > UNHASHABLE_ITEMS_MAX:
                raise LimitError(
                    f"'uniq' compares more than {UNHASHABLE_ITEMS_MAX} objects"
                ) from None
        if is_new:
            result.append(item)
    return result


def _property(item: Any, key: object) -> object:  # noqa: ANN401 - any value of a template
    try:
        return item[key]
    except KeyError:
        return MISSING
    except TypeError:
        raise FilterArgumentError(f"can't read property '{key}' of {item}", token=None) from None


@with_context
@liquid_filter
def format_date(moment: object, pattern: object, *, context: HasClock) -> str:
    """Write a moment by a strftime pattern: a number of seconds, a date in words, or `now`.

    Seconds are told in the zone of the moment of rendering, else in UTC. Nil prints nothing, and a
    text that is no date comes back as it is.
    """
    if moment is None or is_undefined(moment):
        return ""
    if is_undefined(pattern):
        return str(moment)
    if not isinstance(pattern, str) or len(pattern) > PATTERN_CHARACTERS_MAX:
        raise FilterArgumentError(
            f"a date pattern is a text of at most {PATTERN_CHARACTERS_MAX} characters", token=None
        )
    when = _moment(moment, context.now)
    if when is None:
        return str(moment)
    text = when.strftime(DIRECTIVE.sub(lambda found: _seconds(found.group(), when), pattern))
    return Markup(text) if isinstance(pattern, Markup) else text


def _seconds(directive: str, when: datetime) -> str:
    # strftime counts %s in the system's zone.
    if directive == "%%":
        return directive
    return str(int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()))


def _moment(value: object, now: datetime | None) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=now.tzinfo if now else UTC)
    if value in ("now", "today"):
        if now is None:
            raise FilterArgumentError("'now' is not known in this rendering", token=None)
        return now
    zone = now.tzinfo if now and now.tzinfo else UTC
    if isinstance(value, int):
        return _after_epoch(value, zone)
    if not isinstance(value, str):
        raise FilterArgumentError(f"{type(value).__name__} is no date", token=None)
    return _parsed(value, now, zone)


def _after_epoch(seconds: int, zone: tzinfo) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, zone)
    except (OverflowError, OSError, ValueError):
        return None


def _parsed(text: str, now: datetime | None, zone: tzinfo) -> datetime | None:
    if len(text) > DATE_CHARACTERS_MAX:
        return None
    if text.isdigit():
        return _after_epoch(int(text), zone)
    midnight = (now or datetime(1970, 1, 1, tzinfo=UTC)).replace(
        hour=0, minute=0, second=0, microsecond=0, tzinfo=None
    )
    try:
        found: datetime = parser.parse(text, default=midnight, tzinfos=_zone)
    except (parser.ParserError, OverflowError):
        return None
    return found


def _zone(_name: str | None, offset: int | None) -> tzinfo | None:
    # A zone's bare name would be looked up in the system; only offsets are understood.
    return None if offset is None else timezone(timedelta(seconds=offset))


def measured(
    name: str, function: Callable[..., object], token: Token | None
) -> Callable[..., object]:
    """Put a filter under a meter, the new first argument, and place whatever it raises."""
    wants_clock = getattr(function, "with_context", False)

    def call(meter: Meter, value: object, *args: object, **named: object) -> object:
        if wants_clock:
            named["context"] = meter
        try:
            result = function(value, *args, **named)
            meter.computed(result, value, *args)
        except LiquidError as error:
            error.token = token
            raise
        except LimitError as error:
            raise FilterLimitError(str(error), token=token) from error
        except Exception as error:
            raise FilterError(f"{name}: {error}", token=token) from error
        return result

    return call


BOUNDED: dict[str, Callable[..., Any]] = {
    "concat": concat,
    "date": format_date,
    "join": join,
    "map": map_items,
    "raw": safe,
    "replace": replace,
    "split": split,
    "uniq": uniq,
}
