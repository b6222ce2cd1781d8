"""Broadcasts in the Reteno vocabulary: one stored message to everybody of some segments."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from beckon.api.call import Call
from beckon.api.reteno.periods import write_local, zone_of
from beckon.api.reteno.smartsend import find_template
from beckon.api.reteno.statuses import DELIVERED, FAILED
from beckon.api.reteno.wire import Rows, as_list, not_found, path_number, read_number
from beckon.api.times import read_moment
from beckon.domain.accounts.queries import get_project
from beckon.domain.campaigns import actions, queries
from beckon.domain.campaigns.model import (
    Act,
    Audience,
    Campaign,
    CampaignId,
    Plan,
    Status,
    Variant,
)
from beckon.domain.campaigns.queries import CampaignUnknown
from beckon.domain.contacts.model import Channel
from beckon.domain.segments.model import SegmentId
from beckon.domain.segments.queries import find_names
from beckon.domain.templates.queries import find_notes
from beckon.kit.refusals import Conflict, Invalid, Unknown

GROUPS_MAX = 50
CALLOUTS_MAX = 1000
MINUTES = {"MINUTE": 1, "HOUR": 60, "DAY": 1440, "MONTH": 43_200}
VARIANT = "A"


class BroadcastWords(Struct, rename="camel"):
    """Body of POST /broadcast; a start without a zone is in the project's, absent it is now."""

    message_id: str | int
    groups: list[int | str] | int | str
    excluded_groups: list[int | str] | int | str | None = None
    title: str | None = None
    start_date: str | None = None
    batch_size: int | None = None
    batch_interval_unit: str | None = None


class BroadcastObject(Struct, rename="camel", omit_defaults=True):
    """A broadcast; ids are text, and `groupId` is the first segment's."""

    broadcast_id: str
    title: str
    message_id: str
    group_id: str
    start_date: str | None = None
    batch_size: int | None = None
    batch_interval_unit: str | None = None


class CalloutObject(Struct, rename="camel", omit_defaults=True):
    """An SMS broadcast and what became of it."""

    callout_name: str
    group_id: int
    group_name: str
    sent: int
    delivered: int
    errors: int
    date: str | None = None


class BroadcastsAsked(Rows):
    """Query of GET /broadcasts."""

    maxrows: int = 10


def create_broadcast(call: Call, body: BroadcastWords) -> BroadcastObject:
    """POST /v1/broadcast; one whose start lies in the past is held, never sent unasked."""
    try:
        template = find_template(call, str(body.message_id))
    except Unknown as unknown:
        raise Invalid(f"messageId: {unknown.message}") from None
    note = find_notes(call.tx, call.project_id, [template.id]).get(template.id, {})
    keys = note.get("subscriptionsKeys") or []
    plan = Plan(
        channel=template.channel,
        audience=Audience(
            _segments(body.groups, "groups"), _segments(body.excluded_groups, "excludedGroups")
        ),
        variants=(Variant(VARIANT, template.id),),
        category=keys[0] if keys else None,
        sender=note.get("from"),
        per_minute=_pace(body),
    )
    if not plan.audience.segment_ids:
        raise Invalid("groups must hold at least one segment.")
    campaign = actions.create(
        call.tx,
        call.project_id,
        name=body.title or template.name,
        plan=plan,
        scheduled_at=_start(call, body.start_date),
        now=call.now,
    )
    if body.start_date is None:
        campaign = actions.act(call.tx, call.project_id, campaign.id, Act.SEND, call.now)
    return _show(call, campaign)


def list_broadcasts(call: Call, query: BroadcastsAsked) -> list[BroadcastObject]:
    """GET /v1/broadcasts, newest first."""
    query.check()
    found = queries.list_campaigns(
        call.tx, call.project_id, offset=query.offset, limit=query.maxrows
    )
    return [_show(call, one) for one in found]


def get_broadcast(call: Call, broadcast_id: str) -> BroadcastObject:
    """GET /v1/broadcast/{id}."""
    return _show(call, _find(call, broadcast_id))


def delete_broadcast(call: Call, broadcast_id: str) -> None:
    """DELETE /v1/broadcast/{id}; 409 once sending has begun."""
    campaign = _find(call, broadcast_id)
    if campaign.started_at is not None and campaign.status is not Status.CANCELLED:
        raise Conflict(f"Broadcast with id='{campaign.id}' has begun to be sent.")
    actions.delete(call.tx, call.project_id, campaign.id, call.now)


def list_callouts(call: Call, query: Rows) -> list[CalloutObject]:
    """GET /v1/callouts/sms, newest first."""
    query.check()
    campaigns = queries.list_campaigns(call.tx, call.project_id, offset=0, limit=CALLOUTS_MAX)
    sms = [one for one in campaigns if one.plan.channel is Channel.SMS]
    page = sms[query.offset : query.offset + query.maxrows]
    names = find_names(call.tx, call.project_id, {one.plan.audience.segment_ids[0] for one in page})
    zone = zone_of(call)
    return [_callout(call, one, names, zone) for one in page]


def _callout(
    call: Call, campaign: Campaign, names: Mapping[SegmentId, str], zone: ZoneInfo
) -> CalloutObject:
    states = queries.get_tally(call.tx, call.project_id, campaign.id).states
    taken = sum(states.get(state, 0) for state in DELIVERED)
    segment_id = campaign.plan.audience.segment_ids[0]
    return CalloutObject(
        campaign.name,
        segment_id,
        names.get(segment_id, ""),
        sum(states.values()),
        taken,
        sum(states.get(state, 0) for state in FAILED),
        None if campaign.started_at is None else write_local(campaign.started_at, zone),
    )


def _find(call: Call, broadcast_id: str) -> Campaign:
    number = CampaignId(path_number(broadcast_id, "Broadcast"))
    try:
        return queries.get_campaign(call.tx, call.project_id, number)
    except CampaignUnknown:
        raise not_found("Broadcast", number) from None


def _segments(given: list[int | str] | int | str | None, place: str) -> tuple[SegmentId, ...]:
    ids = as_list(given)
    if len(ids) > GROUPS_MAX:
        raise Invalid(f"{place} must hold at most {GROUPS_MAX} segments.")
    return tuple(
        SegmentId(read_number(one, f"{place}[{number}]")) for number, one in enumerate(ids)
    )


def _pace(body: BroadcastWords) -> int | None:
    """Turn so many messages a unit into so many a minute, at least one."""
    if body.batch_size is None:
        return None
    unit = body.batch_interval_unit or "MINUTE"
    if unit not in MINUTES:
        raise Invalid(f"batchIntervalUnit must be one of {', '.join(MINUTES)}.")
    if body.batch_size < 1:
        raise Invalid("batchSize must be at least 1.")
    return max(1, body.batch_size // MINUTES[unit])


def _start(call: Call, text: str | None) -> datetime | None:
    if text is None:
        return None
    zone = ZoneInfo(get_project(call.tx, call.project_id).time_zone)
    return read_moment(text, "startDate", zone=zone)


def _show(call: Call, campaign: Campaign) -> BroadcastObject:
    zone = ZoneInfo(get_project(call.tx, call.project_id).time_zone)
    start = campaign.scheduled_at or campaign.started_at
    pace = campaign.plan.per_minute
    return BroadcastObject(
        str(campaign.id),
        campaign.name,
        str(campaign.plan.variants[0].template_id),
        str(campaign.plan.audience.segment_ids[0]),
        None if start is None else start.astimezone(zone).strftime("%Y-%m-%dT%H:%M"),
        pace,
        None if pace is None else "MINUTE",
    )
