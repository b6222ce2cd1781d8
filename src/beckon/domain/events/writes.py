"""SQL that changes the event log. Private: only this slice's actions import it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, update

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import ContactId
from beckon.domain.events import rules, tables
from beckon.domain.events.model import EventId, NewEvent
from beckon.kit import json
from beckon.kit.clock import to_ms
from beckon.storage.schema import Tx, insert_many, run_many


def insert_types(tx: Tx, project_id: ProjectId, names: Sequence[str], now: datetime) -> None:
    """Register kinds of events; one that another process registered meanwhile is left alone."""
    insert_many(
        tx,
        "event_type (project_id, name, name_key, created_at)",
        [(project_id, name, rules.name_key(name), to_ms(now)) for name in sorted(names)],
        "ON CONFLICT (project_id, name) DO NOTHING",
    )


def insert_events(
    tx: Tx,
    project_id: ProjectId,
    events: Sequence[NewEvent],
    contacts: Sequence[ContactId | None],
    types: dict[str, int],
) -> None:
    """Append lines to the log; an id that stands there already is left alone."""
    insert_many(
        tx,
        "event (project_id, id, type_id, contact_id, key, properties, occurred_at, received_at, "
        "is_history)",
        [
            (
                project_id,
                event.id.bytes,
                types[event.name],
                contact_id,
                event.key,
                json.text(event.properties),
                to_ms(event.occurred_at),
                to_ms(event.received_at),
                event.is_history or None,
            )
            for event, contact_id in zip(events, contacts, strict=True)
        ],
        "ON CONFLICT (id) DO NOTHING",
    )


def replace_required(tx: Tx, project_id: ProjectId, name_key: str, names: Sequence[str]) -> None:
    """Say which parameters a kind of event must tell."""
    required = tables.required_parameter
    tx.execute(
        delete(required).where(required.c.project_id == project_id, required.c.name_key == name_key)
    )
    insert_many(
        tx,
        "required_parameter (project_id, name_key, name)",
        [(project_id, name_key, name) for name in names],
    )


def delete_event(tx: Tx, project_id: ProjectId, event_id: EventId) -> bool:
    """Take one line out of the log. False when it was not there."""
    done = tx.execute(
        delete(tables.event).where(
            tables.event.c.project_id == project_id, tables.event.c.id == event_id
        )
    )
    return done.rowcount == 1


def delete_events(tx: Tx, project_id: ProjectId, ids: Sequence[EventId]) -> None:
    """Take lines out of the log."""
    run_many(
        tx,
        "DELETE FROM event WHERE project_id = ? AND id = ?",
        [(project_id, one.bytes) for one in ids],
    )


def update_contact(
    tx: Tx, project_id: ProjectId, visitor_id: ContactId, person_id: ContactId
) -> None:
    """Let what a visitor did be the doing of the person they became."""
    tx.execute(
        update(tables.event)
        .where(tables.event.c.project_id == project_id, tables.event.c.contact_id == visitor_id)
        .values(contact_id=person_id)
    )


def delete_events_through(tx: Tx, project_id: ProjectId, position: int) -> None:
    """Take the project's lines up to a position out of the log."""
    tx.execute(
        delete(tables.event).where(
            tables.event.c.project_id == project_id, tables.event.c.position <= position
        )
    )
