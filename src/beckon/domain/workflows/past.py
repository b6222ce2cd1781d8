"""SQL that reads what happened in a period, person by person, for dry runs. Public.

People come in the order of their numbers, what each did in the order of its log. Rows come in
pieces: a period may hold millions, and none is kept.
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, LargeBinary, Select, Table, Text, func, select, type_coerce

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import ChangeKind, ContactId
from beckon.domain.contacts.tables import contact, contact_change
from beckon.domain.events.tables import event, event_type
from beckon.domain.segments.tables import membership_change, segment_member
from beckon.domain.workflows.triggers import (
    CONTACT_CREATED,
    Side,
    Signal,
    event_key,
    field_key,
    segment_key,
)
from beckon.kit import json
from beckon.kit.clock import from_ms
from beckon.storage.schema import Line, Tx

PIECE = 5000


class Period(NamedTuple):
    """Whose past is asked for: the end is excluded, None means everybody."""

    project_id: ProjectId
    since: datetime
    until: datetime
    contact_id: ContactId | None


class Dated(NamedTuple):
    """A person, and what stands in the fields that may tell a date."""

    contact_id: ContactId
    time_zone: str | None
    properties: dict[str, Any]


def find_ends(tx: Tx, project_id: ProjectId) -> tuple[int, int]:
    """Tell the first and the last number of the project's people; zeros where there are none."""
    ends = select(func.min(contact.c.id), func.max(contact.c.id))
    first, last = tx.execute(ends.where(contact.c.project_id == project_id)).one()
    return first or 0, last or 0


def iterate_events(tx: Tx, period: Period, keys: Collection[str]) -> Iterator[Signal]:
    """Give the events of these keys as signals, each at the moment it happened."""
    names = {
        row.id: row.name
        for row in tx.execute(
            select(event_type).where(event_type.c.project_id == period.project_id)
        )
        if event_key(row.name) in keys
    }
    if not names:
        return
    known = {number: (event_key(name),) for number, name in names.items()}
    asked = (
        # Values as they are stored: to have the store's types make them costs as much as all else.
        select(
            type_coerce(event.c.id, LargeBinary),
            event.c.type_id,
            event.c.contact_id,
            event.c.key,
            type_coerce(event.c.properties, Text),
            type_coerce(event.c.occurred_at, BigInteger),
        )
        .where(
            event.c.project_id == period.project_id,
            event.c.type_id.in_(names),
            event.c.contact_id.is_not(None),
            event.c.occurred_at >= period.since,
            event.c.occurred_at < period.until,
        )
        .order_by(event.c.contact_id, event.c.position)
    )
    for number, type_id, contact_id, key, properties, occurred_at in _pieces(
        tx, asked, event, period
    ):
        at, said = from_ms(occurred_at), json.stored(properties)
        told = {"name": names[type_id], "key": key, "occurredAt": at.isoformat()}
        yield Signal(
            f"event:{number.hex()}",
            known[type_id],
            contact_id,
            at,
            {**said, "event": {**said, **told}},
        )


def iterate_changes(tx: Tx, period: Period, keys: Collection[str]) -> Iterator[Signal]:
    """Give the changes of contacts that mean something to one of these keys."""
    if not any(key == CONTACT_CREATED or key.startswith("field:") for key in keys):
        return
    for row in _pieces(tx, _lines(contact_change, period), contact_change, period):
        is_new = row.kind == ChangeKind.CREATED
        found = (CONTACT_CREATED,) if is_new else tuple(field_key(name) for name in row.fields)
        if any(key in keys for key in found):
            data = {"changed": list(row.fields)}
            number = ContactId(row.contact_id)
            yield Signal(f"change:{row.position}", found, number, row.at, data)


def iterate_crossings(tx: Tx, period: Period, keys: Collection[str]) -> Iterator[Signal]:
    """Give who entered and left segments that mean something to one of these keys."""
    if not any(key.startswith("segment_") for key in keys):
        return
    for row in _pieces(tx, _lines(membership_change, period), membership_change, period):
        side = Side.ENTERED if row.has_entered else Side.LEFT
        key = segment_key(row.segment_id, side)
        if key in keys:
            data = {"segment": {"id": row.segment_id, "side": side.value}}
            number = ContactId(row.contact_id)
            yield Signal(f"crossing:{row.position}", (key,), number, row.at, data)


def iterate_dated(tx: Tx, period: Period) -> Iterator[Dated]:
    """Give everybody with their properties as they are now."""
    asked = (
        select(contact.c.id.label("contact_id"), contact.c.time_zone, contact.c.properties)
        .where(contact.c.project_id == period.project_id, contact.c.deleted_at.is_(None))
        .order_by(contact.c.id)
    )
    if period.contact_id is not None:
        asked = asked.where(contact.c.id == period.contact_id)
    for row in tx.execute(asked, execution_options={"yield_per": PIECE}):
        yield Dated._make(row)


def iterate_members(tx: Tx, period: Period, segment_id: int) -> Iterator[ContactId]:
    """Give who is in a segment now."""
    asked = (
        select(segment_member.c.contact_id)
        .where(
            segment_member.c.project_id == period.project_id,
            segment_member.c.segment_id == segment_id,
            segment_member.c.until.is_(None),
        )
        .order_by(segment_member.c.contact_id)
    )
    for row in _pieces(tx, asked, segment_member, period):
        yield ContactId(row.contact_id)


def _lines(log: Table, period: Period) -> Select[Any]:
    return (
        select(log)
        .where(
            log.c.project_id == period.project_id,
            log.c.at >= period.since,
            log.c.at < period.until,
        )
        .order_by(log.c.contact_id, log.c.position)
    )


def _pieces(tx: Tx, asked: Select[Any], log: Table, period: Period) -> Iterator[Line]:
    if period.contact_id is not None:
        asked = asked.where(log.c.contact_id == period.contact_id)
    yield from tx.execute(asked, execution_options={"yield_per": PIECE})
