"""What follows a fall: of a worker, of an answer that never came, of the whole store.

Invariant: what is in doubt is listed; it goes again only where that is safe, or where somebody
waits for it, and then it is listed as resent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel
from beckon.domain.messages import queries, rules, writes
from beckon.domain.messages.delivery import by_project
from beckon.domain.messages.model import (
    Change,
    Deferred,
    Letter,
    MessageId,
    Outcome,
    Rejected,
    Sent,
    State,
    Unknown,
)
from beckon.domain.messages.queries import EVERYBODY
from beckon.domain.subscriptions.model import Purpose
from beckon.storage.schema import Line, Tx

STALE_AT_ONCE = 1000

IN_DOUBT = "The worker ended while handing it over; whether it was taken is not known."
RESENT = "Nobody could tell whether it was taken, and somebody waits for it: it goes again."
NOT_THERE = "The provider never had it: it goes again."
OUTAGE = "It was due while nothing was being sent, too long ago to go unasked."
RESTORED = (
    "The store was restored or copied, and may not know what was sent since. Look, then resume."
)


@dataclass(frozen=True, slots=True)
class Doubt:
    """A message whose end nobody can tell, and who was handed it."""

    letter: Letter
    provider: str


def recover(tx: Tx, workers: Sequence[str], now: datetime, *, limit: int) -> int:
    """Take over from workers that are gone; tells how many messages that concerned.

    What they had not begun to hand over is due again. What they were handing over is due again
    only where its provider tells repeats by itself; elsewhere it is unknown, and listed.
    """
    released = writes.update_released_any_project(tx, workers, now)
    doubtful = writes.lock_in_doubt_any_project(tx, workers, limit=limit)
    for row in doubtful:
        is_safe = bool(row.is_repeatable)
        state = State.QUEUED if is_safe else State.UNKNOWN
        # The fence moves on: should that worker live after all, its word is void.
        more = {"fence": row.fence + 1, "worker": None, "resolve_at": None if is_safe else now}
        _move(tx, row, Change(state, now, IN_DOUBT), due_at=now if is_safe else None, values=more)
    return released + len(doubtful)


def list_workers(tx: Tx) -> list[str]:
    """List the workers that hold messages just now, living or gone."""
    return writes.list_workers_any_project(tx)


def claim_doubts(tx: Tx, now: datetime, *, limit: int) -> list[Doubt]:
    """Take messages in doubt for a look at what their providers know of them."""
    rows = writes.claim_unresolved_any_project(
        tx, now, until=now + rules.RESOLVE_EVERY, limit=limit
    )
    return [Doubt(_letter(tx, row), row.provider or "") for row in rows]


def resolve(
    tx: Tx, letters: Sequence[Letter], found: Sequence[Outcome | None], now: datetime
) -> None:
    """Store what became of messages in doubt; None: their provider cannot tell.

    That one has it is believed at once, that it never came in only after 15 minutes.
    After 15 minutes without a word what somebody waits for is sent again, and listed as such;
    everything else stays unknown until a person or a report decides.
    """
    outcomes = dict(zip([letter.id for letter in letters], found, strict=True))
    for project_id, mine in by_project(letters, lambda letter: letter.project_id).items():
        rows = writes.lock_messages(tx, project_id, [letter.id for letter in mine])
        for letter in mine:
            row = rows.get(letter.id)
            # Reports may have told meanwhile, or a person.
            if row is not None and row.fence == letter.fence and row.state == State.UNKNOWN:
                _resolve(tx, row, outcomes[letter.id], now)


def beat(tx: Tx, now: datetime, *, store: str | None, seen: datetime | None) -> bool:
    """Note that a worker looks for work; True where that called for holding something.

    After an outage longer than a project's limit, what was due in it is held and shown. A store
    that went back in time (its last beat is before the one this machine has `seen`) or that is
    another than it says (`store`) was restored: then all sending waits for a person.
    """
    last = writes.lock_pulse_any_project(tx)
    writes.upsert_pulse_any_project(tx, now, store)
    if last is None:
        return False
    at, known_store = last
    is_other = known_store is not None and known_store != store
    is_turned_back = seen is not None and at < seen
    if is_other or is_turned_back:
        writes.upsert_hold(tx, EVERYBODY, RESTORED, now)
        return True
    return _hold_stale(tx, at, now)


def _resolve(tx: Tx, row: Line, outcome: Outcome | None, now: datetime) -> None:
    match outcome:
        case Sent(provider_id, reply):
            reason = reply or "The provider has it."
            named = {"accepted_at": now, "provider_id": provider_id or row.provider_id}
            _move(tx, row, Change(State.ACCEPTED, now, reason), values=named)
        case Rejected(reason):
            _move(tx, row, Change(State.FAILED, now, reason))
        case Deferred() if now >= row.changed_at + rules.RESOLVE_UNTIL:
            _move(tx, row, Change(State.QUEUED, now, NOT_THERE), due_at=now)
        # What a provider has not got yet it may still be taking in: no is believed late only.
        case Deferred() | Unknown() | None:
            _wait(tx, row, now)


def _wait(tx: Tx, row: Line, now: datetime) -> None:
    """Leave time for a report; then what somebody waits for goes again."""
    end = row.changed_at + rules.RESOLVE_UNTIL
    if now < end:
        following = {"resolve_at": min(now + rules.RESOLVE_EVERY, end)}
        writes.update_message(tx, ProjectId(row.project_id), row.position, following)
    elif Purpose(row.purpose) in rules.RESENT:
        again = Change(State.QUEUED, now, RESENT)
        _move(tx, row, again, due_at=now, values={"is_resent": 1})
    else:
        none = {"resolve_at": None}
        writes.update_message(tx, ProjectId(row.project_id), row.position, none)


def _move(
    tx: Tx,
    row: Line,
    change: Change,
    *,
    due_at: datetime | None = None,
    values: dict[str, object] | None = None,
) -> None:
    assert change.state in rules.MOVES[State(row.state)], (row.state, change.state)
    moved = {
        "state": change.state,
        "reason": change.reason,
        "due_at": due_at,
        "resolve_at": None,
        "worker": None,
        "changed_at": change.at,
    }
    project_id = ProjectId(row.project_id)
    writes.update_message(tx, project_id, row.position, moved | (values or {}))
    writes.insert_changes(tx, project_id, [(MessageId(row.id), change)])


def _letter(tx: Tx, row: Line) -> Letter:
    """Give what was handed over, as far as it was kept: of mail to many perhaps only its name."""
    project_id, message_id = ProjectId(row.project_id), MessageId(row.id)
    return Letter(
        id=message_id,
        project_id=project_id,
        channel=Channel(row.channel),
        sender=row.sender or "",
        recipient=row.address,
        content=queries.find_copy(tx, project_id, message_id) or b"",
        fence=row.fence,
    )


def _hold_stale(tx: Tx, last: datetime, now: datetime) -> bool:
    """Hold what was due so long ago that nobody may want it, where nothing was sent meanwhile."""
    held = 0
    for project_id in {
        one
        for lane in rules.LANES.values()
        for one in queries.list_waiting_any_project(tx, lane, now)
    }:
        limit = queries.get_policy(tx, project_id).stale_after
        if not rules.is_stale(last, now, limit):
            continue
        while rows := writes.lock_stale(tx, project_id, before=now - limit, limit=STALE_AT_ONCE):
            for row in rows:
                _move(tx, row, Change(State.HELD, now, OUTAGE))
            held += len(rows)
    return held > 0
