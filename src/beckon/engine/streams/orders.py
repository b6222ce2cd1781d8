"""The log of changes to orders: an order that changed is shipped whole, as it is now."""

from beckon.domain.accounts.model import ProjectId
from beckon.domain.orders.model import Order, OrderId
from beckon.domain.orders.queries import list_orders
from beckon.domain.orders.tables import purchase_change
from beckon.storage.analytics.client import Row
from beckon.storage.analytics.progress import Span, list_lines
from beckon.storage.analytics.shipment import Shipment, by_project
from beckon.storage.analytics.tables import PURCHASE
from beckon.storage.schema import Tx

CHUNK = 1000


class Orders:
    """See Stream."""

    name = "order"
    log = purchase_change
    moment = "at"

    def read(self, tx: Tx, span: Span) -> Shipment:
        """See Stream.read."""
        lines = list_lines(tx, purchase_change, after=span.after, until=span.until)
        changed = by_project([(line.project_id, line.purchase_id) for line in lines])
        rows = [
            _row(order, span.number)
            for project_id, ids in changed.items()
            for start in range(0, len(ids), CHUNK)
            for order in list_orders(
                tx, ProjectId(project_id), [OrderId(one) for one in ids[start : start + CHUNK]]
            )
        ]
        return Shipment({PURCHASE: rows})


def _row(order: Order, number: int) -> Row:
    return (
        order.project_id,
        order.id,
        order.contact_id,
        number,
        order.external_id,
        order.status,
        order.total,
        order.currency,
        order.placed_at,
        [item.product_id for item in order.items],
        [item.category or "" for item in order.items],
        [item.quantity for item in order.items],
        [item.price or 0 for item in order.items],
    )
