"""Plans a campaign: for whom, what and when, on one page; a draft until it is sent."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from http import HTTPStatus
from zoneinfo import ZoneInfo

from starlette.responses import Response

from beckon.dashboard.forms import BODY_BYTES_MAX
from beckon.dashboard.pages.campaign_texts import (
    ADD,
    REMOVE,
    Text,
    act_on,
    read_rows,
    read_variants,
    rows_of,
)
from beckon.dashboard.pages.copies import name_again
from beckon.dashboard.visits import Page, Visit, go_to, number_of
from beckon.domain.accounts.model import Project, ProjectId
from beckon.domain.campaigns import actions, queries
from beckon.domain.campaigns.model import Audience, Campaign, CampaignId, Plan
from beckon.domain.campaigns.rules import VARIANTS_MAX
from beckon.domain.contacts.model import Channel
from beckon.domain.segments import queries as segments
from beckon.domain.segments.model import Segment, SegmentId
from beckon.domain.templates import queries as templates
from beckon.domain.templates.model import Template, TemplateId
from beckon.kit.refusals import Invalid
from beckon.kit.time_zones import local_moment
from beckon.storage.schema import Tx

CHOICES_MAX = 500
WALL_CLOCK = "%Y-%m-%dT%H:%M"
FORM_BYTES_MAX = 2 * BODY_BYTES_MAX
"""Twice the usual form, for the fields: a hundred segments may be ticked."""


@dataclass(frozen=True, slots=True)
class Form:
    """What was typed, as it was typed."""

    name: str = ""
    channel: str = Channel.EMAIL
    segments: Sequence[str] = ()
    excluded: Sequence[str] = ()
    texts: Sequence[Text] = (Text(),)
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
    return await _page(
        visit, None, Form(segments=chosen, texts=[Text(template=visit.asked("template"))]), ""
    )


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
        texts=rows_of(plan.variants),
        when="later" if at is None else "at",
        at="" if at is None else at.astimezone(ZoneInfo(zone)).strftime(WALL_CLOCK),
        local=plan.is_local,
        holdout=str(plan.holdout_percent),
        per_minute="" if plan.per_minute is None else str(plan.per_minute),
        category=plan.category or "",
    )


def read_plan(form: Form, zone: str, like: Campaign | None) -> tuple[Plan, datetime | None]:
    """Turn what was typed into a plan and its time. Raises Invalid in words of the form.

    What the form cannot tell stays as in `like`, which it was filled with: who it is from, in what
    order segments were named, the seconds of its time.
    """
    try:
        channel = Channel(form.channel)
    except ValueError:
        raise Invalid("Choose a channel.") from None
    if not form.segments:
        raise Invalid("Choose at least one segment: who is it for?")
    old = like.plan if like else None
    plan = Plan(
        channel=channel,
        audience=Audience(
            _segments(form.segments, old.audience.segment_ids if old else ()),
            _segments(form.excluded, old.audience.excluded_ids if old else ()),
        ),
        variants=read_variants(form.texts),
        category=_category(form.category, old),
        sender=old.sender if old and old.channel is channel else None,
        holdout_percent=_whole(form.holdout or "0", "The holdout"),
        per_minute=_whole(form.per_minute, "The pace") if form.per_minute else None,
        is_local=form.local,
    )
    if form.when != "at":
        return plan, None
    if like and like.scheduled_at and form.at == form_of(like, zone).at:
        return plan, like.scheduled_at
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
    return replace(form, name=name_again(form.name), when="later", at="")


async def _keep(visit: Visit, campaign_id: CampaignId | None) -> Response:
    visit.check_editor()
    pairs = await visit.pairs(bytes_max=FORM_BYTES_MAX)
    form = _read(pairs)
    if act := dict(pairs).get("act"):
        return await _page(visit, campaign_id, replace(form, texts=act_on(form.texts, act)), "")
    liked = visit.asked_number("like") if campaign_id is None else campaign_id
    try:
        kept = await visit.house.state.write(
            partial(
                _store,
                project=visit.session.project,
                campaign_id=campaign_id,
                like=None if liked is None else CampaignId(liked),
                form=form,
                now=visit.now,
            )
        )
    except Invalid as refused:
        return await _page(visit, campaign_id, form, refused.message)
    visit.house.after_write()
    return go_to(f"/campaigns/{kept.id}")


def _store(
    tx: Tx,
    project: Project,
    *,
    campaign_id: CampaignId | None,
    like: CampaignId | None,
    form: Form,
    now: datetime,
) -> Campaign:
    old = None if like is None else queries.get_campaign(tx, project.id, like)
    plan, at = read_plan(form, project.time_zone, old)
    if campaign_id is None:
        return actions.create(tx, project.id, name=form.name, plan=plan, scheduled_at=at, now=now)
    if old is None or form.name != old.name:
        actions.rename(tx, project.id, campaign_id, form.name, now)
    return actions.change(tx, project.id, campaign_id, plan=plan, scheduled_at=at, now=now)


async def _page(visit: Visit, campaign_id: CampaignId | None, form: Form, fault: str) -> Response:
    project_id = visit.session.project.id
    choices = await visit.house.state.read(lambda tx: _choices(tx, project_id, form))
    like = visit.asked_number("like")
    return visit.page(
        "campaign_form.html",
        status=HTTPStatus.BAD_REQUEST if fault else HTTPStatus.OK,
        campaign_id=campaign_id,
        action=f"/campaigns/{campaign_id}/edit"
        if campaign_id is not None
        else "/campaigns/new" + ("" if like is None else f"?like={like}"),
        form=form,
        fault=fault,
        choices=choices,
        channels=[one for one in Channel if one == form.channel or _has_templates(choices, one)],
        add=ADD if len(form.texts) < VARIANTS_MAX else "",
        remove=REMOVE,
    )


def _choices(tx: Tx, project_id: ProjectId, form: Form) -> Choices:
    """Read what there is to choose from; what is chosen is there however much there is."""
    known = segments.list_segments(tx, project_id, offset=0, limit=CHOICES_MAX)
    texts = templates.list_templates(tx, project_id, None, offset=0, limit=CHOICES_MAX)
    chosen = _numbers([*form.segments, *form.excluded]) - {one.id for one in known}
    sent = _numbers(one.template for one in form.texts) - {one.id for one in texts}
    beyond = segments.find_segments(tx, project_id, [SegmentId(one) for one in chosen])
    others = templates.find_templates(tx, project_id, [TemplateId(one) for one in sent])
    return Choices([*known, *beyond], [*texts, *others.values()])


def _numbers(typed: Iterable[str]) -> set[int]:
    return {number for one in typed if (number := number_of(one)) is not None}


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
        texts=read_rows(pairs),
        when=given.get("when", "later"),
        at=given.get("at", ""),
        local=given.get("local") == "on",
        holdout=given.get("holdout", ""),
        per_minute=given.get("per_minute", ""),
        category=given.get("category", ""),
    )


_SEVERAL = ("segments", "excluded")


def _segments(given: Sequence[str], old: Sequence[SegmentId]) -> tuple[SegmentId, ...]:
    """Read segments that were ticked; those that were meant before stay in their order."""
    ticked = {SegmentId(_whole(one, "A segment")): None for one in given}
    return tuple(dict.fromkeys([*(one for one in old if one in ticked), *ticked]))


def _category(typed: str, old: Plan | None) -> str | None:
    # A browser takes line breaks out of a field of one line.
    if old and typed == (old.category or "").replace("\r", "").replace("\n", ""):
        return old.category
    return typed.strip() or None


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
