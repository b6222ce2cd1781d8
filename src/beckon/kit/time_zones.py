"""Names of time zones, as the tz database has them."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from beckon.kit.refusals import Invalid


def check_time_zone(name: str, field: str) -> str:
    """Take a tz database name such as Europe/Kyiv. Raises Invalid for any other."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid(f"{field} must be a tz database name such as Europe/Kyiv.") from None
    return name
