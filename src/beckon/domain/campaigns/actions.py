"""What can be done with campaigns. Each action runs inside the caller's transaction.

Invariant: everybody of the snapshot has exactly one message, and a campaign is finished only when
the states of its messages sum to the snapshot.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import TypeAlias
from zoneinfo import ZoneInfo

from beckon.domain.accounts import queries as accounts
from beckon.domain.accounts.model import ProjectId
from beckon.domain.campaigns import queries, rules, writes
from beckon.domain.campaigns.model import Act, Campaign, CampaignId, Plan, Status
from beckon.domain.campaigns.stored import campaign_of, to_stored
from beckon.domain.contacts.model import ContactId
from beckon.domain.messages import actions as messages
from beckon.domain.messages import queries as message_queries
from beckon.domain.messages.model import BulkMessages
from beckon.domain.segments import queries as segments
from beckon.domain.segments.model import SegmentId
from beckon.domain.templates import queries as templates
from beckon.domain.templates.model import TemplateId
from beckon.kit.refusals import Conflict, Invalid, Unknown
from beckon.kit.time_zones import local_moment
from beckon.storage.schema import Tx

_Alike: TypeAlias = tuple[str, str | None, bool]
"""Variant, zone, whether the channel reaches them: what decides all of a message but its reader."""

SNAPSHOT_AT_ONCE = 5_000
UNDER_WAY_MAX = 10_000
CANCELLED_AT_ONCE = 5_000
LOOK_AGAIN = timedelta(seconds=1)
LOOK_AT_LEAST = timedelta(minutes=1)

PAST = "Its time lay in the past when it was set; choose another, or send it now by hand."
MISSED = "Its time came while nobody was there to send it; choose another, or send it now by hand."


def create(
    tx: Tx,
    project_id: ProjectId,
    *,
    name: str,
    plan: Plan,
    scheduled_at: datetime | None,
    now: datetime,
) -> Campaign:
    """Keep a new campaign: a draft, or scheduled where a time is given. Raises Invalid.

    A time that lies in the past already holds it: it never means "now".
    """
    _check(tx, project_id, plan)
    campaign_id = writes.insert_campaign(
        tx, project_id, name=rules.check_name(name), plan=plan, now=now
    )
    if scheduled_at is not None:
        _schedule(tx, project_id, campaign_id, plan, scheduled_at, now)
    return queries.get_campaign(tx, project_id, campaign_id)


def rename(
    tx: Tx, project_id: ProjectId, campaign_id: CampaignId, name: str, now: datetime
) -> Campaign:
    """Give a campaign another name, whatever its status. Raises CampaignUnknown, Invalid."""
    queries.get_campaign(tx, project_id, campaign_id)
    changed = {"name": rules.check_name(name), "updated_at": now}
    writes.update_campaign(tx, project_id, campaign_id, changed)
    return queries.get_campaign(tx, project_id, campaign_id)


def change(
    tx: Tx,
    project_id: ProjectId,
    campaign_id: CampaignId,
    *,
    plan: Plan,
    scheduled_at: datetime | None,
    now: datetime,
) -> Campaign:
    """Put another plan and time in place; without a time it is a draft again.

    Raises CampaignUnknown, Invalid, and Conflict once it was launched.
    """
    writes.lock_campaign(tx, project_id, campaign_id)
    old = queries.get_campaign(tx, project_id, campaign_id)
    if plan == old.plan and scheduled_at == old.scheduled_at:
        return old
    rules.check_editable(old)
    if plan != old.plan:
        _check(tx, project_id, plan)
    changed: dict[str, object] = {"plan": to_stored(plan), "updated_at": now}
    if scheduled_at is None:
        changed |= {
            "status": Status.DRAFT,
            "paused_from": None,
            "scheduled_at": None,
            "is_held": False,
            "reason": None,
            "due_at": None,
        }
    writes.update_campaign(tx, project_id, campaign_id, changed)
    if scheduled_at is not None:
        _schedule(tx, project_id, campaign_id, plan, scheduled_at, now)
        if old.status is Status.PAUSED:
            paused = {"status": Status.PAUSED, "paused_from": Status.SCHEDULED, "due_at": None}
            writes.update_campaign(tx, project_id, campaign_id, paused)
    return queries.get_campaign(tx, project_id, campaign_id)


def act(
    tx: Tx, project_id: ProjectId, campaign_id: CampaignId, wanted: Act, now: datetime
) -> Campaign:
    """Send, pause, resume or cancel a campaign; the same act again does nothing more.

    Raises CampaignUnknown, and Conflict where the act does not fit the status. After a pause or
    a cancellation is stored only what was being handed over just then may still leave.
    """
    writes.lock_campaign(tx, project_id, campaign_id)
    campaign = queries.get_campaign(tx, project_id, campaign_id)
    following = rules.after(campaign, wanted)
    if following is None:
        return campaign
    changed: dict[str, object] = {
        "status": following,
        "paused_from": campaign.status if wanted is Act.PAUSE else None,
        "is_held": False,
        "reason": None,
        "due_at": now,
        "updated_at": now,
    }
    if wanted is Act.SEND:
        _check(tx, project_id, campaign.plan)  # templates and segments may be gone by now
        changed |= _started(tx, project_id, campaign.plan, now)
    if wanted is Act.SEND and campaign.plan.is_local:
        changed["scheduled_at"] = None  # by hand means now, for everybody
    if wanted is Act.RESUME and following is Status.SCHEDULED:
        assert campaign.scheduled_at is not None
        changed |= _timing(tx, project_id, campaign.plan, campaign.scheduled_at, now)
    if wanted in (Act.PAUSE, Act.CANCEL):
        messages.recall(tx, project_id, campaign_id, now)
    if wanted is Act.PAUSE:
        changed["due_at"] = None
    if wanted is Act.CANCEL:
        changed["finished_at"] = now
    writes.update_campaign(tx, project_id, campaign_id, changed)
    return queries.get_campaign(tx, project_id, campaign_id)


def delete(tx: Tx, project_id: ProjectId, campaign_id: CampaignId, now: datetime) -> None:
    """Take a campaign out of the lists. Raises CampaignUnknown, and Conflict while it sends."""
    writes.lock_campaign(tx, project_id, campaign_id)
    campaign = queries.get_campaign(tx, project_id, campaign_id)
    moves = campaign.status in (Status.LAUNCHING, Status.SENDING, Status.PAUSED)
    if moves and campaign.started_at is not None:
        raise Conflict(f"The campaign is {campaign.status}; cancel it first.")
    writes.update_campaign(tx, project_id, campaign_id, {"deleted_at": now, "due_at": None})


def refuse_segment_in_use(tx: Tx, project_id: ProjectId, segment_id: SegmentId) -> None:
    """Raise Conflict when a campaign not at its end goes to a segment."""
    users = queries.list_open_with_segment(tx, project_id, segment_id)
    if users:
        raise Conflict(
            f"Campaign camp_{users[0].id} ('{users[0].name}') goes to this segment. "
            "Change or cancel that first."
        )


def refuse_template_in_use(tx: Tx, project_id: ProjectId, template_id: TemplateId) -> None:
    """Raise Conflict when a campaign not at its end sends a template."""
    users = queries.list_open_with_template(tx, project_id, template_id)
    if users:
        raise Conflict(
            f"Campaign camp_{users[0].id} ('{users[0].name}') sends this template. "
            "Change or cancel that first."
        )


def advance(tx: Tx, now: datetime, *, limit: int = SNAPSHOT_AT_ONCE) -> bool:
    """Move the campaign that is due the longest by one bounded piece. Returns whether any was.

    Several workers may call this at once: each takes another campaign.
    """
    row = writes.claim_due_any_project(tx, now)
    if row is None:
        return False
    campaign = campaign_of(row)
    match campaign.status:
        case Status.SCHEDULED:
            _begin(tx, campaign, now)
        case Status.LAUNCHING:
            _snapshot(tx, campaign, ContactId(row.snapshot_to), now, limit)
        case Status.SENDING:
            _release(tx, campaign, row.released_until or now, now)
        case Status.CANCELLED:
            _cancel_rest(tx, campaign, now)
        case _:
            raise AssertionError(f"a campaign that is {campaign.status} is never due")
    return True


def _check(tx: Tx, project_id: ProjectId, plan: Plan) -> None:
    rules.check_plan(plan)
    for segment_id in (*plan.audience.segment_ids, *plan.audience.excluded_ids):
        try:
            segments.get_segment(tx, project_id, segment_id)
        except Unknown:
            raise Invalid(f"segmentId: there is no segment seg_{segment_id}.") from None
    for variant in plan.variants:
        try:
            template = templates.get_template(tx, project_id, variant.template_id)
        except Unknown:
            raise Invalid(f"templateId: there is no template tpl_{variant.template_id}.") from None
        if template.channel is not plan.channel:
            raise Invalid(
                f"templateId: tpl_{variant.template_id} is for {template.channel}, "
                f"not for {plan.channel}."
            )


def _schedule(
    tx: Tx,
    project_id: ProjectId,
    campaign_id: CampaignId,
    plan: Plan,
    scheduled_at: datetime,
    now: datetime,
) -> None:
    zone = ZoneInfo(accounts.get_project(tx, project_id).time_zone)
    rules.check_schedule(plan, scheduled_at, zone, now)
    writes.update_campaign(
        tx,
        project_id,
        campaign_id,
        {
            "status": Status.SCHEDULED,
            "paused_from": None,
            "scheduled_at": scheduled_at,
            **_timing(tx, project_id, plan, scheduled_at, now),
        },
    )


def _timing(
    tx: Tx, project_id: ProjectId, plan: Plan, scheduled_at: datetime, now: datetime
) -> dict[str, object]:
    if scheduled_at < now:
        return {"is_held": True, "reason": PAST, "due_at": None}
    zone = ZoneInfo(accounts.get_project(tx, project_id).time_zone)
    due_at = rules.launch_at(plan, scheduled_at, zone)
    return {"is_held": False, "reason": None, "due_at": due_at}


def _begin(tx: Tx, campaign: Campaign, now: datetime) -> None:
    """Launch what is due by schedule, unless so much time went by that nobody may want it."""
    assert campaign.scheduled_at is not None
    zone = ZoneInfo(accounts.get_project(tx, campaign.project_id).time_zone)
    planned = rules.launch_at(campaign.plan, campaign.scheduled_at, zone)
    if rules.is_stale(planned, now):
        held = {"is_held": True, "reason": MISSED, "due_at": None, "updated_at": now}
        writes.update_campaign(tx, campaign.project_id, campaign.id, held)
        return
    try:
        _check(tx, campaign.project_id, campaign.plan)
    except Invalid as refused:
        failed = {"status": Status.FAILED, "reason": refused.message, "due_at": None}
        writes.update_campaign(tx, campaign.project_id, campaign.id, failed)
        return
    started = _started(tx, campaign.project_id, campaign.plan, now)
    launching = {"status": Status.LAUNCHING, **started}
    writes.update_campaign(tx, campaign.project_id, campaign.id, launching)


def _started(tx: Tx, project_id: ProjectId, plan: Plan, now: datetime) -> dict[str, object]:
    """Settle what everybody gets: who edits a template now changes nothing for this campaign."""
    present = templates.find_present_versions(
        tx, project_id, sorted({variant.template_id for variant in plan.variants})
    )
    versions = {variant.name: present[variant.template_id] for variant in plan.variants}
    return {"started_at": now, "released_until": now, "versions": versions}


def _snapshot(tx: Tx, campaign: Campaign, after: ContactId, now: datetime, limit: int) -> None:
    """Write the next people of the audience down, and let the first ones go meanwhile."""
    project_id, plan = campaign.project_id, campaign.plan
    ids, end = queries.list_audience_after(tx, project_id, plan.audience, after=after, limit=limit)
    reach = queries.find_reach(tx, project_id, plan.channel, ids)
    held_out: list[ContactId] = []
    alike: dict[_Alike, list[ContactId]] = defaultdict(list)
    for contact_id, (is_reached, zone) in reach.items():
        variant = rules.assign(campaign.id, contact_id, plan)
        if variant is None:
            held_out.append(contact_id)
        else:
            alike[variant.name, zone, is_reached].append(contact_id)
    writes.insert_holdout(tx, project_id, campaign.id, held_out)
    _write_down(tx, campaign, alike, now)
    recipients = len(reach) - len(held_out)
    is_whole = end is None
    writes.update_campaign(
        tx,
        project_id,
        campaign.id,
        {
            "snapshot_to": after if end is None else end,
            "is_snapshot_whole": is_whole,
            "status": Status.SENDING if is_whole else Status.LAUNCHING,
            "recipients": campaign.recipients + recipients,
            "held_out": campaign.held_out + len(held_out),
        },
    )


def _moments(tx: Tx, campaign: Campaign, now: datetime) -> Callable[[str | None], datetime]:
    """Tell for the name of a contact's zone when the message is to go."""
    scheduled_at = campaign.scheduled_at
    if not campaign.plan.is_local or scheduled_at is None:
        return lambda _: now
    own = accounts.get_project(tx, campaign.project_id).time_zone
    wall = scheduled_at.astimezone(ZoneInfo(own)).replace(tzinfo=None)

    @cache
    def moment(zone: str | None) -> datetime:
        return local_moment(wall, ZoneInfo(zone or own))

    return moment


def _write_down(
    tx: Tx, campaign: Campaign, alike: dict[_Alike, list[ContactId]], now: datetime
) -> None:
    plan = campaign.plan
    moment = _moments(tx, campaign, now)
    unreached = f"There is no address for {plan.channel}."
    groups = [
        BulkMessages(
            contact_ids,
            version_id=campaign.versions[variant],
            variant=variant,
            send_at=moment(zone),
            refused=None if is_reached else unreached,
        )
        for (variant, zone, is_reached), contact_ids in alike.items()
    ]
    messages.queue_bulk(
        tx,
        campaign.project_id,
        groups,
        campaign_id=campaign.id,
        channel=plan.channel,
        category=plan.category,
        sender=plan.sender,
        now=now,
    )


def _release(tx: Tx, campaign: Campaign, used_until: datetime, now: datetime) -> None:
    """Let the next messages go: never so many that other work has to wait behind them."""
    project_id = campaign.project_id
    under_way = message_queries.count_released(tx, project_id, campaign.id, now)
    pace = campaign.plan.per_minute
    count = rules.allowance(pace, used_until, now, room=max(0, UNDER_WAY_MAX - under_way))
    released = messages.release(tx, project_id, campaign.id, now, limit=count) if count else 0
    changed: dict[str, object] = {"released_until": rules.use(pace, used_until, now, released)}
    if released == count > 0:
        changed["due_at"] = now
    else:
        # Whoever is left waits for a time of day, a retry, or the end of quiet hours.
        following = message_queries.find_next_due(tx, project_id, campaign.id)
        if following is not None:
            changed["due_at"] = min(max(following, now + LOOK_AGAIN), now + LOOK_AT_LEAST)
        else:
            changed |= _ended(tx, campaign, now)
    writes.update_campaign(tx, project_id, campaign.id, changed)


def _ended(tx: Tx, campaign: Campaign, now: datetime) -> dict[str, object]:
    """Finish a campaign with nobody left; what does not sum up is shown and sends no more."""
    report = queries.get_report(tx, campaign.project_id, campaign.id)
    if report.total.is_moving:  # some are being handed over just now
        return {"due_at": now + LOOK_AGAIN}
    if not report.is_whole:
        return {
            "status": Status.PAUSED,
            "paused_from": Status.SENDING,
            "due_at": None,
            "reason": f"{report.total.messages} messages for {campaign.recipients} people: "
            "the states do not sum to the snapshot.",
        }
    return {"status": Status.FINISHED, "finished_at": now, "due_at": None}


def _cancel_rest(tx: Tx, campaign: Campaign, now: datetime) -> None:
    cancelled = messages.cancel(tx, campaign.project_id, campaign.id, now, limit=CANCELLED_AT_ONCE)
    if cancelled < CANCELLED_AT_ONCE:
        writes.update_campaign(tx, campaign.project_id, campaign.id, {"due_at": None})
