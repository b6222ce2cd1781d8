"""Events in the Retenshun vocabulary: track, batch, identify, list, get, delete.

Its wire words stop here: inside, a user is a contact.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct, field

from beckon.api.call import Call, Edge, Intake
from beckon.api.retenshun.objects import (
    Cursored,
    Deleted,
    EventObject,
    UserObject,
    either,
    event_object,
    read_uuid,
    read_who,
)
from beckon.api.retenshun.users_shown import show_user
from beckon.api.times import read_bound, read_moment, write_moment
from beckon.domain.accounts.model import KeyKind
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import ContactId, Who
from beckon.domain.contacts.rules import read_profile
from beckon.domain.events import actions, queries, rules
from beckon.domain.events.model import (
    EventFilter,
    EventId,
    Happening,
    Identification,
    NewEvent,
)
from beckon.kit import json
from beckon.kit.addresses import check_phone, is_email
from beckon.kit.ids import named_uuid
from beckon.kit.refusals import Invalid, Refusal

BATCH_MAX = 1000


class TrackEvent(Struct, rename="camel"):
    """Body of POST /events: either dialect, also mixed."""

    event_name: str | None = None
    event: str | None = None
    user_id: str | None = None
    user_id_: str | None = field(default=None, name="user_id")
    anonymous_id: str | None = None
    anonymous_id_: str | None = field(default=None, name="anonymous_id")
    properties: dict[str, Any] = field(default_factory=dict)
    timestamp: str | None = None
    message_id: str | None = None


class Tracked(Struct):
    """Reply to POST /events."""

    id: str
    event: EventObject
    status: Literal["ok"] = "ok"


class Batch(Struct):
    """Body of POST /events/batch; each item is looked at by itself."""

    batch: list[Any]


class BatchItem(Struct, rename="camel"):
    """One item of a batch: `track`, `identify`, `page`, `screen` or `alias`."""

    type: str
    event_name: str | None = None
    event: str | None = None
    user_id: str | None = None
    user_id_: str | None = field(default=None, name="user_id")
    anonymous_id: str | None = None
    anonymous_id_: str | None = field(default=None, name="anonymous_id")
    previous_id: str | None = None
    previous_id_: str | None = field(default=None, name="previous_id")
    name: str | None = None
    properties: dict[str, Any] | None = None
    traits: dict[str, Any] | None = None
    context: dict[str, Any] | None = None
    timestamp: str | None = None
    message_id: str | None = None


class RejectedItem(Struct):
    """Which item of a batch was not taken, and why."""

    index: int
    message: str


class BatchTaken(Struct):
    """Reply to POST /events/batch."""

    accepted: int
    rejected: list[RejectedItem]
    status: Literal["ok"] = "ok"


class Identify(Struct, rename="camel"):
    """Body of POST /identify."""

    user_id: str | None = None
    user_id_: str | None = field(default=None, name="user_id")
    anonymous_id: str | None = None
    anonymous_id_: str | None = field(default=None, name="anonymous_id")
    email: str | None = None
    phone: str | None = None
    properties: dict[str, Any] = field(default_factory=dict)


class Identified(Struct):
    """Reply to POST /identify."""

    user: UserObject


class EventsAsked(Cursored, rename="camel"):
    """Query of GET /events."""

    user_id: str | None = None
    event_name: str | None = None
    from_: str | None = field(default=None, name="from")
    to: str | None = None


class EventList(Struct, rename="camel"):
    """Reply to GET /events and GET /users/:id/events; `nextCursor` is null at the end."""

    events: list[EventObject]
    total: int
    page: int
    limit: int
    next_cursor: str | None


def track(edge: Edge, body: TrackEvent) -> Intake[Tracked]:
    """POST /events; public and secret keys may both track."""
    event = _new_event(edge, body, body.properties, "")

    def reply(_: Sequence[ContactId | None]) -> Tracked:
        received = write_moment(event.received_at)
        is_now = event.occurred_at is event.received_at
        shown = EventObject(
            id=f"evt_{event.id.hex}",
            event_name=event.name,
            user_id=event.who.external_id,
            anonymous_id=event.who.anonymous_id,
            properties=dict(event.properties),
            timestamp=received if is_now else write_moment(event.occurred_at),
            created_at=received,
        )
        return Tracked(shown.id, shown)

    return Intake([event], reply)


def track_batch(edge: Edge, body: Batch) -> Intake[BatchTaken]:
    """POST /events/batch; good items are taken in order, bad ones told by their index."""
    if not 0 < len(body.batch) <= BATCH_MAX:
        raise Invalid(f"batch must hold 1 to {BATCH_MAX} items.")
    happenings: list[Happening] = []
    rejected: list[RejectedItem] = []
    for index, item in enumerate(body.batch):
        try:
            happenings.append(_read_item(edge, item, f"batch[{index}]"))
        except Refusal as refused:
            rejected.append(RejectedItem(index, refused.message))
    return Intake(happenings, lambda concerned: BatchTaken(len(concerned), rejected))


def identify(call: Call, body: Identify) -> Identified:
    """POST /identify; says who somebody is and what is known of them."""
    found = actions.record(
        call.tx, call.project_id, [_identification(call, body, _traits(body), "")], call.now
    )[0]
    assert found is not None
    return Identified(show_user(call, contacts.get_contact(call.tx, call.project_id, found)))


def list_events(call: Call, query: EventsAsked) -> EventList:
    """GET /events, newest first."""
    query.check()
    asked = EventFilter(
        name=query.event_name,
        external_id=query.user_id,
        occurred_from=read_bound(query.from_, "from", is_end=False) if query.from_ else None,
        occurred_to=read_bound(query.to, "to", is_end=True) if query.to else None,
    )
    return show_events(call, asked, query)


def show_events(call: Call, asked: EventFilter, query: Cursored) -> EventList:
    """List events of a filter as the query asks. Raises Invalid for a time that ends too early."""
    if asked.occurred_from and asked.occurred_to and asked.occurred_from > asked.occurred_to:
        raise Invalid("from must not lie after to.")
    before = query.given
    if before is None:
        found = queries.list_events(
            call.tx, call.project_id, asked, offset=query.offset, limit=query.limit
        )
    else:
        found = queries.list_events_before(
            call.tx, call.project_id, asked, position=before, limit=query.limit
        )
    return EventList(
        [event_object(event) for event in found],
        queries.count_events(call.tx, call.project_id, asked),
        query.page,
        query.limit,
        query.next_of([event.position for event in found]),
    )


def get_event(call: Call, event_id: str) -> EventObject:
    """GET /events/:id."""
    found = EventId(read_uuid("evt", event_id, "event"))
    return event_object(queries.get_event(call.tx, call.project_id, found))


def delete_event(call: Call, event_id: str) -> Deleted:
    """DELETE /events/:id."""
    found = EventId(read_uuid("evt", event_id, "event"))
    actions.delete(call.tx, call.project_id, found, call.now)
    return Deleted()


def _read_item(edge: Edge, item: object, place: str) -> Happening:
    try:
        shaped = json.shape(item, BatchItem)
    except Invalid as fault:
        raise Invalid(f"{place}.{fault.message}") from None
    match shaped.type:
        case "track":
            return _new_event(edge, shaped, shaped.properties or {}, f"{place}.")
        case "page" | "screen":
            shaped.event, named = shaped.type, {"name": shaped.name} if shaped.name else {}
            return _new_event(edge, shaped, {**named, **(shaped.properties or {})}, f"{place}.")
        case "identify":
            return _identification(edge, shaped, _item_traits(shaped), f"{place}.")
        case "alias":
            names = f"{place}.previousId and {place}.previous_id"
            shaped.anonymous_id = either(shaped.previous_id, shaped.previous_id_, names)
            shaped.anonymous_id_ = None
            return _alias(edge, shaped, f"{place}.")
        case _:
            raise Invalid(f"{place}.type must be track, identify, page, screen or alias.")


def _item_traits(item: BatchItem) -> dict[str, Any]:
    """Read what is said of a person: `traits`, else `properties`, else the context's traits."""
    told = item.properties if item.traits is None else item.traits
    inside = (item.context or {}).get("traits")
    return told if told is not None else inside if isinstance(inside, dict) else {}


def _alias(edge: Edge, item: BatchItem, place: str) -> Identification:
    """Let the previous id, a visitor's, be the user's from now on."""
    found = _identification(edge, item, {}, place)
    if found.who.external_id is None or found.who.anonymous_id is None:
        raise Invalid(f"{place}previousId and {place}userId are required.")
    return found


def _new_event(
    edge: Edge, words: TrackEvent | BatchItem, properties: dict[str, Any], place: str
) -> NewEvent:
    name = either(words.event_name, words.event, f"{place}eventName and {place}event")
    if name is None:
        raise Invalid(f"{place}event is required.")
    who = read_who(*_ids(words, place), place=place)
    given = words.message_id
    if given is None:
        event_id = edge.new_id()
    else:
        if not 0 < len(given) <= 255:
            raise Invalid(f"{place}messageId must have 1 to 255 characters.")
        event_id = named_uuid("event", str(edge.project_id), given)
    return NewEvent(
        id=EventId(event_id),
        name=rules.check_name(name, f"{place}event"),
        who=_with_addresses(who, properties),
        key=who.external_id or who.anonymous_id,
        properties=properties,
        occurred_at=_moment(words.timestamp, edge.now, place),
        received_at=edge.now,
    )


def _identification(
    edge: Edge, words: Identify | BatchItem, traits: dict[str, Any], place: str
) -> Identification:
    who = read_who(*_ids(words, place), place=place)
    profile = read_profile(
        traits,
        f"{place}properties.",
        overwrites=edge.key.kind is KeyKind.SECRET,
    )
    return Identification(who, profile)


def _traits(body: Identify) -> dict[str, Any]:
    given = {"email": body.email, "phone": body.phone}
    return {**body.properties, **{word: value for word, value in given.items() if value}}


def _ids(words: TrackEvent | BatchItem | Identify, place: str) -> tuple[str | None, str | None]:
    return (
        either(words.user_id, words.user_id_, f"{place}userId and {place}user_id"),
        either(words.anonymous_id, words.anonymous_id_, f"{place}anonymousId and anonymous_id"),
    )


def _with_addresses(who: Who, properties: dict[str, Any]) -> Who:
    """Let an event's e-mail and phone fill what is empty; what is no address stays a property."""
    email, phone = properties.get("email"), properties.get("phone")
    if not isinstance(email, str) and not isinstance(phone, str):
        return who
    return Who(
        external_id=who.external_id,
        anonymous_id=who.anonymous_id,
        email=email.strip() if isinstance(email, str) and is_email(email) else None,
        phone=_phone(phone),
    )


def _phone(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    try:
        return check_phone(value, "phone")
    except Invalid:
        return None


def _moment(timestamp: str | None, now: datetime, place: str) -> datetime:
    if timestamp is None:
        return now
    field_name = f"{place}timestamp"
    return rules.check_moment(read_moment(timestamp, field_name), now, field_name)
