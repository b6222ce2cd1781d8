"""Orders in the Reteno vocabulary: up to 1,000 at once, each taken or refused by itself."""

from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from beckon.api.call import Call
from beckon.api.reteno.order_words import OrderWords, Reading
from beckon.domain.accounts.queries import get_project
from beckon.domain.orders import actions
from beckon.domain.orders.model import NewOrder
from beckon.kit import json
from beckon.kit.refusals import Invalid

ORDERS_MAX = 1000


class OrdersWords(Struct):
    """Body of POST /orders; orders are read one by one: a bad one costs only itself."""

    orders: list[Any]


class FailedOrder(Struct):
    """An order that was not taken, as it was sent, and why."""

    order: Any
    error: str


class OrdersTaken(Struct, rename="camel"):
    """Reply to POST /orders where something failed; else its body is empty."""

    failed_orders: list[FailedOrder]


def add_orders(call: Call, body: OrdersWords) -> OrdersTaken | None:
    """POST /v1/orders; the same externalOrderId again changes the order."""
    if not 1 <= len(body.orders) <= ORDERS_MAX:
        raise Invalid(f"orders must hold 1 to {ORDERS_MAX} orders.")
    reading = Reading(ZoneInfo(get_project(call.tx, call.project_id).time_zone))
    read: list[tuple[int, NewOrder]] = []
    failed: dict[int, str] = {}
    for place, words in enumerate(json.shape_each(body.orders, OrderWords)):
        try:
            read.append((place, reading.read(words, f"orders[{place}]")))
        except Invalid as fault:
            failed[place] = fault.message
    results = actions.take(call.tx, call.project_id, [order for _, order in read], call.now)
    for (place, _), result in zip(read, results, strict=True):
        if isinstance(result, Invalid):
            failed[place] = f"orders[{place}]: {result.message}"
    if not failed:
        return None
    return OrdersTaken([FailedOrder(body.orders[place], failed[place]) for place in sorted(failed)])
