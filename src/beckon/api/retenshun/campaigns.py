"""Campaigns in the Retenshun vocabulary: one message to everybody of a segment."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import UNSET, Struct, UnsetType

from beckon.api.call import Call
from beckon.api.retenshun.messages import MessageTaken
from beckon.api.retenshun.objects import Deleted, Page, read_channel, read_number
from beckon.api.retenshun.template_trials import TestTemplate, test_template
from beckon.api.times import read_moment, write_moment, write_moment_or_none
from beckon.domain.campaigns import actions, queries
from beckon.domain.campaigns.model import (
    Act,
    Audience,
    Campaign,
    CampaignId,
    Plan,
    Report,
    Status,
    Variant,
)
from beckon.domain.campaigns.preflight import look_ahead
from beckon.domain.contacts.model import Channel
from beckon.domain.messages.model import State
from beckon.domain.segments.model import SegmentId
from beckon.domain.templates.model import TemplateId
from beckon.kit.refusals import Invalid, Unknown

STATUSES = {
    Status.DRAFT: "DRAFT",
    Status.SCHEDULED: "SCHEDULED",
    Status.LAUNCHING: "SENDING",
    Status.SENDING: "SENDING",
    Status.PAUSED: "PAUSED",
    Status.FINISHED: "SENT",
    Status.CANCELLED: "CANCELLED",
    Status.FAILED: "FAILED",
}
ONLY_VARIANT = "A"


class VariantWords(Struct, rename="camel"):
    """One of several texts tried against each other."""

    name: str
    template_id: str
    weight: int = 1


class CreateCampaign(Struct, rename="camel"):
    """Body of POST /campaigns.

    `segmentId` or `segmentIds`, `templateId` or `variants`; all from `excludedSegmentIds` on are
    extensions of Beckon's.
    """

    name: str
    channel: str
    segment_id: str | None = None
    segment_ids: list[str] | None = None
    template_id: str | None = None
    variants: list[VariantWords] | None = None
    scheduled_at: str | None = None
    excluded_segment_ids: list[str] = []
    category: str | None = None
    holdout_percent: int = 0
    per_minute: int | None = None
    local_time: bool = False


class UpdateCampaign(Struct, rename="camel"):
    """Body of PUT and PATCH /campaigns/:id; what is not given stays, null clears."""

    name: str | None = None
    channel: str | None = None
    segment_id: str | None = None
    segment_ids: list[str] | None = None
    template_id: str | None = None
    variants: list[VariantWords] | None = None
    scheduled_at: str | UnsetType | None = UNSET
    excluded_segment_ids: list[str] | None = None
    category: str | UnsetType | None = UNSET
    holdout_percent: int | None = None
    per_minute: int | UnsetType | None = UNSET
    local_time: bool | None = None


class CampaignObject(Struct, rename="camel"):
    """A campaign."""

    id: str
    name: str
    status: str
    channel: str
    segment_id: str
    segment_ids: list[str]
    excluded_segment_ids: list[str]
    template_id: str
    variants: list[VariantWords]
    category: str | None
    holdout_percent: int
    per_minute: int | None
    local_time: bool
    scheduled_at: str | None
    held: bool
    reason: str | None
    broadcast_id: int
    created_at: str
    updated_at: str
    started_at: str | None
    finished_at: str | None


class TestCampaign(Struct, rename="camel"):
    """Body of POST /campaigns/:id/test: `userId`, or an `email` to send it to."""

    user_id: str | None = None
    email: str | None = None


class CampaignsAsked(Page):
    """Query of GET /campaigns."""

    limit: int = 1000


class CampaignList(Struct):
    """Reply to GET /campaigns."""

    campaigns: list[CampaignObject]
    total: int
    page: int
    limit: int


class VariantReport(Struct, rename="camel"):
    """What became of the messages of one variant."""

    name: str
    recipients: int
    accepted: int
    delivered: int
    opened: int
    clicked: int


class ReportObject(Struct, rename="camel"):
    """Reply to GET /campaigns/:id/report: a recount of the messages by where they stand.

    Delivered, bounced and complained count within accepted; with `accepted`, `queued` (held ones
    included), `submitting`, `deferred`, `failed`, `suppressed`, `dead`, `unknown` and `cancelled`
    sum to `recipients`.
    """

    id: str
    status: str
    recipients: int
    sent: int
    queued: int
    submitting: int
    accepted: int
    delivered: int
    deferred: int
    bounced: int
    complained: int
    failed: int
    suppressed: int
    dead: int
    unknown: int
    cancelled: int
    opened: int
    clicked: int
    unsubscribed: int
    held_out: int
    variants: list[VariantReport]


class PreflightObject(Struct, rename="camel"):
    """Reply to GET /campaigns/:id/preflight: what sending it now would do.

    Beyond 20,000 people only so many were looked at, and what follows counts among these.
    `missing` counts, among the first 200 who would get it, people without a value for a name.
    """

    id: str
    audience: int
    looked_at: int
    recipients: int
    held_out: int
    refused: dict[str, int]
    variants: dict[str, int]
    missing: dict[str, int]
    lasts_minutes: float | None
    warnings: list[str]


def create_campaign(call: Call, body: CreateCampaign) -> CampaignObject:
    """POST /campaigns; a draft unless `scheduledAt` is given."""
    plan = Plan(
        channel=_channel(body.channel),
        audience=Audience(
            _segments(_one_or_many(body.segment_id, body.segment_ids)),
            _segments(body.excluded_segment_ids, "excludedSegmentIds"),
        ),
        variants=_variants(body.template_id, body.variants) or (),
        category=body.category,
        holdout_percent=body.holdout_percent,
        per_minute=body.per_minute,
        is_local=body.local_time,
    )
    campaign = actions.create(
        call.tx,
        call.project_id,
        name=body.name,
        plan=plan,
        scheduled_at=_moment(body.scheduled_at),
        now=call.now,
    )
    return campaign_object(campaign)


def list_campaigns(call: Call, query: CampaignsAsked) -> CampaignList:
    """GET /campaigns, newest first."""
    query.check()
    found = queries.list_campaigns(call.tx, call.project_id, offset=query.offset, limit=query.limit)
    return CampaignList(
        [campaign_object(campaign) for campaign in found],
        queries.count_campaigns(call.tx, call.project_id),
        query.page,
        query.limit,
    )


def get_campaign(call: Call, campaign_id: str) -> CampaignObject:
    """GET /campaigns/:id."""
    return campaign_object(queries.get_campaign(call.tx, call.project_id, _number(campaign_id)))


def update_campaign(call: Call, campaign_id: str, body: UpdateCampaign) -> CampaignObject:
    """PUT and PATCH /campaigns/:id; once it is sent only the name can change."""
    number = _number(campaign_id)
    if body.name is not None:
        actions.rename(call.tx, call.project_id, number, body.name, call.now)
    old = queries.get_campaign(call.tx, call.project_id, number)
    scheduled_at = old.scheduled_at
    if body.scheduled_at is not UNSET:
        scheduled_at = _moment(body.scheduled_at)
    campaign = actions.change(
        call.tx,
        call.project_id,
        number,
        plan=_changed(old.plan, body),
        scheduled_at=scheduled_at,
        now=call.now,
    )
    return campaign_object(campaign)


def delete_campaign(call: Call, campaign_id: str) -> Deleted:
    """DELETE /campaigns/:id."""
    actions.delete(call.tx, call.project_id, _number(campaign_id), call.now)
    return Deleted()


def send_campaign(call: Call, campaign_id: str) -> CampaignObject:
    """POST /campaigns/:id/send: to everybody, now."""
    return _act(call, campaign_id, Act.SEND)


def pause_campaign(call: Call, campaign_id: str) -> CampaignObject:
    """POST /campaigns/:id/pause; only what is being handed over just now still leaves."""
    return _act(call, campaign_id, Act.PAUSE)


def resume_campaign(call: Call, campaign_id: str) -> CampaignObject:
    """POST /campaigns/:id/resume."""
    return _act(call, campaign_id, Act.RESUME)


def cancel_campaign(call: Call, campaign_id: str) -> CampaignObject:
    """POST /campaigns/:id/cancel; who got the message has it, nobody else gets it."""
    return _act(call, campaign_id, Act.CANCEL)


def test_campaign(call: Call, campaign_id: str, body: TestCampaign) -> MessageTaken:
    """POST /campaigns/:id/test: one message with its first text; the campaign stays as it is."""
    campaign = queries.get_campaign(call.tx, call.project_id, _number(campaign_id))
    template_id = campaign.plan.variants[0].template_id
    wanted = TestTemplate(user_id=body.user_id, email=body.email)
    return test_template(call, f"tpl_{template_id}", wanted)


def get_preflight(call: Call, campaign_id: str) -> PreflightObject:
    """GET /campaigns/:id/preflight: the numbers to look at before it is sent."""
    campaign = queries.get_campaign(call.tx, call.project_id, _number(campaign_id))
    ahead = look_ahead(call.tx, call.project_id, campaign, call.now)
    return PreflightObject(
        id=f"camp_{campaign.id}",
        audience=ahead.audience,
        looked_at=ahead.looked_at,
        recipients=ahead.reached,
        held_out=ahead.held_out,
        refused=ahead.refused,
        variants=ahead.variants,
        missing=ahead.missing,
        lasts_minutes=None if ahead.lasts is None else ahead.lasts / timedelta(minutes=1),
        warnings=list(ahead.warnings),
    )


def get_report(call: Call, campaign_id: str) -> ReportObject:
    """GET /campaigns/:id/report."""
    return _report_object(queries.get_report(call.tx, call.project_id, _number(campaign_id)))


def campaign_object(campaign: Campaign) -> CampaignObject:
    """Show a campaign."""
    plan = campaign.plan
    return CampaignObject(
        id=f"camp_{campaign.id}",
        name=campaign.name,
        status=STATUSES[campaign.status],
        channel=plan.channel.name,
        segment_id=f"seg_{plan.audience.segment_ids[0]}",
        segment_ids=[f"seg_{number}" for number in plan.audience.segment_ids],
        excluded_segment_ids=[f"seg_{number}" for number in plan.audience.excluded_ids],
        template_id=f"tpl_{plan.variants[0].template_id}",
        variants=[
            VariantWords(one.name, f"tpl_{one.template_id}", one.weight) for one in plan.variants
        ],
        category=plan.category,
        holdout_percent=plan.holdout_percent,
        per_minute=plan.per_minute,
        local_time=plan.is_local,
        scheduled_at=write_moment_or_none(campaign.scheduled_at),
        held=campaign.is_held,
        reason=campaign.reason,
        broadcast_id=campaign.id,
        created_at=write_moment(campaign.created_at),
        updated_at=write_moment(campaign.updated_at),
        started_at=write_moment_or_none(campaign.started_at),
        finished_at=write_moment_or_none(campaign.finished_at),
    )


def _report_object(report: Report) -> ReportObject:
    total = report.total
    states = total.states
    return ReportObject(
        id=f"camp_{report.campaign.id}",
        status=STATUSES[report.campaign.status],
        recipients=report.campaign.recipients,
        sent=total.accepted,
        queued=states.get(State.QUEUED, 0) + states.get(State.HELD, 0),
        submitting=states.get(State.SUBMITTING, 0),
        accepted=total.accepted,
        delivered=states.get(State.DELIVERED, 0),
        deferred=states.get(State.DEFERRED, 0),
        bounced=states.get(State.BOUNCED, 0),
        complained=states.get(State.COMPLAINED, 0),
        failed=states.get(State.FAILED, 0),
        suppressed=states.get(State.SUPPRESSED, 0),
        dead=states.get(State.DEAD, 0),
        unknown=states.get(State.UNKNOWN, 0),
        cancelled=states.get(State.CANCELLED, 0),
        opened=total.opened,
        clicked=total.clicked,
        unsubscribed=total.unsubscribed,
        held_out=report.campaign.held_out,
        variants=[
            VariantReport(
                name,
                one.messages,
                one.accepted,
                one.states.get(State.DELIVERED, 0),
                one.opened,
                one.clicked,
            )
            for name, one in report.variants.items()
        ],
    )


def _act(call: Call, campaign_id: str, act: Act) -> CampaignObject:
    return campaign_object(
        actions.act(call.tx, call.project_id, _number(campaign_id), act, call.now)
    )


def _changed(old: Plan, body: UpdateCampaign) -> Plan:
    meant = old.audience.segment_ids
    if body.segment_id is not None or body.segment_ids is not None:
        meant = _segments(_one_or_many(body.segment_id, body.segment_ids))
    left_out = old.audience.excluded_ids
    if body.excluded_segment_ids is not None:
        left_out = _segments(body.excluded_segment_ids, "excludedSegmentIds")
    return Plan(
        channel=old.channel if body.channel is None else _channel(body.channel),
        audience=Audience(meant, left_out),
        variants=_variants(body.template_id, body.variants) or old.variants,
        category=old.category if body.category is UNSET else body.category,
        sender=old.sender,
        holdout_percent=_or(body.holdout_percent, old.holdout_percent),
        per_minute=old.per_minute if body.per_minute is UNSET else body.per_minute,
        is_local=old.is_local if body.local_time is None else body.local_time,
    )


def _or(given: int | None, known: int) -> int:
    return known if given is None else given


def _channel(name: str) -> Channel:
    channel = read_channel(name)
    assert channel is not None
    return channel


def _one_or_many(one: str | None, many: Sequence[str] | None) -> Sequence[str]:
    if one is not None and many is not None and [one] != list(many):
        raise Invalid("segmentId and segmentIds say the same and must not differ; send one.")
    return many if many is not None else [] if one is None else [one]


def _segments(given: Sequence[str], field: str = "segmentId") -> tuple[SegmentId, ...]:
    try:
        return tuple(SegmentId(read_number("seg", one, "segment")) for one in dict.fromkeys(given))
    except Unknown as unknown:
        raise Invalid(f"{field}: {unknown.message}") from None


def _variants(
    template_id: str | None, variants: Sequence[VariantWords] | None
) -> tuple[Variant, ...] | None:
    if template_id is not None and variants is not None:
        raise Invalid("templateId and variants exclude each other; send one.")
    if variants is not None:
        return tuple(
            Variant(one.name, _template(one.template_id, f"variants[{place}]."), one.weight)
            for place, one in enumerate(variants)
        )
    return None if template_id is None else (Variant(ONLY_VARIANT, _template(template_id)),)


def _template(given: str, place: str = "") -> TemplateId:
    try:
        return TemplateId(read_number("tpl", given, "template"))
    except Unknown as unknown:
        raise Invalid(f"{place}templateId: {unknown.message}") from None


def _moment(given: str | None) -> datetime | None:
    """Read the time to send; it must name its zone."""
    return None if given is None else read_moment(given, "scheduledAt")


def _number(campaign_id: str) -> CampaignId:
    return CampaignId(read_number("camp", campaign_id, "campaign"))
