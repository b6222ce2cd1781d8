"""SQL that reads webhooks, what was told them, and the logs they follow. Public."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Table, and_, func, or_, select, tuple_

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import ContactId
from beckon.domain.webhooks import tables
from beckon.domain.webhooks.model import (
    Delivery,
    DeliveryState,
    Happened,
    Webhook,
    WebhookId,
)
from beckon.kit.refusals import Unknown
from beckon.storage.log_readers import Cursor
from beckon.storage.schema import Line, Tx, is_after, log_order

LIST_MAX = 1000


class WebhookUnknown(Unknown):
    """No such webhook in this project."""

    code = "webhook_unknown"


class DeliveryUnknown(Unknown):
    """Nothing of that id was told to this webhook."""

    code = "delivery_unknown"


def get_webhook(tx: Tx, project_id: ProjectId, webhook_id: WebhookId) -> Webhook:
    """Return one webhook. Raises WebhookUnknown."""
    row = tx.execute(
        select(tables.webhook).where(
            tables.webhook.c.project_id == project_id, tables.webhook.c.id == webhook_id
        )
    ).one_or_none()
    if row is None:
        raise WebhookUnknown(f"There is no webhook wh_{webhook_id}.")
    return _webhook(row)


def is_activity(tx: Tx, project_id: ProjectId, webhook_id: WebhookId) -> bool:
    """Tell whether a webhook is an export; one that is gone is none."""
    return bool(
        tx.execute(
            select(tables.webhook.c.is_activity).where(
                tables.webhook.c.project_id == project_id, tables.webhook.c.id == webhook_id
            )
        ).scalar_one_or_none()
    )


def list_webhooks(tx: Tx, project_id: ProjectId) -> list[Webhook]:
    """List the project's webhooks, oldest first, at most 1,000."""
    rows = tx.execute(
        select(tables.webhook)
        .where(tables.webhook.c.project_id == project_id)
        .order_by(tables.webhook.c.id)
        .limit(LIST_MAX)
    )
    return [_webhook(row) for row in rows]


def list_active_any_project(tx: Tx) -> dict[ProjectId, list[Webhook]]:
    """Map the projects that have webhooks switched on to them."""
    rows = tx.execute(select(tables.webhook).where(tables.webhook.c.is_active))
    found: defaultdict[ProjectId, list[Webhook]] = defaultdict(list)
    for row in rows:
        found[ProjectId(row.project_id)].append(_webhook(row))
    return dict(found)


def get_delivery(
    tx: Tx, project_id: ProjectId, webhook_id: WebhookId, delivery_id: UUID
) -> Delivery:
    """Return one thing told to a webhook. Raises DeliveryUnknown."""
    row = tx.execute(
        select(tables.webhook_delivery).where(
            tables.webhook_delivery.c.project_id == project_id,
            tables.webhook_delivery.c.webhook_id == webhook_id,
            tables.webhook_delivery.c.id == delivery_id,
        )
    ).one_or_none()
    if row is None:
        raise DeliveryUnknown("There is no such delivery.")
    return _delivery(row)


def list_deliveries(
    tx: Tx, project_id: ProjectId, webhook_id: WebhookId, *, offset: int = 0, limit: int = LIST_MAX
) -> list[Delivery]:
    """List what was told to a webhook, newest first."""
    delivery = tables.webhook_delivery.c
    rows = tx.execute(
        select(tables.webhook_delivery)
        .where(delivery.project_id == project_id, delivery.webhook_id == webhook_id)
        .order_by(delivery.created_at.desc(), delivery.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return [_delivery(row) for row in rows]


def list_deliveries_before(
    tx: Tx,
    project_id: ProjectId,
    webhook_id: WebhookId,
    *,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Delivery]:
    """List what was told before a moment and id, newest first; None starts at the newest."""
    delivery = tables.webhook_delivery.c
    query = select(tables.webhook_delivery).where(
        delivery.project_id == project_id, delivery.webhook_id == webhook_id
    )
    if before is not None:
        at, number = before
        query = query.where(
            delivery.created_at <= at, or_(delivery.created_at < at, delivery.id < number)
        )
    rows = tx.execute(query.order_by(delivery.created_at.desc(), delivery.id.desc()).limit(limit))
    return [_delivery(row) for row in rows]


def count_deliveries(tx: Tx, project_id: ProjectId, webhook_id: WebhookId) -> int:
    """Count what `list_deliveries` lists."""
    return tx.execute(
        select(func.count())
        .select_from(tables.webhook_delivery)
        .where(
            tables.webhook_delivery.c.project_id == project_id,
            tables.webhook_delivery.c.webhook_id == webhook_id,
        )
    ).scalar_one()


def list_due_any_project(
    tx: Tx, now: datetime, *, webhooks_max: int, each_max: int
) -> list[tuple[ProjectId, WebhookId, UUID]]:
    """List what is due, longest due first; of each webhook only so many: none blocks all others."""
    delivery = tables.webhook_delivery.c
    waiting = tx.execute(
        select(delivery.webhook_id)
        .where(delivery.due_at <= now)
        .group_by(delivery.webhook_id)
        .order_by(func.min(delivery.due_at))
        .limit(webhooks_max)
    )
    found: list[tuple[ProjectId, WebhookId, UUID]] = []
    for (webhook_id,) in waiting.all():
        rows = tx.execute(
            select(delivery.project_id, delivery.id)
            .where(delivery.due_at <= now, delivery.webhook_id == webhook_id)
            .order_by(delivery.due_at)
            .limit(each_max)
        )
        found += [(ProjectId(row.project_id), WebhookId(webhook_id), row.id) for row in rows]
    return found


def find_first_pending(tx: Tx, project_id: ProjectId, webhook_id: WebhookId) -> Delivery | None:
    """Find what a webhook is to be told before all else that waits for it."""
    delivery = tables.webhook_delivery.c
    waiting = (
        delivery.project_id == project_id,
        delivery.webhook_id == webhook_id,
        delivery.state == DeliveryState.PENDING,
    )
    first = select(func.min(delivery.created_at)).where(*waiting).scalar_subquery()
    rows = tx.execute(select(tables.webhook_delivery).where(*waiting, delivery.created_at == first))
    # What was read off the logs together is in the order in which it happened.
    found = sorted(
        (_delivery(row) for row in rows), key=lambda one: (int(str(one.data["at"])), one.id)
    )
    return found[0] if found else None


def find_end_any_project(tx: Tx, log: Table, after: Cursor) -> Cursor | None:
    """Find how far a log goes behind a cursor; None where nothing stands there."""
    row = tx.execute(
        select(log.c.epoch, log.c.position)
        .where(is_after(tx, log, epoch=after.epoch, position=after.position))
        .order_by(*(column.desc() for column in log_order(tx, log)))
        .limit(1)
    ).one_or_none()
    return None if row is None else Cursor(row.epoch, row.position)


def list_lines_any_project(
    tx: Tx,
    log: Table,
    projects: Sequence[ProjectId],
    *,
    after: Cursor,
    until: Cursor,
    limit: int,
) -> list[Line]:
    """List the lines of some projects behind one cursor, up to and with another."""
    place = tuple_(log.c.epoch, log.c.position)
    rows = tx.execute(
        select(log)
        .where(
            and_(
                place > tuple_(after.epoch, after.position),
                place <= tuple_(until.epoch, until.position),
            ),
            log.c.project_id.in_(projects),
        )
        .order_by(*log_order(tx, log))
        .limit(limit)
    )
    return list(rows.all())


def _delivery(row: Line) -> Delivery:
    return Delivery(
        row.id,
        ProjectId(row.project_id),
        WebhookId(row.webhook_id),
        Happened(row.event),
        ContactId(row.contact_id),
        row.data,
        DeliveryState(row.state),
        row.attempts,
        row.due_at,
        row.answered,
        row.answer,
        row.error,
        row.created_at,
        row.ended_at,
    )


def _webhook(row: Line) -> Webhook:
    return Webhook(
        WebhookId(row.id),
        ProjectId(row.project_id),
        row.url,
        tuple(Happened(name) for name in row.events),
        bool(row.is_active),
        bytes(row.sealed),
        row.fault,
        row.created_at,
        row.updated_at,
        bool(row.is_activity),
        None if row.login is None else bytes(row.login),
    )
