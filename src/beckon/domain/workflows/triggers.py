"""What starts a run, as values, and the signals by which it is heard.

A signal is one thing that happened to one contact, from whichever log it was read. Its key says
what happened: `event:signed_up`, `segment_entered:7`, `contact_created`, `field:birthday`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import TypeAlias, assert_never

from beckon.domain.contacts.model import ContactId
from beckon.domain.workflows.conditions import NOTHING_ASKED, Proviso

CONTACT_CREATED = "contact_created"
OWN_FIELDS = {
    "id": "external_id",
    "firstName": "first_name",
    "lastName": "last_name",
    "timezone": "time_zone",
    "timeZone": "time_zone",
}
"""How the log of changes calls what rules call otherwise."""
ORDER_STATUSES = ("INITIALIZED", "IN_PROGRESS", "DELIVERED", "CANCELLED", "ABANDONED_SHOPPING_CART")


class Side(StrEnum):
    """Which way somebody crosses the border of a segment."""

    ENTERED = "entered"
    LEFT = "left"


class Every(StrEnum):
    """How often a schedule comes round."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    ONCE = "once"


@dataclass(frozen=True, slots=True)
class EventTrigger:
    """An event of this name, where its parameters and the contact pass; names have no case."""

    event_name: str
    where: Proviso = NOTHING_ASKED


@dataclass(frozen=True, slots=True)
class SegmentTrigger:
    """Somebody enters or leaves a segment."""

    segment_id: int
    side: Side = Side.ENTERED


@dataclass(frozen=True, slots=True)
class ContactTrigger:
    """A contact comes to be; or, with `fields`, one of them is changed."""

    fields: tuple[str, ...] = ()
    where: Proviso = NOTHING_ASKED


@dataclass(frozen=True, slots=True)
class DateTrigger:
    """The date in a contact's field, so many days before (below 0) or after it, at a time of day.

    `is_yearly` takes every anniversary; 29 February is kept on 1 March in other years. The time
    counts in the contact's zone, where one is known, else in the project's.
    """

    field: str
    days: int = 0
    at: time = time(9)
    is_yearly: bool = False


@dataclass(frozen=True, slots=True)
class ScheduleTrigger:
    """A time of day in the project's zone, for everybody who is in a segment then.

    `weekdays` (Monday is 0) belong to WEEK, `month_day` to MONTH: the 31st is the last of shorter
    months. `until` is the last day.
    """

    segment_id: int
    at: time
    start: date
    every: Every = Every.DAY
    weekdays: tuple[int, ...] = ()
    month_day: int = 1
    until: date | None = None


@dataclass(frozen=True, slots=True)
class OrderTrigger:
    """An order comes into this status; it is heard by the event that orders record."""

    status: str
    where: Proviso = NOTHING_ASKED


@dataclass(frozen=True, slots=True)
class CallTrigger:
    """A call of the API names whom to start it for."""


@dataclass(frozen=True, slots=True)
class HookTrigger:
    """Somebody else's webhook comes in.

    `person` is where in its body the contact's own id stands, a path such as `customer.id`;
    `email` the same for the address. One of them is given.
    """

    person: str | None = None
    email: str | None = None


Trigger: TypeAlias = (
    EventTrigger
    | SegmentTrigger
    | ContactTrigger
    | DateTrigger
    | ScheduleTrigger
    | OrderTrigger
    | CallTrigger
    | HookTrigger
)


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing that happened to one contact.

    `id` names it for good: hearing it twice is hearing it once. `keys` are all the names it goes
    by. `at` is when it came to be known here. One that is not live is only history: it may end
    what runs, but starts nothing.
    """

    id: str
    keys: Sequence[str]
    contact_id: ContactId
    at: datetime
    data: Mapping[str, object] = field(default_factory=dict)
    is_live: bool = True


def event_key(name: str) -> str:
    """Give the key of an event's signal: names are compared without case."""
    return f"event:{name.strip().casefold()}"


def segment_key(segment_id: int, side: Side) -> str:
    """Give the key of crossing a segment's border."""
    return f"segment_{side}:{segment_id}"


def field_key(name: str) -> str:
    """Give the key of a change to a contact's field, in whichever way people and logs name it.

    A property may be told with or without `properties.`, a field of everybody as rules name it.
    """
    bare = name.strip().removeprefix("properties.")
    return f"field:{OWN_FIELDS.get(bare, bare)}"


def keys_of(trigger: Trigger) -> tuple[str, ...]:
    """Tell the keys of the signals that a trigger starts for; none where nothing is heard."""
    match trigger:
        case EventTrigger(name):
            return (event_key(name),)
        case OrderTrigger(status):
            return (event_key(f"order{status}"),)
        case SegmentTrigger(segment_id, side):
            return (segment_key(segment_id, side),)
        case ContactTrigger(()):
            return (CONTACT_CREATED,)
        case ContactTrigger(fields):
            return tuple(field_key(name) for name in fields)
        case DateTrigger() | ScheduleTrigger() | CallTrigger() | HookTrigger():
            return ()
        case _:
            assert_never(trigger)


def where_of(trigger: Trigger) -> Proviso:
    """Tell what a trigger asks of the signal and the contact."""
    match trigger:
        case EventTrigger() | ContactTrigger() | OrderTrigger():
            return trigger.where
        case _:
            return NOTHING_ASKED
