"""Loads the facts of a few people from the state store, as far as a rule needs them.

What is told now counts now: unlike the analytics store this one is never behind.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import Channel, Contact, ContactId
from beckon.domain.events import queries as events
from beckon.domain.events.model import Event, EventFilter
from beckon.domain.orders import queries as orders
from beckon.domain.orders.model import Order
from beckon.domain.segments import queries
from beckon.domain.segments.facts import Facts, Happened, Needs, Purchase
from beckon.domain.segments.model import Reach
from beckon.domain.subscriptions.reach import Reached, find_reached
from beckon.kit.typed import flatten
from beckon.storage.schema import Tx

CHUNK = 500
EVENTS_MAX = 10_000
ORDERS_MAX = 1000


def load_facts(
    tx: Tx, project_id: ProjectId, contact_ids: Iterable[ContactId], needed: Needs
) -> dict[ContactId, Facts]:
    """Load what a rule needs of these people; who is no more is not among the answers.

    Bounded: of one person the 10,000 events of a name, 10,000 outcomes and 1,000 orders that came
    last.
    """
    wanted = sorted(set(contact_ids))
    found: dict[ContactId, Facts] = {}
    for start in range(0, len(wanted), CHUNK):
        people = contacts.list_contacts(tx, project_id, wanted[start : start + CHUNK])
        reached = find_reached(tx, project_id, people) if needed.reach else {}
        for person in people:
            facts = _load(tx, person, needed)
            found[person.id] = replace(facts, reach=_reach(reached.get(person.id)))
    return found


def _load(tx: Tx, person: Contact, needed: Needs) -> Facts:
    facts = Facts(person, flatten(person.properties))
    if needed.events:
        happened = {name: _events(tx, person, name) for name in needed.events}
        facts = replace(
            facts,
            events={
                name: [Happened(one.occurred_at, flatten(one.properties)) for one in lines]
                for name, lines in happened.items()
            },
        )
    if needed.visits:
        facts = replace(facts, visits=[one.occurred_at for one in _events(tx, person, None)])
    if needed.outcomes:
        outcomes = queries.list_outcomes(tx, person.project_id, person.id, needed.outcomes)
        facts = replace(facts, outcomes=outcomes)
    if needed.segments:
        inside = queries.list_of_contact(tx, person.project_id, person.id)
        facts = replace(facts, segments=frozenset(one.segment_id for one in inside))
    if needed.purchases:
        bought = orders.list_orders_of(tx, person.project_id, person.id, limit=ORDERS_MAX)
        facts = replace(facts, purchases=[_purchase(order) for order in bought])
    return facts


def _events(tx: Tx, person: Contact, name: str | None) -> list[Event]:
    asked = EventFilter(name=name, contact_id=person.id)
    return events.list_events(tx, person.project_id, asked, offset=0, limit=EVENTS_MAX)


def _reach(reached: Reached | None) -> Mapping[Reach, frozenset[Channel]]:
    if reached is None:
        return {}
    return {
        Reach.ADDRESSED: reached.addressed,
        Reach.CONFIRMED: reached.confirmed,
        Reach.SUBSCRIBED: reached.subscribed,
    }


def _purchase(order: Order) -> Purchase:
    return Purchase(
        order.status,
        order.total,
        order.currency,
        order.placed_at,
        frozenset(item.product_id for item in order.items),
        frozenset(item.category for item in order.items if item.category is not None),
    )
