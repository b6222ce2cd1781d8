"""Changes people: what is said of them, who they are, whether they are there."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import queries, rules, writes
from beckon.domain.contacts.actions.keeping import keep_changed, lock_people
from beckon.domain.contacts.actions.resolving import resolve
from beckon.domain.contacts.model import (
    AddressKind,
    ChangeKind,
    Contact,
    ContactId,
    Profile,
    Who,
)
from beckon.kit.refusals import Invalid
from beckon.kit.values import replace
from beckon.storage.schema import Tx, lock_names


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
    found = sorted(set(ids))
    queries.lock_rows(tx, project_id, found)
    writes.update_last_seen(tx, project_id, found, moment)


def confirm(
    tx: Tx, project_id: ProjectId, kind: AddressKind, address: str, now: datetime
) -> list[ContactId]:
    """Note that an address was confirmed by its owner; gives whom of its bearers that changed."""
    lock_people(tx, project_id, is_shared=False)
    found = writes.update_confirmed(tx, project_id, kind, rules.address_key(kind, address), now)
    writes.insert_changes(
        tx, project_id, [(one, ChangeKind.ADDRESSES, [kind]) for one in sorted(found)], now
    )
    return found


def note_reach(
    tx: Tx, project_id: ProjectId, kind: AddressKind, address: str, now: datetime
) -> None:
    """Tell that mail may, or may no longer, go to an address: everybody who has it changed."""
    found = queries.list_bearers(tx, project_id, kind, rules.address_key(kind, address))
    writes.insert_changes(
        tx, project_id, [(one, ChangeKind.ADDRESSES, [kind]) for one in found], now
    )


def delete(tx: Tx, project_id: ProjectId, contact_id: ContactId, now: datetime) -> None:
    """Take a person out of every list and out of reach of messages. Raises ContactUnknown.

    All is kept: who identifies the person again, vouched for, brings them back as they were.
    """
    lock_people(tx, project_id, is_shared=True)
    old = queries.get_contact(tx, project_id, contact_id)
    delete_all(tx, project_id, [old.id], now)


def delete_all(tx: Tx, project_id: ProjectId, ids: Sequence[ContactId], now: datetime) -> None:
    """Delete people as `delete` does; unknown ones are passed over. A few statements for all."""
    lock_people(tx, project_id, is_shared=True)
    found = queries.lock_contacts(tx, project_id, ids)
    writes.update_contacts(tx, project_id, [replace(old, deleted_at=now) for old in found])
    writes.insert_changes(tx, project_id, [(old.id, ChangeKind.DELETED, []) for old in found], now)


def note_erased(tx: Tx, project_id: ProjectId, ids: Sequence[ContactId], now: datetime) -> None:
    """Tell that nothing is left of people but these numbers. Only `privacy` erases."""
    writes.insert_changes(tx, project_id, [(one, ChangeKind.ERASED, []) for one in ids], now)


def get_by_external_id(tx: Tx, project_id: ProjectId, external_id: str) -> Contact:
    """Return who bears the caller's own id. Raises ContactUnknown."""
    contact = queries.find_contact_by_external_id(tx, project_id, external_id)
    if contact is None:
        raise queries.ContactUnknown(f"There is no user '{external_id}'.")
    return contact


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
