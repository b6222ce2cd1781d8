"""What can be done with orders. Each action runs inside the caller's transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.matching import Dedupe, Entry
from beckon.domain.contacts.model import ContactId, Who
from beckon.domain.contacts.upserting import meet
from beckon.domain.events import actions as events
from beckon.domain.events.model import EventId, NewEvent
from beckon.domain.orders import rules, writes
from beckon.domain.orders.model import Mark, NewOrder, Order
from beckon.kit.ids import named_uuid
from beckon.kit.refusals import Invalid
from beckon.storage.schema import Tx

NOBODY = "externalCustomerId, email or phone must name the buyer."


def take(
    tx: Tx, project_id: ProjectId, orders: Sequence[NewOrder], now: datetime
) -> list[Order | Invalid]:
    """Keep orders as told, in order, and give each as it then stands, or why it was not taken.

    The last word about an order counts; told twice in one call, only the last of the two is kept. A
    buyer is known by the caller's id, else by phone number or e-mail address; who is known is not
    changed, and whom nobody knows comes to be with the order's profile. Each order kept is an
    event `order<STATUS>` of its buyer with all the order says, whose key is the caller's id.
    """
    named = [(place, order) for place, order in enumerate(orders) if order.who != Who()]
    buyers = meet(tx, project_id, [_buyer(order) for _, order in named], Dedupe.PHONE_OR_EMAIL, now)
    last: dict[str, tuple[NewOrder, ContactId]] = {}
    refused = {place: Invalid(NOBODY) for place in range(len(orders))}
    for (place, order), buyer in zip(named, buyers, strict=True):
        if isinstance(buyer, Invalid):
            refused[place] = buyer
        else:
            del refused[place]
            last[order.external_id] = (order, buyer.contact_id)
    kept = _keep(tx, project_id, last, now)
    events.record(tx, project_id, [_event(kept[name], now) for name in sorted(last)], now)
    return [
        refused[place] if place in refused else kept[order.external_id]
        for place, order in enumerate(orders)
    ]


def keep(
    tx: Tx, project_id: ProjectId, order: NewOrder, contact_id: ContactId, now: datetime
) -> Order:
    """Keep an order of somebody that an event told; no other event is logged of it."""
    return _keep(tx, project_id, {order.external_id: (order, contact_id)}, now)[order.external_id]


def _keep(
    tx: Tx,
    project_id: ProjectId,
    orders: Mapping[str, tuple[NewOrder, ContactId]],
    now: datetime,
) -> dict[str, Order]:
    marks = writes.upsert_orders(tx, project_id, orders, now)
    kept = {
        name: _kept(project_id, marks[name], order, contact_id, now)
        for name, (order, contact_id) in sorted(orders.items())
    }
    writes.insert_changes(tx, project_id, kept.values(), now)
    return kept


def _kept(
    project_id: ProjectId, mark: Mark, order: NewOrder, contact_id: ContactId, now: datetime
) -> Order:
    """Give an order as it was just kept."""
    return Order(
        mark.id,
        project_id,
        contact_id,
        order.external_id,
        mark.version,
        order.status,
        order.total,
        order.currency,
        order.placed_at,
        tuple(order.items),
        order.details,
        mark.created_at,
        now,
    )


def _buyer(order: NewOrder) -> Entry:
    who, profile = order.who, order.profile
    return Entry(
        who.external_id,
        profile,
        who.contact_id,
        email=profile.email or who.email,
        phone=profile.phone or who.phone,
    )


def _event(order: Order, now: datetime) -> NewEvent:
    name = named_uuid("order", str(order.project_id), str(order.id), str(order.version))
    return NewEvent(
        id=EventId(name),
        name=rules.event_name(order.status),
        who=Who(contact_id=order.contact_id),
        key=order.external_id,
        properties=rules.describe(order),
        occurred_at=now,
        received_at=now,
    )
