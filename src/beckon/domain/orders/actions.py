"""What can be done with orders. Each action runs inside the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import actions as contacts
from beckon.domain.contacts.model import ContactId, Who
from beckon.domain.events import actions as events
from beckon.domain.events.model import EventId, NewEvent
from beckon.domain.orders import queries, rules, writes
from beckon.domain.orders.model import NewOrder, Order
from beckon.kit.ids import named_uuid
from beckon.kit.refusals import Invalid
from beckon.storage.schema import Tx


def take(
    tx: Tx, project_id: ProjectId, orders: Sequence[NewOrder], now: datetime
) -> list[Order | Invalid]:
    """Keep orders as told, in order, and give each as it then stands, or why it was not taken.

    The last word about an order counts; told twice in one call, only the last of the two is kept. A
    buyer nobody knows comes to be with the order's profile; one who is known is not changed. Each
    order kept is an event `order<STATUS>` of its buyer, whose key is the caller's id.
    """
    contacts.lock_people(tx, project_id, is_shared=False)
    buyers = contacts.meet(tx, project_id, [(order.who, order.profile) for order in orders], now)
    last: dict[str, tuple[NewOrder, ContactId]] = {}
    refused: dict[int, Invalid] = {}
    for place, (order, buyer) in enumerate(zip(orders, buyers, strict=True)):
        if isinstance(buyer, Invalid):
            refused[place] = buyer
        elif buyer is None:
            refused[place] = Invalid("externalCustomerId, email or phone must name the buyer.")
        else:
            last[order.external_id] = (order, buyer)
    writes.upsert_orders(tx, project_id, last, now)
    kept = queries.find_orders(tx, project_id, last)
    writes.insert_changes(tx, project_id, [kept[name] for name in sorted(last)], now)
    events.record(tx, project_id, [_event(kept[name], now) for name in sorted(last)], now)
    return [
        refused[place] if place in refused else kept[order.external_id]
        for place, order in enumerate(orders)
    ]


def _event(order: Order, now: datetime) -> NewEvent:
    told = {
        "externalOrderId": order.external_id,
        "orderId": order.id,
        "status": order.status,
        "totalCost": float(rules.to_major(order.total, order.currency)),
        "currency": order.currency,
    }
    name = named_uuid("order", str(order.project_id), str(order.id), str(order.version))
    return NewEvent(
        id=EventId(name),
        name=rules.event_name(order.status),
        who=Who(contact_id=order.contact_id),
        key=order.external_id,
        properties=told,
        occurred_at=now,
        received_at=now,
    )
