"""Open properties as flat maps by type: what analytics stores and what rules compare.

One reading for both, so that a rule means the same wherever it is asked (docs/segments.md).
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

PATHS_MAX = 512
PATH_CHARACTERS_MAX = 255
STRING_CHARACTERS_MAX = 1024
ITEMS_MAX = 256
NUMERAL_CHARACTERS_MAX = 32

# What ClickHouse's DateTime64 can hold; it would bend anything else to its ends.
FIRST_MOMENT = datetime(1900, 1, 1, tzinfo=UTC)
END_OF_MOMENTS = datetime(2300, 1, 1, tzinfo=UTC)

_NUMERAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_TRUTHS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Typed:
    """Properties by dotted path, a map a type; one value may stand in several.

    `strings` has the text form of every scalar. Moments are aware UTC in whole milliseconds.
    """

    strings: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)
    booleans: dict[str, bool] = field(default_factory=dict)
    times: dict[str, datetime] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)


def flatten(properties: Mapping[str, object]) -> Typed:
    """Sort JSON properties into maps by type.

    - `{"a": {"b": 1}}` is at `a.b`; of two values at one path the first stays.
    - Numbers: JSON numbers, and text that is a plain decimal numeral: `-0.5`; not `007`, `1e3`.
    - Times: text that is an ISO 8601 date (midnight UTC) or moment (UTC, if it names no zone).
    - Booleans: true and false, also as text.
    - Lists: the text forms of their scalars; `[{"sku": "a"}, {"sku": "b"}]` is a list at `.sku`.
    - null is the same as nothing.

    Bounded: 512 paths of 255 characters, 256 items a list, text cut at 1,024 characters; what is
    beyond is left out.
    """
    typed = Typed()
    _put_object(typed, "", properties)
    return typed


def text_of(value: object) -> str | None:
    """Give the text form of a scalar; None for anything else.

    Whole numbers have no point: 12 and 12.0 are both `12`.
    """
    if isinstance(value, str):
        return value[:STRING_CHARACTERS_MAX]
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float) and math.isfinite(value):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    return None


def number_of(text: str) -> float | None:
    """Read a plain decimal numeral of at most 32 characters; None for any other text."""
    if len(text) > NUMERAL_CHARACTERS_MAX or not _NUMERAL.fullmatch(text):
        return None
    return float(text) + 0.0  # never -0.0, which a set of numbers would not find


def moment_of(text: str) -> datetime | None:
    """Read an ISO 8601 date or moment of the years 1900 to 2299; None for any other text.

    Digits beyond the milliseconds are cut.
    """
    if not _MOMENT.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    if not FIRST_MOMENT <= moment < END_OF_MOMENTS:
        return None
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _put_object(typed: Typed, prefix: str, properties: Mapping[str, object]) -> None:
    for key, value in properties.items():
        path = prefix + key
        if isinstance(value, dict):
            _put_object(typed, f"{path}.", value)
        elif isinstance(value, list):
            _put_list(typed, path, value)
        else:
            _put_scalar(typed, path, value)


def _put_scalar(typed: Typed, path: str, value: object) -> None:
    text = text_of(value)
    if text is None or not _is_free(typed, path):
        return
    typed.strings[path] = text
    if isinstance(value, str):
        _put_readings(typed, path, text)
    elif isinstance(value, bool):
        typed.booleans[path] = value
    elif isinstance(value, (int, float)):
        typed.numbers[path] = float(value) + 0.0


def _put_readings(typed: Typed, path: str, text: str) -> None:
    """Add what else a text can be read as."""
    if text in _TRUTHS:
        typed.booleans[path] = _TRUTHS[text]
    elif text[:1].isdecimal() or text[:1] == "-":
        number = number_of(text)
        if number is not None:
            typed.numbers[path] = number
        elif (moment := moment_of(text)) is not None:
            typed.times[path] = moment


def _put_list(typed: Typed, path: str, items: list[object]) -> None:
    kept = items[:ITEMS_MAX]
    objects = [item for item in kept if isinstance(item, dict)]
    if objects:
        _put_columns(typed, path, objects)
    texts = [text for item in kept if (text := text_of(item)) is not None]
    if (texts or not objects) and _is_free(typed, path):
        typed.lists[path] = texts


def _put_columns(typed: Typed, path: str, rows: Iterable[Mapping[str, object]]) -> None:
    """Turn a list of objects into a list for each of their fields, each at its path."""
    columns: dict[str, list[str]] = {}
    for row in rows:
        for key, item in row.items():
            if (text := text_of(item)) is not None:
                columns.setdefault(f"{path}.{key}", []).append(text)
    for column, texts in columns.items():
        if _is_free(typed, column):
            typed.lists[column] = texts


def _is_free(typed: Typed, path: str) -> bool:
    return (
        len(path) <= PATH_CHARACTERS_MAX
        and path not in typed.strings
        and path not in typed.lists
        and len(typed.strings) + len(typed.lists) < PATHS_MAX
    )
