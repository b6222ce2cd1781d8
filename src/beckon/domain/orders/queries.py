"""SQL that reads orders. Public: any room above may ask, and gets model values."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, select

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import ContactId
from beckon.domain.orders import tables
from beckon.domain.orders.model import Item, Order, OrderChange, OrderId, Status, Summary
from beckon.kit.clock import from_ms, to_ms
from beckon.kit.refusals import Unknown
from beckon.storage.log_readers import Cursor
from beckon.storage.schema import Line, Tx, is_after, log_order, run

LIST_MAX = 1000


class OrderUnknown(Unknown):
    """No such order in this project; another project's is just as unknown."""

    code = "order_unknown"


def get_order(tx: Tx, project_id: ProjectId, external_id: str) -> Order:
    """Return one order by the caller's id. Raises OrderUnknown."""
    found = find_orders(tx, project_id, [external_id])
    if not found:
        raise OrderUnknown(f"There is no order '{external_id}'.")
    return found[external_id]


def find_orders(tx: Tx, project_id: ProjectId, external_ids: Iterable[str]) -> dict[str, Order]:
    """Map those of the caller's ids that are known (at most 1,000 are asked) to orders."""
    rows = tx.execute(
        select(tables.purchase).where(
            tables.purchase.c.project_id == project_id,
            tables.purchase.c.external_id.in_(sorted(set(external_ids))),
        )
    )
    return {row.external_id: _order(row) for row in rows}


def list_orders(tx: Tx, project_id: ProjectId, ids: Sequence[OrderId]) -> list[Order]:
    """List orders by number, as they stand: what the forwarder sends on."""
    rows = tx.execute(
        select(tables.purchase)
        .where(tables.purchase.c.project_id == project_id, tables.purchase.c.id.in_(ids))
        .order_by(tables.purchase.c.id)
    )
    return [_order(row) for row in rows]


def list_orders_of(
    tx: Tx, project_id: ProjectId, contact_id: ContactId, *, offset: int = 0, limit: int = LIST_MAX
) -> list[Order]:
    """List what one person ordered, the latest first."""
    rows = tx.execute(
        select(tables.purchase)
        .where(
            tables.purchase.c.project_id == project_id,
            tables.purchase.c.contact_id == contact_id,
        )
        .order_by(tables.purchase.c.placed_at.desc(), tables.purchase.c.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return [_order(row) for row in rows]


def list_latest_of(
    tx: Tx, project_id: ProjectId, contact_ids: Sequence[ContactId], *, limit: int
) -> dict[ContactId, list[Order]]:
    """Map people (at most 1,000) to what each ordered, latest first, at most `limit` each."""
    bought = tables.purchase
    latest = (bought.c.placed_at.desc(), bought.c.id.desc())
    place = func.row_number().over(partition_by=bought.c.contact_id, order_by=latest)
    ranked = (
        select(bought.c.id, place.label("place"))
        .where(bought.c.project_id == project_id, bought.c.contact_id.in_(contact_ids))
        .subquery()
    )
    rows = tx.execute(
        select(bought)
        .join(ranked, ranked.c.id == bought.c.id)
        .where(bought.c.project_id == project_id, ranked.c.place <= limit)
        .order_by(*latest)
    )
    found: dict[ContactId, list[Order]] = {}
    for row in rows:
        found.setdefault(ContactId(row.contact_id), []).append(_order(row))
    return found


def list_page(
    tx: Tx,
    project_id: ProjectId,
    *,
    before: OrderId | None = None,
    status: Status | None = None,
    limit: int,
) -> list[Order]:
    """List orders, the one told last first, those before a number where one is given."""
    query = select(tables.purchase).where(tables.purchase.c.project_id == project_id)
    if before is not None:
        query = query.where(tables.purchase.c.id < before)
    if status is not None:
        query = query.where(tables.purchase.c.status == status)
    rows = tx.execute(query.order_by(tables.purchase.c.id.desc()).limit(limit))
    return [_order(row) for row in rows]


def count_orders_of(tx: Tx, project_id: ProjectId, contact_id: ContactId) -> int:
    """Count what one person ordered."""
    return tx.execute(
        select(func.count())
        .select_from(tables.purchase)
        .where(
            tables.purchase.c.project_id == project_id,
            tables.purchase.c.contact_id == contact_id,
        )
    ).scalar_one()


def sum_up(tx: Tx, project_id: ProjectId, contact_id: ContactId, now: datetime) -> Summary:
    """Sum up what one person ordered, as it stands; reads their orders alone."""
    bought = "status = ? AND placed_at <= ?"
    rows = run(
        tx,
        "SELECT currency, count(*), max(placed_at), "  # noqa: S608 - words of ours
        f"sum(CASE WHEN {bought} THEN 1 ELSE 0 END), "
        f"sum(CASE WHEN {bought} THEN total ELSE 0 END), "
        f"max(CASE WHEN {bought} THEN placed_at END) "
        "FROM purchase WHERE project_id = ? AND contact_id = ? GROUP BY currency ORDER BY currency",
        [*[Status.DELIVERED, to_ms(now)] * 3, project_id, contact_id],
    )
    bought_at = max((row[5] for row in rows if row[5] is not None), default=None)
    return Summary(
        count=sum(row[1] for row in rows),
        last_at=from_ms(max(row[2] for row in rows)) if rows else None,
        bought=sum(int(row[3]) for row in rows),
        totals={row[0]: int(row[4]) for row in rows if row[3]},
        bought_at=None if bought_at is None else from_ms(bought_at),
    )


def list_statuses(
    tx: Tx, project_id: ProjectId, order_id: OrderId
) -> list[tuple[Status, datetime]]:
    """List the states an order was told to be in, in order."""
    log = tables.purchase_change
    rows = tx.execute(
        select(log.c.status, log.c.at)
        .where(log.c.project_id == project_id, log.c.purchase_id == order_id)
        .order_by(log.c.position)
    )
    return [(Status(row.status), row.at) for row in rows]


def list_changes_after_any_project(tx: Tx, cursor: Cursor, *, limit: int) -> list[OrderChange]:
    """Read the log of changes forward from a cursor, only what can no longer be overtaken."""
    log = tables.purchase_change
    rows = tx.execute(
        select(log.c.epoch, log.c.position, log.c.project_id, log.c.purchase_id)
        .where(is_after(tx, log, epoch=cursor.epoch, position=cursor.position))
        .order_by(*log_order(tx, log))
        .limit(limit)
    )
    return [OrderChange._make(row) for row in rows]


def _order(row: Line) -> Order:
    return Order(
        OrderId(row.id),
        ProjectId(row.project_id),
        ContactId(row.contact_id),
        row.external_id,
        row.version,
        Status(row.status),
        row.total,
        row.currency,
        row.placed_at,
        tuple(Item(**item) for item in row.items),
        row.details,
        row.created_at,
        row.updated_at,
    )
