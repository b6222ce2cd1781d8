"""Local times of waits and schedules. Pure: moments are aware UTC, zones come in.

Where the clocks jump, `kit.time_zones.local_moment` decides: a time that does not exist comes at
the first moment after the jump, one that comes twice counts once, the first time.
"""

import calendar
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from beckon.domain.workflows.triggers import DateTrigger, Every, ScheduleTrigger
from beckon.kit.time_zones import local_moment

DAYS_AHEAD_MAX = 366
EASTERNMOST = timedelta(hours=14)
LAST_YEAR = 2200


def after_days(moment: datetime, days: int, zone: tzinfo) -> datetime:
    """Go on by so many days of a local calendar, at the same time of day."""
    if not days:
        return moment
    wall = moment.astimezone(zone).replace(tzinfo=None)
    return max(moment, local_moment(wall + timedelta(days=days), zone))


def next_time(
    moment: datetime, at: time, to: time | None, weekdays: tuple[int, ...], zone: tzinfo
) -> datetime:
    """Tell when it is next `at` on one of the weekdays; `moment` itself inside `at` to `to`.

    A window may reach over midnight; its weekday is that of its beginning.
    """
    today = moment.astimezone(zone).date()
    for ahead in range(-1, DAYS_AHEAD_MAX):
        day = today + timedelta(days=ahead)
        if weekdays and day.weekday() not in weekdays:
            continue
        begins = local_moment(datetime.combine(day, at), zone)
        if begins >= moment:
            return begins
        if to is not None:
            last_day = day if to > at else day + timedelta(days=1)
            if moment < local_moment(datetime.combine(last_day, to), zone):
                return moment
    raise AssertionError("some weekday comes within a week")


def read_moment(value: object, at: time, zone: tzinfo) -> datetime | None:
    """Read a date or moment as people write one in ISO 8601; None for anything else.

    A bare date means its time `at`; without an offset the zone counts.
    """
    if not isinstance(value, str) or len(value) < 10:
        return None
    try:
        if len(value) == 10:
            return local_moment(datetime.combine(date.fromisoformat(value), at), zone)
        found = datetime.fromisoformat(value)
    except (ValueError, OverflowError):
        return None
    if not 1900 <= found.year <= LAST_YEAR:
        return None
    moment = local_moment(found, zone) if found.tzinfo is None else found.astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def read_date(value: object) -> date | None:
    """Read the day a field tells; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


def falls_on(told: date, trigger: DateTrigger, day: date) -> bool:
    """Tell whether a day is the one that a date trigger means for a date."""
    return bool(list_days(told, trigger, day, day))


def list_days(told: date, trigger: DateTrigger, first: date, last: date) -> list[date]:
    """List the days, from the first to the last, that a date trigger means for a date."""
    shift = timedelta(days=trigger.days)
    begin, end = first - shift, last - shift
    kept = [told]
    if trigger.is_yearly:
        years = range(max(begin.year, told.year), end.year + 1)
        kept = [_anniversary(told, year) for year in years]
    return [day + shift for day in kept if begin <= day <= end]


def _anniversary(told: date, year: int) -> date:
    """Give the day of a year on which a date is kept."""
    if (told.month, told.day) == (2, 29) and not calendar.isleap(year):
        return date(year, 3, 1)
    return told.replace(year=year)


def zone_of(name: str | None, otherwise: tzinfo) -> tzinfo:
    """Tell the zone of a contact, where one is known."""
    return ZoneInfo(name) if name else otherwise


def first_scan(after: datetime) -> datetime:
    """Tell when to look first whose day it is, once a workflow is switched on: at once.

    Who of them has passed the time of day already is left out by `entering`.
    """
    return datetime.combine((after + EASTERNMOST).date(), time(0), UTC) - EASTERNMOST


def day_of_scan(moment: datetime) -> date:
    """Tell which day a scan looks for: it begins just then in the easternmost zone."""
    return (moment + EASTERNMOST).date()


def next_occurrence(trigger: ScheduleTrigger, after: datetime, zone: tzinfo) -> datetime | None:
    """Tell when a schedule comes round next after a moment; None when it is over."""
    for day in _days(trigger, after.astimezone(zone).date()):
        if trigger.until is not None and day > trigger.until:
            return None
        moment = local_moment(datetime.combine(day, trigger.at), zone)
        if moment > after:
            return moment
    return None


def _days(trigger: ScheduleTrigger, today: date) -> Iterator[date]:
    first = max(trigger.start, today - timedelta(days=1))
    if trigger.every is Every.ONCE:
        yield trigger.start
        return
    for ahead in range(DAYS_AHEAD_MAX):
        day = first + timedelta(days=ahead)
        if _comes_round(trigger, day):
            yield day


def _comes_round(trigger: ScheduleTrigger, day: date) -> bool:
    match trigger.every:
        case Every.WEEK:
            return day.weekday() in trigger.weekdays
        case Every.MONTH:
            last = calendar.monthrange(day.year, day.month)[1]
            return day.day == min(trigger.month_day, last)
        case _:
            return True
