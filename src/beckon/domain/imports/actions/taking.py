"""Takes lists of people in, at once or part by part, and does with everybody what is wished."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import actions as contacts
from beckon.domain.contacts.matching import Dedupe, Entry
from beckon.domain.contacts.model import AddressKind, Channel, ContactId, Who
from beckon.domain.contacts.queries import list_contacts
from beckon.domain.contacts.upserting import Upserted, upsert
from beckon.domain.events import actions as events
from beckon.domain.events.model import EventId, NewEvent
from beckon.domain.imports import footprints, writes
from beckon.domain.imports.model import ImportId, Status, Taken, Upload, Wish
from beckon.domain.segments import actions as segments
from beckon.domain.segments.model import SegmentKind
from beckon.domain.segments.queries import find_segment_by_name
from beckon.domain.subscriptions import actions as subscriptions
from beckon.domain.subscriptions.model import Proof
from beckon.domain.subscriptions.queries import list_categories
from beckon.kit.ids import named_uuid
from beckon.storage.schema import Tx

BY_LIST = Proof("import")
CHUNK = 500


def take(
    tx: Tx,
    project_id: ProjectId,
    entries: Sequence[Entry],
    wish: Wish,
    import_id: ImportId,
    now: datetime,
    *,
    joins: Sequence[Sequence[str]] = (),
) -> Taken:
    """Take in everybody on a list, and do with each what is wished; kept as a finished import.

    `joins` names the lists that each entry is to join besides; empty for none.
    """
    writes.insert_import(tx, project_id, import_id, Status.FINISHED, now)
    return take_part(tx, project_id, entries, wish, import_id, now, first=0, joins=joins)


def ask_upload(tx: Tx, upload: Upload, now: datetime) -> None:
    """Have a file of people fetched and taken in by the engine."""
    writes.insert_import(tx, upload.project_id, upload.id, Status.STARTED, now, upload=upload)


def claim(tx: Tx, upload: Upload, *, worker: str, now: datetime) -> bool:
    """Take a file that waits; False where another worker was quicker."""
    return writes.claim_upload(tx, upload.project_id, upload.id, worker=worker, now=now)


def free(tx: Tx, workers: Sequence[str]) -> int:
    """Let others take the files of workers that are gone; from the start, which does no harm."""
    return writes.free_uploads_any_project(tx, workers)


def finish(
    tx: Tx,
    project_id: ProjectId,
    import_id: ImportId,
    now: datetime,
    *,
    fault: str | None = None,
    description: str | None = None,
) -> None:
    """Note that an import is over, and why it failed where it did."""
    status = Status.FINISHED if fault is None else Status.ERROR
    writes.update_import(tx, project_id, import_id, status, fault or description, now)


def take_part(
    tx: Tx,
    project_id: ProjectId,
    entries: Sequence[Entry],
    wish: Wish,
    import_id: ImportId,
    now: datetime,
    *,
    first: int,
    joins: Sequence[Sequence[str]] = (),
) -> Taken:
    """Take in a part of a list whose places count from `first`; `joins` as in `take`."""
    contacts.lock_people(tx, project_id, is_shared=False)
    since = footprints.find_last_change(tx)
    upserted = upsert(tx, project_id, entries, wish.dedupe, now, restores=wish.restores)
    taken = [
        (place, entry, one)
        for place, (entry, one) in enumerate(zip(entries, upserted, strict=True))
        if isinstance(one, Upserted)
    ]
    everybody = list(dict.fromkeys(one.contact_id for _, _, one in taken))
    asked = partial(sort, tx, project_id, now=now, import_id=import_id)
    asked(everybody, joins=wish.joins, leaves=wish.leaves)
    if any(joins):
        own = [(name, one.contact_id) for place, _, one in taken for name in joins[place]]
        for joined in dict.fromkeys(name for name, _ in own):
            asked([found for name, found in own if name == joined], joins=[joined], leaves=())
    if wish.event_name is not None:
        told = [
            _event(entry, one.contact_id, wish.event_name, import_id, now)
            for _, entry, one in taken
            if one.is_new
        ]
        events.record(tx, project_id, told, now)
    people = [
        (first + number, _matched_by(entry, wish.dedupe, one.contact_id), one.contact_id)
        for number, (_, entry, one) in enumerate(taken)
    ]
    rows = footprints.mark(tx, project_id, people, since=since)
    writes.insert_rows(tx, project_id, import_id, rows)
    return Taken([one.contact_id if isinstance(one, Upserted) else one for one in upserted])


def sort(
    tx: Tx,
    project_id: ProjectId,
    people: Sequence[ContactId],
    *,
    joins: Sequence[str],
    leaves: Sequence[str],
    now: datetime,
    import_id: ImportId | None = None,
) -> None:
    """Put people on lists and take them off others, by name; lists begin with their first use.

    A name of a category means the category. What an import did is noted with it. Raises Invalid
    for a name that no list can have.
    """
    if not people or not (joins or leaves):
        return
    keys = {
        name: one.key for one in list_categories(tx, project_id) for name in (one.key, one.name)
    }
    choices = {keys[name]: True for name in joins if name in keys}
    choices |= {keys[name]: False for name in leaves if name in keys}
    if choices:
        _choose(tx, project_id, people, choices, now)
    for name in dict.fromkeys(joins):
        if name not in keys:
            put_on_list(tx, project_id, name, people, now, import_id=import_id)
    for name in dict.fromkeys(leaves):
        found = find_segment_by_name(tx, project_id, name.strip(), SegmentKind.STATIC)
        if name not in keys and found is not None:
            segments.remove_members(tx, project_id, found.id, people, now)


def put_on_list(
    tx: Tx,
    project_id: ProjectId,
    name: str,
    people: Sequence[ContactId],
    now: datetime,
    *,
    import_id: ImportId | None,
) -> None:
    """Put people on a list, which begins with its first use; an import notes who was not on it."""
    wanted = segments.find_or_create_list(tx, project_id, name, now)
    entered = segments.let_in(tx, project_id, wanted.id, people, now)
    if import_id is not None:
        writes.insert_places(tx, project_id, import_id, wanted.id, entered, now)


def _choose(
    tx: Tx,
    project_id: ProjectId,
    people: Sequence[ContactId],
    choices: dict[str, bool],
    now: datetime,
) -> None:
    for start in range(0, len(people), CHUNK):
        chunk = people[start : start + CHUNK]
        for contact in sorted(list_contacts(tx, project_id, chunk), key=lambda one: one.id):
            subscriptions.choose(
                tx,
                project_id,
                contact.id,
                choices,
                channel=Channel.EMAIL,
                address=contact.email,
                proof=BY_LIST,
                now=now,
            )


def _matched_by(entry: Entry, dedupe: Dedupe, contact_id: ContactId) -> str:
    """Tell by what somebody was matched: the field of the list, or the first that is there."""
    if dedupe is Dedupe.EXTERNAL_ID:
        return entry.external_id or str(contact_id)
    if dedupe is Dedupe.CONTACT_ID:
        return str(contact_id)
    email, phone = entry.address(AddressKind.EMAIL), entry.address(AddressKind.PHONE)
    wanted = phone if dedupe is Dedupe.PHONE else email
    return wanted or email or phone or entry.external_id or str(contact_id)


def _event(
    entry: Entry, contact_id: ContactId, name: str, import_id: ImportId, now: datetime
) -> NewEvent:
    email, phone = entry.address(AddressKind.EMAIL), entry.address(AddressKind.PHONE)
    return NewEvent(
        id=EventId(named_uuid("import", import_id.hex, str(contact_id))),
        name=name,
        who=Who(contact_id=contact_id),
        key=email or phone or str(contact_id),
        properties={
            "contactId": contact_id,
            "EmailAddress": email or "",
            "SMS": phone or "",
        },
        occurred_at=now,
        received_at=now,
    )
