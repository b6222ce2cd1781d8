"""SQL that changes people. Private: only this slice's actions import it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import delete, update

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import rules, tables
from beckon.domain.contacts.model import (
    AddressKind,
    ChangeKind,
    Contact,
    ContactId,
    Device,
    FieldKind,
    NewDevice,
)
from beckon.kit import json
from beckon.kit.clock import to_ms
from beckon.storage.schema import Tx, insert, insert_many, insert_returning, marks, run, run_many

AddressRow: TypeAlias = tuple[ContactId, AddressKind, str, str, datetime | None, str]
"""An address: whose, of which kind, the value, its key, when it was confirmed, and its source."""

PEOPLE_AT_ONCE = 500


def insert_contacts(
    tx: Tx, project_id: ProjectId, external_ids: Sequence[str], now: datetime
) -> None:
    """Add people by the caller's ids; one that another process added meanwhile is left alone."""
    moment = to_ms(now)
    insert_many(
        tx,
        "contact (project_id, external_id, properties, created_at, updated_at, search_key)",
        [
            (project_id, external_id, "{}", moment, moment, external_id.lower())
            for external_id in external_ids
        ],
        "ON CONFLICT (project_id, external_id) DO NOTHING",
    )


def insert_nameless_contact(tx: Tx, project_id: ProjectId, now: datetime) -> ContactId:
    """Add a person without an id of the caller's."""
    moment = to_ms(now)
    rows = run(
        tx,
        "INSERT INTO contact (project_id, properties, created_at, updated_at, search_key) "
        "VALUES (?,?,?,?,?) RETURNING id",
        [project_id, "{}", moment, moment, ""],
    )
    return ContactId(rows[0][0])


def insert_people(
    tx: Tx, project_id: ProjectId, people: Sequence[Contact], now: datetime
) -> list[ContactId]:
    """Add people with all that their rows hold; gives their numbers, in order."""
    moment = to_ms(now)
    rows = insert_returning(
        tx,
        "contact (project_id, external_id, first_name, last_name, language, time_zone, properties, "
        "tags, created_at, updated_at, search_key)",
        [_person(project_id, person, moment) for person in people],
        "RETURNING id",
    )
    return [ContactId(number) for (number,) in sorted(rows)]  # they grow in the order of the rows


def _person(project_id: ProjectId, person: Contact, moment: int) -> tuple[object, ...]:
    return (
        project_id,
        person.external_id,
        person.first_name,
        person.last_name,
        person.language,
        person.time_zone,
        json.text(person.properties),
        json.text(list(person.tags)) if person.tags else None,
        moment,
        moment,
        rules.search_key(person),
    )


def insert_changes(
    tx: Tx,
    project_id: ProjectId,
    lines: Iterable[tuple[ContactId, ChangeKind, Sequence[str]]],
    now: datetime,
) -> None:
    """Append to the log of changes."""
    moment = to_ms(now)
    insert_many(
        tx,
        "contact_change (project_id, contact_id, kind, fields, at)",
        [
            (project_id, contact_id, kind.value, json.text(fields) if fields else "[]", moment)
            for contact_id, kind, fields in lines
        ],
    )


def insert_visitors(tx: Tx, project_id: ProjectId, visitors: Mapping[str, ContactId]) -> None:
    """Note whose visitor ids these are; known ones stay where they are."""
    insert_many(
        tx,
        "visitor (project_id, anonymous_id, contact_id)",
        [(project_id, anonymous_id, found) for anonymous_id, found in sorted(visitors.items())],
        "ON CONFLICT (project_id, anonymous_id) DO NOTHING",
    )


def update_visitor(tx: Tx, project_id: ProjectId, anonymous_id: str, contact_id: ContactId) -> None:
    """Give a visitor id to somebody else, for what is still to come."""
    tx.execute(
        update(tables.visitor)
        .where(
            tables.visitor.c.project_id == project_id,
            tables.visitor.c.anonymous_id == anonymous_id,
        )
        .values(contact_id=contact_id)
    )


def update_last_seen(
    tx: Tx, project_id: ProjectId, ids: Sequence[ContactId], moment: datetime
) -> None:
    """Note that these people were just seen; the caller has their rows."""
    for start in range(0, len(ids), PEOPLE_AT_ONCE):
        chunk = ids[start : start + PEOPLE_AT_ONCE]
        run(
            tx,
            "UPDATE contact SET last_seen_at = ? "  # noqa: S608 - marks only
            f"WHERE project_id = ? AND id IN ({marks(len(chunk))})",
            [to_ms(moment), project_id, *chunk],
        )


def update_contacts(tx: Tx, project_id: ProjectId, contacts: Iterable[Contact]) -> None:
    """Make the rows of these people say what the values say; addresses stand elsewhere."""
    run_many(
        tx,
        "UPDATE contact SET external_id = ?, first_name = ?, last_name = ?, language = ?, "
        "time_zone = ?, properties = ?, tags = ?, updated_at = ?, last_seen_at = ?, "
        "deleted_at = ?, search_key = ? WHERE project_id = ? AND id = ?",
        [
            (
                contact.external_id,
                contact.first_name,
                contact.last_name,
                contact.language,
                contact.time_zone,
                json.text(contact.properties),
                json.text(list(contact.tags)) if contact.tags else None,
                to_ms(contact.updated_at),
                None if contact.last_seen_at is None else to_ms(contact.last_seen_at),
                None if contact.deleted_at is None else to_ms(contact.deleted_at),
                None if contact.deleted_at is not None else rules.search_key(contact),
                project_id,
                contact.id,
            )
            for contact in contacts
        ],
    )


def update_search_keys(tx: Tx, project_id: ProjectId, contacts: Iterable[Contact]) -> None:
    """Let people be found by what they are now called."""
    run_many(
        tx,
        "UPDATE contact SET search_key = ? WHERE project_id = ? AND id = ?",
        [(rules.search_key(contact), project_id, contact.id) for contact in contacts],
    )


def update_merged(
    tx: Tx, project_id: ProjectId, visitor_id: ContactId, person_id: ContactId, now: datetime
) -> None:
    """Leave of a visitor only whose number he has now, and give the rest to the person."""
    for table in (tables.visitor, tables.device):
        tx.execute(
            update(table)
            .where(table.c.project_id == project_id, table.c.contact_id == visitor_id)
            .values(contact_id=person_id)
        )
    tx.execute(
        delete(tables.address).where(
            tables.address.c.project_id == project_id, tables.address.c.contact_id == visitor_id
        )
    )
    tx.execute(
        update(tables.contact)
        .where(tables.contact.c.project_id == project_id, tables.contact.c.id == visitor_id)
        .values(
            first_name=None,
            last_name=None,
            language=None,
            time_zone=None,
            properties={},
            tags=None,
            search_key=None,
            deleted_at=now,
            merged_into=person_id,
        )
    )


def upsert_addresses(
    tx: Tx,
    project_id: ProjectId,
    rows: Iterable[AddressRow],
    now: datetime,
) -> None:
    """Set addresses."""
    moment = to_ms(now)
    insert_many(
        tx,
        "address (project_id, contact_id, kind, value, value_key, updated_at, confirmed_at, "
        "source)",
        [
            (
                project_id,
                contact_id,
                kind.value,
                value,
                value_key,
                moment,
                moment if confirmed_at is now else confirmed_at and to_ms(confirmed_at),
                source,
            )
            for contact_id, kind, value, value_key, confirmed_at, source in sorted(rows)
        ],
        "ON CONFLICT (contact_id, kind) DO UPDATE SET value = excluded.value, "
        "value_key = excluded.value_key, updated_at = excluded.updated_at, "
        "confirmed_at = excluded.confirmed_at, source = excluded.source",
    )


def update_confirmed(
    tx: Tx, project_id: ProjectId, kind: AddressKind, value_key: str, now: datetime
) -> list[ContactId]:
    """Note that an address is its owner's, for all who have it. Gives those it is news for."""
    rows = tx.execute(
        update(tables.address)
        .where(
            tables.address.c.project_id == project_id,
            tables.address.c.kind == kind,
            tables.address.c.value_key == value_key,
            tables.address.c.confirmed_at.is_(None),
        )
        .values(confirmed_at=now)
        .returning(tables.address.c.contact_id)
    )
    return [ContactId(row.contact_id) for row in rows]


def insert_device(
    tx: Tx,
    project_id: ProjectId,
    contact_id: ContactId,
    new: NewDevice,
    digest: bytes,
    now: datetime,
) -> None:
    """Keep a token, or give a known one to this person; either way it lives."""
    values = {
        "contact_id": contact_id,
        "platform": new.platform,
        "provider": new.provider,
        "app": new.app,
        "external_id": new.external_id,
        "details": dict(new.details),
        "seen_at": now,
        "dead_at": None,
    }
    adding = insert(tx, tables.device).values(
        project_id=project_id, token=new.token, digest=digest, created_at=now, **values
    )
    tx.execute(adding.on_conflict_do_update(index_elements=["project_id", "digest"], set_=values))


def update_device_dead(tx: Tx, project_id: ProjectId, device: Device, now: datetime) -> None:
    """Note that a token reaches nobody any more."""
    tx.execute(
        update(tables.device)
        .where(tables.device.c.project_id == project_id, tables.device.c.id == device.id)
        .values(dead_at=now)
    )


def delete_device(tx: Tx, project_id: ProjectId, device: Device) -> None:
    """Forget a token."""
    tx.execute(
        delete(tables.device).where(
            tables.device.c.project_id == project_id, tables.device.c.id == device.id
        )
    )


def upsert_field(
    tx: Tx,
    project_id: ProjectId,
    *,
    key: str,
    label: str,
    kind: FieldKind,
    allowed: Sequence[str],
    now: datetime,
) -> None:
    """Keep an additional field; a known key keeps its number."""
    values = {"label": label, "kind": kind, "allowed": list(allowed) or None}
    adding = insert(tx, tables.field).values(
        project_id=project_id, key=key, created_at=now, **values
    )
    tx.execute(adding.on_conflict_do_update(index_elements=["project_id", "key"], set_=values))
