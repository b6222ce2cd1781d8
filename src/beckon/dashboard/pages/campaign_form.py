"""Plans a campaign: for whom, what and when, on one page; a draft until it is sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from http import HTTPStatus
from zoneinfo import ZoneInfo

from starlette.responses import Response

from beckon.dashboard.visits import Page, Visit, go_to, number_of
from beckon.domain.accounts.model import ProjectId
from beckon.domain.campaigns import actions, queries
from beckon.domain.campaigns.model import Audience, Campaign, CampaignId, Plan, Variant
from beckon.domain.campaigns.rules import NAME_CHARACTERS_MAX
from beckon.domain.contacts.model import Channel
from beckon.domain.segments import queries as segments
from beckon.domain.segments.model import Segment, SegmentId
from beckon.domain.templates import queries as templates
from beckon.domain.templates.model import Template, TemplateId
from beckon.kit.refusals import Invalid
from beckon.kit.time_zones import local_moment
from beckon.storage.schema import Tx

CHOICES_MAX = 500
AGAIN = ", again"
WALL_CLOCK = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True, slots=True)
class Form:
    """What was typed, as it was typed."""

    name: str = ""
    channel: str = Channel.EMAIL
    segments: Sequence[str] = ()
    excluded: Sequence[str] = ()
    template: str = ""
    rival: str = ""
    when: str = "later"
    at: str = ""
    local: bool = False
    holdout: str = "0"
    per_minute: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True)
class Choices:
    """What there is to choose from."""

    segments: list[Segment] = field(default_factory=list)
    templates: list[Template] = field(default_factory=list)


async def show_new(visit: Visit) -> Response:
    """Answer GET /campaigns/new; `like` names a campaign to begin with a copy of."""
    visit.check_editor()
    if (like := visit.asked_number("like")) is not None:
        return await _page(visit, None, await _copy(visit, CampaignId(like)), "")
    chosen = [one for one in [visit.asked("segment")] if one]
    return await _page(visit, None, Form(segments=chosen, template=visit.asked("template")), "")


async def create(visit: Visit) -> Response:
    """Answer POST /campaigns/new: keep a draft, or what is planned for a time."""
    return await _keep(visit, None)


async def show_edit(visit: Visit) -> Response:
    """Answer GET /campaigns/{id}/edit."""
    visit.check_editor()
    campaign_id = _number(visit)
    return await _page(visit, campaign_id, await _form_of(visit, campaign_id), "")


async def update(visit: Visit) -> Response:
    """Answer POST /campaigns/{id}/edit."""
    return await _keep(visit, _number(visit))


def form_of(campaign: Campaign, zone: str) -> Form:
    """Write a campaign back into the fields it was made with."""
    plan, at = campaign.plan, campaign.scheduled_at
    return Form(
        name=campaign.name,
        channel=plan.channel,
        segments=[str(number) for number in plan.audience.segment_ids],
        excluded=[str(number) for number in plan.audience.excluded_ids],
        template=str(plan.variants[0].template_id),
        rival=str(plan.variants[1].template_id) if len(plan.variants) > 1 else "",
        when="later" if at is None else "at",
        at="" if at is None else at.astimezone(ZoneInfo(zone)).strftime(WALL_CLOCK),
        local=plan.is_local,
        holdout=str(plan.holdout_percent),
        per_minute="" if plan.per_minute is None else str(plan.per_minute),
        category=plan.category or "",
    )


def read_plan(form: Form, zone: str) -> tuple[Plan, datetime | None]:
    """Turn what was typed into a plan and its time. Raises Invalid in words of the form."""
    try:
        channel = Channel(form.channel)
    except ValueError:
        raise Invalid("Choose a channel.") from None
    if not form.segments:
        raise Invalid("Choose at least one segment: who is it for?")
    if not form.template:
        raise Invalid("Choose a template: what do they get?")
    variants = [Variant("A", TemplateId(_whole(form.template, "The template")))]
    if form.rival:
        variants.append(Variant("B", TemplateId(_whole(form.rival, "The other template"))))
    plan = Plan(
        channel=channel,
        audience=Audience(_segments(form.segments), _segments(form.excluded)),
        variants=tuple(variants),
        category=form.category.strip() or None,
        holdout_percent=_whole(form.holdout or "0", "The holdout"),
        per_minute=_whole(form.per_minute, "The pace") if form.per_minute else None,
        is_local=form.local and form.when == "at",
    )
    if form.when != "at":
        return plan, None
    try:
        wall = datetime.strptime(form.at, WALL_CLOCK)  # noqa: DTZ007 - a wall clock; the zone follows
    except ValueError:
        raise Invalid("Choose a day and a time.") from None
    return plan, local_moment(wall, ZoneInfo(zone))


async def _form_of(visit: Visit, campaign_id: CampaignId) -> Form:
    project = visit.session.project
    campaign = await visit.house.state.read(
        lambda tx: queries.get_campaign(tx, project.id, campaign_id)
    )
    return form_of(campaign, project.time_zone)


async def _copy(visit: Visit, campaign_id: CampaignId) -> Form:
    """Fill the form as another campaign's, but for its time, which is over or taken."""
    form = await _form_of(visit, campaign_id)
    name = form.name[: NAME_CHARACTERS_MAX - len(AGAIN)] + AGAIN
    return replace(form, name=name, when="later", at="")


async def _keep(visit: Visit, campaign_id: CampaignId | None) -> Response:
    visit.check_editor()
    form = _read(await visit.pairs())
    project = visit.session.project
    try:
        plan, at = read_plan(form, project.time_zone)
        kept = await visit.house.state.write(
            partial(
                _store,
                project_id=project.id,
                campaign_id=campaign_id,
                name=form.name,
                plan=plan,
                at=at,
                now=visit.now,
            )
        )
    except Invalid as refused:
        return await _page(visit, campaign_id, form, refused.message)
    visit.house.after_write()
    return go_to(f"/campaigns/{kept.id}")


def _store(
    tx: Tx,
    project_id: ProjectId,
    *,
    campaign_id: CampaignId | None,
    name: str,
    plan: Plan,
    at: datetime | None,
    now: datetime,
) -> Campaign:
    if campaign_id is None:
        return actions.create(tx, project_id, name=name, plan=plan, scheduled_at=at, now=now)
    actions.rename(tx, project_id, campaign_id, name, now)
    return actions.change(tx, project_id, campaign_id, plan=plan, scheduled_at=at, now=now)


async def _page(visit: Visit, campaign_id: CampaignId | None, form: Form, fault: str) -> Response:
    project_id = visit.session.project.id
    choices = await visit.house.state.read(lambda tx: _choices(tx, project_id))
    return visit.page(
        "campaign_form.html",
        status=HTTPStatus.BAD_REQUEST if fault else HTTPStatus.OK,
        campaign_id=campaign_id,
        form=form,
        fault=fault,
        choices=choices,
        channels=[channel for channel in Channel if _has_templates(choices, channel)],
    )


def _choices(tx: Tx, project_id: ProjectId) -> Choices:
    return Choices(
        segments.list_segments(tx, project_id, offset=0, limit=CHOICES_MAX),
        templates.list_templates(tx, project_id, None, offset=0, limit=CHOICES_MAX),
    )


def _has_templates(choices: Choices, channel: Channel) -> bool:
    return channel is Channel.EMAIL or any(one.channel is channel for one in choices.templates)


def _read(pairs: Sequence[tuple[str, str]]) -> Form:
    given: Mapping[str, str] = dict(pairs)
    several = {name: [value for key, value in pairs if key == name] for name in _SEVERAL}
    return Form(
        name=given.get("name", ""),
        channel=given.get("channel", ""),
        segments=several["segments"],
        excluded=several["excluded"],
        template=given.get("template", ""),
        rival=given.get("rival", ""),
        when=given.get("when", "later"),
        at=given.get("at", ""),
        local=given.get("local") == "on",
        holdout=given.get("holdout", ""),
        per_minute=given.get("per_minute", ""),
        category=given.get("category", ""),
    )


_SEVERAL = ("segments", "excluded")


def _segments(given: Sequence[str]) -> tuple[SegmentId, ...]:
    return tuple(SegmentId(_whole(one, "A segment")) for one in dict.fromkeys(given))


def _whole(text: str, what: str) -> int:
    number = number_of(text.strip())
    if number is None:
        raise Invalid(f"{what} must be a whole number.")
    return number


def _number(visit: Visit) -> CampaignId:
    number = number_of(visit.request.path_params["id"])
    if number is None:
        raise queries.CampaignUnknown("There is no such campaign.")
    return CampaignId(number)


PAGES = (
    Page(path="/campaigns/new", get=show_new, post=create),
    Page(path="/campaigns/{id}/edit", get=show_edit, post=update),
)
