"""Orders told as events in the Reteno vocabulary: `orderCreated` and the three that change one."""

from zoneinfo import ZoneInfo

from beckon.api.reteno.order_words import Reading
from beckon.domain.events.model import Event
from beckon.domain.orders.following import CANCELLED, CREATED, DELIVERED, UPDATED
from beckon.domain.orders.model import NewOrder, Order, Status
from beckon.domain.orders.rules import describe
from beckon.kit import json
from beckon.kit.refusals import Invalid

NO_CURRENCY = "XXX"
"""What ISO 4217 says where no currency is meant: events need not tell one."""

ENDS = {DELIVERED: Status.DELIVERED, CANCELLED: Status.CANCELLED}
BEGINS = {CREATED, UPDATED}


def read_order(event: Event, known: Order | None, zone: ZoneInfo) -> NewOrder | None:
    """See `following.Read`. What the event does not say of a known order stays as it was.

    An event that lacks what an order must have tells none; so do deliveries and cancellations of
    orders that nobody knows. Source: Reteno, sending orders via events.
    """
    if event.contact_id is None or (known is None and event.name not in BEGINS):
        return None
    told = {name: value for name, value in event.properties.items() if value is not None}
    if "currencyCode" in told:
        told.setdefault("currency", told["currencyCode"])
    before = {"currency": NO_CURRENCY} if known is None else describe(known)
    words = {**before, **told}
    if event.name in ENDS:
        words["status"] = ENDS[event.name].value
    try:
        words["items"] = _items(words.get("items"))
        return Reading(zone).read_of(event.contact_id, words, "event")
    except Invalid:
        return None


def _items(given: object) -> object:
    """Read items that came as escaped JSON, as the first version of the call has them."""
    return json.read(given.encode()) if isinstance(given, str) and given.strip() else given
