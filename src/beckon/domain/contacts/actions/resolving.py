"""Finds the person that somebody is named as, and makes who is new."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import queries, rules, writes
from beckon.domain.contacts.actions.keeping import add_people, note_created
from beckon.domain.contacts.model import (
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
    _lock_new(tx, project_id, people, by_id, by_anonymous)
    by_address = _resolve_addresses(
        tx, project_id, [who for who in people if _goes_by_address(who, by_id)], now, origin
    )
    by_key = _find_known(
        tx, project_id, _given(who.known_as for who in people if who.contact_id not in by_id)
    )
    found = [
        _resolve_one(tx, project_id, who, by_id, by_external, by_anonymous, by_address, now)
        or by_key.get(who.known_as or "")
        for who in people
    ]
    _fill_addresses(tx, project_id, people, found, now, origin)
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


def _lock_new(
    tx: Tx,
    project_id: ProjectId,
    people: Sequence[Who],
    by_id: Mapping[ContactId, ContactId],
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
    return [
        f"address:{project_id}:{kind}:{rules.address_key(kind, value)}"
        for kind, value in _addresses(who)
    ]


def _resolve_one(
    tx: Tx,
    project_id: ProjectId,
    who: Who,
    by_id: Mapping[ContactId, ContactId],
    by_external: dict[str, ContactId],
    by_anonymous: dict[str, ContactId],
    by_address: Mapping[tuple[AddressKind, str], ContactId],
    now: datetime,
) -> ContactId | None:
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
    known = (
        by_address.get((kind, rules.address_key(kind, value))) for kind, value in _addresses(who)
    )
    return next((one for one in known if one is not None), None)


def _goes_by_address(who: Who, by_id: Mapping[ContactId, ContactId]) -> bool:
    is_named = who.contact_id in by_id or who.external_id is not None
    return not is_named and who.anonymous_id is None and bool(_addresses(who))


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
    tx: Tx, project_id: ProjectId, people: Sequence[Who], now: datetime, origin: Origin
) -> dict[tuple[AddressKind, str], ContactId]:
    """Map the addresses of people who go by them to who has each, made where nobody does.

    No unique key can say "one new contact for one new address": several may share an old one.
    Of several the one changed last is meant.
    """
    found: dict[tuple[AddressKind, str], ContactId] = {}
    for kind in AddressKind:
        keys = {
            rules.address_key(one, value)
            for who in people
            for one, value in _addresses(who)
            if one is kind
        }
        known = _find_bearers(tx, project_id, kind, keys)
        found |= {(kind, key): contact_id for key, contact_id in known.items()}
    fresh: dict[tuple[AddressKind, str], int] = {}
    made: list[Contact] = []
    for who in people:
        keys_of = [(kind, rules.address_key(kind, value)) for kind, value in _addresses(who)]
        if any(key in found for key in keys_of):
            continue
        slot = next((fresh[key] for key in keys_of if key in fresh), None)
        if slot is None:
            slot = len(made)
            profile = Profile(email=who.email, phone=who.phone, origin=origin)
            made.append(rules.apply(rules.nobody(project_id, now), profile, now))
        for pair in keys_of:
            fresh.setdefault(pair, slot)
    ids = add_people(tx, project_id, made, [origin.source] * len(made), now)
    return found | {key: ids[slot] for key, slot in fresh.items()}


def _fill_addresses(
    tx: Tx,
    project_id: ProjectId,
    people: Sequence[Who],
    found: Sequence[ContactId | None],
    now: datetime,
    origin: Origin,
) -> None:
    filling: dict[ContactId, Pairs] = defaultdict(list)
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
        for contact_id in wanted.keys() - taken:
            filling[contact_id].append((kind, wanted[contact_id]))
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
