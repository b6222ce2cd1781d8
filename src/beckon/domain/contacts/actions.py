"""What can be done with people. Each action runs inside the caller's transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import queries, rules, writes
from beckon.domain.contacts.model import AddressKind, Contact, ContactId, Profile, Who
from beckon.kit.addresses import email_key
from beckon.storage.schema import Tx, lock_names


def resolve(
    tx: Tx, project_id: ProjectId, people: Sequence[Who], now: datetime
) -> list[ContactId | None]:
    """Find or make the person each `Who` names, in order; addresses fill what is empty.

    None where only an unknown contact id, or nothing at all, was given. Set-based: a thousand
    people cost a handful of statements.
    """
    by_id = queries.find_ids(tx, project_id, _given(who.contact_id for who in people))
    by_external = _resolve_external(
        tx,
        project_id,
        _given(who.external_id for who in people if who.contact_id not in by_id),
        now,
    )
    by_anonymous = queries.find_ids_by_anonymous_id(
        tx, project_id, _given(who.anonymous_id for who in people)
    )
    _lock_new(tx, project_id, people, by_id, by_anonymous)
    found = [
        _resolve_one(tx, project_id, who, by_id, by_external, by_anonymous, now) for who in people
    ]
    _fill_addresses(tx, project_id, people, found, now)
    return found


def identify(
    tx: Tx, project_id: ProjectId, who: Who, profile: Profile, now: datetime
) -> ContactId | None:
    """Find or make a person and change what is said of them. Returns None as `resolve` does.

    With both a caller's id and a visitor id, a visitor nobody claimed yet becomes that person,
    and a shared device's visitor id belongs to the new person from now on.
    """
    if who.external_id and who.anonymous_id:
        _join_visitor(tx, project_id, who.external_id, who.anonymous_id, now)
    contact_id = resolve(tx, project_id, [who], now)[0]
    if contact_id is not None:
        change(tx, project_id, contact_id, profile, now)
    return contact_id


def change(
    tx: Tx, project_id: ProjectId, contact_id: ContactId, profile: Profile, now: datetime
) -> None:
    """Change a person of this project; fields not given stay. Raises Invalid."""
    old = writes.lock_properties(tx, project_id, contact_id)
    values: dict[str, object] = {
        "properties": rules.merge_properties(old, profile.properties),
        "updated_at": now,
    }
    for column in ("first_name", "last_name", "language", "time_zone"):
        if (value := getattr(profile, column)) is not None:
            values[column] = value or None
    writes.update_contact(tx, project_id, contact_id, values)
    for kind, address in (
        (AddressKind.EMAIL, profile.email),
        (AddressKind.PHONE, profile.phone),
    ):
        if address is None:
            continue
        has_one = queries.find_ids_with_address(tx, project_id, kind, [contact_id])
        if profile.overwrites or not has_one:
            _set_address(tx, project_id, contact_id, kind, address, now)


def note_seen(tx: Tx, project_id: ProjectId, ids: Iterable[ContactId], moment: datetime) -> None:
    """Note that these people did something."""
    writes.update_last_seen(tx, project_id, list(set(ids)), moment)


def get_by_external_id(tx: Tx, project_id: ProjectId, external_id: str) -> Contact:
    """Return who bears the caller's own id. Raises ContactUnknown."""
    contact = queries.find_contact_by_external_id(tx, project_id, external_id)
    if contact is None:
        raise queries.ContactUnknown(f"There is no user '{external_id}'.")
    return contact


def _resolve_external(
    tx: Tx, project_id: ProjectId, external_ids: set[str], now: datetime
) -> dict[str, ContactId]:
    known = queries.find_ids_by_external_id(tx, project_id, external_ids)
    missing = sorted(external_ids - known.keys())
    if missing:
        writes.insert_contacts(tx, project_id, missing, now)
        known |= queries.find_ids_by_external_id(tx, project_id, missing)
    return known


def _lock_new(
    tx: Tx,
    project_id: ProjectId,
    people: Sequence[Who],
    by_id: set[ContactId],
    by_anonymous: dict[str, ContactId],
) -> None:
    """Lock all who may come to be at once: one by one, two calls would wait for each other."""
    nameless = [who for who in people if who.external_id is None and who.contact_id not in by_id]
    visitors = _given(who.anonymous_id for who in nameless) - by_anonymous.keys()
    addressed = [who for who in nameless if who.anonymous_id is None]
    names = [f"visitor:{project_id}:{anonymous_id}" for anonymous_id in visitors]
    names += [name for who in addressed for name in _address_names(project_id, who)]
    lock_names(tx, names)


def _address_names(project_id: ProjectId, who: Who) -> list[str]:
    given = ((AddressKind.EMAIL, who.email), (AddressKind.PHONE, who.phone))
    return [f"address:{project_id}:{kind}:{_key(kind, value)}" for kind, value in given if value]


def _resolve_one(
    tx: Tx,
    project_id: ProjectId,
    who: Who,
    by_id: set[ContactId],
    by_external: dict[str, ContactId],
    by_anonymous: dict[str, ContactId],
    now: datetime,
) -> ContactId | None:
    if who.contact_id in by_id:
        return who.contact_id
    if who.external_id is not None:
        contact_id = by_external[who.external_id]
        if who.anonymous_id is not None and who.anonymous_id not in by_anonymous:
            writes.insert_visitors(tx, project_id, {who.anonymous_id: contact_id})
            by_anonymous[who.anonymous_id] = contact_id
        return contact_id
    if who.anonymous_id is not None:
        if who.anonymous_id not in by_anonymous:
            by_anonymous[who.anonymous_id] = _make_visitor(tx, project_id, who.anonymous_id, now)
        return by_anonymous[who.anonymous_id]
    if who.email is not None or who.phone is not None:
        return _resolve_address(tx, project_id, who, now)
    return None


def _make_visitor(tx: Tx, project_id: ProjectId, anonymous_id: str, now: datetime) -> ContactId:
    lock_names(tx, [f"visitor:{project_id}:{anonymous_id}"])
    known = queries.find_ids_by_anonymous_id(tx, project_id, [anonymous_id])
    if anonymous_id in known:
        return known[anonymous_id]
    contact_id = writes.insert_nameless_contact(tx, project_id, now)
    writes.insert_visitors(tx, project_id, {anonymous_id: contact_id})
    return contact_id


def _resolve_address(tx: Tx, project_id: ProjectId, who: Who, now: datetime) -> ContactId:
    addresses = [
        (kind, value)
        for kind, value in ((AddressKind.EMAIL, who.email), (AddressKind.PHONE, who.phone))
        if value is not None
    ]
    # No unique key can say "one new contact for one new address": several may share an old one.
    lock_names(
        tx, [f"address:{project_id}:{kind}:{_key(kind, value)}" for kind, value in addresses]
    )
    for kind, value in addresses:
        found = queries.find_id_by_address(tx, project_id, kind, _key(kind, value))
        if found is not None:
            return found
    contact_id = writes.insert_nameless_contact(tx, project_id, now)
    for kind, value in addresses:
        _set_address(tx, project_id, contact_id, kind, value, now)
    return contact_id


def _fill_addresses(
    tx: Tx,
    project_id: ProjectId,
    people: Sequence[Who],
    found: Sequence[ContactId | None],
    now: datetime,
) -> None:
    for kind in AddressKind:
        wanted = {
            contact_id: value
            for who, contact_id in zip(people, found, strict=True)
            if contact_id is not None
            and (value := who.email if kind is AddressKind.EMAIL else who.phone) is not None
        }
        if not wanted:
            continue
        taken = queries.find_ids_with_address(tx, project_id, kind, wanted)
        for contact_id in sorted(wanted.keys() - taken):
            _set_address(tx, project_id, contact_id, kind, wanted[contact_id], now)


def _join_visitor(
    tx: Tx, project_id: ProjectId, external_id: str, anonymous_id: str, now: datetime
) -> None:
    lock_names(tx, [f"visitor:{project_id}:{anonymous_id}"])
    visitor = queries.find_ids_by_anonymous_id(tx, project_id, [anonymous_id]).get(anonymous_id)
    if visitor is None:
        return
    known = queries.find_contact_by_external_id(tx, project_id, external_id)
    if known is None and queries.get_contact(tx, project_id, visitor).external_id is None:
        writes.update_external_id(tx, project_id, visitor, external_id)
        return
    person = resolve(tx, project_id, [Who(external_id=external_id)], now)[0]
    assert person is not None
    writes.update_visitor(tx, project_id, anonymous_id, person)


def _set_address(
    tx: Tx,
    project_id: ProjectId,
    contact_id: ContactId,
    kind: AddressKind,
    value: str,
    now: datetime,
) -> None:
    writes.upsert_address(
        tx, project_id, contact_id, kind=kind, value=value, value_key=_key(kind, value), now=now
    )


def _key(kind: AddressKind, value: str) -> str:
    return email_key(value) if kind is AddressKind.EMAIL else value


def _given(values: Iterable[object]) -> set:  # type: ignore[type-arg] # whatever came in
    return {value for value in values if value is not None}
