"""SQL that changes campaigns. Private: only this slice's actions import it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import insert, select, update

from beckon.domain.accounts.model import ProjectId
from beckon.domain.campaigns import tables
from beckon.domain.campaigns.model import CampaignId, Plan, Status
from beckon.domain.campaigns.stored import to_stored
from beckon.domain.contacts.model import ContactId
from beckon.storage.schema import Line, Tx, insert_many, number_of


def insert_campaign(
    tx: Tx, project_id: ProjectId, *, name: str, plan: Plan, now: datetime
) -> CampaignId:
    """Add a draft."""
    added = tx.execute(
        insert(tables.campaign).values(
            project_id=project_id,
            name=name,
            status=Status.DRAFT,
            plan=to_stored(plan),
            is_held=False,
            snapshot_to=0,
            is_snapshot_whole=False,
            recipients=0,
            held_out=0,
            created_at=now,
            updated_at=now,
        )
    )
    return CampaignId(number_of(added))


def update_campaign(
    tx: Tx, project_id: ProjectId, campaign_id: CampaignId, values: Mapping[str, object]
) -> None:
    """Set columns of one campaign."""
    tx.execute(
        update(tables.campaign)
        .where(tables.campaign.c.project_id == project_id, tables.campaign.c.id == campaign_id)
        .values(**values)
    )


def lock_campaign(tx: Tx, project_id: ProjectId, campaign_id: CampaignId) -> None:
    """Keep the engine and other people from moving a campaign until this transaction ends."""
    tx.execute(
        select(tables.campaign.c.id)
        .where(tables.campaign.c.project_id == project_id, tables.campaign.c.id == campaign_id)
        .with_for_update()
    )


def claim_due_any_project(tx: Tx, now: datetime) -> Line | None:
    """Take the campaign that is due the longest; others skip it meanwhile."""
    return tx.execute(
        select(tables.campaign)
        .where(tables.campaign.c.due_at <= now)
        .order_by(tables.campaign.c.due_at, tables.campaign.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()


def insert_holdout(
    tx: Tx, project_id: ProjectId, campaign_id: CampaignId, ids: Sequence[ContactId]
) -> None:
    """Note who gets nothing of a campaign, to measure against."""
    insert_many(
        tx,
        "campaign_holdout (project_id, campaign_id, contact_id)",
        [(project_id, campaign_id, contact_id) for contact_id in ids],
    )
