"""Questions about a project's past, asked of the analytics store. Public; project first.

Each is bounded in time and in what it returns, reads only, and raises AnalyticsUnavailable or
QuestionTooLong as `Analytics.ask` does, and Invalid for what no report can be.
"""

from collections.abc import Sequence
from datetime import timedelta

from beckon.domain.accounts.model import ProjectId
from beckon.domain.reports import rules
from beckon.domain.reports.model import (
    Active,
    Bar,
    Cohort,
    FunnelStage,
    Grain,
    OutcomeBar,
    Period,
    Ranked,
    Totals,
)
from beckon.storage.analytics.client import Analytics

SECONDS_MAX = 10.0

STARTS = {
    Grain.HOUR: "toStartOfHour(at, {zone:String})",
    Grain.DAY: "toStartOfDay(at, {zone:String})",
    Grain.WEEK: "toStartOfDay(toMonday(at, {zone:String}), {zone:String})",
    Grain.MONTH: "toStartOfDay(toStartOfMonth(at, {zone:String}), {zone:String})",
}
WITHIN = (
    "project_id = {project:UInt64} "
    "AND at >= {begins:DateTime64(3, 'UTC')} AND at < {ends:DateTime64(3, 'UTC')}"
)


async def count_totals(analytics: Analytics, project_id: ProjectId, period: Period) -> Totals:
    """Count what a period came to as a whole; what machines opened or clicked is left out."""
    rules.check_period(period)
    bounds = bounds_of(project_id, period)
    ((events, people),) = await analytics.ask(
        "SELECT count(), uniqExactIf(contact_id, contact_id > 0) "  # noqa: S608 - our own text
        f"FROM event WHERE {WITHIN}",
        bounds,
        seconds_max=SECONDS_MAX,
    )
    outcomes = await analytics.ask(
        "SELECT kind, uniqExact(message_id) "  # noqa: S608 - our own text
        f"FROM outcome WHERE {WITHIN} AND is_machine = 0 GROUP BY kind",
        bounds,
        seconds_max=SECONDS_MAX,
    )
    revenue = await analytics.ask(
        "SELECT currency, sum(total) FROM purchase FINAL "
        "WHERE project_id = {project:UInt64} AND status = 'DELIVERED' "
        "AND placed_at >= {begins:DateTime64(3, 'UTC')} "
        "AND placed_at < {ends:DateTime64(3, 'UTC')} GROUP BY currency ORDER BY currency",
        bounds,
        seconds_max=SECONDS_MAX,
    )
    return Totals(events, people, dict(outcomes), dict(revenue))


async def list_activity(
    analytics: Analytics,
    project_id: ProjectId,
    period: Period,
    grain: Grain,
    *,
    name: str | None = None,
) -> list[Bar]:
    """List the bars of a period in order, of all events or of one kind (its compared name)."""
    rules.check_bars(period, grain)
    rows = await analytics.ask(
        f"SELECT toDateTime({STARTS[grain]}, 'UTC') AS bar, count(), "  # noqa: S608 - our own text
        "uniqExactIf(contact_id, contact_id > 0) "
        f"FROM event WHERE {WITHIN} {_named(name)} GROUP BY bar ORDER BY bar",
        {**bounds_of(project_id, period), "name": name or ""},
        seconds_max=SECONDS_MAX,
    )
    return [Bar(*row) for row in rows]


async def list_active(analytics: Analytics, project_id: ProjectId, period: Period) -> list[Active]:
    """List the days of a period with how many people did anything on it, and up to it.

    The last 7 and 30 days count with the day itself and look back before the period.
    """
    rules.check_bars(period, Grain.DAY)
    rows = await analytics.ask(
        # Each day somebody was active counts for the days it is among the last 7, or 30, of.
        "WITH toDate({begins:DateTime64(3, 'UTC')}, {zone:String}) AS first, "
        "toDate({ends:DateTime64(3, 'UTC')} - toIntervalMillisecond(1), {zone:String}) AS last "
        "SELECT day, "
        "uniqExactIf(contact_id, day = active), "
        "uniqExactIf(contact_id, day < active + 7), uniqExact(contact_id) "
        "FROM (SELECT DISTINCT contact_id, toDate(at, {zone:String}) AS active FROM event "
        "WHERE project_id = {project:UInt64} AND contact_id > 0 "
        "AND at >= {begins:DateTime64(3, 'UTC')} - toIntervalDay(31) "
        "AND at < {ends:DateTime64(3, 'UTC')}) "
        "ARRAY JOIN arrayMap(n -> active + n, range(30)) AS day "
        "WHERE day BETWEEN first AND last GROUP BY day ORDER BY day",
        bounds_of(project_id, period),
        seconds_max=SECONDS_MAX,
    )
    return [Active(*row) for row in rows]


async def find_funnel(
    analytics: Analytics,
    project_id: ProjectId,
    period: Period,
    steps: Sequence[str],
    within: timedelta,
) -> list[FunnelStage]:
    """Tell how many people got how far through steps, each a kind of event (its compared name).

    Meaning: somebody is at step 1 with the *first* such event of the period; at step n + 1 with the
    first such event later than, not at, the one that put them at step n and no later than `within`
    after step 1. What else happens in between does not matter, and later tries do not count.
    Events after the period do not count.
    """
    rules.check_funnel(steps, within)
    rules.check_period(period)
    names = {f"step{place}": name for place, name in enumerate(steps)}
    moments = ", ".join(
        f"arraySort(groupArrayIf(at, name = {{{place}:String}})) AS {place}s" for place in names
    )
    reached = ["if(empty(step0s), NULL, step0s[1]) AS reached0"] + [
        f"arrayFirstOrNull(t -> t > reached{place - 1} "
        f"AND t <= reached0 + toIntervalMillisecond({{within:UInt64}}), step{place}s) "
        f"AS reached{place}"
        for place in range(1, len(steps))
    ]
    counts = ["count(reached0), 0.0"] + [
        f"count(reached{place}), "
        f"quantileExact(0.5)(dateDiff('millisecond', reached{place - 1}, reached{place}))"
        for place in range(1, len(steps))
    ]
    (row,) = await analytics.ask(
        f"SELECT {', '.join(counts)} FROM (SELECT {', '.join(reached)} FROM "  # noqa: S608 - our own text
        f"(SELECT contact_id, {moments} FROM event WHERE {WITHIN} AND contact_id > 0 "
        "AND name IN ({steps:Array(String)}) GROUP BY contact_id))",
        {
            **bounds_of(project_id, period),
            **names,
            "steps": list(steps),
            "within": within // timedelta(milliseconds=1),
        },
        seconds_max=SECONDS_MAX,
    )
    return [
        FunnelStage(
            name,
            row[2 * place],
            timedelta(milliseconds=row[2 * place + 1]) if place and row[2 * place] else None,
        )
        for place, name in enumerate(steps)
    ]


async def list_cohorts(
    analytics: Analytics, project_id: ProjectId, period: Period, grain: Grain, *, cohorts: int
) -> list[Cohort]:
    """List by when people were first seen in a period how many of them came back, and when.

    A person belongs to the length of time of their first event of the period; the first so many
    lengths are listed, each with as many lengths after it as the period has.
    """
    rules.check_cohorts(cohorts)
    rules.check_bars(period, grain)
    rows = await analytics.ask(
        "SELECT toDateTime(first, 'UTC') AS cohort, toDateTime(bar, 'UTC') AS seen, "  # noqa: S608 - our own text
        "count() FROM (SELECT contact_id, groupUniqArray(start) AS bars, arrayMin(bars) AS first "
        f"FROM (SELECT contact_id, {STARTS[grain]} AS start FROM event "
        f"WHERE {WITHIN} AND contact_id > 0) GROUP BY contact_id) "
        "ARRAY JOIN bars AS bar GROUP BY cohort, seen ORDER BY cohort, seen",
        bounds_of(project_id, period),
        seconds_max=SECONDS_MAX,
    )
    bars = rules.list_starts(period, grain)
    counted = {(cohort, seen): people for cohort, seen, people in rows}
    return [
        Cohort(begins_at, [counted.get((begins_at, seen), 0) for seen in bars[place:]])
        for place, begins_at in enumerate(bars[:cohorts])
    ]


async def list_outcomes(
    analytics: Analytics, project_id: ProjectId, period: Period, grain: Grain
) -> list[OutcomeBar]:
    """List what came of messages by time and kind; what machines opened or clicked is left out."""
    rules.check_bars(period, grain)
    rows = await analytics.ask(
        f"SELECT toDateTime({STARTS[grain]}, 'UTC') AS bar, kind, count(), "  # noqa: S608 - our own text
        f"uniqExact(message_id) FROM outcome WHERE {WITHIN} AND is_machine = 0 "
        "GROUP BY bar, kind ORDER BY bar, kind",
        bounds_of(project_id, period),
        seconds_max=SECONDS_MAX,
    )
    return [OutcomeBar(*row) for row in rows]


async def list_top_events(
    analytics: Analytics, project_id: ProjectId, period: Period, *, limit: int
) -> list[Ranked]:
    """List the kinds of events that happened most, the most frequent first."""
    rules.check_period(period)
    rules.check_limit(limit)
    rows = await analytics.ask(
        "SELECT name, count() AS events, uniqExactIf(contact_id, contact_id > 0) "  # noqa: S608 - our own text
        f"FROM event WHERE {WITHIN} GROUP BY name ORDER BY events DESC, name "
        "LIMIT {limit:UInt64}",
        {**bounds_of(project_id, period), "limit": limit},
        seconds_max=SECONDS_MAX,
    )
    return [Ranked(*row) for row in rows]


def bounds_of(project_id: ProjectId, period: Period) -> dict[str, object]:
    """Give the values that WITHIN and STARTS ask for."""
    return {
        "project": project_id,
        "begins": period.begins_at,
        "ends": period.ends_at,
        "zone": period.zone,
    }


def _named(name: str | None) -> str:
    return "" if name is None else "AND name = {name:String}"
