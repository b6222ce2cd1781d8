"""What happened with one person, whichever slice keeps it, as lines of one list."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import ChangeKind, Channel, ContactId
from beckon.domain.events import queries as events
from beckon.domain.events.model import EventFilter
from beckon.domain.messages import queries as messages
from beckon.domain.messages.model import Message, MessageId
from beckon.domain.messages.queries import MessageFilter
from beckon.domain.orders import queries as orders
from beckon.domain.orders import rules
from beckon.domain.orders.model import Order
from beckon.domain.segments.queries import list_outcomes
from beckon.domain.workflows import queries as workflows
from beckon.domain.workflows import runs
from beckon.domain.workflows.runs import RunFilter
from beckon.storage.schema import Tx

ROWS = 25
JSON_CHARACTERS_MAX = 4_000
SHORT_VALUES, SHORT_CHARACTERS_MAX = 3, 120
"""How much of an event's properties stands beside its name."""


class Kind(StrEnum):
    """What a line tells of."""

    EVENT = "events"
    MESSAGE = "messages"
    JOURNEY = "journeys"
    ORDER = "orders"
    ACTIVITY = "activity"
    CHANGE = "changes"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. `state` is a message's, `detail` printed JSON; either may be ""."""

    kind: Kind
    at: datetime
    title: str
    note: str = ""
    href: str | None = None
    state: str = ""
    detail: str = ""


def read_timeline(
    tx: Tx, project_id: ProjectId, contact_id: ContactId, kind: Kind | None, page: int
) -> tuple[list[Entry], bool]:
    """Read a page of one kind, or the latest of all kinds; tells whether there is more behind it.

    The list of all kinds has one page: who wants more of one kind asks for it.
    """
    if kind is None:
        found = [
            entry for each in Kind for entry in _READERS[each](tx, project_id, contact_id, 0, ROWS)
        ]
        return sorted(found, key=lambda entry: entry.at, reverse=True)[:ROWS], False
    rows = _READERS[kind](tx, project_id, contact_id, (page - 1) * ROWS, ROWS + 1)
    return rows[:ROWS], len(rows) > ROWS


def _events(
    tx: Tx, project_id: ProjectId, contact_id: ContactId, offset: int, limit: int
) -> list[Entry]:
    found = events.list_events(
        tx, project_id, EventFilter(contact_id=contact_id), offset=offset, limit=limit
    )
    return [
        Entry(
            Kind.EVENT,
            one.occurred_at,
            one.name,
            note=_in_short(one.properties),
            detail=_printed(one.properties),
        )
        for one in found
    ]


def _messages(
    tx: Tx, project_id: ProjectId, contact_id: ContactId, offset: int, limit: int
) -> list[Entry]:
    found = messages.list_messages(
        tx, project_id, MessageFilter(contact_id=contact_id), offset=offset, limit=limit
    )
    return [
        Entry(
            Kind.MESSAGE,
            one.created_at,
            _subject(one),
            note=one.reason or "",
            href=f"/messages/{one.id}",
            state=one.state,
        )
        for one in found
    ]


def _journeys(
    tx: Tx, project_id: ProjectId, contact_id: ContactId, offset: int, limit: int
) -> list[Entry]:
    found = runs.list_runs(
        tx, project_id, RunFilter(contact_id=contact_id), offset=offset, limit=limit
    )
    names = workflows.find_names(tx, project_id, {one.workflow_id for one in found})
    return [
        Entry(
            Kind.JOURNEY,
            one.started_at,
            names.get(one.workflow_id, "A workflow"),
            note=str(one.state).replace("_", " "),
            href=f"/workflows/{one.workflow_id}/runs/{one.id}",
        )
        for one in found
    ]


def _orders(
    tx: Tx, project_id: ProjectId, contact_id: ContactId, offset: int, limit: int
) -> list[Entry]:
    found = orders.list_orders_of(tx, project_id, contact_id, offset=offset, limit=limit)
    return [
        Entry(
            Kind.ORDER,
            one.placed_at,
            f"Order {one.external_id}",
            note=f"{str(one.status).replace('_', ' ').capitalize()} · {price_of(one)}",
            href=f"/orders/{one.id}",
        )
        for one in found
    ]


def _activity(
    tx: Tx, project_id: ProjectId, contact_id: ContactId, offset: int, limit: int
) -> list[Entry]:
    found = list_outcomes(tx, project_id, contact_id, _DONE)[offset : offset + limit]
    subjects = _subjects(tx, project_id, [one.message_id for one in found])
    return [
        Entry(
            Kind.ACTIVITY,
            one.at,
            f"{one.kind.capitalize()} “{subjects.get(one.message_id, 'a message')}”",
            note="By a machine on the way" if one.is_machine else one.link,
            href=f"/messages/{one.message_id}",
        )
        for one in found
    ]


def _changes(
    tx: Tx, project_id: ProjectId, contact_id: ContactId, offset: int, limit: int
) -> list[Entry]:
    found = contacts.list_changes_of(tx, project_id, contact_id, offset=offset, limit=limit)
    labels = {f"properties.{one.key}": one.label for one in contacts.list_fields(tx, project_id)}
    return [
        Entry(
            Kind.CHANGE,
            one.at,
            _CHANGED[one.kind],
            note=", ".join(labels.get(name) or _plain(name) for name in one.fields),
        )
        for one in found
    ]


_CHANGED = {
    ChangeKind.CREATED: "Became known",
    ChangeKind.CHANGED: "Profile changed",
    ChangeKind.ADDRESSES: "Addresses changed",
    ChangeKind.MERGED: "Merged with a visitor",
    ChangeKind.DELETED: "Deleted",
    ChangeKind.ERASED: "Erased",
}
_CHANNELS = {
    Channel.EMAIL: "e-mail",
    Channel.SMS: "SMS",
    Channel.VIBER: "Viber",
    Channel.PUSH: "push",
    Channel.WEB_PUSH: "web push",
    Channel.IN_APP: "the app",
}
_DONE = ("opened", "clicked", "unsubscribed")
_READERS = {
    Kind.EVENT: _events,
    Kind.MESSAGE: _messages,
    Kind.JOURNEY: _journeys,
    Kind.ORDER: _orders,
    Kind.ACTIVITY: _activity,
    Kind.CHANGE: _changes,
}


def price_of(order: Order) -> str:
    """Write an order's total as people read it: minor units become a decimal."""
    return f"{rules.to_major(order.total, order.currency)} {order.currency}"


def _subjects(tx: Tx, project_id: ProjectId, ids: Sequence[UUID]) -> dict[UUID, str]:
    wanted = [MessageId(one) for one in dict.fromkeys(ids)]
    found = messages.find_messages(tx, project_id, wanted) if wanted else []
    return {one.id: _subject(one) for one in found}


def _subject(message: Message) -> str:
    return message.subject or f"A message by {_CHANNELS[message.channel]}"


def _in_short(properties: Mapping[str, object]) -> str:
    told = [
        f"{_plain(name)}: {value}"
        for name, value in properties.items()
        if isinstance(value, str | int | float)
    ]
    text = " · ".join(told[:SHORT_VALUES])
    return text if len(text) <= SHORT_CHARACTERS_MAX else f"{text[:SHORT_CHARACTERS_MAX]}…"


def _plain(name: str) -> str:
    return name.removeprefix("properties.").replace("_", " ")


def _printed(properties: Mapping[str, object]) -> str:
    if not properties:
        return ""
    text = json.dumps(dict(properties), ensure_ascii=False, indent=2)
    return text if len(text) <= JSON_CHARACTERS_MAX else f"{text[:JSON_CHARACTERS_MAX]}\n…"
