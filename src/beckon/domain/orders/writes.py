"""SQL that changes orders. Private: only this slice's actions import it."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import ContactId
from beckon.domain.orders.model import Item, Mark, NewOrder, Order, OrderId
from beckon.kit import json
from beckon.kit.clock import from_ms, to_ms
from beckon.storage.schema import Tx, insert_many, insert_returning


def upsert_orders(
    tx: Tx,
    project_id: ProjectId,
    orders: Mapping[str, tuple[NewOrder, ContactId]],
    now: datetime,
) -> dict[str, Mark]:
    """Make each order, by the caller's id, say what was told; a known one keeps its number."""
    moment = to_ms(now)
    rows = insert_returning(
        tx,
        "purchase (project_id, external_id, contact_id, version, status, total, currency, "
        "placed_at, items, details, created_at, updated_at)",
        [
            (
                project_id,
                external_id,
                contact_id,
                1,
                new.status.value,
                new.total,
                new.currency,
                to_ms(new.placed_at),
                json.text([_stored(item) for item in new.items]),
                json.text(new.details),
                moment,
                moment,
            )
            for external_id, (new, contact_id) in sorted(orders.items())
        ],
        "ON CONFLICT (project_id, external_id) DO UPDATE SET "
        "contact_id = excluded.contact_id, version = purchase.version + 1, "
        "status = excluded.status, total = excluded.total, currency = excluded.currency, "
        "placed_at = excluded.placed_at, items = excluded.items, details = excluded.details, "
        "updated_at = excluded.updated_at RETURNING external_id, id, version, created_at",
    )
    return {row[0]: Mark(OrderId(row[1]), row[2], from_ms(row[3])) for row in rows}


def insert_changes(tx: Tx, project_id: ProjectId, orders: Iterable[Order], now: datetime) -> None:
    """Append to the log of changes how these orders stand now."""
    moment = to_ms(now)
    insert_many(
        tx,
        "purchase_change (project_id, contact_id, purchase_id, status, at)",
        [(project_id, order.contact_id, order.id, order.status.value, moment) for order in orders],
    )


def _stored(item: Item) -> dict[str, object]:
    """Lay an item out as it is kept; by hand, for it is done for every line of every order."""
    return {
        "product_id": item.product_id,
        "quantity": item.quantity,
        "name": item.name,
        "category": item.category,
        "price": item.price,
        "details": item.details,
    }
