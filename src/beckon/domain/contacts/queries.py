"""SQL that reads people. Public: any room above may ask.

`get_` refuses when absent, `find_` answers None or leaves out, `list_` is bounded. Who was deleted
or became another by a merge is not there, unless a function says otherwise.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import rules, tables
from beckon.domain.contacts.matching import Bearer
from beckon.domain.contacts.model import (
    AddressKind,
    Change,
    ChangeKind,
    Contact,
    ContactFilter,
    ContactId,
    ContactSearch,
    Device,
    DeviceId,
    Field,
    FieldId,
    FieldKind,
    PastChange,
    Platform,
)
from beckon.kit.addresses import email_key
from beckon.kit.clock import from_ms
from beckon.kit.refusals import Unknown
from beckon.storage.log_readers import Cursor
from beckon.storage.schema import Line, Tx, contains, count_up_to, is_after, log_order, marks, run

CHUNK = 500

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


class DeviceUnknown(Unknown):
    """No such device of this person."""

    code = "device_unknown"


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
        for chunk in _chunks(ids)
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
    for chunk in _chunks(ids):
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


def find_ids(tx: Tx, project_id: ProjectId, ids: Iterable[ContactId]) -> dict[ContactId, ContactId]:
    """Map those of these numbers that are the project's to themselves, or whom they became.

    Deleted people are among them: what happens to them is still logged.
    """
    return {
        ContactId(row[0]): ContactId(row[1] or row[0])
        for chunk in _chunks(ids)
        for row in run(
            tx,
            "SELECT id, merged_into FROM contact WHERE project_id = ? "  # noqa: S608 - marks only
            f"AND id IN ({marks(len(chunk))})",
            [project_id, *chunk],
        )
    }


def find_ids_by_external_id(
    tx: Tx, project_id: ProjectId, external_ids: Iterable[str]
) -> dict[str, ContactId]:
    """Map those of the caller's ids that are known to contact ids."""
    return {
        row[1]: ContactId(row[0])
        for chunk in _chunks(external_ids)
        for row in run(
            tx,
            "SELECT id, external_id FROM contact WHERE project_id = ? "  # noqa: S608 - marks only
            f"AND external_id IN ({marks(len(chunk))})",
            [project_id, *chunk],
        )
    }


def find_ids_by_anonymous_id(
    tx: Tx, project_id: ProjectId, anonymous_ids: Iterable[str]
) -> dict[str, ContactId]:
    """Map those visitor ids that are known to contact ids."""
    return {
        row[1]: ContactId(row[0])
        for chunk in _chunks(anonymous_ids)
        for row in run(
            tx,
            "SELECT contact_id, anonymous_id FROM visitor WHERE project_id = ? "  # noqa: S608 - marks only
            f"AND anonymous_id IN ({marks(len(chunk))})",
            [project_id, *chunk],
        )
    }


def find_id_by_address(
    tx: Tx, project_id: ProjectId, kind: AddressKind, value_key: str
) -> ContactId | None:
    """Find who has an address; of several the one changed last."""
    rows = run(
        tx,
        "SELECT address.contact_id FROM address JOIN contact ON contact.id = address.contact_id "
        "WHERE address.project_id = ? AND kind = ? AND value_key = ? AND deleted_at IS NULL "
        "ORDER BY contact.updated_at DESC, contact.id DESC LIMIT 1",
        [project_id, kind, value_key],
    )
    return ContactId(rows[0][0]) if rows else None


def find_bearers(
    tx: Tx,
    project_id: ProjectId,
    *,
    external_ids: Iterable[str] = (),
    contact_ids: Iterable[ContactId] = (),
) -> list[Bearer]:
    """Find who bears these ids, deleted people too, but nobody who became another by a merge."""
    return [
        _bearer(row)
        for column, values in (("external_id", external_ids), ("id", contact_ids))
        for chunk in _chunks(values)
        for row in run(
            tx,
            "SELECT id, external_id, updated_at, deleted_at FROM contact WHERE project_id = ? "  # noqa: S608 - our own words
            f"AND merged_into IS NULL AND {column} IN ({marks(len(chunk))})",
            [project_id, *chunk],
        )
    ]


def find_address_bearers(
    tx: Tx, project_id: ProjectId, kind: AddressKind, value_keys: Iterable[str]
) -> dict[str, list[Bearer]]:
    """Map those addresses, in their compared form, that anybody has to all who have them."""
    found: dict[str, list[Bearer]] = defaultdict(list)
    for chunk in _chunks(value_keys):
        rows = run(
            tx,
            "SELECT contact.id, external_id, contact.updated_at, deleted_at, value_key "  # noqa: S608 - marks only
            "FROM address JOIN contact ON contact.id = address.contact_id "
            "WHERE address.project_id = ? AND kind = ? AND merged_into IS NULL "
            f"AND value_key IN ({marks(len(chunk))})",
            [project_id, kind, *chunk],
        )
        for row in rows:
            found[row[4]].append(_bearer(row))
    return found


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


def list_bearers(
    tx: Tx, project_id: ProjectId, kind: AddressKind, value_key: str
) -> list[ContactId]:
    """List everybody who has an address, in its compared form; at most 1,000."""
    rows = run(
        tx,
        "SELECT contact_id FROM address WHERE project_id = ? AND kind = ? AND value_key = ? "
        "ORDER BY contact_id LIMIT 1000",
        [project_id, kind, value_key],
    )
    return [ContactId(row[0]) for row in rows]


def find_ids_with_address(
    tx: Tx, project_id: ProjectId, kind: AddressKind, ids: Iterable[ContactId]
) -> set[ContactId]:
    """Tell which of these people have an address of that kind."""
    # The plus leaves the primary key as the way in; else SQLite walks all addresses of the kind.
    return {
        ContactId(row[0])
        for chunk in _chunks(ids)
        for row in run(
            tx,
            "SELECT contact_id FROM address WHERE +project_id = ? AND kind = ? "  # noqa: S608 - marks only
            f"AND contact_id IN ({marks(len(chunk))})",
            [project_id, kind, *chunk],
        )
    }


def list_merged(
    tx: Tx, project_id: ProjectId, ids: Iterable[ContactId]
) -> dict[ContactId, ContactId]:
    """Map the visitors who became one of these people to whom each became."""
    rows = tx.execute(
        select(tables.contact.c.id, tables.contact.c.merged_into).where(
            tables.contact.c.project_id == project_id,
            tables.contact.c.merged_into.in_(sorted(set(ids))),
        )
    )
    return {ContactId(row.id): ContactId(row.merged_into) for row in rows}


def list_addresses(
    tx: Tx, project_id: ProjectId, ids: Sequence[ContactId]
) -> dict[ContactId, list[tuple[AddressKind, str]]]:
    """Map people, deleted ones too, to their addresses."""
    rows = tx.execute(
        select(tables.address.c.contact_id, tables.address.c.kind, tables.address.c.value)
        .where(tables.address.c.project_id == project_id, tables.address.c.contact_id.in_(ids))
        .order_by(tables.address.c.contact_id, tables.address.c.kind)
    )
    found: dict[ContactId, list[tuple[AddressKind, str]]] = defaultdict(list)
    for row in rows:
        found[ContactId(row.contact_id)].append((AddressKind(row.kind), row.value))
    return found


def is_shared_address(
    tx: Tx, project_id: ProjectId, kind: AddressKind, value: str, ids: Sequence[ContactId]
) -> bool:
    """Tell whether somebody else than these people has an address too."""
    key = rules.address_key(kind, value)
    rows = tx.execute(
        select(tables.address.c.contact_id)
        .where(
            tables.address.c.project_id == project_id,
            tables.address.c.kind == kind,
            tables.address.c.value_key == key,
            tables.address.c.contact_id.not_in(ids),
        )
        .limit(1)
    )
    return rows.first() is not None


def list_devices(
    tx: Tx, project_id: ProjectId, ids: Iterable[ContactId], *, with_dead: bool = False
) -> list[Device]:
    """List the devices of these people (at most 1,000), the one seen last first."""
    conditions = [tables.device.c.project_id == project_id]
    conditions.append(tables.device.c.contact_id.in_(sorted(set(ids))))
    if not with_dead:
        conditions.append(tables.device.c.dead_at.is_(None))
    rows = tx.execute(
        select(tables.device)
        .where(*conditions)
        .order_by(tables.device.c.seen_at.desc(), tables.device.c.id.desc())
    )
    return [_device(row) for row in rows]


def get_device(tx: Tx, project_id: ProjectId, contact_id: ContactId, device_id: DeviceId) -> Device:
    """Return one device of a person. Raises DeviceUnknown."""
    found = [
        device
        for device in list_devices(tx, project_id, [contact_id], with_dead=True)
        if device.id == device_id
    ]
    if not found:
        raise DeviceUnknown("There is no such push token.")
    return found[0]


def find_device(tx: Tx, project_id: ProjectId, digest: bytes) -> Device | None:
    """Find the device of a token by the token's digest."""
    row = tx.execute(
        select(tables.device).where(
            tables.device.c.project_id == project_id, tables.device.c.digest == digest
        )
    ).one_or_none()
    return None if row is None else _device(row)


def list_fields(tx: Tx, project_id: ProjectId) -> list[Field]:
    """List the project's additional fields by number."""
    rows = tx.execute(
        select(tables.field)
        .where(tables.field.c.project_id == project_id)
        .order_by(tables.field.c.id)
    )
    return [
        Field(
            FieldId(row.id),
            ProjectId(row.project_id),
            row.key,
            row.label,
            FieldKind(row.kind),
            tuple(row.allowed or ()),
            row.created_at,
        )
        for row in rows
    ]


def list_changes_of(
    tx: Tx, project_id: ProjectId, contact_id: ContactId, *, offset: int, limit: int
) -> list[PastChange]:
    """List what changed of one person, the latest first."""
    log = tables.contact_change
    rows = tx.execute(
        select(log.c.kind, log.c.fields, log.c.at)
        .where(log.c.project_id == project_id, log.c.contact_id == contact_id)
        .order_by(log.c.position.desc())
        .offset(offset)
        .limit(limit)
    )
    return [PastChange(ChangeKind(row.kind), row.fields, row.at) for row in rows]


def list_changes_after_any_project(tx: Tx, cursor: Cursor, *, limit: int) -> list[Change]:
    """Read the log of changes forward from a cursor, only what can no longer be overtaken."""
    log = tables.contact_change
    rows = tx.execute(
        select(
            log.c.epoch,
            log.c.position,
            log.c.project_id,
            log.c.contact_id,
            log.c.kind,
            log.c.fields,
        )
        .where(is_after(tx, log, epoch=cursor.epoch, position=cursor.position))
        .order_by(*log_order(tx, log))
        .limit(limit)
    )
    return [Change._make(row) for row in rows]


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


def _chunks(values: Iterable[object]) -> Iterable[list[object]]:
    # Sorted, so that two processes meeting the same rows never wait for each other crosswise.
    ordered = sorted(set(values))  # type: ignore[type-var] # one comparable type a call
    return (ordered[start : start + CHUNK] for start in range(0, len(ordered), CHUNK))


def _bearer(row: Sequence[Any]) -> Bearer:
    return Bearer(ContactId(row[0]), row[1], from_ms(row[2]), is_deleted=row[3] is not None)


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


def _device(row: Line) -> Device:
    return Device(
        DeviceId(row.id),
        ProjectId(row.project_id),
        ContactId(row.contact_id),
        Platform(row.platform),
        row.provider,
        row.token,
        row.app,
        row.external_id,
        row.details,
        row.created_at,
        row.seen_at,
        row.dead_at,
    )
