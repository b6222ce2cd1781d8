"""SQL that reads campaigns. Public: any room above may ask, and gets model values."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, select

from beckon.domain.accounts.model import ProjectId
from beckon.domain.campaigns import tables
from beckon.domain.campaigns.model import (
    Audience,
    Campaign,
    CampaignId,
    Report,
    Status,
    Tally,
)
from beckon.domain.campaigns.stored import campaign_of
from beckon.domain.contacts.model import AddressKind, Channel, ContactId
from beckon.domain.messages import queries as messages
from beckon.domain.messages.model import State
from beckon.domain.segments.model import SegmentId
from beckon.domain.templates.model import TemplateId
from beckon.kit.refusals import Unknown
from beckon.storage.schema import Tx, marks, run

LIST_MAX = 1000
OPEN = (Status.DRAFT, Status.SCHEDULED, Status.LAUNCHING, Status.SENDING, Status.PAUSED)

_campaigns = select(tables.campaign).where(tables.campaign.c.deleted_at.is_(None))


class CampaignUnknown(Unknown):
    """No such campaign in this project."""

    code = "campaign_unknown"


def get_campaign(tx: Tx, project_id: ProjectId, campaign_id: CampaignId) -> Campaign:
    """Return one campaign of the project. Raises CampaignUnknown."""
    row = tx.execute(
        _campaigns.where(
            tables.campaign.c.project_id == project_id, tables.campaign.c.id == campaign_id
        )
    ).one_or_none()
    if row is None:
        raise CampaignUnknown(f"There is no campaign camp_{campaign_id}.")
    return campaign_of(row)


def list_campaigns(
    tx: Tx, project_id: ProjectId, *, status: Status | None = None, offset: int, limit: int
) -> list[Campaign]:
    """List campaigns, newest first."""
    query = _campaigns.where(tables.campaign.c.project_id == project_id)
    if status is not None:
        query = query.where(tables.campaign.c.status == status)
    rows = tx.execute(query.order_by(tables.campaign.c.id.desc()).offset(offset).limit(limit))
    return [campaign_of(row) for row in rows]


def count_campaigns(tx: Tx, project_id: ProjectId, *, status: Status | None = None) -> int:
    """Count the project's campaigns."""
    query = _campaigns.where(tables.campaign.c.project_id == project_id)
    if status is not None:
        query = query.where(tables.campaign.c.status == status)
    return tx.execute(select(func.count()).select_from(query.subquery())).scalar_one()


def list_names(
    tx: Tx, project_id: ProjectId, *, statuses: Collection[Status] = (), limit: int
) -> list[tuple[CampaignId, str]]:
    """List campaigns with their names, newest first; all, or only those of some statuses."""
    query = select(tables.campaign.c.id, tables.campaign.c.name).where(
        tables.campaign.c.project_id == project_id, tables.campaign.c.deleted_at.is_(None)
    )
    if statuses:
        query = query.where(tables.campaign.c.status.in_(statuses))
    rows = tx.execute(query.order_by(tables.campaign.c.id.desc()).limit(limit))
    return [(CampaignId(row.id), row.name) for row in rows]


def find_campaigns(tx: Tx, project_id: ProjectId, ids: Sequence[CampaignId]) -> list[Campaign]:
    """Find those of these campaigns (at most 1,000) that are known, newest first."""
    rows = tx.execute(
        _campaigns.where(
            tables.campaign.c.project_id == project_id, tables.campaign.c.id.in_(ids)
        ).order_by(tables.campaign.c.id.desc())
    )
    return [campaign_of(row) for row in rows]


def find_names(tx: Tx, project_id: ProjectId, ids: Iterable[int]) -> dict[int, str]:
    """Map campaigns of the project (at most 1,000 asked) to their names."""
    rows = tx.execute(
        select(tables.campaign.c.id, tables.campaign.c.name).where(
            tables.campaign.c.project_id == project_id, tables.campaign.c.id.in_(sorted(set(ids)))
        )
    )
    return {row.id: row.name for row in rows}


def list_open_with_segment(tx: Tx, project_id: ProjectId, segment_id: SegmentId) -> list[Campaign]:
    """List the campaigns not at their end whose audience names a segment."""
    return [
        campaign
        for campaign in _list_open(tx, project_id)
        if segment_id in (*campaign.plan.audience.segment_ids, *campaign.plan.audience.excluded_ids)
    ]


def list_open_with_template(
    tx: Tx, project_id: ProjectId, template_id: TemplateId
) -> list[Campaign]:
    """List the campaigns not at their end that send a template."""
    return [
        campaign
        for campaign in _list_open(tx, project_id)
        if any(variant.template_id == template_id for variant in campaign.plan.variants)
    ]


def list_audience_after(
    tx: Tx,
    project_id: ProjectId,
    audience: Audience,
    *,
    after: ContactId,
    limit: int,
) -> tuple[list[ContactId], ContactId | None]:
    """List people of an audience behind a contact number, in its order.

    Returns them (at most `limit` for each of the segments meant) and the number up to which they
    are all; None at the end of the audience. People excluded are left out.
    """
    pages = [
        _members_after(tx, project_id, segment_id, after, limit)
        for segment_id in audience.segment_ids
    ]
    # Beyond the end of a full page its segment may have people the others' pages go past.
    ends = [page[-1] for page in pages if len(page) == limit]
    end = min(ends) if ends else None
    found = {member for page in pages for member in page if end is None or member <= end}
    if found:
        for segment_id in audience.excluded_ids:
            found -= _members_between(tx, project_id, segment_id, min(found), max(found))
    return sorted(found), end


def find_reach(
    tx: Tx, project_id: ProjectId, channel: Channel, ids: Sequence[ContactId]
) -> dict[ContactId, tuple[bool, str | None]]:
    """Map people who may be written to at all to whether a channel reaches them, and their zone."""
    if not ids:
        return {}
    has, values = _reach(channel)
    rows = run(
        tx,
        f"SELECT c.id, {has}, c.time_zone FROM contact c WHERE c.project_id = ? "  # noqa: S608 - marks only
        f"AND c.deleted_at IS NULL AND c.id IN ({marks(len(ids))})",
        [*values, project_id, *ids],
    )
    return {ContactId(row[0]): (bool(row[1]), row[2]) for row in rows}


def get_report(tx: Tx, project_id: ProjectId, campaign_id: CampaignId) -> Report:
    """Count anew what became of a campaign's messages, and what people did with them."""
    campaign = get_campaign(tx, project_id, campaign_id)
    states = messages.count_by_variant(tx, project_id, campaign_id)
    acts = _count_activity(tx, project_id, campaign_id)
    variants = {
        variant.name: Tally(states.get(variant.name, {}), **acts.get(variant.name, {}))
        for variant in campaign.plan.variants
    }
    return Report(campaign, _sum(variants.values()), variants)


def get_tally(tx: Tx, project_id: ProjectId, campaign_id: CampaignId) -> Tally:
    """Count a campaign's messages by state alone, which is quick."""
    states = messages.count_by_variant(tx, project_id, campaign_id)
    return _sum(Tally(counted) for counted in states.values())


def find_holdout(
    tx: Tx, project_id: ProjectId, campaign_id: CampaignId, ids: Sequence[ContactId]
) -> set[ContactId]:
    """Tell which of these people (at most 1,000) are held out of a campaign."""
    rows = tx.execute(
        select(tables.campaign_holdout.c.contact_id).where(
            tables.campaign_holdout.c.project_id == project_id,
            tables.campaign_holdout.c.campaign_id == campaign_id,
            tables.campaign_holdout.c.contact_id.in_(ids),
        )
    )
    return {ContactId(row.contact_id) for row in rows}


def list_scheduled_between(
    tx: Tx, project_id: ProjectId, begin: datetime, end: datetime
) -> list[Campaign]:
    """List what is scheduled from one moment to another, in the order of time, at most 1,000."""
    rows = tx.execute(
        _campaigns.where(
            tables.campaign.c.project_id == project_id,
            tables.campaign.c.scheduled_at >= begin,
            tables.campaign.c.scheduled_at < end,
        )
        .order_by(tables.campaign.c.scheduled_at)
        .limit(LIST_MAX)
    )
    return [campaign_of(row) for row in rows]


def _count_activity(
    tx: Tx, project_id: ProjectId, campaign_id: CampaignId
) -> dict[str, dict[str, int]]:
    """Count by variant how many messages people opened, clicked in, or unsubscribed by."""
    rows = run(
        tx,
        # The plus keeps SQLite from reading all activity again for each message.
        "SELECT m.variant, a.kind, count(DISTINCT a.message_id) FROM message_activity a "
        "JOIN message m ON m.id = a.message_id WHERE a.project_id = ? "
        "AND +m.project_id = ? AND +m.campaign_id = ? AND NOT a.is_machine "
        "GROUP BY m.variant, a.kind",
        [project_id, project_id, campaign_id],
    )
    counted: dict[str, dict[str, int]] = {}
    for variant, kind, count in rows:
        counted.setdefault(variant, {})[kind] = count
    return counted


def _sum(tallies: Iterable[Tally]) -> Tally:
    states: Counter[State] = Counter()
    acts: Counter[str] = Counter()
    for one in tallies:
        states.update(one.states)
        acts.update(opened=one.opened, clicked=one.clicked, unsubscribed=one.unsubscribed)
    return Tally(dict(states), **acts)


def _list_open(tx: Tx, project_id: ProjectId) -> list[Campaign]:
    rows = tx.execute(
        _campaigns.where(
            tables.campaign.c.project_id == project_id, tables.campaign.c.status.in_(OPEN)
        )
        .order_by(tables.campaign.c.id)
        .limit(LIST_MAX)
    )
    return [campaign_of(row) for row in rows]


def _members_after(
    tx: Tx, project_id: ProjectId, segment_id: SegmentId, after: ContactId, limit: int
) -> list[ContactId]:
    rows = run(
        tx,
        "SELECT contact_id FROM segment_member WHERE project_id = ? AND segment_id = ? "
        "AND contact_id > ? AND until IS NULL ORDER BY contact_id LIMIT ?",
        [project_id, segment_id, after, limit],
    )
    return [ContactId(row[0]) for row in rows]


def _members_between(
    tx: Tx, project_id: ProjectId, segment_id: SegmentId, first: ContactId, last: ContactId
) -> set[ContactId]:
    rows = run(
        tx,
        "SELECT contact_id FROM segment_member WHERE project_id = ? AND segment_id = ? "
        "AND contact_id BETWEEN ? AND ? AND until IS NULL",
        [project_id, segment_id, first, last],
    )
    return {ContactId(row[0]) for row in rows}


def _reach(channel: Channel) -> tuple[str, list[object]]:
    """Spell the question whether a contact has an address for a channel."""
    if channel in (Channel.EMAIL, Channel.SMS, Channel.VIBER):
        kind = AddressKind.EMAIL if channel is Channel.EMAIL else AddressKind.PHONE
        return (
            "EXISTS (SELECT 1 FROM address a WHERE a.contact_id = c.id AND a.kind = ?)",
            [kind],
        )
    if channel is Channel.IN_APP:
        return "1", []
    platforms = "= 'web'" if channel is Channel.WEB_PUSH else "<> 'web'"
    devices = (
        "EXISTS (SELECT 1 FROM device d WHERE d.project_id = c.project_id "  # noqa: S608 - a word of ours
        f"AND d.contact_id = c.id AND d.dead_at IS NULL AND d.platform {platforms})"
    )
    return devices, []
