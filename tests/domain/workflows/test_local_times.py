"""Local times of waits and schedules, where clocks are changed above all."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beckon.domain.workflows.local_times import (
    after_days,
    falls_on,
    next_occurrence,
    next_time,
    read_moment,
)
from beckon.domain.workflows.triggers import DateTrigger, Every, ScheduleTrigger

KYIV = ZoneInfo("Europe/Kyiv")
ZONES = [
    ZoneInfo(name)
    for name in (
        "Europe/Kyiv",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "Pacific/Apia",
        "America/St_Johns",
        "Africa/Casablanca",
        "UTC",
    )
]


@pytest.mark.parametrize(
    ("from_", "comes"),
    [
        # The night of 29 March 2026 has no 3:30 in Kyiv: 4:00 is the first moment after the jump.
        ("2026-03-28T01:30+00:00", "2026-03-29T01:00+00:00"),
        # 25 October has two: the first counts.
        ("2026-10-24T00:30+00:00", "2026-10-25T00:30+00:00"),
        ("2026-06-01T00:30+00:00", "2026-06-02T00:30+00:00"),
    ],
)
def test_a_day_ends_at_the_same_time_of_day(from_, comes):
    begun = datetime.fromisoformat(from_)
    assert after_days(begun, 1, KYIV) == datetime.fromisoformat(comes)


def test_a_window_lets_through_and_its_weekday_is_that_of_its_beginning():
    night = {"at": time(22), "to": time(2), "weekdays": (4,), "zone": UTC}
    friday = datetime(2026, 4, 3, 23, tzinfo=UTC)
    assert next_time(friday, **night) == friday
    assert next_time(friday + timedelta(hours=2), **night) == friday + timedelta(hours=2)
    saturday = friday + timedelta(hours=3)
    assert next_time(saturday, **night) == datetime(2026, 4, 10, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "day", "is_meant"),
    [
        (date(2000, 2, 29), date(2026, 3, 1), True),
        (date(2000, 2, 29), date(2028, 2, 29), True),
        (date(2000, 2, 29), date(2028, 3, 1), False),
        (date(1990, 4, 4), date(2026, 4, 4), True),
        (date(2030, 4, 4), date(2026, 4, 4), False),
    ],
)
def test_anniversaries(told, day, is_meant):
    assert falls_on(told, DateTrigger("birthday", is_yearly=True), day) is is_meant


def test_a_day_before_the_date():
    trigger = DateTrigger("ends", days=-3)
    assert falls_on(date(2026, 4, 10), trigger, date(2026, 4, 7))
    assert not falls_on(date(2026, 4, 10), trigger, date(2026, 4, 10))


@pytest.mark.parametrize("value", [None, 5, "", "soon", "2026-13-01", "0001-01-01T00:00"])
def test_what_is_no_date_is_none(value):
    assert read_moment(value, time(9), UTC) is None


moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(  # noqa: DTZ001 - given bare, as Hypothesis wants them
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)


@given(moments, st.times().map(lambda at: at.replace(microsecond=0)), st.sampled_from(ZONES))
def test_a_schedule_comes_once_every_local_day(begun, at, zone):
    trigger = ScheduleTrigger(1, at, date(2025, 1, 1))
    seen, moment = [], begun
    for _ in range(10):
        moment = next_occurrence(trigger, moment, zone)
        seen.append(moment)
    assert seen == sorted(set(seen))
    days = [moment.astimezone(zone).date() for moment in seen]
    assert [later - earlier for earlier, later in pairwise(days)] == [timedelta(days=1)] * 9


@given(moments, st.times().map(lambda at: at.replace(microsecond=0)), st.sampled_from(ZONES))
def test_the_next_time_lies_ahead_and_is_the_first(begun, at, zone):
    comes = next_time(begun, at, None, (), zone)
    assert begun <= comes <= begun + timedelta(hours=49)
    assert next_time(comes, at, None, (), zone) == comes
    local = comes.astimezone(zone)
    assert (
        local.time() == at
        or local.utcoffset() != (comes - timedelta(hours=3)).astimezone(zone).utcoffset()
    ), "another time only where the clocks jumped over it"


@given(st.dates(date(2026, 1, 1), date(2027, 12, 31)), st.integers(1, 31))
def test_a_monthly_turn_comes_in_every_month(start, month_day):
    trigger = ScheduleTrigger(1, time(9), start, Every.MONTH, month_day=month_day)
    moment, months = datetime.combine(start, time(0), UTC), []
    for _ in range(13):
        moment = next_occurrence(trigger, moment, UTC)
        months.append(moment.month)
    assert set(months) == set(range(1, 13))
