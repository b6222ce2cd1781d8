"""SQL that changes webhooks. Private: only this slice's actions import it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, update

from beckon.domain.accounts.model import ProjectId
from beckon.domain.webhooks import tables
from beckon.domain.webhooks.model import DeliveryState, WebhookId
from beckon.storage import schema
from beckon.storage.schema import Tx, number_of


def insert_webhook(tx: Tx, project_id: ProjectId, values: Mapping[str, object]) -> WebhookId:
    """Add a webhook."""
    added = tx.execute(insert(tables.webhook).values(project_id=project_id, **values))
    return WebhookId(number_of(added))


def update_webhook(
    tx: Tx, project_id: ProjectId, webhook_id: WebhookId, values: Mapping[str, object]
) -> None:
    """Set columns of one webhook."""
    tx.execute(
        update(tables.webhook)
        .where(tables.webhook.c.project_id == project_id, tables.webhook.c.id == webhook_id)
        .values(**values)
    )


def delete_webhook(tx: Tx, project_id: ProjectId, webhook_id: WebhookId) -> None:
    """Take a webhook away with all that was told it."""
    tx.execute(
        delete(tables.webhook_delivery).where(
            tables.webhook_delivery.c.project_id == project_id,
            tables.webhook_delivery.c.webhook_id == webhook_id,
        )
    )
    tx.execute(
        delete(tables.webhook).where(
            tables.webhook.c.project_id == project_id, tables.webhook.c.id == webhook_id
        )
    )


def insert_deliveries(
    tx: Tx, project_id: ProjectId, rows: Sequence[Mapping[str, object]], now: datetime
) -> None:
    """Add what is to be told, due at once; what was added before stays as it is."""
    adding = schema.insert(tx, tables.webhook_delivery).on_conflict_do_nothing(
        index_elements=["webhook_id", "key"]
    )
    tx.execute(
        adding,
        [
            {
                **row,
                "project_id": project_id,
                "state": DeliveryState.PENDING,
                "attempts": 0,
                "due_at": now,
                "created_at": now,
            }
            for row in rows
        ],
    )


def claim_delivery(
    tx: Tx, project_id: ProjectId, delivery_id: UUID, *, now: datetime, until: datetime
) -> bool:
    """Take one that is due, until a moment, and count the try. False when others were quicker."""
    delivery = tables.webhook_delivery.c
    claimed = tx.execute(
        update(tables.webhook_delivery)
        .where(
            delivery.project_id == project_id, delivery.id == delivery_id, delivery.due_at <= now
        )
        .values(due_at=until, attempts=delivery.attempts + 1)
    )
    return claimed.rowcount > 0


def update_delivery(
    tx: Tx,
    project_id: ProjectId,
    delivery_id: UUID,
    values: Mapping[str, object],
    *,
    attempts: int,
) -> bool:
    """Note what came of a try, unless another try began since. False when one did."""
    delivery = tables.webhook_delivery.c
    done = tx.execute(
        update(tables.webhook_delivery)
        .where(
            delivery.project_id == project_id,
            delivery.id == delivery_id,
            delivery.attempts == attempts,
        )
        .values(**values)
    )
    return done.rowcount > 0


def update_pending_given_up(
    tx: Tx, project_id: ProjectId, webhook_id: WebhookId, error: str, now: datetime
) -> None:
    """Give up whatever waits for a webhook."""
    delivery = tables.webhook_delivery.c
    tx.execute(
        update(tables.webhook_delivery)
        .where(
            delivery.project_id == project_id,
            delivery.webhook_id == webhook_id,
            delivery.state == DeliveryState.PENDING,
        )
        .values(state=DeliveryState.FAILED, due_at=None, error=error, ended_at=now)
    )


def update_pending_due(
    tx: Tx, project_id: ProjectId, webhook_id: WebhookId, due_at: datetime
) -> None:
    """Let all that waits for a webhook be due at one moment."""
    delivery = tables.webhook_delivery.c
    tx.execute(
        update(tables.webhook_delivery)
        .where(
            delivery.project_id == project_id,
            delivery.webhook_id == webhook_id,
            delivery.state == DeliveryState.PENDING,
        )
        .values(due_at=due_at)
    )


def delete_deliveries_any_project(tx: Tx, before: datetime) -> int:
    """Forget what was told long ago. Returns how many."""
    return tx.execute(
        delete(tables.webhook_delivery).where(tables.webhook_delivery.c.created_at < before)
    ).rowcount
