"""What a condition says of one value: the words of docs/segments.md in Python."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, tzinfo

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
from beckon.domain.segments.spans import (
    anniversary_days,
    compared_span,
    matched_span,
    today_in,
)
from beckon.kit.typed import Typed, text_of

SCALE = 10_000
"""Sums are taken in ten-thousandths: whole numbers, so that their order does not matter."""

SUMMED_BELOW = 10.0**15

_COMPARISONS: Mapping[Operator, Callable[[float, Sequence[float]], bool]] = {
    Operator.EQ: lambda number, operands: number == operands[0],
    Operator.GT: lambda number, operands: number > operands[0],
    Operator.GTE: lambda number, operands: number >= operands[0],
    Operator.LT: lambda number, operands: number < operands[0],
    Operator.LTE: lambda number, operands: number <= operands[0],
    Operator.BETWEEN: lambda number, operands: operands[0] <= number <= operands[1],
    Operator.IN: lambda number, operands: number in operands,
}


class Days:
    """Whose today it is, and in which zone the days of a date are read."""

    def __init__(self, now: datetime, *, project: tzinfo, contact: tzinfo, read: tzinfo) -> None:
        self.now = now
        self.read = read
        self._zones = {Zone.PROJECT: project, Zone.CONTACT: contact}

    def today(self, zone: Zone) -> date:
        """Tell which day it is for the project or the contact."""
        return today_in(self._zones[zone], self.now)


def meets(condition: Condition, typed: Typed, path: str, days: Days) -> bool:
    """Tell whether what stands at a path meets a condition."""
    if (opposite := NEGATIONS.get(condition.operator)) is not None:
        return not meets(replace(condition, operator=opposite), typed, path, days)
    if condition.operator is Operator.EXISTS:
        return _exists(condition.type, typed, path)
    match condition.type:
        case Type.NUMBER:
            number = typed.numbers.get(path)
            return number is not None and compares(condition, number)
        case Type.BOOLEAN:
            return typed.booleans.get(path) is condition.operands[0]
        case Type.DATE:
            moment = typed.times.get(path)
            return moment is not None and falls(condition, moment, days)
        case _:
            return _reads(condition, typed, path)


def compares(condition: Condition, number: float) -> bool:
    """Tell whether a number meets a condition that is no negation."""
    operands = [value for value in condition.operands if isinstance(value, (int, float))]
    return _COMPARISONS[condition.operator](number, operands)


def measures(condition: Condition, parts: int | None, count: int = 1) -> bool:
    """Tell whether so many ten-thousandths divided by a count meet a condition; None is missing.

    Whole numbers on both sides: nothing is rounded.
    """
    if (opposite := NEGATIONS.get(condition.operator)) is not None:
        return not measures(replace(condition, operator=opposite), parts, count)
    if parts is None:
        return False
    operands = tuple(
        scaled(value) * count for value in condition.operands if isinstance(value, (int, float))
    )
    return compares(replace(condition, operands=operands), parts)


def scaled(number: float) -> int:
    """Give a number in ten-thousandths, halves to the even one."""
    return number * SCALE if isinstance(number, int) else round(number * SCALE)


def falls(condition: Condition, moment: datetime, days: Days) -> bool:
    """Tell whether a moment meets a condition that is no negation."""
    if condition.operator is not Operator.MATCHES:
        return compared_span(condition.operator, condition.operands, days.now, days.read).holds(
            moment
        )
    match condition.operands[0]:
        case Anniversary() as match:
            return _is_anniversary(match, moment, days)
        case Last() | Next() as match:
            return matched_span(match, days.now, days.today(Zone.PROJECT), UTC).holds(moment)
        case During() | InDays() as match:
            return matched_span(match, days.now, days.today(match.zone), days.read).holds(moment)
        case other:
            raise AssertionError(f"parsing lets no {other!r} match a date")


def _is_anniversary(match: Anniversary, moment: datetime, days: Days) -> bool:
    target = days.today(match.zone)
    target = date.fromordinal(target.toordinal() + match.days)
    day = moment.astimezone(days.read).date()
    return day.year < target.year and (day.month, day.day) in anniversary_days(target)


def _exists(kind: Type, typed: Typed, path: str) -> bool:
    places: Collection[str]
    match kind:
        case Type.STRING:
            places = typed.strings
        case Type.NUMBER:
            places = typed.numbers
        case Type.BOOLEAN:
            places = typed.booleans
        case Type.DATE:
            places = typed.times
        case Type.LIST:
            places = typed.lists
        case Type.ANY:
            return path in typed.strings or path in typed.lists
    return path in places


def _reads(condition: Condition, typed: Typed, path: str) -> bool:
    """Tell whether a text, or an item of a list, meets a condition on texts."""
    wanted = [text_of(operand) or "" for operand in condition.operands]
    text = typed.strings.get(path) if condition.type is Type.STRING else None
    items = typed.lists.get(path, [])
    first = wanted[0]
    match condition.operator:
        case Operator.CONTAINS:
            return (text is not None and first in text) or first in items
        case Operator.STARTS_WITH:
            return any(one.startswith(first) for one in _all(text, items))
        case Operator.ENDS_WITH:
            return any(one.endswith(first) for one in _all(text, items))
        case _:  # `eq` and `in`
            return any(one in wanted for one in _all(text, items))


def _all(text: str | None, items: list[str]) -> list[str]:
    return items if text is None else [text]
