"""What can be done with people. Each action runs inside the caller's transaction.

Invariant: locks are taken in one order by all: the project's people (alone for whom changes
several in the caller's order, shared else), then names, then rows by number. So no two transactions
wait for each other.
Invariant: whatever changes a person, an address or a device says so in the log of changes; that
somebody was seen does not.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import queries, rules, writes
from beckon.domain.contacts.fields import FIRST_FIELDS
from beckon.domain.contacts.model import (
    AddressKind,
    ChangeKind,
    Contact,
    ContactId,
    Device,
    DeviceId,
    Field,
    FieldKind,
    NewDevice,
    Origin,
    Profile,
    Who,
)
from beckon.kit import json
from beckon.kit.addresses import email_key
from beckon.kit.ids import digest_of
from beckon.kit.refusals import Invalid
from beckon.storage.schema import Tx, lock_alone, lock_names

Pairs = list[tuple[AddressKind, str]]

EVENT = Origin("event")


def lock_people(tx: Tx, project_id: ProjectId, *, is_shared: bool) -> None:
    """Begin to change people of a project: the first lock of all that do.

    Alone where several are changed in an order that is not that of their numbers. Who shares the
    lock must not ask for it alone later: two that did would wait for each other.
    """
    lock_alone(tx, f"people:{project_id}", is_shared=is_shared)


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
    found = [
        _resolve_one(tx, project_id, who, by_id, by_external, by_anonymous, by_address, now)
        for who in people
    ]
    _fill_addresses(tx, project_id, people, found, now, origin)
    return found


def identify(
    tx: Tx, project_id: ProjectId, who: Who, profile: Profile, now: datetime
) -> ContactId | None:
    """Find or make a person and change what is said of them. Returns None as `resolve` does.

    A visitor id beside the caller's own id is noted where it is new; `join` comes before, where
    what a visitor did is to become the person's.
    """
    lock_people(tx, project_id, is_shared=True)
    contact_id = resolve(tx, project_id, [who], now, profile.origin)[0]
    if contact_id is not None:
        change(tx, project_id, contact_id, profile, now)
    return contact_id


def identify_all(
    tx: Tx, project_id: ProjectId, people: Sequence[tuple[Who, Profile]], now: datetime
) -> list[ContactId | Invalid | None]:
    """Identify many people in the order given: the same as one by one, in few statements.

    All come from one place, which the first names. A profile that cannot be taken changes nothing
    of its person and stands in the answer.
    """
    if not people:
        return []
    lock_people(tx, project_id, is_shared=False)
    found = resolve(tx, project_id, [who for who, _ in people], now, people[0][1].origin)
    profiles: dict[ContactId, list[Profile]] = defaultdict(list)
    for contact_id, (_, profile) in zip(found, people, strict=True):
        if contact_id is not None:
            profiles[contact_id].append(profile)
    refused = _change(tx, project_id, profiles, now)
    return [contact_id and refused.get(contact_id, contact_id) for contact_id in found]


def change(
    tx: Tx, project_id: ProjectId, contact_id: ContactId, profile: Profile, now: datetime
) -> None:
    """Change a person of this project; fields not given stay. Raises Invalid.

    Somebody who was deleted is back, if the caller is vouched for.
    """
    lock_people(tx, project_id, is_shared=True)
    for refusal in _change(tx, project_id, {contact_id: [profile]}, now).values():
        raise refusal


def join(
    tx: Tx, project_id: ProjectId, external_id: str, anonymous_id: str, now: datetime
) -> tuple[ContactId, ContactId] | None:
    """Let a visitor be the person with the caller's id, from now on.

    A visitor nobody claimed becomes that person, or is merged into them where they were known
    before: properties, names, addresses, devices and visitor ids go over, what the person has
    already stays. Returns (visitor, person) after a merge, so that whoever owns more of the visitor
    moves it in the same transaction; else None. A visitor id that was somebody else's (a shared
    device) only changes hands. The caller holds the project's people alone.
    """
    lock_names(tx, [f"visitor:{project_id}:{anonymous_id}"])
    visitor_id = queries.find_ids_by_anonymous_id(tx, project_id, [anonymous_id]).get(anonymous_id)
    if visitor_id is None:
        return None
    known = queries.find_ids_by_external_id(tx, project_id, [external_id]).get(external_id)
    if known == visitor_id:
        return None
    visitor = queries.lock_contacts(tx, project_id, [visitor_id])[0]
    if visitor.external_id is None and known is None:
        named = replace(visitor, external_id=external_id, updated_at=now)
        keep_changed(tx, project_id, [(visitor, named)], {}, now)
        return None
    if visitor.external_id is None and known is not None:
        _merge(tx, project_id, visitor, known, now)
        return visitor_id, known
    person = resolve(tx, project_id, [Who(external_id=external_id)], now)[0]
    assert person is not None
    writes.update_visitor(tx, project_id, anonymous_id, person)
    return None


def note_seen(tx: Tx, project_id: ProjectId, ids: Iterable[ContactId], moment: datetime) -> None:
    """Note that these people did something."""
    writes.update_last_seen(tx, project_id, list(set(ids)), moment)


def confirm(
    tx: Tx, project_id: ProjectId, kind: AddressKind, address: str, now: datetime
) -> list[ContactId]:
    """Note that an address was confirmed by its owner; gives whom of its bearers that changed."""
    lock_people(tx, project_id, is_shared=False)
    found = writes.update_confirmed(tx, project_id, kind, _key(kind, address), now)
    writes.insert_changes(
        tx, project_id, [(one, ChangeKind.ADDRESSES, [kind]) for one in sorted(found)], now
    )
    return found


def note_reach(
    tx: Tx, project_id: ProjectId, kind: AddressKind, address: str, now: datetime
) -> None:
    """Tell that mail may, or may no longer, go to an address: everybody who has it changed."""
    found = queries.list_bearers(tx, project_id, kind, _key(kind, address))
    writes.insert_changes(
        tx, project_id, [(one, ChangeKind.ADDRESSES, [kind]) for one in found], now
    )


def delete(tx: Tx, project_id: ProjectId, contact_id: ContactId, now: datetime) -> None:
    """Take a person out of every list and out of reach of messages. Raises ContactUnknown.

    All is kept: who identifies the person again, vouched for, brings them back as they were.
    """
    lock_people(tx, project_id, is_shared=True)
    old = queries.get_contact(tx, project_id, contact_id)
    writes.update_contacts(tx, project_id, [replace(old, deleted_at=now)])
    writes.insert_changes(tx, project_id, [(old.id, ChangeKind.DELETED, [])], now)


def note_erased(tx: Tx, project_id: ProjectId, ids: Sequence[ContactId], now: datetime) -> None:
    """Tell that nothing is left of people but these numbers. Only `privacy` erases."""
    writes.insert_changes(tx, project_id, [(one, ChangeKind.ERASED, []) for one in ids], now)


def add_device(
    tx: Tx, project_id: ProjectId, contact_id: ContactId, new: NewDevice, now: datetime
) -> Device:
    """Let push messages to a person go to a device; a token somebody else had is theirs now."""
    lock_people(tx, project_id, is_shared=False)
    digest = _token_digest(new.token)
    before = queries.find_device(tx, project_id, digest)
    writes.insert_device(tx, project_id, contact_id, new, digest, now)
    touched = {contact_id} if before is None else {contact_id, before.contact_id}
    _note_devices(tx, project_id, touched, now)
    device = queries.find_device(tx, project_id, digest)
    assert device is not None
    return device


def remove_device(
    tx: Tx, project_id: ProjectId, contact_id: ContactId, device_id: DeviceId, now: datetime
) -> None:
    """Forget a device of a person. Raises DeviceUnknown."""
    lock_people(tx, project_id, is_shared=True)
    device = queries.get_device(tx, project_id, contact_id, device_id)
    writes.delete_device(tx, project_id, device)
    _note_devices(tx, project_id, {contact_id}, now)


def remove_token(
    tx: Tx, project_id: ProjectId, contact_id: ContactId, token: str, now: datetime
) -> None:
    """Forget a device of a person by its token or endpoint. Raises DeviceUnknown."""
    device = queries.find_device(tx, project_id, _token_digest(token))
    if device is None or device.contact_id != contact_id:
        raise queries.DeviceUnknown("There is no such push token.")
    remove_device(tx, project_id, contact_id, device.id, now)


def bury_token(tx: Tx, project_id: ProjectId, token: str, now: datetime) -> None:
    """Note that a provider said a token is no more; nothing goes there until it is added again."""
    device = queries.find_device(tx, project_id, _token_digest(token))
    if device is not None and device.dead_at is None:
        writes.update_device_dead(tx, project_id, device, now)
        _note_devices(tx, project_id, {device.contact_id}, now)


def keep_field(
    tx: Tx,
    project_id: ProjectId,
    *,
    key: str,
    label: str,
    kind: FieldKind,
    allowed: Sequence[str] = (),
    now: datetime,
) -> None:
    """Keep an additional field in the catalogue; a known key keeps its number. Raises Invalid."""
    writes.upsert_field(
        tx,
        project_id,
        key=rules.check_field_key(key),
        label=rules.check_name(label, "label") or key,
        kind=kind,
        allowed=allowed,
        now=now,
    )


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
            rows.append((new.id, kind, value, _key(kind, value), confirmed_at, source))
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
    rows = [
        (contact_id, kind, value, _key(kind, value), confirmed_at, source)
        for contact_id, person, source in zip(ids, people, sources, strict=True)
        for kind, value, confirmed_at in (
            (AddressKind.EMAIL, person.email, person.email_confirmed_at),
            (AddressKind.PHONE, person.phone, person.phone_confirmed_at),
        )
        if value is not None
    ]
    writes.upsert_addresses(tx, project_id, rows, now)
    _note_created(tx, project_id, ids, now)
    return ids


def begin_fields(tx: Tx, project_id: ProjectId, now: datetime) -> list[Field]:
    """List the additional fields; a project that has none begins with the usual two."""
    known = queries.list_fields(tx, project_id)
    if known:
        return known
    for key, label, kind, allowed in FIRST_FIELDS:
        keep_field(tx, project_id, key=key, label=label, kind=kind, allowed=list(allowed), now=now)
    return queries.list_fields(tx, project_id)


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
        made = queries.find_ids_by_external_id(tx, project_id, missing)
        _note_created(tx, project_id, sorted(made.values()), now)
        known |= made
    return known


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
    return [f"address:{project_id}:{kind}:{_key(kind, value)}" for kind, value in _addresses(who)]


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
    known = (by_address.get((kind, _key(kind, value))) for kind, value in _addresses(who))
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
    _note_created(tx, project_id, [contact_id], now)
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
        keys = {_key(one, value) for who in people for one, value in _addresses(who) if one is kind}
        for key, bearers in queries.find_address_bearers(tx, project_id, kind, keys).items():
            if there := [one for one in bearers if not one.is_deleted]:
                found[kind, key] = max(there, key=lambda one: (one.updated_at, one.id)).id
    fresh: dict[tuple[AddressKind, str], int] = {}
    made: list[Contact] = []
    for who in people:
        keys_of = [(kind, _key(kind, value)) for kind, value in _addresses(who)]
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
        (contact_id, kind, value, _key(kind, value), confirmed_at, origin.source)
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


def _change(
    tx: Tx, project_id: ProjectId, profiles: Mapping[ContactId, Sequence[Profile]], now: datetime
) -> dict[ContactId, Invalid]:
    changed, refused = [], {}
    for old in queries.lock_contacts(tx, project_id, profiles):
        new = old
        try:
            for profile in profiles[old.id]:
                new = rules.apply(new, profile, now)
        except Invalid as refusal:
            refused[old.id] = refusal
        else:
            changed.append((old, new))
    sources = {one: given[-1].origin.source for one, given in profiles.items()}
    keep_changed(tx, project_id, changed, sources, now)
    return refused


def _merge(
    tx: Tx, project_id: ProjectId, visitor: Contact, person_id: ContactId, now: datetime
) -> None:
    person = queries.lock_contacts(tx, project_id, [person_id])[0]
    writes.update_merged(tx, project_id, visitor.id, person_id, now)
    keep_changed(tx, project_id, [(person, rules.absorb(person, visitor, now))], {}, now)
    told = (visitor.id, person_id)
    writes.insert_changes(tx, project_id, [(one, ChangeKind.MERGED, []) for one in told], now)


def _note_created(tx: Tx, project_id: ProjectId, ids: Sequence[ContactId], now: datetime) -> None:
    writes.insert_changes(tx, project_id, [(one, ChangeKind.CREATED, []) for one in ids], now)


def _note_devices(tx: Tx, project_id: ProjectId, ids: set[ContactId], now: datetime) -> None:
    lines = [(one, ChangeKind.ADDRESSES, ["device"]) for one in sorted(ids)]
    writes.insert_changes(tx, project_id, lines, now)


def _token_digest(token: str) -> bytes:
    """Name a token; a web-push subscription goes by its endpoint, whose keys may change."""
    return digest_of(json.stored(token)["endpoint"] if token.startswith("{") else token)


def _addresses(who: Who) -> Pairs:
    given = ((AddressKind.EMAIL, who.email), (AddressKind.PHONE, who.phone))
    return [(kind, value) for kind, value in given if value is not None]


def _key(kind: AddressKind, value: str) -> str:
    return email_key(value) if kind is AddressKind.EMAIL else value


def _given(values: Iterable[object]) -> set:  # type: ignore[type-arg] # whatever came in
    return {value for value in values if value is not None}
