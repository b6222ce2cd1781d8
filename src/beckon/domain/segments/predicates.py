"""What a condition says of one value: the words of docs/segments.md in SQL."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Protocol

from beckon.domain.segments.comparing import compares
from beckon.domain.segments.model import (
    NEGATIONS,
    Anniversary,
    Condition,
    During,
    InDays,
    Last,
    Next,
    Operator,
    Type,
    Zone,
)
from beckon.domain.segments.questions import Values, all_of, any_of
from beckon.domain.segments.spans import (
    Span,
    anniversary_days,
    compared_span,
    matched_span,
    today_in,
)
from beckon.domain.segments.zones import zones_by_day
from beckon.kit.clock import EPOCH
from beckon.kit.typed import text_of

_SIGNS = {Operator.GT: ">", Operator.GTE: ">=", Operator.LT: "<", Operator.LTE: "<="}


@dataclass(frozen=True, slots=True)
class Reading:
    """A value in SQL."""

    sql: str
    given: str | None = None
    """Whether there is a value, where a map has a zero for a missing one; a column has NULL."""

    def asks(self, test: str, *, by_default: bool) -> str:
        """Put a test, never NULL; `by_default` tells whether the zero would pass it."""
        if self.given is None:
            return f"ifNull({test}, 0)"
        return f"({self.given} AND {test})" if by_default else f"({test})"


class Place(Protocol):
    """Where a value stands, by the type it is read as."""

    def text(self) -> Reading | None:
        """Give the text."""

    def items(self) -> str | None:
        """Give the items of a list."""

    def number(self) -> Reading:
        """Give the number."""

    def boolean(self) -> Reading:
        """Give the boolean."""

    def moment(self) -> Reading:
        """Give the moment."""

    def exists(self, kind: Type) -> str:
        """Ask whether there is a value that reads so."""


class MapPlace:
    """A path of the typed maps; a map gives a type's zero for what it does not have."""

    def __init__(self, path: str, values: Values) -> None:
        self._key = values.text(path)

    def text(self) -> Reading:
        """Give the text."""
        return self._reading("strings")

    def items(self) -> str:
        """Give the items; none where there is no list."""
        return f"lists[{self._key}]"

    def number(self) -> Reading:
        """Give the number."""
        return self._reading("numbers")

    def boolean(self) -> Reading:
        """Give the boolean."""
        return self._reading("booleans")

    def moment(self) -> Reading:
        """Give the moment."""
        return self._reading("times")

    def exists(self, kind: Type) -> str:
        """Ask whether one of the maps of a type has the path."""
        maps = {
            Type.STRING: ("strings",),
            Type.NUMBER: ("numbers",),
            Type.BOOLEAN: ("booleans",),
            Type.DATE: ("times",),
            Type.LIST: ("lists",),
            Type.ANY: ("strings", "lists"),
        }[kind]
        return any_of([f"mapContains({one}, {self._key})" for one in maps])

    def _reading(self, column: str) -> Reading:
        return Reading(f"{column}[{self._key}]", f"mapContains({column}, {self._key})")


@dataclass(frozen=True, slots=True)
class ColumnPlace:
    """A column, perhaps with NULLs, or any expression of one type."""

    sql: str

    def text(self) -> Reading:
        """Give the text."""
        return Reading(self.sql)

    def items(self) -> None:
        """Give nothing: no column of a contact is a list."""

    def number(self) -> Reading:
        """Give the number."""
        return Reading(self.sql)

    def boolean(self) -> Reading:
        """Give the boolean."""
        return Reading(self.sql)

    def moment(self) -> Reading:
        """Give the moment."""
        return Reading(self.sql)

    def exists(self, kind: Type) -> str:
        """Ask whether the column has a value; it has only one type."""
        del kind
        return f"isNotNull({self.sql})"


@dataclass(frozen=True, slots=True)
class Calendar:
    """When it is asked, the project's time zone, and the one in which days of a date are read."""

    now: datetime
    project: tzinfo
    read: tzinfo = UTC


def predicate(condition: Condition, place: Place, calendar: Calendar, values: Values) -> str:
    """Write a condition on a place; never NULL."""
    if (opposite := NEGATIONS.get(condition.operator)) is not None:
        positive = replace(condition, operator=opposite)
        return f"NOT {predicate(positive, place, calendar, values)}"
    if condition.operator is Operator.EXISTS:
        return place.exists(condition.type)
    match condition.type:
        case Type.NUMBER:
            reading = place.number()
            test = number_test(condition, reading.sql, values.number)
            asked = reading.asks(test, by_default=compares(condition, 0.0))
        case Type.BOOLEAN:
            reading, wanted = place.boolean(), condition.operands[0]
            asked = reading.asks(f"{reading.sql} = {int(bool(wanted))}", by_default=not wanted)
        case Type.DATE:
            asked = _moment(condition, place.moment(), calendar, values)
        case _:
            asked = _text(condition, place, values)
    return asked


def number_test(condition: Condition, sql: str, mark: Callable[[float], str]) -> str:
    """Compare a number in SQL with the operands, each put there by `mark`."""
    marks = [mark(one) for one in condition.operands if isinstance(one, (int, float))]
    match condition.operator:
        case Operator.EQ | Operator.IN:
            return any_of([f"{sql} = {one}" for one in marks])
        case Operator.BETWEEN:
            return f"({sql} >= {marks[0]} AND {sql} <= {marks[1]})"
        case _:
            return f"{sql} {_SIGNS[condition.operator]} {marks[0]}"


def _text(condition: Condition, place: Place, values: Values) -> str:
    texts = [text_of(operand) or "" for operand in condition.operands]
    tests = []
    reading = None if condition.type is Type.LIST else place.text()
    if reading is not None:
        test = _text_test(condition.operator, reading.sql, texts, values)
        tests.append(reading.asks(test, by_default="" in texts))
    if (items := place.items()) is not None:
        tests.append(_items_test(condition.operator, items, texts, values))
    return any_of(tests)


def _text_test(operator: Operator, sql: str, texts: list[str], values: Values) -> str:
    match operator:
        case Operator.CONTAINS:
            return f"position({sql}, {values.text(texts[0])}) > 0"
        case Operator.STARTS_WITH:
            return f"startsWith({sql}, {values.text(texts[0])})"
        case Operator.ENDS_WITH:
            return f"endsWith({sql}, {values.text(texts[0])})"
        case Operator.IN if len(texts) > 1:
            return f"{sql} IN {values.texts(texts)}"
        case _:
            return f"{sql} = {values.text(texts[0])}"


def _items_test(operator: Operator, items: str, texts: list[str], values: Values) -> str:
    match operator:
        case Operator.STARTS_WITH:
            return f"arrayExists(item -> startsWith(item, {values.text(texts[0])}), {items})"
        case Operator.ENDS_WITH:
            return f"arrayExists(item -> endsWith(item, {values.text(texts[0])}), {items})"
        case Operator.IN:
            return f"hasAny({items}, {values.texts(texts)})"
        case _:
            return f"has({items}, {values.text(texts[0])})"


def _moment(condition: Condition, reading: Reading, calendar: Calendar, values: Values) -> str:
    if condition.operator is not Operator.MATCHES:
        span = compared_span(condition.operator, condition.operands, calendar.now, calendar.read)
        return _in_span(reading, span, values)
    today = today_in(calendar.project, calendar.now)
    match condition.operands[0]:
        case Last() | Next() as match:
            span = matched_span(match, calendar.now, today, UTC)
            return _in_span(reading, span, values)
        case During() | InDays() as match:
            asked = match

            def in_span(day: date) -> str:
                span = matched_span(asked, calendar.now, day, calendar.read)
                return _in_span(reading, span, values)

            return _by_zone(match.zone, in_span, today, calendar, values)
        case Anniversary(days, zone):

            def is_anniversary(day: date) -> str:
                return _is_anniversary(reading, day + timedelta(days=days), calendar, values)

            return _by_zone(zone, is_anniversary, today, calendar, values)
        case other:
            raise AssertionError(f"parsing lets no {other!r} match a date")


def _in_span(reading: Reading, span: Span, values: Values) -> str:
    sql = f"toUnixTimestamp64Milli({reading.sql})"
    tests = []
    if span.start is not None:
        tests.append(f"{sql} >= {values.milliseconds(span.start)}")
    if span.end is not None:
        tests.append(f"{sql} < {values.milliseconds(span.end)}")
    return reading.asks(f"({all_of(tests)})", by_default=span.holds(EPOCH))


def _is_anniversary(reading: Reading, target: date, calendar: Calendar, values: Values) -> str:
    zone = values.text(str(calendar.read))
    days = [
        f"(toMonth({reading.sql}, {zone}) = {values.id(month)}"
        f" AND toDayOfMonth({reading.sql}, {zone}) = {values.id(day)})"
        for month, day in anniversary_days(target)
    ]
    test = f"({any_of(days)} AND toYear({reading.sql}, {zone}) < {values.id(target.year)})"
    return reading.asks(test, by_default=True)


def _by_zone(
    zone: Zone, test: Callable[[date], str], today: date, calendar: Calendar, values: Values
) -> str:
    """Put the test of the day it is where the contact is; there are three at most."""
    if zone is Zone.PROJECT:
        return test(today)
    branches = [
        f"time_zone IN {values.texts(names)}, {test(day)}"
        for day, names in zones_by_day(calendar.now).items()
        if day != today
    ]
    return f"multiIf({', '.join([*branches, test(today)])})" if branches else test(today)
