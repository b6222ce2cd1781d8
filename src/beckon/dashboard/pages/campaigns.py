"""Campaigns: the list, and each one on its way."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from starlette.responses import Response

from beckon.dashboard.pages.looking import NAMES_MAX, Asked, Listing, pick, read_asked
from beckon.dashboard.visits import Page, Visit, go_to, number_of
from beckon.domain.accounts.model import ProjectId
from beckon.domain.campaigns import actions, queries
from beckon.domain.campaigns.model import Act, Campaign, CampaignId, Report, Status, Tally
from beckon.domain.campaigns.preflight import Preflight, look_ahead
from beckon.domain.messages.model import State
from beckon.domain.segments import queries as segments
from beckon.domain.segments.model import SegmentId
from beckon.domain.templates import queries as templates
from beckon.storage.schema import Tx

STATES = {
    "draft": (Status.DRAFT,),
    "scheduled": (Status.SCHEDULED,),
    "sending": (Status.LAUNCHING, Status.SENDING),
    "paused": (Status.PAUSED,),
    "finished": (Status.FINISHED,),
    "cancelled": (Status.CANCELLED,),
    "failed": (Status.FAILED,),
}
"""What the list may be narrowed to; launching is sending to those who look at it."""
TROUBLED = (State.FAILED, State.DEAD, State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Bar:
    """One part of a whole; `percent` of it, in tenths."""

    name: str
    tone: str
    count: int
    percent: float


@dataclass(frozen=True, slots=True)
class Row:
    """A campaign in the list."""

    campaign: Campaign
    audience: str
    bars: list[Bar]
    done: int


@dataclass(frozen=True, slots=True)
class Shown:
    """All that the page of one campaign tells."""

    report: Report
    audience: list[tuple[SegmentId, str]]
    excluded: list[tuple[SegmentId, str]]
    templates: Mapping[str, str]
    ahead: Preflight | None


async def show_list(visit: Visit) -> Response:
    """Answer GET /campaigns, the newest first."""
    project_id = visit.session.project.id
    asked = read_asked(visit, "/campaigns", STATES)
    rows, listing = await visit.house.state.read(lambda tx: read_rows(tx, project_id, asked))
    return visit.page(
        "campaigns.html",
        rows=rows,
        listing=listing,
        is_moving=any(row.campaign.status in (Status.LAUNCHING, Status.SENDING) for row in rows),
    )


async def show(visit: Visit) -> Response:
    """Answer GET /campaigns/{id}."""
    project_id, campaign_id = visit.session.project.id, number_in_path(visit)
    shown = await visit.house.state.read(
        lambda tx: read_shown(tx, project_id, campaign_id, visit.now)
    )
    campaign = shown.report.campaign
    return visit.page(
        "campaign.html",
        campaign=campaign,
        total=shown.report.total,
        bars=bars_of(shown.report.total),
        rates=rates_of(shown.report.total),
        variants=[
            (name, shown.templates.get(name, ""), tally, rates_of(tally))
            for name, tally in shown.report.variants.items()
        ],
        audience=shown.audience,
        excluded=shown.excluded,
        template_names=shown.templates,
        ahead=shown.ahead,
        is_moving=campaign.status in (Status.LAUNCHING, Status.SENDING),
        acts=[act for act in Act if _may(campaign, act)],
    )


async def act(visit: Visit) -> Response:
    """Answer POST /campaigns/{id}/{act}: send, pause, resume, cancel."""
    visit.check_editor()
    campaign_id = number_in_path(visit)
    try:
        wanted = Act(visit.request.path_params["act"])
    except ValueError:
        raise queries.CampaignUnknown("There is no such act.") from None
    await visit.house.state.write(
        partial(
            actions.act,
            project_id=visit.session.project.id,
            campaign_id=campaign_id,
            wanted=wanted,
            now=visit.now,
        )
    )
    visit.house.after_write()
    return go_to(f"/campaigns/{campaign_id}")


def read_rows(tx: Tx, project_id: ProjectId, asked: Asked) -> tuple[list[Row], Listing]:
    """Read a page of the list, and how many there are in all."""
    statuses = STATES.get(asked.state, ())
    named = queries.list_names(tx, project_id, statuses=statuses, limit=NAMES_MAX)
    ids, listing = pick(named, asked)
    found = queries.find_campaigns(tx, project_id, ids)
    names = segments.find_names(
        tx, project_id, {one for each in found for one in each.plan.audience.segment_ids}
    )
    rows = []
    for campaign in found:
        total = queries.get_tally(tx, project_id, campaign.id)
        meant = [names.get(number, "?") for number in campaign.plan.audience.segment_ids]
        rows.append(Row(campaign, ", ".join(meant), bars_of(total), total.accepted))
    return rows, listing


def read_shown(tx: Tx, project_id: ProjectId, campaign_id: CampaignId, now: datetime) -> Shown:
    """Read a campaign with its recount and the names of what it points to.

    Before it was launched, look ahead as well.
    """
    report = queries.get_report(tx, project_id, campaign_id)
    plan = report.campaign.plan
    meant, left_out = plan.audience.segment_ids, plan.audience.excluded_ids
    names = segments.find_names(tx, project_id, {*meant, *left_out})
    texts = templates.find_names(tx, project_id, {one.template_id for one in plan.variants})
    return Shown(
        report,
        [(number, names.get(number, "?")) for number in meant],
        [(number, names.get(number, "?")) for number in left_out],
        {one.name: texts.get(one.template_id, "?") for one in plan.variants},
        None
        if report.campaign.started_at or report.campaign.status not in queries.OPEN
        else look_ahead(tx, project_id, report.campaign, now),
    )


def bars_of(tally: Tally) -> list[Bar]:
    """Lay a campaign's messages out as parts of one bar: done, on the way, refused, in trouble."""
    states, whole = tally.states, max(1, tally.messages)
    arrived = states.get(State.DELIVERED, 0)
    troubled = sum(states.get(state, 0) for state in TROUBLED)
    returned = states.get(State.BOUNCED, 0) + states.get(State.COMPLAINED, 0)
    left_out = states.get(State.SUPPRESSED, 0) + states.get(State.CANCELLED, 0)
    parts = [
        ("Delivered", "good", arrived),
        ("Accepted", "done", tally.accepted - arrived - returned),
        ("Bounced or complained", "bad", returned),
        ("Failed or in doubt", "bad", troubled),
        ("Suppressed or cancelled", "quiet", left_out),
        ("To go", "wait", tally.messages - tally.accepted - troubled - left_out),
    ]
    return [
        Bar(name, tone, count, round(count * 100 / whole, 1))
        for name, tone, count in parts
        if count
    ]


def rates_of(tally: Tally) -> list[tuple[str, int, float | None]]:
    """Tell the figures people look for first, each with its share of what was accepted."""
    taken = tally.accepted
    bounced = tally.states.get(State.BOUNCED, 0)
    counted = [
        ("Sent", taken),
        ("Delivered", tally.states.get(State.DELIVERED, 0)),
        ("Opened", tally.opened),
        ("Clicked", tally.clicked),
        ("Unsubscribed", tally.unsubscribed),
        ("Bounced", bounced),
    ]
    return [
        (name, count, None if name == "Sent" or not taken else round(count * 100 / taken, 1))
        for name, count in counted
    ]


def number_in_path(visit: Visit) -> CampaignId:
    """Read the campaign's number. Raises CampaignUnknown."""
    number = number_of(visit.request.path_params["id"])
    if number is None:
        raise queries.CampaignUnknown("There is no such campaign.")
    return CampaignId(number)


def _may(campaign: Campaign, wanted: Act) -> bool:
    """Tell whether an act would change something."""
    status = campaign.status
    return {
        Act.SEND: status in (Status.DRAFT, Status.SCHEDULED),
        Act.PAUSE: status in (Status.SCHEDULED, Status.LAUNCHING, Status.SENDING),
        Act.RESUME: status is Status.PAUSED,
        Act.CANCEL: status in queries.OPEN,
    }[wanted]


PAGES = (
    Page(path="/campaigns", get=show_list),
    Page(path="/campaigns/{id}", get=show),
    Page(path="/campaigns/{id}/{act}", post=act),
)
