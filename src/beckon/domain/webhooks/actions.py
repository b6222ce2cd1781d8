"""What can be done with webhooks. Each action runs inside the caller's transaction.

Invariant: what happened is queued once for each webhook, however often its log is read.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from beckon.domain.accounts.actions import audit
from beckon.domain.accounts.model import ProjectId
from beckon.domain.webhooks import queries, rules, writes
from beckon.domain.webhooks.model import (
    Delivery,
    DeliveryState,
    Happened,
    Hook,
    NewWebhook,
    Notice,
    Outcome,
    Webhook,
    WebhookId,
)
from beckon.domain.webhooks.tables import PURPOSE
from beckon.kit.ids import named_uuid
from beckon.kit.refusals import Conflict
from beckon.storage.schema import Tx, lock_names
from beckon.storage.sealed import Vault

SWITCHED_OFF = "The webhook was switched off."
ANSWERED_GONE = "It answered 410 Gone, so it was switched off."

WEBHOOKS_AT_ONCE = 20
EACH_AT_ONCE = 5


def create(
    tx: Tx,
    project_id: ProjectId,
    new: NewWebhook,
    *,
    secret: str,
    vault: Vault,
    actor: str,
    now: datetime,
) -> Webhook:
    """Add a webhook under a fresh secret. Its address was checked. Raises Conflict beyond 20."""
    lock_names(tx, [f"webhooks {project_id}"])
    rules.check_room(len(queries.list_webhooks(tx, project_id)))
    values = {
        "url": new.url,
        "events": list(new.events),
        "is_active": new.is_active,
        "sealed": vault.seal(secret.encode(), PURPOSE),
        "is_activity": new.is_activity,
        "login": None if new.login is None else vault.seal(new.login.encode(), PURPOSE),
        "created_at": now,
        "updated_at": now,
    }
    webhook_id = writes.insert_webhook(tx, project_id, values)
    audit(tx, project_id, actor, "webhook.created", now, webhook=webhook_id, url=new.url)
    return queries.get_webhook(tx, project_id, webhook_id)


def change(
    tx: Tx,
    project_id: ProjectId,
    webhook_id: WebhookId,
    *,
    url: str | None,
    events: Sequence[Happened] | None,
    is_active: bool | None,
    actor: str,
    now: datetime,
) -> Webhook:
    """Change what is given; what waits for one switched off is given up. Raises WebhookUnknown."""
    known = queries.get_webhook(tx, project_id, webhook_id)
    is_on = known.is_active if is_active is None else is_active
    values = {
        "url": known.url if url is None else url,
        "events": list(known.events if events is None else events),
        "is_active": is_on,
        "fault": None if is_active else known.fault,
        "updated_at": now,
    }
    writes.update_webhook(tx, project_id, webhook_id, values)
    if not is_on:
        writes.update_pending_given_up(tx, project_id, webhook_id, SWITCHED_OFF, now)
    audit(tx, project_id, actor, "webhook.changed", now, webhook=webhook_id, url=values["url"])
    return queries.get_webhook(tx, project_id, webhook_id)


def rotate(
    tx: Tx,
    project_id: ProjectId,
    webhook_id: WebhookId,
    *,
    secret: str,
    vault: Vault,
    actor: str,
    now: datetime,
) -> Webhook:
    """Sign by another secret from now on. Raises WebhookUnknown."""
    queries.get_webhook(tx, project_id, webhook_id)
    values = {"sealed": vault.seal(secret.encode(), PURPOSE), "updated_at": now}
    writes.update_webhook(tx, project_id, webhook_id, values)
    audit(tx, project_id, actor, "webhook.rotated", now, webhook=webhook_id)
    return queries.get_webhook(tx, project_id, webhook_id)


def remove(
    tx: Tx, project_id: ProjectId, webhook_id: WebhookId, *, actor: str, now: datetime
) -> None:
    """Take a webhook and its log away. Raises WebhookUnknown."""
    known = queries.get_webhook(tx, project_id, webhook_id)
    writes.delete_webhook(tx, project_id, webhook_id)
    audit(tx, project_id, actor, "webhook.deleted", now, webhook=webhook_id, url=known.url)


def replay(
    tx: Tx, project_id: ProjectId, webhook_id: WebhookId, delivery_id: UUID, now: datetime
) -> Delivery:
    """Tell something again, under the same id. Raises DeliveryUnknown, Conflict while it waits."""
    webhook = queries.get_webhook(tx, project_id, webhook_id)
    known = queries.get_delivery(tx, project_id, webhook_id, delivery_id)
    if not webhook.is_active:
        raise Conflict("The webhook is switched off; switch it on first.")
    if known.state is DeliveryState.PENDING:
        raise Conflict("This waits to be told already.")
    values = {
        "state": DeliveryState.PENDING,
        "due_at": now,
        "ended_at": None,
        "attempts": 0,
    }
    writes.update_delivery(tx, project_id, delivery_id, values, attempts=known.attempts)
    return queries.get_delivery(tx, project_id, webhook_id, delivery_id)


def open_hook(webhook: Webhook, vault: Vault) -> Hook:
    """Give what telling a webhook needs."""
    login = None if webhook.login is None else vault.open(webhook.login, PURPOSE).decode()
    return Hook(webhook.url, vault.open(webhook.sealed, PURPOSE).decode(), login)


def queue(
    tx: Tx,
    project_id: ProjectId,
    webhooks: Sequence[Webhook],
    notices: Sequence[Notice],
    now: datetime,
) -> None:
    """Queue what happened for those of a project's webhooks that want to be told of it."""
    rows = [
        {
            "id": named_uuid("webhook", str(webhook.id), notice.key),
            "webhook_id": webhook.id,
            "key": notice.key,
            "event": notice.event,
            "contact_id": notice.contact_id,
            "data": dict(notice.data),
        }
        for notice in notices
        for webhook in webhooks
        if rules.wants(webhook.events, notice.event)
        and (not webhook.is_activity or rules.is_exported(notice))
    ]
    if rows:
        writes.insert_deliveries(tx, project_id, rows, now)


def has_due(tx: Tx, now: datetime) -> bool:
    """Tell whether anything is due; changes nothing."""
    return bool(queries.list_due_any_project(tx, now, webhooks_max=1, each_max=1))


def claim(tx: Tx, now: datetime) -> list[tuple[Webhook, Delivery]]:
    """Take what is due, for a minute; at most 20 webhooks and 5 of each at once.

    Of an export only what comes first of all that waits: nothing overtakes what failed.
    """
    due = queries.list_due_any_project(
        tx, now, webhooks_max=WEBHOOKS_AT_ONCE, each_max=EACH_AT_ONCE
    )
    active = queries.list_active_any_project(tx)
    hooks = {one.id: one for webhooks in active.values() for one in webhooks}
    claimed = []
    for project_id, webhook_id, delivery_id in _in_order(tx, due, hooks, now):
        is_ours = writes.claim_delivery(
            tx, project_id, delivery_id, now=now, until=now + rules.LEASE
        )
        if is_ours and webhook_id in hooks:
            found = queries.get_delivery(tx, project_id, webhook_id, delivery_id)
            claimed.append((hooks[webhook_id], found))
    return claimed


def _in_order(
    tx: Tx,
    due: Sequence[tuple[ProjectId, WebhookId, UUID]],
    hooks: Mapping[WebhookId, Webhook],
    now: datetime,
) -> Iterator[tuple[ProjectId, WebhookId, UUID]]:
    """Give what may be told; of exports the first, where it is due, and else nothing."""
    exports: set[tuple[ProjectId, WebhookId]] = set()
    for project_id, webhook_id, delivery_id in due:
        if webhook_id in hooks and hooks[webhook_id].is_activity:
            exports.add((project_id, webhook_id))
        else:
            yield project_id, webhook_id, delivery_id
    for project_id, webhook_id in sorted(exports):
        first = queries.find_first_pending(tx, project_id, webhook_id)
        if first is None or first.due_at is None:
            continue
        if first.due_at <= now:
            yield project_id, webhook_id, first.id
        else:  # all that waits, waits with it
            writes.update_pending_due(tx, project_id, webhook_id, first.due_at)


def settle(tx: Tx, delivery: Delivery, outcome: Outcome, *, dice: float, now: datetime) -> None:
    """Note what came of a try; `dice` from 0 to 1 spreads the next ones.

    Whoever answers 410 wants to hear nothing any more.
    """
    is_activity = queries.is_activity(tx, delivery.project_id, delivery.webhook_id)
    is_taken = rules.is_taken(outcome, is_activity=is_activity)
    is_gone = outcome.status == rules.GONE and not is_activity
    if is_taken:
        retry_at = None
    elif is_activity:
        retry_at = rules.next_activity_try(delivery.attempts, now)
    else:
        retry_at = rules.next_try(delivery.attempts, now, dice)
    if is_taken:
        state = DeliveryState.DELIVERED
    elif retry_at is None or is_gone:
        state = DeliveryState.FAILED
    else:
        state = DeliveryState.PENDING
    is_over = state is not DeliveryState.PENDING
    values = {
        "state": state,
        "due_at": None if is_over else retry_at,
        "answered": outcome.status,
        "answer": outcome.answer,
        "error": outcome.error,
        "ended_at": now if is_over else None,
    }
    is_first = writes.update_delivery(
        tx, delivery.project_id, delivery.id, values, attempts=delivery.attempts
    )
    if is_activity and is_over:
        writes.update_pending_due(tx, delivery.project_id, delivery.webhook_id, now)
    if is_gone and is_first:
        off = {"is_active": False, "fault": ANSWERED_GONE, "updated_at": now}
        writes.update_webhook(tx, delivery.project_id, delivery.webhook_id, off)
        writes.update_pending_given_up(
            tx, delivery.project_id, delivery.webhook_id, ANSWERED_GONE, now
        )


def forget_old(tx: Tx, now: datetime) -> int:
    """Forget what was told more than 30 days ago. Returns how many."""
    return writes.delete_deliveries_any_project(tx, now - rules.KEPT_FOR)
