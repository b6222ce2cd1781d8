"""Loads the facts of a few people from the state store, as far as a rule needs them.

What is told now counts now: unlike the analytics store this one is never behind.
"""

from collections.abc import Iterable, Mapping, Sequence

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import Channel, Contact, ContactId
from beckon.domain.events import queries as events
from beckon.domain.events.model import Came
from beckon.domain.orders import queries as orders
from beckon.domain.orders.model import Order
from beckon.domain.segments import queries
from beckon.domain.segments.facts import Facts, Happened, Needs, Purchase, Recorded
from beckon.domain.segments.model import Reach
from beckon.domain.subscriptions.reach import Reached, find_reached
from beckon.kit.typed import Typed, flatten
from beckon.storage.schema import Tx

CHUNK = 500
EVENTS_MAX = 10_000
ORDERS_MAX = 1000
NOTHING_TOLD = Typed()


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
        found |= _load(tx, project_id, people, needed)
    return found


def _load(
    tx: Tx, project_id: ProjectId, people: Sequence[Contact], needed: Needs
) -> dict[ContactId, Facts]:
    """Load a chunk of people, a statement for each thing that is needed of them."""
    ids = [person.id for person in people]
    happened = {
        name: _list_events(tx, project_id, ids, name, has_properties=name in needed.told)
        for name in needed.events
    }
    visits = _list_events(tx, project_id, ids, None, has_properties=False) if needed.visits else {}
    members = {one: queries.find_members(tx, project_id, one, ids) for one in needed.segments}
    reached = find_reached(tx, project_id, people) if needed.reach else {}
    bought = (
        orders.list_latest_of(tx, project_id, ids, limit=ORDERS_MAX) if needed.purchases else {}
    )
    return {
        one.id: Facts(
            one,
            flatten(one.properties),
            _reach(reached.get(one.id)),
            {name: _happened(of.get(one.id, ())) for name, of in happened.items()},
            tuple(came.at for came in visits.get(one.id, ())),
            _outcomes(tx, one, needed),
            frozenset(segment_id for segment_id, inside in members.items() if one.id in inside),
            tuple(_purchase(order) for order in bought.get(one.id, ())),
        )
        for one in people
    }


def _list_events(
    tx: Tx,
    project_id: ProjectId,
    ids: Sequence[ContactId],
    name: str | None,
    *,
    has_properties: bool,
) -> dict[ContactId, list[Came]]:
    return events.list_latest_of(
        tx, project_id, ids, name=name, limit=EVENTS_MAX, has_properties=has_properties
    )


def _happened(of_one: Iterable[Came]) -> tuple[Happened, ...]:
    return tuple(
        Happened(came.at, flatten(came.properties) if came.properties else NOTHING_TOLD)
        for came in of_one
    )


def _outcomes(tx: Tx, person: Contact, needed: Needs) -> Sequence[Recorded]:
    if not needed.outcomes:
        return ()
    return queries.list_outcomes(tx, person.project_id, person.id, needed.outcomes)


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
