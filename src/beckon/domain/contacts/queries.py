"""SQL that reads people. Public: any room above may ask.

`get_` refuses when absent, `find_` answers None or leaves out, `list_` is bounded.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import func, select

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import tables
from beckon.domain.contacts.model import AddressKind, Contact, ContactId
from beckon.kit.refusals import Unknown
from beckon.storage.schema import Line, Tx, marks, run

CHUNK = 500

_email = tables.address.alias("email")
_phone = tables.address.alias("phone")
_contacts = (
    select(tables.contact, _email.c.value.label("email"), _phone.c.value.label("phone"))
    .outerjoin(
        _email,
        (_email.c.contact_id == tables.contact.c.id) & (_email.c.kind == AddressKind.EMAIL),
    )
    .outerjoin(
        _phone,
        (_phone.c.contact_id == tables.contact.c.id) & (_phone.c.kind == AddressKind.PHONE),
    )
)


class ContactUnknown(Unknown):
    """Nobody of that name in this project."""

    code = "contact_unknown"


def get_contact(tx: Tx, project_id: ProjectId, contact_id: ContactId) -> Contact:
    """Return one person. Raises ContactUnknown."""
    found = list_contacts(tx, project_id, [contact_id])
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


def count_contacts(tx: Tx, project_id: ProjectId) -> int:
    """Count the project's people."""
    return tx.execute(
        select(func.count())
        .select_from(tables.contact)
        .where(tables.contact.c.project_id == project_id)
    ).scalar_one()


def find_ids(tx: Tx, project_id: ProjectId, ids: Iterable[ContactId]) -> set[ContactId]:
    """Tell which of these ids are the project's."""
    return {
        ContactId(row[0])
        for chunk in _chunks(ids)
        for row in run(
            tx,
            f"SELECT id FROM contact WHERE project_id = ? AND id IN ({marks(len(chunk))})",  # noqa: S608 - marks only
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
        "WHERE address.project_id = ? AND kind = ? AND value_key = ? "
        "ORDER BY contact.updated_at DESC, contact.id DESC LIMIT 1",
        [project_id, kind, value_key],
    )
    return ContactId(rows[0][0]) if rows else None


def find_ids_with_address(
    tx: Tx, project_id: ProjectId, kind: AddressKind, ids: Iterable[ContactId]
) -> set[ContactId]:
    """Tell which of these people have an address of that kind."""
    return {
        ContactId(row[0])
        for chunk in _chunks(ids)
        for row in run(
            tx,
            "SELECT contact_id FROM address WHERE project_id = ? AND kind = ? "  # noqa: S608 - marks only
            f"AND contact_id IN ({marks(len(chunk))})",
            [project_id, kind, *chunk],
        )
    }


def _chunks(values: Iterable[object]) -> Iterable[list[object]]:
    # Sorted, so that two processes meeting the same rows never wait for each other crosswise.
    ordered = sorted(set(values))  # type: ignore[type-var] # one comparable type a call
    return (ordered[start : start + CHUNK] for start in range(0, len(ordered), CHUNK))


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
    )
