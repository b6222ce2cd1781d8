"""Windows, days and anniversaries as spans of time: what both readings of a rule compare with.

A span includes its start and excludes its end; the finest step is a millisecond. None is open.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import assert_never

from beckon.domain.segments.model import (
    During,
    Fixed,
    InDays,
    Last,
    Next,
    Operand,
    Operator,
    Period,
    Shift,
    Window,
)

TICK = timedelta(milliseconds=1)
VISIT_GAP = timedelta(minutes=30)
RFM_RECENCY_DAYS = (14, 30, 90, 180, 365)
"""Up to how many days ago each cell of recency reaches; the sixth has no end."""

RFM_FREQUENCIES = (1, 2, 3, 5, 10)
"""From how many on each cell of frequency begins."""

_EPOCH_DAY = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time."""

    start: datetime | None
    end: datetime | None

    def holds(self, moment: datetime) -> bool:
        """Tell whether a moment lies in it."""
        return (self.start is None or self.start <= moment) and (
            self.end is None or moment < self.end
        )


def window_span(window: Window | None, now: datetime, zone: tzinfo) -> Span:
    """Tell when something counts; the span ends with now at the latest."""
    after_now = now + TICK
    match window:
        case None:
            return Span(None, after_now)
        case Last(seconds):
            return Span(_shifted(now, -seconds) + TICK, after_now)
        case Fixed(start, end):
            first = None if start is None else _span_of(start, now, zone).start
            last = None if end is None else _fixed_end(end, zone)
            return Span(first, after_now if last is None else min(last, after_now))
        case During(period):
            span = days_span(*period_days(period, today_in(zone, now)), zone)
            assert span.end is not None
            return Span(span.start, min(span.end, after_now))
        case _:
            assert_never(window)


def compared_span(
    operator: Operator, operands: Sequence[Operand], now: datetime, zone: tzinfo
) -> Span:
    """Tell in which span a date lies that compares so. `zone` is the one in which days are read."""
    first, last = (_span_of(operand, now, zone) for operand in (operands[0], operands[-1]))
    match operator:
        case Operator.EQ:
            return first
        case Operator.GT:
            return Span(first.end, None)
        case Operator.GTE:
            return Span(first.start, None)
        case Operator.LT:
            return Span(None, first.start)
        case Operator.LTE:
            return Span(None, first.end)
        case _:  # `between`
            return Span(first.start, last.end)


def matched_span(
    match: Last | Next | During | InDays, now: datetime, today: date, zone: tzinfo
) -> Span:
    """Tell the span `matches` asks for, given whose day it is and in which zone days are read."""
    match match:
        case Last(seconds):
            return Span(_shifted(now, -seconds) + TICK, now + TICK)
        case Next(seconds):
            return Span(now + TICK, _shifted(now, seconds) + TICK)
        case During(period):
            return days_span(*period_days(period, today), zone)
        case InDays(days):
            day = today + timedelta(days=days)
            return days_span(day, day + timedelta(days=1), zone)
        case _:
            assert_never(match)


def days_span(first: date, end: date, zone: tzinfo) -> Span:
    """Tell the span of days in a zone, from the first up to but not including the last."""
    return Span(_midnight(first, zone), _midnight(end, zone))


def period_days(period: Period, today: date) -> tuple[date, date]:
    """Tell the first day of a period, and the first one after it."""
    match period:
        case Period.YESTERDAY:
            return today - timedelta(days=1), today
        case Period.TODAY:
            return today, today + timedelta(days=1)
        case Period.TOMORROW:
            return today + timedelta(days=1), today + timedelta(days=2)
        case Period.THIS_WEEK | Period.LAST_WEEK | Period.NEXT_WEEK:
            monday = today - timedelta(days=today.weekday())
            first = monday + timedelta(weeks=_offset(period))
            return first, first + timedelta(weeks=1)
        case Period.THIS_MONTH | Period.LAST_MONTH | Period.NEXT_MONTH:
            return _month(today, _offset(period)), _month(today, _offset(period) + 1)
        case _:
            year = today.year + _offset(period)
            return date(year, 1, 1), date(year + 1, 1, 1)


def anniversary_days(day: date) -> tuple[tuple[int, int], ...]:
    """List the months and days that have their anniversary on a day."""
    if (day.month, day.day) == (2, 28) and not _is_leap(day.year):
        return ((2, 28), (2, 29))
    return ((day.month, day.day),)


def day_of(moment: datetime) -> int:
    """Tell the number of the day of UTC a moment lies in; 1 January 1970 is 0."""
    return moment.astimezone(UTC).date().toordinal() - _EPOCH_DAY


def today_in(zone: tzinfo, now: datetime) -> date:
    """Tell which day it is in a zone."""
    return now.astimezone(zone).date()


def _span_of(instant: Operand, now: datetime, zone: tzinfo) -> Span:
    if isinstance(instant, Shift):
        moment = _shifted(now, instant.seconds)
        return Span(moment, moment + TICK)
    if isinstance(instant, datetime):
        return Span(instant, instant + TICK)
    assert isinstance(instant, date)
    return days_span(instant, instant + timedelta(days=1), zone)


def _fixed_end(end: datetime | date, zone: tzinfo) -> datetime:
    return end if isinstance(end, datetime) else _midnight(end + timedelta(days=1), zone)


def _shifted(now: datetime, seconds: int) -> datetime:
    return now + timedelta(seconds=seconds)


def _midnight(day: date, zone: tzinfo) -> datetime:
    # Where clocks skip midnight, the offset of before names the moment they were put on.
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _offset(period: Period) -> int:
    return ["last", "this", "next"].index(period.partition("_")[0]) - 1


def _month(day: date, offset: int) -> date:
    months = day.year * 12 + day.month - 1 + offset
    return date(months // 12, months % 12 + 1, 1)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
