"""What a user ordered, in the Retenshun vocabulary; orders come in by the other one."""

from typing import Any

from msgspec import Struct

from beckon.api.call import Call
from beckon.api.retenshun.objects import Page
from beckon.api.retenshun.users import find_user
from beckon.api.times import write_moment
from beckon.domain.orders import queries
from beckon.domain.orders.model import Order
from beckon.domain.orders.rules import to_major


class OrderItemObject(Struct, rename="camel"):
    """One line of an order; `price` is of one piece, in the order's currency."""

    product_id: str
    quantity: float
    name: str | None
    category: str | None
    price: float | None


class OrderObject(Struct, rename="camel"):
    """An order."""

    id: str
    status: str
    total: float
    currency: str
    placed_at: str
    updated_at: str
    items: list[OrderItemObject]
    details: dict[str, Any]


class OrderList(Struct):
    """Reply to GET /users/:id/orders."""

    orders: list[OrderObject]
    total: int
    page: int
    limit: int


def list_user_orders(call: Call, user_id: str, query: Page) -> OrderList:
    """GET /users/:id/orders, the latest first."""
    query.check()
    contact = find_user(call, user_id)
    found = queries.list_orders_of(
        call.tx, call.project_id, contact.id, offset=query.offset, limit=query.limit
    )
    return OrderList(
        [_object(order) for order in found],
        queries.count_orders_of(call.tx, call.project_id, contact.id),
        query.page,
        query.limit,
    )


def _object(order: Order) -> OrderObject:
    items = [
        OrderItemObject(
            item.product_id,
            item.quantity,
            item.name,
            item.category,
            None if item.price is None else float(to_major(item.price, order.currency)),
        )
        for item in order.items
    ]
    return OrderObject(
        id=order.external_id,
        status=order.status,
        total=float(to_major(order.total, order.currency)),
        currency=order.currency,
        placed_at=write_moment(order.placed_at),
        updated_at=write_moment(order.updated_at),
        items=items,
        details=dict(order.details),
    )
