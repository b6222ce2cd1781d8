"""What can be done with messages. Each action runs inside the caller's transaction.

Invariant: `submitting` is committed before the first byte of a message can leave, so whatever a
crash leaves behind is listed and never guessed.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from beckon.domain.accounts import queries as accounts
from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import Channel, Contact, ContactId
from beckon.domain.messages import queries, rules, writes
from beckon.domain.messages.model import (
    PENDING,
    Change,
    Draft,
    Letter,
    MessageId,
    NewMessage,
    Outcome,
    Sent,
    State,
    Unwritable,
    Written,
)
from beckon.domain.templates import queries as templates
from beckon.domain.templates.model import Occasion, TemplateVersionId, Text
from beckon.domain.templates.rules import gather
from beckon.kit.ids import named_uuid
from beckon.storage.schema import Line, Tx

IN_DOUBT = "The worker ended while handing it over; whether it was taken is not known."


def queue(
    tx: Tx, project_id: ProjectId, messages: Sequence[NewMessage], now: datetime
) -> list[MessageId]:
    """Queue messages to be sent at once. A key queued before queues nothing again.

    Returns their ids in order; the same key has the same one.
    """
    known = queries.find_ids_by_key(tx, project_id, [new.key for new in messages])
    fresh = {new.key: new for new in messages if new.key not in known}
    named = {key: _new_id(project_id, key, now) for key in fresh}
    writes.insert_messages(tx, project_id, [(named[key], new) for key, new in fresh.items()], now)
    writes.insert_changes(
        tx, project_id, [(new_id, Change(State.QUEUED, now, None)) for new_id in named.values()]
    )
    ids = known | named
    return [ids[new.key] for new in messages]


def claim(tx: Tx, worker: str, *, default_sender: str, now: datetime, limit: int) -> list[Draft]:
    """Take due messages for a while, with all that is needed to write them out."""
    rows = writes.claim_due_any_project(tx, worker, now, until=now + rules.LEASE, limit=limit)
    if not rows:
        return []
    texts = templates.find_texts_any_project(tx, sorted({row.version_id for row in rows}))
    people = _people(tx, rows)
    zones = {
        project_id: ZoneInfo(accounts.get_project(tx, ProjectId(project_id)).time_zone)
        for project_id in {row.project_id for row in rows}
    }
    drafts = []
    for row in rows:
        contact = people.get((row.project_id, row.contact_id))
        language = contact.language if contact else None
        occasion = Occasion(now, zones[row.project_id], _zone(contact), language)
        drafts.append(_draft(tx, row, contact, texts, default_sender, occasion))
    return drafts


def submit(
    tx: Tx, written: Sequence[Written | Unwritable], provider: str, now: datetime
) -> list[Letter]:
    """Commit to handing these over; returns those that this worker still may.

    What cannot be written out ends here, with the reason, and blocks nobody.
    """
    letters: list[Letter] = []
    changes: dict[ProjectId, list[tuple[MessageId, Change]]] = defaultdict(list)
    for one in written:
        if isinstance(one, Unwritable):
            _give_up(tx, one, now)
            continue
        letter = one.letter
        if not writes.update_submitting(
            tx, letter.project_id, letter, subject=one.subject, now=now
        ):
            continue
        writes.insert_copy(tx, letter.project_id, letter.id, letter.content)
        changes[letter.project_id].append(
            (letter.id, Change(State.SUBMITTING, now, f"handed to {provider}"))
        )
        letters.append(letter)
    for project_id, ledger in changes.items():
        writes.insert_changes(tx, project_id, ledger)
    return letters


def settle(
    tx: Tx,
    letters: Sequence[Letter],
    outcomes: Sequence[Outcome],
    provider: str,
    now: datetime,
) -> None:
    """Store what came of each letter. A worker that was given up meanwhile changes nothing."""
    for letter, outcome in zip(letters, outcomes, strict=True):
        message = queries.get_message(tx, letter.project_id, letter.id)
        state, retry_at = rules.settle(
            outcome,
            message.attempts,
            now=now,
            give_up_at=message.created_at + rules.GIVE_UP_AFTER,
        )
        values: dict[str, object] = {"provider": provider}
        if isinstance(outcome, Sent):
            values |= {"provider_id": outcome.provider_id, "accepted_at": now}
        _move(
            tx,
            letter.project_id,
            letter.id,
            letter.fence,
            Change(state, now, rules.reason_of(outcome)),
            was=[State.SUBMITTING],
            due_at=retry_at,
            values=values,
        )


def recover(
    tx: Tx, workers: Sequence[str], *, repeats_safely: bool, now: datetime, limit: int
) -> int:
    """Take over from workers that are gone; tells how many messages that concerned.

    What they had not begun to hand over is due again. What they were handing over is due again
    only where the provider tells repeats by itself; elsewhere it is unknown, and listed.
    """
    released = writes.update_released_any_project(tx, workers, now)
    doubtful = writes.list_in_doubt_any_project(tx, workers, limit=limit)
    for row in doubtful:
        state = State.QUEUED if repeats_safely else State.UNKNOWN
        _move(
            tx,
            ProjectId(row.project_id),
            MessageId(row.id),
            row.fence,
            Change(state, now, IN_DOUBT),
            was=[State.SUBMITTING],
            due_at=now if repeats_safely else None,
            # The fence moves on: should that worker live after all, its word is void.
            values={"fence": row.fence + 1},
        )
    return released + len(doubtful)


def list_workers(tx: Tx) -> list[str]:
    """List the workers that hold messages just now, living or gone."""
    return writes.list_workers_any_project(tx)


def _new_id(project_id: ProjectId, key: str, now: datetime) -> MessageId:
    """Name a message. The moment is in it, for numbers begin at 1 in every installation."""
    return MessageId(named_uuid("message", str(project_id), key, now.isoformat()))


def _move(
    tx: Tx,
    project_id: ProjectId,
    moved: MessageId,
    fence: int,
    change: Change,
    *,
    was: Sequence[State],
    due_at: datetime | None,
    values: dict[str, object],
) -> None:
    common = {
        "state": change.state,
        "reason": change.reason,
        "changed_at": change.at,
        "due_at": due_at,
        "worker": None,
    }
    if writes.update_settled(tx, project_id, moved, fence, was=was, values={**common, **values}):
        writes.insert_changes(tx, project_id, [(moved, change)])


def _give_up(tx: Tx, one: Unwritable, now: datetime) -> None:
    draft = one.draft
    _move(
        tx,
        draft.project_id,
        draft.id,
        draft.fence,
        Change(State.DEAD, now, one.reason),
        was=PENDING,
        due_at=None,
        values={},
    )


def _people(tx: Tx, rows: Sequence[Line]) -> dict[tuple[int, int], Contact]:
    wanted: dict[int, set[int]] = defaultdict(set)
    for row in rows:
        wanted[row.project_id].add(row.contact_id)
    return {
        (project_id, contact.id): contact
        for project_id, ids in wanted.items()
        for contact in contacts.list_contacts(
            tx, ProjectId(project_id), [ContactId(contact_id) for contact_id in sorted(ids)]
        )
    }


def _draft(
    tx: Tx,
    row: Line,
    contact: Contact | None,
    texts: Mapping[TemplateVersionId, Text],
    default_sender: str,
    occasion: Occasion,
) -> Draft:
    project_id, found = ProjectId(row.project_id), MessageId(row.id)
    return Draft(
        id=found,
        project_id=project_id,
        fence=row.fence,
        attempts=row.attempts,
        channel=Channel(row.channel),
        sender=row.sender or default_sender,
        address=row.address or (contact.email if contact else None),
        subject=row.subject,
        text=texts.get(row.version_id),
        data=gather(contact, row.data),
        created_at=row.created_at,
        occasion=occasion,
        # Only a second attempt can have a copy; the first need not look.
        content=queries.find_copy(tx, project_id, found) if row.attempts else None,
    )


def _zone(contact: Contact | None) -> ZoneInfo | None:
    return ZoneInfo(contact.time_zone) if contact and contact.time_zone else None
