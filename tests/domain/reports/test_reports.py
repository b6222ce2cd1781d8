"""Reports say what a recount in Python says, in each time zone, of one project alone."""

from collections import Counter, defaultdict
from dataclasses import astuple
from datetime import UTC, datetime, time, timedelta
from statistics import median_low
from zoneinfo import ZoneInfo

import pytest

from beckon.domain.reports import analytics as reports
from beckon.domain.reports import campaign_analytics as campaigns
from beckon.domain.reports import rules
from beckon.domain.reports.model import Grain, Period
from beckon.kit.refusals import Invalid

BEGINS_AT = datetime(2026, 3, 25, 22, tzinfo=UTC)
ENDS_AT = datetime(2026, 4, 20, 21, tzinfo=UTC)
ZONES = ("UTC", "Europe/Kyiv", "Asia/Kathmandu", "America/New_York")

every_zone = pytest.mark.parametrize("zone", ZONES)
every_grain = pytest.mark.parametrize("grain", list(Grain))


def a_period(zone="UTC"):
    return Period(BEGINS_AT, ENDS_AT, zone)


def start_of(at, grain, zone):
    """Say when the bar of a moment begins, by the wall clock of a zone."""
    local = at.astimezone(ZoneInfo(zone))
    if grain is Grain.HOUR:
        return (
            local
            - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        ).astimezone(UTC)
    day = local.date()
    if grain is Grain.WEEK:
        day -= timedelta(days=day.weekday())
    elif grain is Grain.MONTH:
        day = day.replace(day=1)
    return datetime.combine(day, time.min, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def within(happened, *, project_id=1):
    return [
        one for one in happened if one.project_id == project_id and BEGINS_AT <= one.at < ENDS_AT
    ]


@every_zone
@every_grain
def test_activity(ask, happened, zone, grain):
    wanted = defaultdict(list)
    for one in within(happened):
        wanted[start_of(one.at, grain, zone)].append(one.contact_id)
    found = ask(lambda analytics: reports.list_activity(analytics, 1, a_period(zone), grain))
    assert [(bar.begins_at, bar.events, bar.people) for bar in found] == [
        (begins_at, len(people), len(set(people) - {0}))
        for begins_at, people in sorted(wanted.items())
    ]


def test_activity_of_one_kind(ask, happened):
    found = ask(
        lambda analytics: reports.list_activity(
            analytics, 1, a_period(), Grain.MONTH, name="bought"
        )
    )
    assert sum(bar.events for bar in found) == sum(one.name == "bought" for one in within(happened))


@every_zone
def test_active_people(ask, happened, zone):
    days = defaultdict(set)
    for one in happened:
        if one.project_id == 1 and one.contact_id and one.at < ENDS_AT:
            days[one.at.astimezone(ZoneInfo(zone)).date()].add(one.contact_id)
    for row in ask(lambda analytics: reports.list_active(analytics, 1, a_period(zone))):
        for length, found in ((1, row.daily), (7, row.weekly), (30, row.monthly)):
            last = [row.day - timedelta(days=n) for n in range(length)]
            assert found == len(set().union(*(days[day] for day in last))), (row.day, length)


@pytest.mark.parametrize(
    ("steps", "hours"),
    [
        (["viewed", "added", "bought"], 48),
        (["viewed", "viewed", "viewed"], 200),
        (["bought", "never seen"], 100),
        (["viewed", "bought"], 1),
    ],
)
def test_a_funnel(ask, happened, steps, hours):
    limit = timedelta(hours=hours)
    reached = [[] for _ in steps]
    for person in {one.contact_id for one in within(happened)} - {0}:
        moments = sorted((one.at, one.name) for one in within(happened) if one.contact_id == person)
        at = []
        for step in steps:
            later = [
                moment
                for moment, name in moments
                if name == step and (not at or at[-1] < moment <= at[0] + limit)
            ]
            if not later:
                break
            at.append(later[0])
        for place, moment in enumerate(at):
            reached[place].append(moment - at[place - 1] if place else None)
    found = ask(lambda analytics: reports.find_funnel(analytics, 1, a_period(), steps, limit))
    assert [(stage.name, stage.people) for stage in found] == [
        (step, len(times)) for step, times in zip(steps, reached, strict=True)
    ]
    for stage, times in zip(found[1:], reached[1:], strict=True):
        if times:
            ordered = sorted(times)
            assert stage.median in (median_low(ordered), ordered[len(ordered) // 2])
        else:
            assert stage.median is None


@every_zone
def test_cohorts(ask, happened, zone):
    grain = Grain.WEEK
    seen = defaultdict(set)
    for one in within(happened):
        if one.contact_id:
            seen[one.contact_id].add(start_of(one.at, grain, zone))
    starts = rules.list_starts(a_period(zone), grain)
    wanted = [
        [
            sum(min(bars) == begins_at and bar in bars for bars in seen.values())
            for bar in starts[place:]
        ]
        for place, begins_at in enumerate(starts[:3])
    ]
    found = ask(
        lambda analytics: reports.list_cohorts(analytics, 1, a_period(zone), grain, cohorts=3)
    )
    assert [cohort.begins_at for cohort in found] == starts[:3]
    assert [list(cohort.returned) for cohort in found] == wanted


def test_outcomes_leave_machines_out(ask, came):
    wanted = defaultdict(list)
    for one in within(came):
        if not one.is_machine:
            wanted[start_of(one.at, Grain.DAY, "UTC"), one.kind].append(one.message)
    found = ask(lambda analytics: reports.list_outcomes(analytics, 1, a_period(), Grain.DAY))
    assert [(bar.begins_at, bar.kind, bar.outcomes, bar.messages) for bar in found] == [
        (*key, len(messages), len(set(messages))) for key, messages in sorted(wanted.items())
    ]


def of_campaign(came, number=7):
    return [one for one in within(came) if one.campaign == number and not one.is_machine]


def test_what_came_of_one_campaign_over_time(ask, came):
    wanted = defaultdict(list)
    for one in of_campaign(came):
        wanted[start_of(one.at, Grain.DAY, "UTC"), one.kind].append(one.message)
    found = ask(lambda it: campaigns.list_campaign_outcomes(it, 1, 7, a_period(), Grain.DAY))
    assert [(bar.begins_at, bar.kind, bar.outcomes, bar.messages) for bar in found] == [
        (*key, len(messages), len(set(messages))) for key, messages in sorted(wanted.items())
    ]


def test_what_came_of_one_campaign_by_domain(ask, came):
    wanted = defaultdict(lambda: defaultdict(set))
    for one in of_campaign(came):
        wanted[one.domain][one.kind].add(one.message)
    del wanted[""]  # no mail
    found = ask(lambda it: campaigns.list_domains(it, 1, 7, a_period(), limit=5))
    kinds = ("accepted", "delivered", "opened", "clicked", "bounced")
    counts = [(name, *(len(kept[kind]) for kind in kinds)) for name, kept in wanted.items()]
    assert [astuple(one) for one in found] == sorted(counts, key=lambda row: (-row[1], row[0]))


def test_the_links_of_one_campaign_that_people_followed(ask, came):
    wanted = defaultdict(list)
    for one in of_campaign(came):
        if one.kind == "clicked" and one.link:
            wanted[one.link].append(one.message)
    found = ask(lambda it: campaigns.list_links(it, 1, 7, a_period(), limit=5))
    counts = [(link, len(all_), len(set(all_))) for link, all_ in wanted.items()]
    assert [astuple(one) for one in found] == sorted(counts, key=lambda row: (-row[2], row[0]))
    assert len(found) == 2


def test_top_events(ask, happened):
    counts = Counter(one.name for one in within(happened, project_id=2))
    found = ask(lambda analytics: reports.list_top_events(analytics, 2, a_period(), limit=2))
    assert [(row.name, row.events) for row in found] == sorted(
        counts.items(), key=lambda item: (-item[1], item[0])
    )[:2]


@pytest.mark.parametrize("zone", ZONES)
@every_grain
def test_bars_begin_where_the_store_says(zone, grain):
    starts = rules.list_starts(a_period(zone), grain)
    assert starts[0] == start_of(BEGINS_AT, grain, zone)
    assert starts == sorted({start_of(start, grain, zone) for start in starts})


@pytest.mark.parametrize(
    "ask_for",
    [
        lambda a: reports.list_activity(a, 1, Period(ENDS_AT, BEGINS_AT), Grain.DAY),
        lambda a: reports.list_activity(a, 1, Period(BEGINS_AT, ENDS_AT, "Mars"), Grain.DAY),
        lambda a: reports.list_activity(
            a, 1, Period(BEGINS_AT, BEGINS_AT + timedelta(days=700)), Grain.HOUR
        ),
        lambda a: reports.find_funnel(a, 1, a_period(), ["one"], timedelta(1)),
        lambda a: reports.find_funnel(a, 1, a_period(), ["one", "two"], timedelta(0)),
        lambda a: reports.list_cohorts(a, 1, a_period(), Grain.DAY, cohorts=61),
        lambda a: reports.list_top_events(a, 1, a_period(), limit=0),
    ],
)
def test_what_no_report_can_be_is_refused(ask, ask_for):
    with pytest.raises(Invalid):
        ask(ask_for)
