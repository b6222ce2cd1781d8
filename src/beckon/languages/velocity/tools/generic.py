"""`$math`, `$number`, `$date`, `$esc`, `$sorter`: tools of other Velocity systems.

Behaviour of Velocity Tools 2.0, for templates that come from there. `$display` has its own file.
"""

import math
import random
from collections.abc import Callable
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cmp_to_key
from html.entities import codepoint2name
from typing import Any
from urllib.parse import quote_plus

from beckon.languages.velocity.methods.kinds import ANY_NUMBER, MethodFault, Table, table
from beckon.languages.velocity.methods.lists import natural_order
from beckon.languages.velocity.printing import plain
from beckon.languages.velocity.run import Run
from beckon.languages.velocity.tools import own
from beckon.languages.velocity.tools.date_format import format_date, parse_date
from beckon.languages.velocity.tools.decimal_format import PatternInvalid, format_number
from beckon.languages.velocity.tools.own import exact_of, folded, moment_of, narrowed, number_of
from beckon.languages.velocity.values import COLLECTIONS, Moment, items_of


class Math:
    """`$math`."""


class Number:
    """`$number`."""


class Date:
    """`$date`."""


class Escape:
    """`$esc`."""


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


def _java_divided(a: int, b: int) -> int:
    quotient = abs(a) // abs(b)
    return quotient if (a < 0) == (b < 0) else -quotient


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
    ("idiv", 2): _whole_pair(_java_divided),
    ("mod", 2): _whole_pair(lambda a, b: a - b * _java_divided(a, b)),
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

_DATE_STYLES = {
    "short": ("M/d/yy", "h:mm a"),
    "medium": ("MMM d, yyyy", "h:mm:ss a"),
    "long": ("MMMM d, yyyy", "h:mm:ss a z"),
    "full": ("EEEE, MMMM d, yyyy", "h:mm:ss a zzzz"),
    "default": ("MMM d, yyyy", "h:mm:ss a"),
}
_SPANS = (
    ("milliseconds", 1),
    ("seconds", 1_000),
    ("minutes", 60_000),
    ("hours", 3_600_000),
    ("days", 86_400_000),
    ("weeks", 604_800_000),
    ("months", 2_592_000_000),
    ("years", 31_536_000_000),
)


def _pattern_of(name: str) -> str:
    style, _, part = name.partition("_")
    if style not in _DATE_STYLES or part not in {"", "date", "time"}:
        return name
    day, time = _DATE_STYLES[style]
    return {"date": day, "time": time, "": f"{day}, {time}"}[part]


def _moment(run: Run, value: Any) -> datetime | None:  # noqa: ANN401 - any value
    if value.__class__ is Moment:
        return moment_of(value.milliseconds, run.setting.zone)
    return None if value.__class__ is str else moment_of(value, run.setting.zone)


def _format_date(run: Run, _tool: object, pattern: object, value: object) -> object:
    moment = _moment(run, value)
    if moment is None or pattern.__class__ is not str:
        return None
    return format_date(_pattern_of(str(pattern)), moment)


def _to_date(run: Run, _tool: object, pattern: object, value: object) -> object:
    if pattern.__class__ is not str or value.__class__ is not str:
        return None
    moment = parse_date(_pattern_of(str(pattern)), str(value))
    if moment is None:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=run.setting.zone)
    return Moment(round(aware.timestamp() * 1000))


def _part(read: Callable[[datetime], int]) -> Callable[..., object]:
    def called(run: Run, _tool: object, value: object) -> object:
        moment = _moment(run, value)
        return None if moment is None else read(moment)

    return called


def _gap(run: Run, _tool: object, first: object, second: object) -> object:
    a, b = _moment(run, first), _moment(run, second)
    return None if a is None or b is None else Gap(round((b - a).total_seconds() * 1000))


class Gap:
    """What `$date.difference` gives; prints its largest unit."""

    def __init__(self, milliseconds: int) -> None:
        self.milliseconds = milliseconds


def _gap_text(_run: Run, gap: Gap) -> str:
    name, size = next(
        (span for span in reversed(_SPANS) if abs(gap.milliseconds) >= span[1]), _SPANS[0]
    )
    count = _java_divided(gap.milliseconds, size)
    return f"{count} {name.removesuffix('s') if abs(count) == 1 else name}"


def _when_is(run: Run, tool: object, value: object) -> object:
    if run.setting.now is None:
        return None
    gap = _gap(run, tool, Moment(round(run.setting.now.timestamp() * 1000)), value)
    if not isinstance(gap, Gap):
        return None
    text = _gap_text(run, Gap(abs(gap.milliseconds)))
    return (
        "now" if gap.milliseconds == 0 else f"{text} {'later' if gap.milliseconds > 0 else 'ago'}"
    )


def _in_span(size: int) -> Callable[..., int]:
    return lambda _run, gap: _java_divided(gap.milliseconds, size)


DATE: Table = {
    ("format", 2): _format_date,
    ("toDate", 2): _to_date,
    ("getYear", 1): _part(lambda moment: moment.year),
    ("getMonth", 1): _part(lambda moment: moment.month - 1),
    ("getDay", 1): _part(lambda moment: moment.day),
    ("difference", 2): _gap,
    ("whenIs", 1): _when_is,
}
GAP: Table = {
    **{(f"get{name.capitalize()}", 0): _in_span(size) for name, size in _SPANS},
    ("toString", 0): _gap_text,
}
MOMENT: Table = table(
    ("getTime", lambda _, moment: moment.milliseconds),
    ("toString", lambda run, moment: _format_date(run, None, "EEE MMM dd HH:mm:ss z yyyy", moment)),
)

_XML = {'"': "&quot;", "&": "&amp;", "<": "&lt;", ">": "&gt;", "'": "&apos;"}
_JAVA = {"\b": "\\b", "\n": "\\n", "\t": "\\t", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def _html(character: str) -> str:
    name = codepoint2name.get(ord(character))
    if name is not None:
        return f"&{name};"
    return character if character <= "\x7f" else f"&#{ord(character)};"


def _xml(character: str) -> str:
    return _XML.get(character) or (character if character <= "\x7f" else f"&#{ord(character)};")


def _java(character: str) -> str:
    if character in _JAVA:
        return _JAVA[character]
    if " " <= character <= "\x7f":
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02X}{units[at + 1]:02X}" for at in range(0, len(units), 2))


def _javascript(character: str) -> str:
    return f"\\{character}" if character in "'/" else _java(character)


def _property_key(character: str) -> str:
    return f"\\{character}" if character in " :=#!" else _java(character)


def _escaping(escape: Callable[[str], str]) -> Callable[..., object]:
    def called(run: Run, _tool: object, value: object) -> object:
        if value is None:
            return None
        text = plain(run, value)
        run.grow_text(len(text))
        return run.text([escape(character) for character in text])

    return called


def _url(run: Run, _tool: object, value: object) -> object:
    if value is None:
        return None
    return quote_plus(plain(run, value), safe="*-._", errors="replace").replace("~", "%7E")


_SIGNS = {
    "d": "$",
    "dollar": "$",
    "h": "#",
    "hash": "#",
    "q": '"',
    "quote": '"',
    "s": "'",
    "singleQuote": "'",
    "b": "\\",
    "backslash": "\\",
    "e": "!",
    "exclamation": "!",
    "n": "\n",
    "newline": "\n",
}


def _sign(sign: str) -> Callable[..., str]:
    return lambda _run, _tool: sign


ESCAPE: Table = {
    ("html", 1): _escaping(_html),
    ("xml", 1): _escaping(_xml),
    ("java", 1): _escaping(_java),
    ("javascript", 1): _escaping(_javascript),
    ("propertyKey", 1): _escaping(_property_key),
    ("sql", 1): _escaping(lambda character: "''" if character == "'" else character),
    ("url", 1): _url,
    **{(f"get{name[0].upper()}{name[1:]}", 0): _sign(sign) for name, sign in _SIGNS.items()},
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
