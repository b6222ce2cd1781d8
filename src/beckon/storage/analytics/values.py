"""Values on their way to ClickHouse and back: parameters as text, columns by their type."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any, TypeAlias
from uuid import UUID

Reader: TypeAlias = Callable[[Any], Any]

# As in ClickHouse's TSV; NUL among them, which a header could not carry.
_ESCAPES = str.maketrans(
    {
        "\\": "\\\\",
        "\t": "\\t",
        "\n": "\\n",
        "\r": "\\r",
        "\0": "\\0",
        "\b": "\\b",
        "\f": "\\f",
    }
)
_WRAPPED = re.compile(r"(?:Nullable|LowCardinality)\((.*)\)")
_ARRAY = re.compile(r"Array\((.*)\)")


def parameter_text(value: object) -> str:
    """Write a value as the text of a `{name:Type}` parameter. Raises TypeError for other kinds.

    None, truth values, numbers, text, moments, days, UUIDs, and lists of these.
    """
    if isinstance(value, list | tuple | set | frozenset):
        return f"[{','.join(_quoted(item) for item in value)}]"
    return "\\N" if value is None else _plain(value).translate(_ESCAPES)


def readers_of(types: Sequence[str]) -> list[Reader | None]:
    """Tell how to read each column from JSON; None where JSON's own value is right."""
    return [_reader(kind) for kind in types]


def _quoted(item: object) -> str:
    if item is None:
        return "NULL"
    text = _plain(item)
    if isinstance(item, bool | int | float):
        return text
    return "'" + text.translate(_ESCAPES).replace("'", "\\'") + "'"


def _plain(value: object) -> str:
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float() | UUID():
            return str(value)
        case datetime():
            moment = value.astimezone(UTC).replace(tzinfo=None)
            return moment.isoformat(sep=" ", timespec="milliseconds")
        case date():
            return value.isoformat()
        case _:
            raise TypeError(f"ClickHouse takes no {type(value).__name__} from here.")


def _reader(kind: str) -> Reader | None:
    if wrapped := _WRAPPED.fullmatch(kind):
        return _reader(wrapped.group(1))
    if array := _ARRAY.fullmatch(kind):
        inner = _reader(array.group(1))
        if inner is None:
            return None
        return lambda items: [None if item is None else inner(item) for item in items]
    return next((read for start, read in _SCALARS.items() if kind.startswith(start)), None)


def _read_moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


_SCALARS: dict[str, Reader] = {
    "DateTime": _read_moment,
    "Date": date.fromisoformat,
    # Whole ones come without a point, and great ones would be other integers.
    "Float": float,
    "UUID": UUID,
}
