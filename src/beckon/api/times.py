"""Moments on the wire: ISO 8601 in, ISO 8601 UTC out."""

from datetime import UTC, datetime, timedelta, tzinfo

from beckon.kit.refusals import Invalid


def read_moment(text: str, field: str, *, zone: tzinfo | None = None) -> datetime:
    """Read a date and time. Raises Invalid for what is no date, or lacks a zone and none is given.

    Returns aware UTC in whole milliseconds.
    """
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            if zone is None or len(text) <= len("2026-01-01"):
                raise Invalid(f"{field} must carry a time and a zone, as in 2026-03-09T12:00:00Z.")
            moment = moment.replace(tzinfo=zone)
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid(
            f"{field} must be an ISO 8601 date and time, as in 2026-03-09T12:00:00Z."
        ) from None
    beyond = moment.microsecond % 1000
    return moment - timedelta(microseconds=beyond) if beyond else moment


def read_bound(text: str, field: str, *, is_end: bool) -> datetime:
    """Read one end of a range: a moment with zone, or a UTC day, the last one counting whole."""
    if len(text) > len("2026-01-01"):
        return read_moment(text, field)
    day = read_moment(f"{text}T00:00:00Z", field)
    return day + timedelta(days=1, milliseconds=-1) if is_end else day


def write_moment(moment: datetime) -> str:
    """Write an aware UTC moment as `2026-03-09T12:00:00.000Z`."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def write_moment_or_none(moment: datetime | None) -> str | None:
    """Write a moment; None stays None."""
    return None if moment is None else write_moment(moment)
