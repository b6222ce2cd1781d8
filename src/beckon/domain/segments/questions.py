"""A question to ClickHouse: text without a single value, and the values beside it.

Invariant: whatever a rule says reaches ClickHouse as a typed parameter, never as text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from beckon.domain.segments.spans import Span
from beckon.kit.clock import to_ms


@dataclass(frozen=True, slots=True)
class Question:
    """What `Analytics.ask` takes."""

    sql: str
    values: Mapping[str, object]


@dataclass(slots=True)
class Values:
    """Collects the parameters of one question; the same value is one parameter."""

    values: dict[str, object] = field(default_factory=dict)
    _marks: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, value: object, kind: str) -> str:
        """Add a value and give the mark that stands for it in SQL."""
        key = (repr(value), kind)
        if key not in self._marks:
            name = f"p{len(self.values)}"
            self.values[name] = value
            self._marks[key] = f"{{{name}:{kind}}}"
        return self._marks[key]

    def text(self, value: str) -> str:
        """Add a text."""
        return self.add(value, "String")

    def texts(self, values: Sequence[str]) -> str:
        """Add a list of texts."""
        return self.add(list(values), "Array(String)")

    def number(self, value: float) -> str:
        """Add a number as it is compared with properties."""
        return self.add(value, "Float64")

    def whole(self, value: int) -> str:
        """Add a whole number of any size a measure can have."""
        return self.add(value, "Int128")

    def id(self, value: int) -> str:
        """Add a number that names something."""
        return self.add(value, "UInt64")

    def moment(self, value: datetime) -> str:
        """Add a moment."""
        return f"fromUnixTimestamp64Milli({self.milliseconds(value)}, 'UTC')"

    def milliseconds(self, value: datetime) -> str:
        """Add a moment as milliseconds since 1970."""
        return self.add(to_ms(value), "Int64")

    def within(self, column: str, span: Span) -> list[str]:
        """Ask a column of moments to lie in a span, so that an index can be used."""
        asked = []
        if span.start is not None:
            asked.append(f"{column} >= {self.moment(span.start)}")
        if span.end is not None:
            asked.append(f"{column} < {self.moment(span.end)}")
        return asked


def all_of(terms: Sequence[str]) -> str:
    """Join conditions of which every one must hold."""
    return " AND ".join(terms) if terms else "1"


def any_of(terms: Sequence[str]) -> str:
    """Join conditions of which one must hold."""
    return f"({' OR '.join(terms)})" if terms else "0"
