"""Windows, days and anniversaries: cases a person can check with a calendar."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beckon.domain.segments.model import During, Fixed, InDays, Last, Next, Operator, Period, Shift
from beckon.domain.segments.spans import (
    TICK,
    Span,
    anniversary_days,
    compared_span,
    days_span,
    matched_span,
    period_days,
    window_span,
)
from beckon.domain.segments.zones import zone_of, zones_by_day

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)  # a Wednesday
KYIV = ZoneInfo("Europe/Kyiv")
DAY = timedelta(days=1)


def at(*parts):
    return datetime(*parts, tzinfo=UTC)


def test_a_sliding_window_has_now_and_not_its_far_edge():
    span = window_span(Last(86_400), NOW, UTC)
    assert span.holds(NOW)
    assert span.holds(NOW - DAY + TICK)
    assert not span.holds(NOW - DAY)
    assert not span.holds(NOW + TICK)


def test_without_a_window_everything_up_to_now_counts():
    assert window_span(None, NOW, UTC) == Span(None, NOW + TICK)


def test_days_of_a_fixed_window_are_both_in_it():
    span = window_span(Fixed(date(2026, 3, 1), date(2026, 3, 2)), NOW, KYIV)
    assert span == Span(at(2026, 2, 28, 22), at(2026, 3, 2, 22))


def test_of_the_moments_of_a_fixed_window_only_the_first_is_in_it():
    start, end = at(2026, 3, 1), at(2026, 3, 2)
    assert window_span(Fixed(start, end), NOW, KYIV) == Span(start, end)
    assert window_span(Fixed(start, NOW + DAY), NOW, KYIV) == Span(start, NOW + TICK)


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        (date(2026, 3, 29), "Europe/Kyiv", 23),
        (date(2026, 10, 25), "Europe/Kyiv", 25),
        (date(2026, 3, 29), "Asia/Beirut", 23),  # clocks skip midnight itself
        (date(2026, 3, 29), "UTC", 24),
        (date(2026, 3, 29), "Asia/Kolkata", 24),
    ],
)
def test_a_day_is_as_long_as_the_clocks_make_it(day, zone, hours):
    span = days_span(day, day + DAY, ZoneInfo(zone))
    assert span.end - span.start == timedelta(hours=hours)


def test_a_day_whose_midnight_is_skipped_begins_when_the_clocks_are_put_on():
    assert days_span(date(2026, 3, 29), date(2026, 3, 30), ZoneInfo("Asia/Beirut")) == Span(
        at(2026, 3, 28, 22), at(2026, 3, 29, 21)
    )


@pytest.mark.parametrize(
    ("period", "first", "end"),
    [
        (Period.TODAY, date(2026, 4, 1), date(2026, 4, 2)),
        (Period.YESTERDAY, date(2026, 3, 31), date(2026, 4, 1)),
        (Period.TOMORROW, date(2026, 4, 2), date(2026, 4, 3)),
        (Period.THIS_WEEK, date(2026, 3, 30), date(2026, 4, 6)),
        (Period.LAST_WEEK, date(2026, 3, 23), date(2026, 3, 30)),
        (Period.NEXT_WEEK, date(2026, 4, 6), date(2026, 4, 13)),
        (Period.THIS_MONTH, date(2026, 4, 1), date(2026, 5, 1)),
        (Period.LAST_MONTH, date(2026, 3, 1), date(2026, 4, 1)),
        (Period.NEXT_MONTH, date(2026, 5, 1), date(2026, 6, 1)),
        (Period.THIS_YEAR, date(2026, 1, 1), date(2027, 1, 1)),
        (Period.LAST_YEAR, date(2025, 1, 1), date(2026, 1, 1)),
        (Period.NEXT_YEAR, date(2027, 1, 1), date(2028, 1, 1)),
    ],
)
def test_periods_of_the_calendar(period, first, end):
    assert period_days(period, NOW.date()) == (first, end)


def test_the_turn_of_the_year():
    assert period_days(Period.LAST_MONTH, date(2026, 1, 31)) == (
        date(2025, 12, 1),
        date(2026, 1, 1),
    )
    assert period_days(Period.NEXT_MONTH, date(2026, 12, 1)) == (
        date(2027, 1, 1),
        date(2027, 2, 1),
    )


@pytest.mark.parametrize(
    ("operator", "span"),
    [
        (Operator.EQ, Span(at(2026, 3, 1), at(2026, 3, 2))),
        (Operator.GT, Span(at(2026, 3, 2), None)),
        (Operator.GTE, Span(at(2026, 3, 1), None)),
        (Operator.LT, Span(None, at(2026, 3, 1))),
        (Operator.LTE, Span(None, at(2026, 3, 2))),
    ],
)
def test_a_day_is_compared_as_a_whole(operator, span):
    assert compared_span(operator, (date(2026, 3, 1),), NOW, UTC) == span


def test_between_has_both_ends():
    ends = (Shift(-86_400), date(2026, 4, 2))
    assert compared_span(Operator.BETWEEN, ends, NOW, UTC) == Span(NOW - DAY, at(2026, 4, 3))


@pytest.mark.parametrize(
    ("match", "span"),
    [
        (Last(86_400), Span(NOW - DAY + TICK, NOW + TICK)),
        (Next(86_400), Span(NOW + TICK, NOW + DAY + TICK)),
        (InDays(3), Span(at(2026, 4, 4), at(2026, 4, 5))),
        (InDays(-1), Span(at(2026, 3, 31), at(2026, 4, 1))),
        (During(Period.TODAY), Span(at(2026, 4, 1), at(2026, 4, 2))),
    ],
)
def test_what_a_date_can_match(match, span):
    assert matched_span(match, NOW, NOW.date(), UTC) == span


@pytest.mark.parametrize(
    ("day", "celebrated"),
    [
        (date(2027, 2, 28), ((2, 28), (2, 29))),
        (date(2028, 2, 28), ((2, 28),)),
        (date(2028, 2, 29), ((2, 29),)),
        (date(2100, 2, 28), ((2, 28), (2, 29))),
        (date(2027, 3, 1), ((3, 1),)),
    ],
)
def test_29_february_is_celebrated_on_the_28th_where_there_is_none(day, celebrated):
    assert anniversary_days(day) == celebrated


@given(st.integers(1990, 2200))
def test_everybody_has_one_anniversary_a_year(year):
    days = [date(year, 1, 1) + timedelta(days=number) for number in range(366)]
    celebrated = [one for day in days if day.year == year for one in anniversary_days(day)]
    assert len(celebrated) == len(set(celebrated)) == 366


@given(st.integers(0, 36_500 * 24))
def test_it_is_never_more_than_three_days_in_the_world(hours):
    now = at(2000, 1, 1) + timedelta(hours=hours)
    found = zones_by_day(now)
    assert 1 <= len(found) <= 3
    for day, names in found.items():
        assert now.astimezone(zone_of(names[0], UTC)).date() == day


def test_a_name_that_is_no_time_zone_is_the_other_one():
    assert zone_of("Mars/Phobos", KYIV) is KYIV
    assert zone_of("../etc/passwd", KYIV) is KYIV
    assert zone_of(None, KYIV) is KYIV
