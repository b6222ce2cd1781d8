"""Time zones: their names, as the tz database has them, and wall clocks in them."""

from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from beckon.kit.refusals import Invalid


@cache
def list_time_zones() -> list[str]:
    """List the zones that people choose from, in order: those of a place, and UTC."""
    return sorted(name for name in available_timezones() if "/" in name or name == "UTC")


def check_time_zone(name: str, field: str) -> str:
    """Take a tz database name such as Europe/Kyiv. Raises Invalid for any other."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid(f"{field} must be a tz database name such as Europe/Kyiv.") from None
    return name


def local_moment(wall: datetime, zone: tzinfo) -> datetime:
    """Tell the UTC moment at which clocks in a zone show a time; `wall` is naive.

    Of a time that comes twice the first counts; one that the clocks jump over comes at the first
    moment after the jump. Source: PEP 495.
    """
    early = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if early.astimezone(zone).replace(tzinfo=None) == wall:
        return early
    # In a gap the two readings lie on both sides of the jump, as far apart as it is wide.
    late = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    before, after = sorted((early, late))
    while after - before > timedelta(milliseconds=1):
        middle = before + (after - before) / 2
        has_jumped = middle.astimezone(zone).replace(tzinfo=None) > wall
        before, after = (before, middle) if has_jumped else (middle, after)
    return after.replace(microsecond=after.microsecond // 1000 * 1000)
