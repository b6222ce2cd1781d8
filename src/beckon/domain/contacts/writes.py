"""SQL that changes people. Private: only this slice's actions import it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select, update

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import tables
from beckon.domain.contacts.model import AddressKind, ContactId
from beckon.kit.clock import to_ms
from beckon.storage.schema import Tx, insert, run, run_many


def insert_contacts(
    tx: Tx, project_id: ProjectId, external_ids: Sequence[str], now: datetime
) -> None:
    """Add people by the caller's ids; one that another process added meanwhile is left alone."""
    moment = to_ms(now)
    run_many(
        tx,
        "INSERT INTO contact (project_id, external_id, properties, created_at, updated_at) "
        "VALUES (?,?,?,?,?) ON CONFLICT (project_id, external_id) DO NOTHING",
        [(project_id, external_id, "{}", moment, moment) for external_id in external_ids],
    )


def insert_nameless_contact(tx: Tx, project_id: ProjectId, now: datetime) -> ContactId:
    """Add a person without an id of the caller's."""
    moment = to_ms(now)
    rows = run(
        tx,
        "INSERT INTO contact (project_id, properties, created_at, updated_at) "
        "VALUES (?,?,?,?) RETURNING id",
        [project_id, "{}", moment, moment],
    )
    return ContactId(rows[0][0])


def insert_visitors(tx: Tx, project_id: ProjectId, visitors: Mapping[str, ContactId]) -> None:
    """Note whose visitor ids these are; known ones stay where they are."""
    run_many(
        tx,
        "INSERT INTO visitor (project_id, anonymous_id, contact_id) VALUES (?,?,?) "
        "ON CONFLICT (project_id, anonymous_id) DO NOTHING",
        [(project_id, anonymous_id, found) for anonymous_id, found in sorted(visitors.items())],
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


def update_external_id(
    tx: Tx, project_id: ProjectId, contact_id: ContactId, external_id: str
) -> None:
    """Name a person by the caller's own id."""
    tx.execute(
        update(tables.contact)
        .where(tables.contact.c.project_id == project_id, tables.contact.c.id == contact_id)
        .values(external_id=external_id)
    )


def update_last_seen(
    tx: Tx, project_id: ProjectId, ids: Sequence[ContactId], moment: datetime
) -> None:
    """Note that these people were just seen."""
    seen_at = to_ms(moment)
    run_many(
        tx,
        "UPDATE contact SET last_seen_at = ? WHERE project_id = ? AND id = ?",
        [(seen_at, project_id, contact_id) for contact_id in sorted(ids)],
    )


def lock_properties(tx: Tx, project_id: ProjectId, contact_id: ContactId) -> dict[str, object]:
    """Read a person's properties to change them; others that want to wait for this one."""
    found: dict[str, object] = tx.execute(
        select(tables.contact.c.properties)
        .where(tables.contact.c.project_id == project_id, tables.contact.c.id == contact_id)
        .with_for_update()
    ).scalar_one()
    return found


def update_contact(
    tx: Tx, project_id: ProjectId, contact_id: ContactId, values: Mapping[str, object]
) -> None:
    """Set columns of one person."""
    tx.execute(
        update(tables.contact)
        .where(tables.contact.c.project_id == project_id, tables.contact.c.id == contact_id)
        .values(**values)
    )


def upsert_address(
    tx: Tx,
    project_id: ProjectId,
    contact_id: ContactId,
    *,
    kind: AddressKind,
    value: str,
    value_key: str,
    now: datetime,
) -> None:
    """Set a person's address of one kind."""
    adding = insert(tx, tables.address).values(
        project_id=project_id,
        contact_id=contact_id,
        kind=kind,
        value=value,
        value_key=value_key,
        updated_at=now,
    )
    tx.execute(
        adding.on_conflict_do_update(
            index_elements=["contact_id", "kind"],
            set_={"value": value, "value_key": value_key, "updated_at": now},
        )
    )
