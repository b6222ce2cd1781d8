"""Reports in the Retenshun vocabulary: counts over a project's past, and questions about people."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import UNSET, Struct, UnsetType, field

from beckon.api.call import Edge
from beckon.api.times import read_bound, write_moment
from beckon.domain.accounts.queries import get_project
from beckon.domain.events.rules import check_name, name_key
from beckon.domain.orders.rules import to_major
from beckon.domain.reports import analytics
from beckon.domain.reports.model import Bar, Grain, OutcomeBar, Period, Totals
from beckon.domain.reports.rules import check_bars, last_days, list_starts
from beckon.domain.segments.operands import read_seconds
from beckon.domain.segments.reading import Node
from beckon.kit.refusals import Invalid
from beckon.storage.schema import Tx

RANGES = {"7d": 7, "30d": 30, "90d": 90}
METRICS = ("events", "users", "messages")
SENT, DELIVERED, OPENED, CLICKED = "accepted", "delivered", "opened", "clicked"
UNSUBSCRIBED = "unsubscribed"


class ReportAsked(Struct):
    """Query of GET /reports. `metrics`: events, users, messages; several with commas, or again."""

    range: str = "30d"
    metrics: str | None = None
    interval: str | None = None


class PeriodAsked(Struct):
    """Query of a time series: `range`, or `from` and `to`; moments, or days of UTC."""

    range: str | None = None
    from_: str | None = field(default=None, name="from")
    to: str | None = None
    interval: str = "day"


class ActivityAsked(PeriodAsked, rename="camel"):
    """Query of GET /reports/activity; `eventName` for one kind of event."""

    event_name: str | None = None


class CohortsAsked(PeriodAsked):
    """Query of GET /reports/cohorts; the first so many `cohorts`."""

    range: str | None = "90d"
    interval: str = "week"
    cohorts: int = 12


class TopAsked(PeriodAsked):
    """Query of GET /reports/events."""

    limit: int = 20


class Funnel(PeriodAsked):
    """Body of POST /reports/funnel: event names in order, all `within` a time such as 7d."""

    steps: list[str] = []
    within: str = "7d"


class Point(Struct, rename="camel", omit_defaults=True):
    """A day of a report; what was not asked for is left out."""

    date: str
    events: int | UnsetType = UNSET
    active_users: int | UnsetType = UNSET
    messages_sent: int | UnsetType = UNSET
    messages_delivered: int | UnsetType = UNSET
    messages_opened: int | UnsetType = UNSET
    messages_clicked: int | UnsetType = UNSET
    unsubscribes: int | UnsetType = UNSET


class Report(Struct, rename="camel", omit_defaults=True):
    """Reply to GET /reports; `revenue` is by currency, of delivered orders."""

    range: str
    events: int | UnsetType = UNSET
    active_users: int | UnsetType = UNSET
    messages_sent: int | UnsetType = UNSET
    messages_delivered: int | UnsetType = UNSET
    messages_opened: int | UnsetType = UNSET
    messages_clicked: int | UnsetType = UNSET
    unsubscribes: int | UnsetType = UNSET
    revenue: dict[str, float] | UnsetType = UNSET
    series: list[Point] | UnsetType = UNSET


class ActivityBar(Struct):
    """A length of time: what happened in it, and to how many users."""

    begins: str
    events: int
    users: int


class Activity(Struct):
    """Reply to GET /reports/activity; every bar of the period, empty ones too."""

    series: list[ActivityBar]


class ActiveDay(Struct):
    """How many users were active on a day, and within 7 and 30 days that end with it."""

    date: str
    daily: int
    weekly: int
    monthly: int


class ActiveUsers(Struct):
    """Reply to GET /reports/active-users."""

    series: list[ActiveDay]


class OutcomeCount(Struct):
    """What came of messages in a length of time: how often, and of how many messages."""

    begins: str
    outcome: str
    count: int
    messages: int


class Outcomes(Struct):
    """Reply to GET /reports/messages; bars without anything are left out."""

    series: list[OutcomeCount]


class TopEvent(Struct, rename="camel"):
    """A kind of event by how often it happened."""

    event_name: str
    events: int
    users: int


class TopEvents(Struct):
    """Reply to GET /reports/events."""

    events: list[TopEvent]


class Stage(Struct, rename="camel"):
    """How many users got to a step; the median time is from the step before."""

    event_name: str
    users: int
    percent: float
    median_seconds: float | None


class FunnelReport(Struct):
    """Reply to POST /reports/funnel."""

    steps: list[Stage]


class CohortRow(Struct):
    """Users first seen in one length of time, and how many came back in each one after it."""

    begins: str
    users: int
    returned: list[int]


class Cohorts(Struct):
    """Reply to GET /reports/cohorts."""

    interval: str
    cohorts: list[CohortRow]


async def get_report(edge: Edge, query: ReportAsked) -> Report:
    """GET /reports; days are those of the project's time zone, today the last of them."""
    if query.range not in RANGES:
        raise Invalid(f"range must be one of {', '.join(RANGES)}.")
    if query.interval not in (None, "day"):
        raise Invalid("interval must be day, or left out.")
    metrics = _metrics(query.metrics)
    period = last_days(edge.now, RANGES[query.range], await _zone(edge))
    asked = edge.services.analytics
    totals = await analytics.count_totals(asked, edge.project_id, period)
    report = Report(query.range, **_told(totals, metrics))
    if "messages" in metrics:
        report.revenue = {
            currency: float(to_major(total, currency)) for currency, total in totals.revenue.items()
        }
    if query.interval is not None:
        bars = await analytics.list_activity(asked, edge.project_id, period, Grain.DAY)
        outcomes = await analytics.list_outcomes(asked, edge.project_id, period, Grain.DAY)
        report.series = _series(period, bars, outcomes, metrics)
    return report


async def list_activity(edge: Edge, query: ActivityAsked) -> Activity:
    """GET /reports/activity: events and users over time."""
    period, grain = await _period(edge, query), _grain(query.interval)
    check_bars(period, grain)
    name = None if query.event_name is None else name_key(check_name(query.event_name, "eventName"))
    found = await analytics.list_activity(
        edge.services.analytics, edge.project_id, period, grain, name=name
    )
    by_start = {bar.begins_at: bar for bar in found}
    starts = list_starts(period, grain)
    bars = [by_start.get(at, Bar(at, 0, 0)) for at in starts]
    return Activity([ActivityBar(write_moment(b.begins_at), b.events, b.people) for b in bars])


async def list_active_users(edge: Edge, query: PeriodAsked) -> ActiveUsers:
    """GET /reports/active-users: daily, weekly and monthly, for each day."""
    period = await _period(edge, query)
    found = await analytics.list_active(edge.services.analytics, edge.project_id, period)
    return ActiveUsers(
        [ActiveDay(one.day.isoformat(), one.daily, one.weekly, one.monthly) for one in found]
    )


async def list_messages(edge: Edge, query: PeriodAsked) -> Outcomes:
    """GET /reports/messages: what came of messages over time."""
    period, grain = await _period(edge, query), _grain(query.interval)
    found = await analytics.list_outcomes(edge.services.analytics, edge.project_id, period, grain)
    return Outcomes(
        [
            OutcomeCount(write_moment(one.begins_at), one.kind, one.outcomes, one.messages)
            for one in found
        ]
    )


async def list_top_events(edge: Edge, query: TopAsked) -> TopEvents:
    """GET /reports/events: the kinds of events that happened most."""
    period = await _period(edge, query)
    found = await analytics.list_top_events(
        edge.services.analytics, edge.project_id, period, limit=query.limit
    )
    return TopEvents([TopEvent(one.name, one.events, one.people) for one in found])


async def find_funnel(edge: Edge, body: Funnel) -> FunnelReport:
    """POST /reports/funnel: how far users got through steps."""
    period = await _period(edge, body)
    steps = [name_key(check_name(step, f"steps[{place}]")) for place, step in enumerate(body.steps)]
    within = timedelta(seconds=read_seconds(Node(body.within, "within")))
    found = await analytics.find_funnel(
        edge.services.analytics, edge.project_id, period, steps, within
    )
    first = found[0].people
    return FunnelReport(
        [
            Stage(
                name,
                one.people,
                round(100 * one.people / first, 1) if first else 0.0,
                None if one.median is None else one.median.total_seconds(),
            )
            for name, one in zip(body.steps, found, strict=True)
        ]
    )


async def list_cohorts(edge: Edge, query: CohortsAsked) -> Cohorts:
    """GET /reports/cohorts: who came back, by when they were first seen in the period."""
    period, grain = await _period(edge, query), _grain(query.interval)
    found = await analytics.list_cohorts(
        edge.services.analytics, edge.project_id, period, grain, cohorts=query.cohorts
    )
    return Cohorts(
        query.interval,
        [CohortRow(write_moment(c.begins_at), c.returned[0], list(c.returned[1:])) for c in found],
    )


def _metrics(given: str | None) -> set[str]:
    wanted = METRICS if given is None else [one.strip() for one in given.split(",")]
    unknown = [one for one in wanted if one not in METRICS]
    if unknown:
        raise Invalid(f"metrics must be of {', '.join(METRICS)}.")
    return set(wanted)


def _told(totals: Totals, metrics: set[str]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if "events" in metrics:
        told["events"] = totals.events
    if "users" in metrics:
        told["active_users"] = totals.people
    return {**told, **(_messages(totals.messages) if "messages" in metrics else {})}


def _messages(counted: Mapping[str, int]) -> dict[str, int]:
    return {
        "messages_sent": counted.get(SENT, 0),
        "messages_delivered": counted.get(DELIVERED, 0),
        "messages_opened": counted.get(OPENED, 0),
        "messages_clicked": counted.get(CLICKED, 0),
        "unsubscribes": counted.get(UNSUBSCRIBED, 0),
    }


def _series(
    period: Period, bars: list[Bar], outcomes: list[OutcomeBar], metrics: set[str]
) -> list[Point]:
    happened = {bar.begins_at: bar for bar in bars}
    came: dict[datetime, dict[str, int]] = {}
    for one in outcomes:
        came.setdefault(one.begins_at, {})[one.kind] = one.messages
    points = []
    for at in list_starts(period, Grain.DAY):
        bar = happened.get(at, Bar(at, 0, 0))
        day = Totals(bar.events, bar.people, came.get(at, {}), {})
        points.append(Point(_day(at, period), **_told(day, metrics)))
    return points


def _day(begins_at: datetime, period: Period) -> str:
    local: date = begins_at.astimezone(ZoneInfo(period.zone)).date()
    return local.isoformat()


async def _period(edge: Edge, asked: PeriodAsked) -> Period:
    """Read which time is meant; 30 days where nothing is said."""
    _grain(asked.interval)
    zone = await _zone(edge)
    if asked.from_ is None and asked.to is None:
        named = asked.range or "30d"
        if named not in RANGES:
            raise Invalid(f"range must be one of {', '.join(RANGES)}.")
        return last_days(edge.now, RANGES[named], zone)
    if asked.from_ is None or asked.to is None:
        raise Invalid("from and to are given together, or range instead of them.")
    begins = read_bound(asked.from_, "from", is_end=False)
    ends = read_bound(asked.to, "to", is_end=True) + timedelta(milliseconds=1)
    return Period(begins, ends, zone)


def _grain(interval: str) -> Grain:
    if interval not in set(Grain):
        raise Invalid(f"interval must be one of {', '.join(Grain)}.")
    return Grain(interval)


async def _zone(edge: Edge) -> str:
    return await edge.services.state.read(partial(_find_zone, edge=edge))


def _find_zone(tx: Tx, edge: Edge) -> str:
    return get_project(tx, edge.project_id).time_zone
