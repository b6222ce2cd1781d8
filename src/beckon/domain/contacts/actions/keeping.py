"""Makes the store say what was decided of people, and logs what changed."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import rules, writes
from beckon.domain.contacts.model import (
    AddressKind,
    ChangeKind,
    Contact,
    ContactId,
)
from beckon.storage.schema import Tx, lock_alone


def lock_people(tx: Tx, project_id: ProjectId, *, is_shared: bool) -> None:
    """Begin to change people of a project: the first lock of all that do.

    Alone where several are changed in an order that is not that of their numbers. Who shares the
    lock must not ask for it alone later: two that did would wait for each other.
    """
    lock_alone(tx, f"people:{project_id}", is_shared=is_shared)


def keep_changed(
    tx: Tx,
    project_id: ProjectId,
    changed: Sequence[tuple[Contact, Contact]],
    sources: Mapping[ContactId, str],
    now: datetime,
) -> None:
    """Make the store say what the second of each pair says, and tell the difference.

    For who decided from the first ones under their locks; `sources` tells where addresses are from.
    """
    writes.update_contacts(tx, project_id, [new for old, new in changed if new is not old])
    rows, lines = [], []
    for old, new in changed:
        if fields := rules.changed_fields(old, new):
            lines.append((new.id, ChangeKind.CHANGED, fields))
        kinds = rules.changed_addresses(old, new)
        for kind in kinds:
            is_email = kind is AddressKind.EMAIL
            value = new.email if is_email else new.phone
            confirmed_at = new.email_confirmed_at if is_email else new.phone_confirmed_at
            assert value is not None
            source = sources.get(new.id, "visitor")
            rows.append((new.id, kind, value, rules.address_key(kind, value), confirmed_at, source))
        if kinds:
            lines.append((new.id, ChangeKind.ADDRESSES, list(kinds)))
    writes.upsert_addresses(tx, project_id, rows, now)
    writes.insert_changes(tx, project_id, lines, now)


def add_people(
    tx: Tx, project_id: ProjectId, people: Sequence[Contact], sources: Sequence[str], now: datetime
) -> list[ContactId]:
    """Add people who are not there yet, whatever numbers the values bear; gives theirs, in order.

    The caller holds the project's people alone. A few statements, however many.
    """
    ids = writes.insert_people(tx, project_id, people, now)
    rows: list[writes.AddressRow] = []
    for contact_id, person, source in zip(ids, people, sources, strict=True):
        if (email := person.email) is not None:
            key = rules.address_key(AddressKind.EMAIL, email)
            confirmed_at = person.email_confirmed_at
            rows.append((contact_id, AddressKind.EMAIL, email, key, confirmed_at, source))
        if (phone := person.phone) is not None:
            key = rules.address_key(AddressKind.PHONE, phone)
            confirmed_at = person.phone_confirmed_at
            rows.append((contact_id, AddressKind.PHONE, phone, key, confirmed_at, source))
    writes.upsert_addresses(tx, project_id, rows, now)
    note_created(tx, project_id, ids, now)
    return ids


def note_created(tx: Tx, project_id: ProjectId, ids: Sequence[ContactId], now: datetime) -> None:
    """Tell that these people came to be."""
    writes.insert_changes(tx, project_id, [(one, ChangeKind.CREATED, ()) for one in ids], now)
