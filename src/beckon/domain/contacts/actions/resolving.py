"""Finds the person that somebody is named as, and makes who is new."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import queries, rules, writes
from beckon.domain.contacts.actions.keeping import add_people, note_created
from beckon.domain.contacts.model import (
    AddressKey,
    AddressKind,
    ChangeKind,
    Contact,
    ContactId,
    Origin,
    Profile,
    Who,
)
from beckon.kit.addresses import check_phone, is_phone
from beckon.storage.schema import Tx, lock_names

Pairs = list[tuple[AddressKind, str]]

EVENT = Origin("event")


def resolve(
    tx: Tx, project_id: ProjectId, people: Sequence[Who], now: datetime, origin: Origin = EVENT
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
    keys = [_keys_of(who, by_id) for who in people]
    _lock_new(tx, project_id, people, by_id, by_anonymous, keys)
    by_address, bearers = _resolve_addresses(tx, project_id, people, keys, now, origin)
    by_key = _find_known(
        tx, project_id, _given(who.known_as for who in people if who.contact_id not in by_id)
    )
    found = [
        _resolve_one(tx, project_id, who, by_id, by_external, by_anonymous, now)
        or next((by_address[key] for key in own if key in by_address), None)
        or by_key.get(who.known_as or "")
        for who, own in zip(people, keys, strict=True)
    ]
    _fill_addresses(tx, project_id, people, found, bearers, now, origin)
    return found


def _resolve_external(
    tx: Tx, project_id: ProjectId, external_ids: set[str], now: datetime
) -> dict[str, ContactId]:
    known = queries.find_ids_by_external_id(tx, project_id, external_ids)
    missing = sorted(external_ids - known.keys())
    if missing:
        writes.insert_contacts(tx, project_id, missing, now)
        made = queries.find_ids_by_external_id(tx, project_id, missing)
        note_created(tx, project_id, sorted(made.values()), now)
        known |= made
    return known


def _find_known(tx: Tx, project_id: ProjectId, names: set[str]) -> dict[str, ContactId]:
    """Map names to who bears one as an external id, else as a phone number."""
    if not names:
        return {}
    known = queries.find_ids_by_external_id(tx, project_id, names)
    phones = {name: check_phone(name, "") for name in names - known.keys() if is_phone(name)}
    bearers = _find_bearers(tx, project_id, AddressKind.PHONE, set(phones.values()))
    return known | {name: bearers[phone] for name, phone in phones.items() if phone in bearers}


def _find_bearers(
    tx: Tx, project_id: ProjectId, kind: AddressKind, keys: Iterable[str]
) -> dict[str, ContactId]:
    """Map addresses to who has each; of several the one changed last is meant."""
    return {
        key: max(there, key=lambda one: (one.updated_at, one.id)).id
        for key, bearers in queries.find_address_bearers(tx, project_id, kind, keys).items()
        if (there := [one for one in bearers if not one.is_deleted])
    }


def _keys_of(who: Who, by_id: Mapping[ContactId, ContactId]) -> Sequence[AddressKey]:
    """Give the addresses that somebody goes by, who is named by nothing before them."""
    if who.external_id is not None or who.anonymous_id is not None or who.contact_id in by_id:
        return ()
    return [(kind, rules.address_key(kind, value)) for kind, value in _addresses(who)]


def _lock_new(
    tx: Tx,
    project_id: ProjectId,
    people: Sequence[Who],
    by_id: Mapping[ContactId, ContactId],
    by_anonymous: dict[str, ContactId],
    keys: Sequence[Sequence[AddressKey]],
) -> None:
    """Lock all names that may be new at once: one by one, two calls would wait for each other."""
    visitors = _given(who.anonymous_id for who in people if who.contact_id not in by_id)
    names = [f"visitor:{project_id}:{one}" for one in visitors - by_anonymous.keys()]
    names += [f"address:{project_id}:{kind}:{key}" for own in keys for kind, key in own]
    lock_names(tx, names)


def _resolve_one(
    tx: Tx,
    project_id: ProjectId,
    who: Who,
    by_id: Mapping[ContactId, ContactId],
    by_external: dict[str, ContactId],
    by_anonymous: dict[str, ContactId],
    now: datetime,
) -> ContactId | None:
    """Find or make somebody by their ids; None where there is no id, or nobody known by it."""
    if who.contact_id is not None and who.contact_id in by_id:
        return by_id[who.contact_id]
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
    return None


def _make_visitor(tx: Tx, project_id: ProjectId, anonymous_id: str, now: datetime) -> ContactId:
    # Its name is locked; whoever held it before may have made the visitor meanwhile.
    known = queries.find_ids_by_anonymous_id(tx, project_id, [anonymous_id])
    if anonymous_id in known:
        return known[anonymous_id]
    contact_id = writes.insert_nameless_contact(tx, project_id, now)
    writes.insert_visitors(tx, project_id, {anonymous_id: contact_id})
    note_created(tx, project_id, [contact_id], now)
    return contact_id


def _resolve_addresses(
    tx: Tx,
    project_id: ProjectId,
    people: Sequence[Who],
    keys: Sequence[Sequence[AddressKey]],
    now: datetime,
    origin: Origin,
) -> tuple[dict[AddressKey, ContactId], dict[AddressKind, set[ContactId]]]:
    """Map the addresses that people go by to who has each, made where nobody does.

    The second tells who of these has an address of which kind. No unique key can say "one new
    contact for one new address": several may share an old one. Of several the one changed last is
    meant.
    """
    found: dict[AddressKey, ContactId] = {}
    bearers: dict[AddressKind, set[ContactId]] = {}
    for kind in AddressKind:
        values = {value for own in keys for one, value in own if one is kind}
        known = _find_bearers(tx, project_id, kind, values) if values else {}
        found |= {(kind, value): contact_id for value, contact_id in known.items()}
        bearers[kind] = set(known.values())
    fresh: dict[AddressKey, int] = {}
    made: list[Contact] = []
    blank = rules.nobody(project_id, now)
    for who, own in zip(people, keys, strict=True):
        if not own or any(key in found for key in own):
            continue
        slot = next((fresh[key] for key in own if key in fresh), None)
        if slot is None:
            slot = len(made)
            profile = Profile(email=who.email, phone=who.phone, origin=origin)
            made.append(rules.apply(blank, profile, now))
        for key in own:
            fresh.setdefault(key, slot)
    ids = add_people(tx, project_id, made, [origin.source] * len(made), now)
    for contact_id, person in zip(ids, made, strict=True):
        if person.email is not None:
            bearers[AddressKind.EMAIL].add(contact_id)
        if person.phone is not None:
            bearers[AddressKind.PHONE].add(contact_id)
    return found | {key: ids[slot] for key, slot in fresh.items()}, bearers


def _fill_addresses(
    tx: Tx,
    project_id: ProjectId,
    people: Sequence[Who],
    found: Sequence[ContactId | None],
    bearers: Mapping[AddressKind, Collection[ContactId]],
    now: datetime,
    origin: Origin,
) -> None:
    wanted: dict[AddressKind, dict[ContactId, str]] = {kind: {} for kind in AddressKind}
    for who, contact_id in zip(people, found, strict=True):
        if contact_id is None:
            continue
        for kind, value in _addresses(who):
            if contact_id not in bearers[kind]:
                wanted[kind][contact_id] = value
    filling: dict[ContactId, Pairs] = defaultdict(list)
    for kind, values in wanted.items():
        taken = queries.find_ids_with_address(tx, project_id, kind, values) if values else set()
        for contact_id in values.keys() - taken:
            filling[contact_id].append((kind, values[contact_id]))
    if filling:
        # All whom the caller is about to touch: their rows come before their addresses.
        queries.lock_rows(tx, project_id, _given(found))
        _add_addresses(tx, project_id, filling, now, origin)


def _add_addresses(
    tx: Tx, project_id: ProjectId, new: Mapping[ContactId, Pairs], now: datetime, origin: Origin
) -> None:
    """Give people addresses of kinds they have none of."""
    confirmed_at = now if origin.confirms else None
    rows = [
        (contact_id, kind, value, rules.address_key(kind, value), confirmed_at, origin.source)
        for contact_id, pairs in new.items()
        for kind, value in pairs
    ]
    writes.upsert_addresses(tx, project_id, rows, now)
    people = queries.lock_contacts(tx, project_id, new)
    there = [contact for contact in people if contact.deleted_at is None]
    writes.update_search_keys(tx, project_id, there)
    writes.insert_changes(
        tx,
        project_id,
        [(one, ChangeKind.ADDRESSES, [kind for kind, _ in new[one]]) for one in sorted(new)],
        now,
    )


def _addresses(who: Who) -> Pairs:
    given = ((AddressKind.EMAIL, who.email), (AddressKind.PHONE, who.phone))
    return [(kind, value) for kind, value in given if value is not None]


def _given(values: Iterable[object]) -> set:  # type: ignore[type-arg] # whatever came in
    return {value for value in values if value is not None}
