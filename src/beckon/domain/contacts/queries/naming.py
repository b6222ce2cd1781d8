"""Tells whom ids and addresses name, and who they became; many at once by a few statements."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import rules, tables
from beckon.domain.contacts.chunks import chunks
from beckon.domain.contacts.matching import Bearer
from beckon.domain.contacts.model import (
    AddressKind,
    ContactId,
)
from beckon.kit.clock import from_ms
from beckon.storage.schema import Tx, marks, run


def find_ids(tx: Tx, project_id: ProjectId, ids: Iterable[ContactId]) -> dict[ContactId, ContactId]:
    """Map those of these numbers that are the project's to themselves, or whom they became.

    Deleted people are among them: what happens to them is still logged.
    """
    return {
        ContactId(row[0]): ContactId(row[1] or row[0])
        for chunk in chunks(ids)
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
        for chunk in chunks(external_ids)
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
        for chunk in chunks(anonymous_ids)
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
        for chunk in chunks(values)
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
    for chunk in chunks(value_keys):
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
        for chunk in chunks(ids)
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


def _bearer(row: Sequence[Any]) -> Bearer:
    return Bearer(ContactId(row[0]), row[1], from_ms(row[2]), is_deleted=row[3] is not None)
