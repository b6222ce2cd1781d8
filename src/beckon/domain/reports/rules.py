"""What may be asked of reports."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from beckon.domain.reports.model import (
    COHORTS_MAX,
    DAYS_MAX,
    FUNNEL_STEPS_MAX,
    TOP_MAX,
    Grain,
    Period,
)
from beckon.kit.refusals import Invalid
from beckon.kit.time_zones import check_time_zone

WITHIN_MAX = timedelta(days=366)

LENGTHS = {
    Grain.HOUR: timedelta(hours=1),
    Grain.DAY: timedelta(days=1),
    Grain.WEEK: timedelta(weeks=1),
    Grain.MONTH: timedelta(days=28),
}
"""The shortest of each."""

BARS_MAX = 1000


def check_period(period: Period) -> None:
    """Raise Invalid unless it ends after it begins, at most two years after, in a known zone."""
    check_time_zone(period.zone, "The time zone")
    if not timedelta(0) < period.ends_at - period.begins_at <= timedelta(days=DAYS_MAX):
        raise Invalid(f"The period must end after it begins, at most {DAYS_MAX} days later.")


def check_bars(period: Period, grain: Grain) -> None:
    """Raise Invalid for a bad period, or one of more than a thousand bars."""
    check_period(period)
    if (period.ends_at - period.begins_at) / LENGTHS[grain] > BARS_MAX:
        raise Invalid(f"The period has more than {BARS_MAX} of the {grain}s asked for.")


def list_starts(period: Period, grain: Grain) -> list[datetime]:
    """List when the bars of a period begin, aware UTC; the first may begin before the period.

    Days, weeks (from Monday) and months are those of the period's time zone.
    """
    zone = ZoneInfo(check_time_zone(period.zone, "The time zone"))
    starts = []
    at = _start_of(period.begins_at.astimezone(zone), grain)
    while at.astimezone(UTC) < period.ends_at:
        starts.append(at.astimezone(UTC))
        at = _next(at, grain)
    return starts


def last_days(now: datetime, days: int, zone: str) -> Period:
    """Give so many days of a time zone, today the last of them and up to now."""
    today = now.astimezone(ZoneInfo(check_time_zone(zone, "The time zone")))
    return Period(_midnight(today, 1 - days).astimezone(UTC), now + timedelta(milliseconds=1), zone)


def check_funnel(steps: Sequence[str], within: timedelta) -> None:
    """Raise Invalid unless there are 2 to 10 steps, to be done within at most a year."""
    if not 2 <= len(steps) <= FUNNEL_STEPS_MAX:
        raise Invalid(f"A funnel has 2 to {FUNNEL_STEPS_MAX} steps.")
    if not timedelta(0) < within <= WITHIN_MAX:
        raise Invalid("A funnel must be done within a time of at most 366 days.")


def check_cohorts(cohorts: int) -> None:
    """Raise Invalid unless 1 to 60 cohorts are asked for."""
    if not 1 <= cohorts <= COHORTS_MAX:
        raise Invalid(f"Ask for 1 to {COHORTS_MAX} cohorts.")


def check_limit(limit: int) -> None:
    """Raise Invalid unless 1 to 100 are asked for."""
    if not 1 <= limit <= TOP_MAX:
        raise Invalid(f"limit must be 1 to {TOP_MAX}.")


def _start_of(at: datetime, grain: Grain) -> datetime:
    match grain:
        case Grain.HOUR:
            return at.replace(minute=0, second=0, microsecond=0)
        case Grain.DAY:
            return _midnight(at, 0)
        case Grain.WEEK:
            return _midnight(at, -at.weekday())
        case Grain.MONTH:
            return _midnight(at, 1 - at.day)


def _next(at: datetime, grain: Grain) -> datetime:
    match grain:
        case Grain.HOUR:  # in UTC: an hour that comes twice on a clock is two hours
            return (at.astimezone(UTC) + timedelta(hours=1)).astimezone(at.tzinfo)
        case Grain.DAY:
            return _midnight(at, 1)
        case Grain.WEEK:
            return _midnight(at, 7)
        case Grain.MONTH:
            return _midnight(at.replace(day=28), 4).replace(day=1)


def _midnight(at: datetime, days: int) -> datetime:
    day = at.date() + timedelta(days=days)
    return datetime.combine(day, time.min, tzinfo=at.tzinfo)
