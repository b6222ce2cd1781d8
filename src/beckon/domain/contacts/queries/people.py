"""Reads people with their addresses, one by one, in pages and as a search finds them.

Who was deleted or became another by a merge is not there, unless a function says otherwise.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import tables
from beckon.domain.contacts.chunks import chunks
from beckon.domain.contacts.model import (
    AddressKind,
    Contact,
    ContactFilter,
    ContactId,
    ContactSearch,
)
from beckon.domain.contacts.queries.naming import find_ids
from beckon.kit.addresses import email_key
from beckon.kit.refusals import Unknown
from beckon.storage.schema import Line, Tx, contains, count_up_to, marks, run

_email = tables.address.alias("email")
_phone = tables.address.alias("phone")
_everybody = (
    select(
        tables.contact,
        _email.c.value.label("email"),
        _email.c.confirmed_at.label("email_confirmed_at"),
        _phone.c.value.label("phone"),
        _phone.c.confirmed_at.label("phone_confirmed_at"),
    )
    .outerjoin(
        _email,
        (_email.c.contact_id == tables.contact.c.id) & (_email.c.kind == AddressKind.EMAIL),
    )
    .outerjoin(
        _phone,
        (_phone.c.contact_id == tables.contact.c.id) & (_phone.c.kind == AddressKind.PHONE),
    )
)
_contacts = _everybody.where(tables.contact.c.deleted_at.is_(None))


class ContactUnknown(Unknown):
    """Nobody of that name in this project."""

    code = "contact_unknown"


def get_contact(tx: Tx, project_id: ProjectId, contact_id: ContactId) -> Contact:
    """Return one person; the number of a visitor means whom he became. Raises ContactUnknown."""
    found = list_contacts(tx, project_id, [contact_id])
    if not found and (successor := find_ids(tx, project_id, [contact_id]).get(contact_id)):
        found = list_contacts(tx, project_id, [successor])
    if not found:
        raise ContactUnknown(f"Contact with id='{contact_id}' is not found.")
    return found[0]


def find_contact_by_external_id(tx: Tx, project_id: ProjectId, external_id: str) -> Contact | None:
    """Find who bears the caller's own id."""
    row = tx.execute(
        _contacts.where(
            tables.contact.c.project_id == project_id,
            tables.contact.c.external_id == external_id,
        )
    ).one_or_none()
    return None if row is None else _contact(row)


def list_contacts(tx: Tx, project_id: ProjectId, ids: Sequence[ContactId]) -> list[Contact]:
    """List those of the project's people that have these ids (at most 1,000), in no order."""
    rows = tx.execute(
        _contacts.where(tables.contact.c.project_id == project_id, tables.contact.c.id.in_(ids))
    )
    return [_contact(row) for row in rows]


def lock_contacts(tx: Tx, project_id: ProjectId, ids: Iterable[ContactId]) -> list[Contact]:
    """Read people to change them, deleted ones too; others that want to wait for this one."""
    return [
        _contact(row)
        for chunk in chunks(ids)
        for row in tx.execute(
            _everybody.where(
                tables.contact.c.project_id == project_id,
                tables.contact.c.id.in_(chunk),
                tables.contact.c.merged_into.is_(None),
            )
            .order_by(tables.contact.c.id)
            # Numbers stay, so rows that only name somebody may come meanwhile: two who wrote such
            # and then lock the person would wait for each other.
            .with_for_update(of=tables.contact, key_share=True)
        )
    ]


def lock_rows(tx: Tx, project_id: ProjectId, ids: Iterable[ContactId]) -> None:
    """Keep others from changing these people until this transaction ends, in the order of all."""
    if tx.dialect.name == "sqlite":  # one writer: nobody else is changing anything
        return
    for chunk in chunks(ids):
        run(
            tx,
            f"SELECT id FROM contact WHERE project_id = ? AND id IN ({marks(len(chunk))}) "  # noqa: S608 - marks only
            "ORDER BY id FOR NO KEY UPDATE",  # as in `lock_contacts`
            [project_id, *chunk],
        )


def list_page(
    tx: Tx,
    project_id: ProjectId,
    asked: ContactFilter,
    *,
    before: ContactId | None = None,
    offset: int = 0,
    limit: int,
) -> list[Contact]:
    """List people a filter asks for, the newest first, those before a number where one is given."""
    conditions = _asked(tx, project_id, asked)
    if before is not None:
        conditions.append(tables.contact.c.id < before)
    # The narrow index is walked for the numbers alone; wide rows are read only for the page.
    found = (
        tx.execute(
            select(tables.contact.c.id)
            .where(*conditions)
            .order_by(tables.contact.c.id.desc())
            .offset(offset)
            .limit(limit)
        )
        .scalars()
        .all()
    )
    people = list_contacts(tx, project_id, [ContactId(number) for number in found])
    return sorted(people, key=lambda contact: contact.id, reverse=True)


def count_matching(tx: Tx, project_id: ProjectId, asked: ContactFilter) -> int:
    """Count the people a filter asks for."""
    return tx.execute(
        select(func.count()).select_from(tables.contact).where(*_asked(tx, project_id, asked))
    ).scalar_one()


def count_contacts(tx: Tx, project_id: ProjectId) -> int:
    """Count the project's people."""
    return count_matching(tx, project_id, ContactFilter())


def count_contacts_up_to(tx: Tx, project_id: ProjectId, at_most: int) -> int:
    """Count the project's people, but not beyond a number: what a page can wait for."""
    rows = select(tables.contact.c.id).where(*_asked(tx, project_id, ContactFilter()))
    return count_up_to(tx, rows, at_most)


def search(
    tx: Tx, project_id: ProjectId, asked: ContactSearch, *, offset: int, limit: int
) -> tuple[list[Contact], int]:
    """List the people whose names and addresses are exactly these, and tell how many there are.

    Asked for nothing, all are listed by number; else who was changed last comes first.
    """
    conditions = [tables.contact.c.project_id == project_id, tables.contact.c.deleted_at.is_(None)]
    for column, value in (
        (tables.contact.c.external_id, asked.external_id),
        (tables.contact.c.first_name, asked.first_name),
        (tables.contact.c.last_name, asked.last_name),
    ):
        if value is not None:
            conditions.append(column == value)
    for kind, key in (
        (AddressKind.EMAIL, asked.email and email_key(asked.email)),
        (AddressKind.PHONE, asked.phone),
    ):
        if key is not None:
            bearers = select(tables.address.c.contact_id).where(
                tables.address.c.project_id == project_id,
                tables.address.c.kind == kind,
                tables.address.c.value_key == key,
            )
            conditions.append(tables.contact.c.id.in_(bearers))
    order: list[ColumnElement[Any]] = [tables.contact.c.id]
    if asked != ContactSearch():
        order = [tables.contact.c.updated_at.desc(), tables.contact.c.id.desc()]
    ids = tx.execute(
        select(tables.contact.c.id).where(*conditions).order_by(*order).offset(offset).limit(limit)
    ).scalars()
    wanted = [ContactId(number) for number in ids]
    people = {one.id: one for one in list_contacts(tx, project_id, wanted)}
    counting = select(func.count()).select_from(tables.contact).where(*conditions)
    return [people[one] for one in wanted], tx.execute(counting).scalar_one()


def _asked(tx: Tx, project_id: ProjectId, asked: ContactFilter) -> list[ColumnElement[bool]]:
    contact = tables.contact.c
    conditions = [contact.project_id == project_id, contact.search_key.is_not(None)]
    if asked.search:
        conditions.append(contains(tx, contact.search_key, asked.search.lower()))
    if asked.is_active is not None:
        seen = contact.last_seen_at >= asked.active_since
        unseen = contact.last_seen_at.is_(None) | (contact.last_seen_at < asked.active_since)
        conditions.append(seen if asked.is_active else unseen)
    return conditions


def _contact(row: Line) -> Contact:
    return Contact(
        ContactId(row.id),
        ProjectId(row.project_id),
        row.external_id,
        row.first_name,
        row.last_name,
        row.language,
        row.time_zone,
        row.email,
        row.phone,
        row.properties,
        row.created_at,
        row.updated_at,
        row.last_seen_at,
        tuple(row.tags or ()),
        row.email_confirmed_at,
        row.phone_confirmed_at,
        row.deleted_at,
    )
