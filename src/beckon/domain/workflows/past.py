"""SQL that reads what happened in a period, in the order of time, for dry runs. Public.

Rows come in pieces: a period may hold millions, and none is kept.
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Table, select

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import ChangeKind, ContactId
from beckon.domain.contacts.tables import contact_change
from beckon.domain.events.tables import event, event_type
from beckon.domain.segments.tables import membership_change
from beckon.domain.workflows.triggers import (
    CONTACT_CREATED,
    Side,
    Signal,
    event_key,
    field_key,
    segment_key,
)
from beckon.storage.schema import Line, Tx

PIECE = 5000


def iterate_events(
    tx: Tx,
    project_id: ProjectId,
    keys: Collection[str],
    since: datetime,
    until: datetime,
    contact_id: ContactId | None,
) -> Iterator[Signal]:
    """Give the events of these keys as signals, each at the moment it happened."""
    types = {
        row.id: row.name
        for row in tx.execute(select(event_type).where(event_type.c.project_id == project_id))
        if event_key(row.name) in keys
    }
    if not types:
        return
    asked = (
        select(event)
        .where(
            event.c.project_id == project_id,
            event.c.type_id.in_(types),
            event.c.contact_id.is_not(None),
            event.c.occurred_at >= since,
            event.c.occurred_at < until,
        )
        .order_by(event.c.occurred_at, event.c.position)
    )
    for row in _pieces(tx, asked, event, contact_id):
        name = types[row.type_id]
        told = {"name": name, "key": row.key, "occurredAt": row.occurred_at.isoformat()}
        yield Signal(
            f"event:{row.id.hex}",
            (event_key(name),),
            ContactId(row.contact_id),
            row.occurred_at,
            {**row.properties, "event": {**row.properties, **told}},
        )


def iterate_changes(
    tx: Tx,
    project_id: ProjectId,
    keys: Collection[str],
    since: datetime,
    until: datetime,
    contact_id: ContactId | None,
) -> Iterator[Signal]:
    """Give the changes of contacts that mean something to one of these keys."""
    if not any(key == CONTACT_CREATED or key.startswith("field:") for key in keys):
        return
    asked = (
        select(contact_change)
        .where(
            contact_change.c.project_id == project_id,
            contact_change.c.at >= since,
            contact_change.c.at < until,
        )
        .order_by(contact_change.c.at, contact_change.c.position)
    )
    for row in _pieces(tx, asked, contact_change, contact_id):
        is_new = row.kind == ChangeKind.CREATED
        found = (CONTACT_CREATED,) if is_new else tuple(field_key(name) for name in row.fields)
        if any(key in keys for key in found):
            data = {"changed": list(row.fields)}
            number = ContactId(row.contact_id)
            yield Signal(f"change:{row.position}", found, number, row.at, data)


def iterate_crossings(
    tx: Tx,
    project_id: ProjectId,
    keys: Collection[str],
    since: datetime,
    until: datetime,
    contact_id: ContactId | None,
) -> Iterator[Signal]:
    """Give who entered and left segments that mean something to one of these keys."""
    if not any(key.startswith("segment_") for key in keys):
        return
    log = membership_change
    asked = (
        select(log)
        .where(log.c.project_id == project_id, log.c.at >= since, log.c.at < until)
        .order_by(log.c.at, log.c.position)
    )
    for row in _pieces(tx, asked, log, contact_id):
        side = Side.ENTERED if row.has_entered else Side.LEFT
        key = segment_key(row.segment_id, side)
        if key in keys:
            data = {"segment": {"id": row.segment_id, "side": side.value}}
            number = ContactId(row.contact_id)
            yield Signal(f"crossing:{row.position}", (key,), number, row.at, data)


def _pieces(tx: Tx, asked: Select[Any], log: Table, contact_id: ContactId | None) -> Iterator[Line]:
    if contact_id is not None:
        asked = asked.where(log.c.contact_id == contact_id)
    yield from tx.execute(asked, execution_options={"yield_per": PIECE})
