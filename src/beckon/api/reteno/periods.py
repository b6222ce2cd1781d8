"""Periods as queries name them, and local times, in the Reteno vocabulary."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from beckon.api.call import Call
from beckon.api.times import read_moment
from beckon.domain.accounts.queries import get_project
from beckon.kit.refusals import Invalid

MONTHS = timedelta(days=92)
DAY = len("2026-03-09")


def read_period(first: str, last: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Read two days or moments; the last day counts whole. Raises Invalid beyond three months."""
    begins = _moment(first, "dateFrom", zone, is_end=False)
    ends = _moment(last, "dateTo", zone, is_end=True)
    if ends < begins:
        raise Invalid("dateTo must not lie before dateFrom.")
    if ends - begins > MONTHS:
        raise Invalid("The period must have at most three months.")
    return begins, ends


def zone_of(call: Call) -> ZoneInfo:
    """Give the project's time zone."""
    return ZoneInfo(get_project(call.tx, call.project_id).time_zone)


def write_local(moment: datetime, zone: ZoneInfo) -> str:
    """Write a moment as a clock in a zone shows it, without naming the zone."""
    return moment.astimezone(zone).replace(tzinfo=None, microsecond=0).isoformat()


def _moment(text: str, place: str, zone: ZoneInfo, *, is_end: bool) -> datetime:
    if len(text) > DAY:
        return read_moment(text, place, zone=zone)
    day = read_moment(f"{text}T00:00", place, zone=zone)
    return day + timedelta(days=1, milliseconds=-1) if is_end else day
