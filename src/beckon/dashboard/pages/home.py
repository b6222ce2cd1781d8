"""Home: how things stand, what moves and what fails, and the steps to a first message."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from starlette.responses import Response

from beckon.dashboard import charts
from beckon.dashboard.pages.campaigns import Row, bars_of
from beckon.dashboard.visits import Page, Visit
from beckon.domain.accounts import actions as account_actions
from beckon.domain.accounts import queries as accounts
from beckon.domain.accounts.model import KeyKind, ProjectId
from beckon.domain.campaigns import queries as campaigns
from beckon.domain.campaigns.model import Status
from beckon.domain.contacts import queries as contacts
from beckon.domain.events import queries as events
from beckon.domain.events.model import EventFilter
from beckon.domain.messages import queries as messages
from beckon.domain.messages.model import Message, State
from beckon.domain.messages.queries import MessageFilter
from beckon.domain.providers import queries as providers
from beckon.domain.providers.model import StoredProvider
from beckon.domain.reports.analytics import list_activity
from beckon.domain.reports.model import Bar, Grain, Period
from beckon.domain.reports.rules import last_days, list_starts
from beckon.domain.templates import queries as templates
from beckon.domain.workflows import queries as workflows
from beckon.storage.analytics.client import AnalyticsUnavailable, QuestionTooLong
from beckon.storage.schema import Tx

ON_THE_WAY = (State.QUEUED, State.SUBMITTING, State.DEFERRED)
TAKEN = (State.ACCEPTED, State.DELIVERED, State.BOUNCED, State.COMPLAINED)
TO_LOOK_AT = (State.UNKNOWN, State.DEAD, State.FAILED)

DAYS = 30
COUNTED_MAX = 10_000
"""How far the page itself counts; beyond it the figures follow as a piece of their own."""

CAMPAIGNS_MAX = 50
TROUBLES_MAX = 5

# A key is shown once and never again, so the examples have a place to put it.
KEY_PLACE = "sk_live_your_key"
PUBLIC_PLACE = "pk_live_your_key"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with its name; `is_more` where it was not counted to its end."""

    label: str
    value: int
    note: str = ""
    href: str | None = None
    tone: str = ""
    is_more: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """When each first thing came about; None while it has not."""

    key_made_at: datetime | None
    first_event_at: datetime | None
    first_template_at: datetime | None
    first_workflow_at: datetime | None
    first_message_at: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What the page tells, read in one go."""

    figures: list[Figure]
    progress: Progress
    template_id: str
    further: list[tuple[str, str, bool]]
    campaigns: list[Row]
    troubles: list[Message]
    faults: list[StoredProvider]


async def show(visit: Visit) -> Response:
    """Answer GET /."""
    return await _page(visit, KEY_PLACE, PUBLIC_PLACE, is_new=False)


async def make_keys(visit: Visit) -> Response:
    """Answer POST /start/keys: Home with a new key of either kind in its examples, this once."""
    visit.check_admin()
    made = {}
    for kind in KeyKind:
        made[kind] = await visit.house.state.write(
            partial(
                account_actions.create_key,
                project_id=visit.session.project.id,
                name=f"Made on Home ({kind.lower()})",
                kind=kind,
                token=visit.house.new_token(),
                actor=visit.session.person.email,
                now=visit.now,
            )
        )
    return await _page(visit, made[KeyKind.SECRET].secret, made[KeyKind.PUBLIC].secret, is_new=True)


async def show_activity(visit: Visit) -> Response:
    """Answer GET /start/activity: the chart of thirty days, asked for once the page is there."""
    project = visit.session.project
    period = last_days(visit.now, DAYS, project.time_zone)
    try:
        found = await list_activity(visit.house.analytics, project.id, period, Grain.DAY)
    except (AnalyticsUnavailable, QuestionTooLong):
        return visit.bare_page("home_activity.html", chart=None, total=0)
    return visit.bare_page(
        "home_activity.html",
        chart=charts.area(days_of(period, found), f"Events a day over the last {DAYS} days"),
        total=sum(bar.events for bar in found),
    )


def days_of(period: Period, found: Sequence[Bar]) -> list[charts.Mark]:
    """Give every day of a period up to now its mark, those without anything too."""
    counted = {bar.begins_at: bar for bar in found}
    marks = []
    for start in list_starts(period, Grain.DAY):
        local = start.astimezone(ZoneInfo(period.zone))
        bar = counted.get(start)
        events, people = (bar.events, bar.people) if bar else (0, 0)
        note = f"{events:,} events of {people:,} people"
        marks.append(charts.Mark(f"{local.day} {local:%b}", events, note))
    marks[-1] = replace(marks[-1], name=f"{marks[-1].name}, so far")
    return marks


async def show_figures(visit: Visit) -> Response:
    """Answer GET /start/figures: the figures of a large project, each counted to its end."""
    project_id = visit.session.project.id
    figures = await visit.house.state.read(lambda tx: count_figures(tx, project_id))
    return visit.bare_page("home_figures.html", figures=figures)


async def _page(visit: Visit, api_key: str, public_key: str, *, is_new: bool) -> Response:
    project_id = visit.session.project.id
    standing = await visit.house.state.read(lambda tx: read_standing(tx, project_id))
    return visit.page(
        "home.html",
        figures=standing.figures,
        progress=standing.progress,
        template_id=standing.template_id,
        further=standing.further,
        campaigns=standing.campaigns,
        troubles=standing.troubles,
        faults=standing.faults,
        base_url=visit.house.base_url,
        api_key=api_key,
        public_key=public_key,
        is_new=is_new,
        may_make_keys=visit.may_administer,
    )


def read_standing(tx: Tx, project_id: ProjectId) -> Standing:
    """Count and look up what Home tells of a project."""
    newest = templates.list_templates(tx, project_id, None, offset=0, limit=1)
    return Standing(
        figures=estimate_figures(tx, project_id),
        progress=Progress(
            key_made_at=accounts.find_first_key_at(tx, project_id),
            first_event_at=events.find_first_event_at(tx, project_id),
            first_template_at=templates.find_first_template_at(tx, project_id),
            first_workflow_at=workflows.find_first_workflow_at(tx, project_id),
            first_message_at=messages.find_first_message_at(tx, project_id),
        ),
        template_id=f"tpl_{newest[0].id if newest else 1}",
        further=_further(tx, project_id),
        campaigns=_moving(tx, project_id),
        troubles=_troubles(tx, project_id),
        faults=[one for one in providers.list_providers(tx, project_id) if one.fault],
    )


def count_figures(tx: Tx, project_id: ProjectId) -> list[Figure]:
    """Count everything. Ten million events take about a second."""
    return [
        Figure("People", contacts.count_contacts(tx, project_id), href="/contacts"),
        Figure("Events", events.count_events(tx, project_id, EventFilter()), href="/events"),
        *_message_figures(messages.count_by_state(tx, project_id)),
    ]


def estimate_figures(tx: Tx, project_id: ProjectId) -> list[Figure]:
    """Count as far as a page can wait for."""
    people = contacts.count_contacts_up_to(tx, project_id, COUNTED_MAX)
    happened = events.count_events_up_to(tx, project_id, COUNTED_MAX)
    found = [
        Figure("People", people, href="/contacts"),
        Figure("Events", happened, href="/events"),
        *_message_figures(messages.count_by_state_up_to(tx, project_id, COUNTED_MAX)),
    ]
    return [replace(one, is_more=one.value >= COUNTED_MAX) for one in found]


def _further(tx: Tx, project_id: ProjectId) -> list[tuple[str, str, bool]]:
    """List what comes after the first message: what it is, where, whether it is done."""
    return [
        ("Connect a channel", "/channels", bool(providers.list_providers(tx, project_id))),
        (
            "Import your contacts",
            "/contacts/import",
            contacts.count_contacts_up_to(tx, project_id, 1) > 0,
        ),
        ("Send a campaign", "/campaigns", campaigns.count_campaigns(tx, project_id) > 0),
    ]


def _moving(tx: Tx, project_id: ProjectId) -> list[Row]:
    found = campaigns.list_campaigns(tx, project_id, offset=0, limit=CAMPAIGNS_MAX)
    rows = []
    for campaign in found:
        if campaign.status in (Status.LAUNCHING, Status.SENDING, Status.PAUSED):
            total = campaigns.get_tally(tx, project_id, campaign.id)
            rows.append(Row(campaign, "", bars_of(total), total.accepted))
    return rows


def _troubles(tx: Tx, project_id: ProjectId) -> list[Message]:
    """List the messages to look at, the latest of all states first."""
    found = [
        message
        for state in TO_LOOK_AT
        for message in messages.list_messages(
            tx, project_id, MessageFilter(state=state), offset=0, limit=TROUBLES_MAX
        )
    ]
    return sorted(found, key=lambda one: one.changed_at, reverse=True)[:TROUBLES_MAX]


def _message_figures(counts: dict[State, int]) -> list[Figure]:
    waiting = sum(counts.get(state, 0) for state in ON_THE_WAY)
    troubled = [state for state in TO_LOOK_AT if counts.get(state, 0)]
    return [
        Figure(
            "Messages sent",
            sum(counts.get(state, 0) for state in TAKEN),
            note=f"{waiting:,} on the way" if waiting else "",
            href="/messages",
        ),
        Figure(
            "To look at",
            sum(counts[state] for state in troubled),
            note="Failed, given up or in doubt",
            href=f"/messages?state={troubled[0]}" if troubled else None,
            tone="danger" if troubled else "",
        ),
    ]


PAGES = (
    Page(path="/", get=show),
    Page(path="/start/activity", get=show_activity),
    Page(path="/start/figures", get=show_figures),
    Page(path="/start/keys", post=make_keys),
)
