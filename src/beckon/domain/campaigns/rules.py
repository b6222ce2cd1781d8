"""What may be planned, who gets which variant, how many may leave. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from hashlib import blake2b

from beckon.domain.campaigns.model import Act, Campaign, CampaignId, Plan, Status, Variant
from beckon.domain.contacts.model import ContactId
from beckon.kit.refusals import Conflict, Invalid
from beckon.kit.texts import is_line

NAME_CHARACTERS_MAX = 200
VARIANTS_MAX = 10
WEIGHT_MAX = 1000
SEGMENTS_MAX = 50
HOLDOUT_PERCENT_MAX = 90
PER_MINUTE_MAX = 10_000_000
STALE_AFTER = timedelta(hours=1)
AHEAD_MAX = timedelta(days=366)
EARLIEST_ZONE = timedelta(hours=14)  # UTC+14, Kiritimati: where each day begins
BURST = timedelta(minutes=1)

_BUCKETS = 10_000

_NEXT: dict[Act, dict[Status, Status]] = {
    Act.SEND: {Status.DRAFT: Status.LAUNCHING, Status.SCHEDULED: Status.LAUNCHING},
    Act.PAUSE: {
        Status.SCHEDULED: Status.PAUSED,
        Status.LAUNCHING: Status.PAUSED,
        Status.SENDING: Status.PAUSED,
    },
    Act.CANCEL: {
        Status.DRAFT: Status.CANCELLED,
        Status.SCHEDULED: Status.CANCELLED,
        Status.LAUNCHING: Status.CANCELLED,
        Status.SENDING: Status.CANCELLED,
        Status.PAUSED: Status.CANCELLED,
    },
}
_DONE: dict[Act, tuple[Status, ...]] = {
    Act.SEND: (Status.LAUNCHING, Status.SENDING),
    Act.PAUSE: (Status.PAUSED,),
    Act.RESUME: (Status.SCHEDULED, Status.LAUNCHING, Status.SENDING),
    Act.CANCEL: (Status.CANCELLED,),
}


def check_name(name: str) -> str:
    """Trim a campaign's name. Raises Invalid unless 1 to 200 printable characters are left."""
    trimmed = name.strip()
    if not 0 < len(trimmed) <= NAME_CHARACTERS_MAX or not is_line(trimmed):
        raise Invalid(
            f"name must have 1 to {NAME_CHARACTERS_MAX} characters and no control characters."
        )
    return trimmed


def check_plan(plan: Plan) -> Plan:
    """Take a plan. Raises Invalid, naming the field."""
    if not 0 < len(plan.audience.segment_ids) <= SEGMENTS_MAX:
        raise Invalid(f"segmentId is required: a campaign goes to 1 to {SEGMENTS_MAX} segments.")
    if len(plan.audience.excluded_ids) > SEGMENTS_MAX:
        raise Invalid(f"excludedSegmentIds must name at most {SEGMENTS_MAX} segments.")
    _check_variants(plan.variants)
    if not 0 <= plan.holdout_percent <= HOLDOUT_PERCENT_MAX:
        raise Invalid(f"holdoutPercent must be a whole number from 0 to {HOLDOUT_PERCENT_MAX}.")
    if plan.per_minute is not None and not 1 <= plan.per_minute <= PER_MINUTE_MAX:
        raise Invalid(f"perMinute must be a whole number from 1 to {PER_MINUTE_MAX}.")
    return plan


def check_schedule(plan: Plan, scheduled_at: datetime, zone: tzinfo, now: datetime) -> None:
    """Take a time to send. Raises Invalid for one too far ahead.

    One in the past is taken: it holds the campaign and never means "now". In each contact's own
    zone, all zones must still be ahead, else some people's time would be over already.
    """
    if scheduled_at > now + AHEAD_MAX:
        raise Invalid("scheduledAt must lie within a year.")
    if plan.is_local and now < scheduled_at and launch_at(plan, scheduled_at, zone) < now:
        first = launch_at(plan, scheduled_at, zone)
        raise Invalid(
            "scheduledAt: in the zones furthest east that time of day was over at "
            f"{first.isoformat()}; choose a later one, or send to everybody at one moment."
        )


def launch_at(plan: Plan, scheduled_at: datetime, zone: tzinfo) -> datetime:
    """Tell when the snapshot is made: as scheduled, or when the first zone reaches that time."""
    if not plan.is_local:
        return scheduled_at
    wall = scheduled_at.astimezone(zone)
    offset = wall.utcoffset()
    assert offset is not None
    return scheduled_at - (EARLIEST_ZONE - offset)


def is_stale(scheduled_at: datetime, now: datetime) -> bool:
    """Tell whether a scheduled time is over so long that nobody may still want it."""
    return now - scheduled_at > STALE_AFTER


def after(campaign: Campaign, act: Act) -> Status | None:
    """Tell the status after an act; None where it was done before. Raises Conflict."""
    status = campaign.status
    if act is Act.RESUME and status is Status.PAUSED:
        assert campaign.paused_from is not None
        return campaign.paused_from
    following = _NEXT.get(act, {}).get(status)
    if following is not None:
        return following
    if status in _DONE[act]:
        return None
    raise Conflict(f"The campaign is {status}; it cannot be told to {act} now.")


def check_editable(campaign: Campaign) -> None:
    """Let drafts and what is only scheduled be changed. Raises Conflict."""
    waits = campaign.status is Status.PAUSED and campaign.paused_from is Status.SCHEDULED
    if campaign.status not in (Status.DRAFT, Status.SCHEDULED) and not waits:
        raise Conflict(
            f"The campaign is {campaign.status}; audience, template, channel and time are settled."
        )


def assign(campaign_id: CampaignId, contact_id: ContactId, plan: Plan) -> Variant | None:
    """Tell which variant a contact gets, the same at every asking; None for the holdout group."""
    if plan.holdout_percent and _bucket("holdout", campaign_id, contact_id) < (
        plan.holdout_percent * _BUCKETS // 100
    ):
        return None
    if len(plan.variants) == 1:
        return plan.variants[0]
    mark = _bucket("variant", campaign_id, contact_id) * sum(one.weight for one in plan.variants)
    passed = 0
    for variant in plan.variants:
        passed += variant.weight * _BUCKETS
        if mark < passed:
            return variant
    raise AssertionError("every bucket lies below the sum of the weights")


def allowance(per_minute: int | None, used_until: datetime, now: datetime, *, room: int) -> int:
    """Tell how many messages may be let go now, where `used_until` is what was let go before.

    What was not used for over a minute is lost: after a pause nobody gets an hour's worth at once.
    """
    if per_minute is None:
        return room
    each = timedelta(minutes=1) / per_minute
    return min(room, max(0, (now - max(used_until, now - BURST)) // each))


def use(per_minute: int | None, used_until: datetime, now: datetime, released: int) -> datetime:
    """Tell until when the allowance is used up by having let so many go now."""
    if per_minute is None:
        return now
    return max(used_until, now - BURST) + released * (timedelta(minutes=1) / per_minute)


def _check_variants(variants: Sequence[Variant]) -> None:
    if not 0 < len(variants) <= VARIANTS_MAX:
        raise Invalid(f"templateId is required: a campaign has 1 to {VARIANTS_MAX} variants.")
    names = [variant.name for variant in variants]
    if len(set(names)) < len(names):
        raise Invalid("variants must have names that differ.")
    for place, variant in enumerate(variants):
        if not 0 < len(variant.name) <= 50 or not is_line(variant.name):
            raise Invalid(f"variants[{place}].name must have 1 to 50 printable characters.")
        if not 1 <= variant.weight <= WEIGHT_MAX:
            raise Invalid(f"variants[{place}].weight must be from 1 to {WEIGHT_MAX}.")


def _bucket(purpose: str, campaign_id: int, contact_id: int) -> int:
    mixed = blake2b(f"{purpose}:{campaign_id}:{contact_id}".encode(), digest_size=8).digest()
    return int.from_bytes(mixed, "big") % _BUCKETS
