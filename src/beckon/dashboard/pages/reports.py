"""Reports: activity, what came of messages, how far people get, who comes back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from markupsafe import Markup
from starlette.responses import Response

from beckon.dashboard import charts
from beckon.dashboard.charts import Mark
from beckon.dashboard.pages.workflow_fields import show_span
from beckon.dashboard.visits import Page, Visit
from beckon.domain.events.queries import list_types
from beckon.domain.events.rules import name_key
from beckon.domain.orders.rules import to_major
from beckon.domain.reports import analytics
from beckon.domain.reports.model import (
    FUNNEL_STEPS_MAX,
    Bar,
    Cohort,
    FunnelStage,
    Grain,
    OutcomeBar,
    Period,
    Ranked,
    Totals,
)
from beckon.domain.reports.rules import last_days, list_starts
from beckon.kit.refusals import Invalid
from beckon.storage.analytics.client import AnalyticsUnavailable, QuestionTooLong

DAYS = (7, 30, 90)
WITHIN_DAYS_MAX = 3650
TOP = 10
NAMES_MAX = 500
COHORTS, WEEKS = 8, 8
STEPS_SHOWN = 4
SHOWN_OUTCOMES = ("delivered", "opened", "clicked", "unsubscribed", "bounced", "complained")


@dataclass(frozen=True, slots=True)
class Overview:
    """The figures and charts of a period; `revenue` pairs amounts with their currencies."""

    totals: Totals
    revenue: list[tuple[str, Decimal]]
    activity: Markup
    outcomes: list[tuple[str, int, Markup]]
    top: list[Ranked]


async def show(visit: Visit) -> Response:
    """Answer GET /reports (?days=): what happened, and what came of messages."""
    days, fault = _days(visit), ""
    try:
        overview = await _overview(visit, days)
    except (AnalyticsUnavailable, QuestionTooLong) as away:
        overview, fault = None, away.message
    return visit.page(
        "reports.html",
        days=days,
        days_choices=DAYS,
        overview=overview,
        names=await _event_names(visit),
        fault=fault,
    )


async def show_funnel(visit: Visit) -> Response:
    """Answer GET /reports/funnel (?step=…&within=&days=): how many get how far."""
    asked = visit.request.query_params.getlist("step")
    steps = [name for one in asked if (name := one.strip()) and "\0" not in name]
    within, days = visit.asked_number("within", WITHIN_DAYS_MAX) or 7, _days(visit)
    stages: list[FunnelStage] = []
    fault = ""
    if steps:
        try:
            stages = await analytics.find_funnel(
                visit.house.analytics,
                visit.session.project.id,
                _period(visit, days),
                [name_key(name) for name in steps],
                timedelta(days=within),
            )
        except (AnalyticsUnavailable, QuestionTooLong, Invalid) as refused:
            fault = refused.message
    rows = max(STEPS_SHOWN, min(len(steps) + 1, FUNNEL_STEPS_MAX))
    return visit.page(
        "reports_funnel.html",
        steps=[*steps, *[""] * rows][:rows],
        within=within,
        days=days,
        days_choices=DAYS,
        stages=[
            (name, stage.people, _in_short(stage.median))
            for name, stage in zip(steps, stages, strict=False)
        ],
        names=await _event_names(visit),
        chart=_funnel(steps, stages),
        fault=fault,
    )


async def show_cohorts(visit: Visit) -> Response:
    """Answer GET /reports/cohorts: of those first seen in a week, how many came back later."""
    cohorts: list[Cohort] = []
    fault = ""
    # From a Monday on: a week that is cut off at its beginning would say nothing.
    zone = ZoneInfo(visit.session.project.time_zone)
    today = visit.now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = today - timedelta(days=today.weekday() + 7 * (WEEKS - 1))
    period = Period(monday, visit.now, visit.session.project.time_zone)
    try:
        cohorts = await analytics.list_cohorts(
            visit.house.analytics,
            visit.session.project.id,
            period,
            Grain.WEEK,
            cohorts=COHORTS,
        )
    except (AnalyticsUnavailable, QuestionTooLong) as away:
        fault = away.message
    return visit.page(
        "reports_cohorts.html",
        chart=_cohorts(cohorts, zone),
        is_empty=not any(cohort.returned[0] for cohort in cohorts),
        fault=fault,
    )


async def _event_names(visit: Visit) -> dict[str, str]:
    """Map event names in their compared form to how they first came."""
    project_id = visit.session.project.id
    types = await visit.house.state.read(lambda tx: list_types(tx, project_id, limit=NAMES_MAX))
    return {one.key: one.name for one in reversed(types)}


def _in_short(span: timedelta | None) -> str:
    """Write a length of time in its two largest units; "" for none."""
    if span is None:
        return ""
    return " ".join(show_span(round(span.total_seconds())).split()[:2])


async def _overview(visit: Visit, days: int) -> Overview:
    asked, project_id, period = (
        visit.house.analytics,
        visit.session.project.id,
        _period(visit, days),
    )
    totals = await analytics.count_totals(asked, project_id, period)
    bars = await analytics.list_activity(asked, project_id, period, Grain.DAY)
    outcomes = await analytics.list_outcomes(asked, project_id, period, Grain.DAY)
    top = await analytics.list_top_events(asked, project_id, period, limit=TOP)
    return Overview(
        totals,
        [(currency, to_major(minor, currency)) for currency, minor in totals.revenue.items()],
        charts.area(_days_of(period, bars), f"Events a day over the last {days} days"),
        [
            (kind, totals.messages.get(kind, 0), _outcome_chart(period, outcomes, kind))
            for kind in SHOWN_OUTCOMES
        ],
        top,
    )


def _days_of(period: Period, bars: Sequence[Bar]) -> list[Mark]:
    counted = {bar.begins_at: bar for bar in bars}
    marks = []
    for start, name in _starts(period):
        bar = counted.get(start)
        note = "nothing" if bar is None else f"{bar.events:,} events, {bar.people:,} people"
        marks.append(Mark(name, 0 if bar is None else bar.events, note))
    return marks


def _outcome_chart(period: Period, bars: Sequence[OutcomeBar], kind: str) -> Markup:
    counted = {bar.begins_at: bar.messages for bar in bars if bar.kind == kind}
    marks = [Mark(name, counted.get(start, 0)) for start, name in _starts(period)]
    return charts.bars(marks, f"Messages {kind}, by day")


def _starts(period: Period) -> list[tuple[datetime, str]]:
    zone = ZoneInfo(period.zone)
    starts = list_starts(period, Grain.DAY)
    locals_ = [start.astimezone(zone) for start in starts]
    names = [f"{local.day} {local:%b}" for local in locals_]
    names[-1] += ", so far"  # a day that is not over looks like a fall
    return list(zip(starts, names, strict=True))


def _funnel(steps: Sequence[str], stages: Sequence[FunnelStage]) -> Markup | None:
    if not stages:
        return None
    marks = [Mark(name, stage.people) for name, stage in zip(steps, stages, strict=True)]
    return charts.funnel(marks, f"How many get from {steps[0]} to {steps[-1]}")


def _cohorts(cohorts: Sequence[Cohort], zone: ZoneInfo) -> Markup | None:
    if not cohorts:
        return None
    rows = []
    for cohort in cohorts:
        whole = cohort.returned[0] or 1
        rows.append(
            [
                Mark(
                    f"Week {week}",
                    people / whole,
                    f"{people:,} people, {people / whole:.0%}",
                    f"{people / whole:.0%}",
                )
                for week, people in enumerate(cohort.returned)
            ]
        )
    begun = [cohort.begins_at.astimezone(zone) for cohort in cohorts]
    names = [
        f"{local.day} {local:%b} · {cohort.returned[0]:,}"
        for local, cohort in zip(begun, cohorts, strict=True)
    ]
    return charts.heat(
        rows, names, [str(week) for week in range(len(rows[0]))], "Who came back, by weeks"
    )


def _period(visit: Visit, days: int) -> Period:
    return last_days(visit.now, days, visit.session.project.time_zone)


def _days(visit: Visit) -> int:
    days = visit.asked_number("days") or 30
    if days not in DAYS:
        raise Invalid(f"days must be one of {', '.join(map(str, DAYS))}.")
    return days


PAGES = (
    Page(path="/reports", get=show),
    Page(path="/reports/funnel", get=show_funnel),
    Page(path="/reports/cohorts", get=show_cohorts),
)
