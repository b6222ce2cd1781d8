"""Orders: what people bought, in which state, and all that was told of each as JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from starlette.responses import Response

from beckon.dashboard.visits import Page, Visit, number_of
from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import Contact, ContactId
from beckon.domain.orders import queries, rules
from beckon.domain.orders.model import Item, Order, OrderId, Status
from beckon.domain.orders.queries import OrderUnknown
from beckon.kit.refusals import Invalid
from beckon.storage.schema import Tx

ROWS = 50
SEARCH_CHARACTERS_MAX = 255


@dataclass(frozen=True, slots=True)
class Stretch:
    """A page of the list; `total` of each order is written out, `buyers` are by contact number."""

    orders: list[tuple[Order, str]]
    buyers: Mapping[ContactId, Contact]
    older: OrderId | None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an order as people read it; `price` of a piece and `sum` may be ""."""

    name: str
    about: str
    quantity: str
    price: str
    sum: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One order, its buyer, the states it went through, and the whole of it as JSON."""

    order: Order
    price: str
    lines: list[Line]
    buyer: Contact | None
    statuses: list[tuple[Status, datetime]]
    json: str


async def show_list(visit: Visit) -> Response:
    """Answer GET /orders, the one told last first."""
    project_id = visit.session.project.id
    status, search = _status(visit.asked("status")), visit.asked("search")
    if len(search) > SEARCH_CHARACTERS_MAX:
        raise Invalid(f"search must have at most {SEARCH_CHARACTERS_MAX} characters.")
    number = visit.asked_number("before")
    before = None if number is None else OrderId(number)
    stretch = await visit.house.state.read(
        lambda tx: read_stretch(tx, project_id, status, search, before)
    )
    words = {"status": status} if status else {}
    older = urlencode({**words, "before": stretch.older})
    return visit.page(
        "orders.html",
        orders=stretch.orders,
        buyers=stretch.buyers,
        statuses=list(Status),
        state=status,
        search=search,
        newest=f"/orders?{urlencode(words)}" if before is not None else None,
        older=f"/orders?{older}" if stretch.older is not None else None,
    )


async def show(visit: Visit) -> Response:
    """Answer GET /orders/{id}, by our number of it."""
    number = number_of(visit.request.path_params["id"])
    if number is None:
        raise OrderUnknown("There is no such order.")
    project_id, order_id = visit.session.project.id, OrderId(number)
    shown = await visit.house.state.read(lambda tx: read_order(tx, project_id, order_id))
    return visit.page("order.html", shown=shown)


def read_stretch(
    tx: Tx, project_id: ProjectId, status: Status | None, search: str, before: OrderId | None
) -> Stretch:
    """Read a page of the list, or the one order of the id that is looked for."""
    if search:
        found = list(queries.find_orders(tx, project_id, [search]).values())
    else:
        found = queries.list_page(tx, project_id, before=before, status=status, limit=ROWS + 1)
    shown = found[:ROWS]
    buyers = contacts.list_contacts(tx, project_id, sorted({one.contact_id for one in shown}))
    return Stretch(
        [(one, price_of(one.total, one.currency)) for one in shown],
        {one.id: one for one in buyers},
        shown[-1].id if len(found) > ROWS else None,
    )


def read_order(tx: Tx, project_id: ProjectId, order_id: OrderId) -> Shown:
    """Read one order. Raises OrderUnknown."""
    found = queries.list_orders(tx, project_id, [order_id])
    if not found:
        raise OrderUnknown("There is no such order.")
    order = found[0]
    buyers = contacts.list_contacts(tx, project_id, [order.contact_id])
    return Shown(
        order,
        price_of(order.total, order.currency),
        [_line(one, order.currency) for one in order.items],
        buyers[0] if buyers else None,
        queries.list_statuses(tx, project_id, order.id),
        _printed(order),
    )


def _line(item: Item, currency: str) -> Line:
    about = [part for part in (item.category, item.product_id if item.name else None) if part]
    price = whole = ""
    if item.price is not None:
        price = price_of(item.price, currency)
        whole = price_of(round(item.price * item.quantity), currency)
    return Line(item.name or item.product_id, " · ".join(about), f"{item.quantity:g}", price, whole)


def _printed(order: Order) -> str:
    whole = {
        "externalOrderId": order.external_id,
        "orderId": order.id,
        "contactId": order.contact_id,
        "status": order.status,
        "totalCost": float(rules.to_major(order.total, order.currency)),
        "currency": order.currency,
        "date": _utc(order.placed_at),
        "items": [_item(one, order.currency) for one in order.items],
        **order.details,
        "version": order.version,
        "createdAt": _utc(order.created_at),
        "updatedAt": _utc(order.updated_at),
    }
    return json.dumps(whole, ensure_ascii=False, indent=2)


def _item(item: Item, currency: str) -> dict[str, object]:
    told = {
        "externalItemId": item.product_id,
        "name": item.name,
        "category": item.category,
        "quantity": item.quantity,
        "cost": None if item.price is None else float(rules.to_major(item.price, currency)),
        **item.details,
    }
    return {key: value for key, value in told.items() if value is not None}


def price_of(minor: int, currency: str) -> str:
    """Write an amount of minor units for people, as in 1,250.00 UAH."""
    return f"{rules.to_major(minor, currency):,} {currency}"


def _utc(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _status(name: str) -> Status | None:
    if not name:
        return None
    try:
        return Status(name)
    except ValueError:
        raise Invalid("status must be the state of an order.") from None


PAGES = (
    Page(path="/orders", get=show_list),
    Page(path="/orders/{id}", get=show),
)
