"""Orders as they come in and as they are kept. Money is whole minor units of its currency."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, NewType

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import ContactId, Profile, Who
from beckon.kit.values import Value, field

OrderId = NewType("OrderId", int)


class Status(StrEnum):
    """How far an order is; only what was delivered counts as bought."""

    INITIALIZED = "INITIALIZED"
    IN_PROGRESS = "IN_PROGRESS"
    DELIVERED = "DELIVERED"
    CANCELLED = "CANCELLED"
    ABANDONED = "ABANDONED_SHOPPING_CART"


class Item(Value, frozen=True):
    """One line of an order. `price` is of one piece, in minor units; None where it is not told."""

    product_id: str
    quantity: float
    name: str | None = None
    category: str | None = None
    price: int | None = None
    details: Mapping[str, object] = field(default_factory=dict)


class NewOrder(Value, frozen=True):
    """An order as a caller tells it; the same `external_id` again changes the order.

    `profile` is what to say of the buyer if nobody knows them yet. `placed_at` is aware UTC.
    """

    external_id: str
    who: Who
    status: Status
    total: int
    currency: str
    placed_at: datetime
    items: Sequence[Item] = ()
    profile: Profile = field(default_factory=Profile)
    details: Mapping[str, object] = field(default_factory=dict)


class Order(Value, frozen=True):
    """An order as it stands. `version` counts its changes from 1."""

    id: OrderId
    project_id: ProjectId
    contact_id: ContactId
    external_id: str
    version: int
    status: Status
    total: int
    currency: str
    placed_at: datetime
    items: Sequence[Item]
    details: Mapping[str, object]
    created_at: datetime
    updated_at: datetime


class Summary(Value, frozen=True):
    """What one person ordered, in figures.

    `count` and `last_at` are of all orders, whatever became of them; `bought`, `totals` (minor
    units by currency) and `bought_at` of those that were delivered and not placed in the future.
    """

    count: int
    last_at: datetime | None
    bought: int
    totals: Mapping[str, int]
    bought_at: datetime | None


class Mark(NamedTuple):
    """What the store alone knows of an order that was just told."""

    id: OrderId
    version: int
    created_at: datetime


class OrderChange(NamedTuple):
    """A line of the log of changes: the order came to be, or was told anew."""

    epoch: int
    position: int
    project_id: ProjectId
    order_id: OrderId


class Habits(Value, frozen=True):
    """How somebody buys: the last order, how many, and what they came to, in minor units."""

    last_at: datetime
    count: int
    total: int


class Cell(NamedTuple):
    """Recency, frequency and monetary score of a person: 1 is the lowest fifth, 5 the highest."""

    recency: int
    frequency: int
    monetary: int
