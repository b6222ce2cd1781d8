"""`$mathTool`, `$numberTool`, `$dateTool`: the tools every template has.

A method that cannot work with its arguments answers nothing and never raises.
"""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from beckon.languages.errors import TemplateError
from beckon.languages.velocity.methods.kinds import ANY_NUMBER, Table
from beckon.languages.velocity.numbers import is_number, numeric_text
from beckon.languages.velocity.run import Run
from beckon.languages.velocity.tools.date_format import format_date, parse_date, zone_named
from beckon.languages.velocity.tools.decimal_format import PatternInvalid, format_number

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DATE_PATTERNS = ("dd/MM/yyyy HH:mm", "dd/MM/yyyy", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd")
_MOMENT_PATTERNS = ("dd/MM/yyyy HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ssX")
_SECONDS = {"DAYS": 86_400, "HOURS": 3_600, "MINUTES": 60}
_UNITS = frozenset({"YEARS", "MONTHS", *_SECONDS})
_WHOLE_MAX = 1e18


class MathTool:
    """`$mathTool`."""


class NumberTool:
    """`$numberTool`."""


class DateTool:
    """`$dateTool`."""


def number_of(value: Any) -> float | None:  # noqa: ANN401 - any value
    """Read a number, or a text that is one, as a double; None for anything else."""
    if value.__class__ is str:
        value = numeric_text(value.strip())
    if not is_number(value):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def exact_of(value: Any) -> Decimal | None:  # noqa: ANN401 - any value
    """Read a number, or a text that is one, exactly; None for anything else."""
    if value.__class__ is str:
        double = number_of(value)
        return None if double is None or not math.isfinite(double) else Decimal(double)
    if not is_number(value) or not math.isfinite(value):
        return None
    return Decimal(value)


def narrowed(value: float | None) -> int | float | None:
    """Give a double as a whole number where it is one."""
    if value is None or not math.isfinite(value):
        return None
    return int(value) if value == int(value) and abs(value) < _WHOLE_MAX else value


def folded(step: Callable[[float, float], float | None]) -> Callable[..., int | float | None]:
    """Make a method that calculates from left to right over two or more numbers."""

    def calculate(_run: Run, _tool: object, *values: object) -> int | float | None:
        numbers = [number_of(value) for value in values]
        if len(numbers) < 2 or None in numbers:
            return None
        total: float | None = numbers[0]
        for number in numbers[1:]:
            if total is None or number is None:
                return None
            total = step(total, number)
        return narrowed(total)

    return calculate


def quotient(a: float, b: float) -> float | None:
    """Divide; nothing by zero."""
    return a / b if b else None


def to_integer(_run: Run, _tool: object, value: object) -> int | None:
    """Cut a number or numeric text to a whole number of 32 bits."""
    number = number_of(value)
    if number is None or not math.isfinite(number):
        return None
    return int(max(-(1 << 31), min(number, (1 << 31) - 1)))


MATH: Table = {
    ("add", ANY_NUMBER): folded(lambda a, b: a + b),
    ("sub", ANY_NUMBER): folded(lambda a, b: a - b),
    ("mul", ANY_NUMBER): folded(lambda a, b: a * b),
    ("div", ANY_NUMBER): folded(quotient),
    ("toInteger", 1): to_integer,
}


def _integer(_run: Run, _tool: object, value: object) -> int | None:
    exact = exact_of(value)
    return None if exact is None or abs(exact) > Decimal(_WHOLE_MAX) else int(exact)


def _format(_run: Run, _tool: object, pattern: object, value: object) -> str | None:
    exact = exact_of(value)
    if pattern.__class__ is not str or exact is None:
        return None
    try:
        return format_number(str(pattern), exact)
    except PatternInvalid:
        return None


NUMBER: Table = {("integer", 1): _integer, ("format", 2): _format}


def _now(run: Run) -> datetime:
    if run.setting.now is None:
        message = "`$dateTool` needs the present moment, and none was given to this rendering"
        raise TemplateError(message, kind="value", phase="render")
    return run.setting.now


def _current_date(run: Run, _tool: object, *given: object) -> str | None:
    if len(given) > 2 or not all(value.__class__ is str for value in given):
        return None
    pattern = str(given[0]) if given else "dd/MM/yyyy"
    zone = zone_named(str(given[1])) if len(given) > 1 else run.setting.zone
    return format_date(pattern, _now(run).astimezone(zone))


def _current_time_stamp(run: Run, _tool: object) -> int:
    return (_now(run) - _EPOCH) // timedelta(milliseconds=1)


def moment_of(milliseconds: object, zone: tzinfo) -> datetime | None:
    """Give the moment so many milliseconds after 1970; None where the calendar ends."""
    number = number_of(milliseconds)
    try:
        return (
            None if number is None else (_EPOCH + timedelta(milliseconds=number)).astimezone(zone)
        )
    except (OverflowError, ValueError):
        return None


def _format_date(run: Run, _tool: object, pattern: object, milliseconds: object) -> str | None:
    moment = moment_of(milliseconds, run.setting.zone)
    if moment is None or pattern.__class__ is not str:
        return None
    return format_date(str(pattern), moment)


def _format_in_contact_zone(run: Run, _tool: object, pattern: object, text: object) -> str | None:
    if pattern.__class__ is not str or text.__class__ is not str:
        return None
    for moment_pattern in _MOMENT_PATTERNS:
        moment = parse_date(moment_pattern, str(text))
        if moment is not None:
            aware = moment if moment.tzinfo else moment.replace(tzinfo=run.setting.zone)
            return _in_zone(str(pattern), aware, run.setting.contact_zone)
    return None


def _in_zone(pattern: str, moment: datetime, zone: tzinfo) -> str | None:
    try:
        return format_date(pattern, moment.astimezone(zone))
    except OverflowError:
        return None


def _adding(step: Callable[[datetime, int], datetime]) -> Callable[..., str | None]:
    def method(_run: Run, _tool: object, *given: object) -> str | None:
        match given:
            case [str(text), count, *patterns] if len(patterns) <= 2:
                if not all(pattern.__class__ is str for pattern in patterns):
                    return None
                return _added(step, text, count, [str(pattern) for pattern in patterns])
            case _:
                return None

    return method


def _added(
    step: Callable[[datetime, int], datetime], text: str, count: object, patterns: list[str]
) -> str | None:
    number = number_of(count)
    if number is None or not math.isfinite(number):
        return None
    for pattern in patterns[:1] or _DATE_PATTERNS:
        moment = parse_date(pattern, text)
        if moment is not None:
            try:
                return format_date(
                    patterns[1] if len(patterns) > 1 else pattern, step(moment, int(number))
                )
            except (OverflowError, ValueError):
                return None
    return None


def _add_months(moment: datetime, count: int) -> datetime:
    year, month = divmod(12 * moment.year + moment.month - 1 + count, 12)
    first = moment.replace(year=year, month=month + 1, day=1)
    following = first.replace(day=28) + timedelta(days=4)
    last = (following - timedelta(days=following.day)).day
    return first.replace(day=min(moment.day, last))


def _difference(_run: Run, _tool: object, *given: object) -> int | None:
    match given:
        case [str(first), str(second), str(unit)]:
            patterns: tuple[str, ...] = _DATE_PATTERNS
        case [str(first), str(second), str(pattern), str(unit)] if unit in _UNITS:
            patterns = (pattern,)
        case [str(first), str(second), str(unit), str(pattern)]:
            patterns = (pattern,)
        case _:
            return None
    for pattern in patterns:
        a, b = parse_date(pattern, first), parse_date(pattern, second)
        if a is not None and b is not None and unit in _UNITS and bool(a.tzinfo) == bool(b.tzinfo):
            return _between(min(a, b), max(a, b), unit)
    return None


def _between(earlier: datetime, later: datetime, unit: str) -> int:
    if unit in _SECONDS:
        return (later - earlier) // timedelta(seconds=_SECONDS[unit])
    months = 12 * (later.year - earlier.year) + later.month - earlier.month
    # A month is full when the day and the time of day are reached: 31/01 to 29/02 is none.
    if later.replace(year=2000, month=1) < earlier.replace(year=2000, month=1):
        months -= 1
    return months if unit == "MONTHS" else months // 12


DATE: Table = {
    ("currentDate", ANY_NUMBER): _current_date,
    ("currentTimeStamp", 0): _current_time_stamp,
    ("formatDate", 2): _format_date,
    ("formatInContactTimezone", 2): _format_in_contact_zone,
    ("addYears", ANY_NUMBER): _adding(lambda moment, count: _add_months(moment, 12 * count)),
    ("addMonths", ANY_NUMBER): _adding(_add_months),
    ("addDays", ANY_NUMBER): _adding(lambda moment, count: moment + timedelta(days=count)),
    ("addHours", ANY_NUMBER): _adding(lambda moment, count: moment + timedelta(hours=count)),
    ("addMinutes", ANY_NUMBER): _adding(lambda moment, count: moment + timedelta(minutes=count)),
    ("diff", ANY_NUMBER): _difference,
}
