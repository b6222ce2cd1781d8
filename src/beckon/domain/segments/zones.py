"""Time zones of contacts: which there are, and where it is which day."""

from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from beckon.domain.segments.spans import today_in


def zone_of(name: str | None, otherwise: tzinfo) -> tzinfo:
    """Give the time zone of a tz database name; another one where there is no such name."""
    return ZoneInfo(name) if name in _names() else otherwise


def zones_by_day(now: datetime) -> Mapping[date, list[str]]:
    """Sort all time zones by the day it is there: never more than three days."""
    days: dict[date, list[str]] = {}
    for name in sorted(_names()):
        days.setdefault(today_in(ZoneInfo(name), now), []).append(name)
    return days


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones())
