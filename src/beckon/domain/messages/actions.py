"""What can be done with messages, apart from sending them: queue, hold, cancel, hear of them.

Each action runs inside the caller's transaction. `delivery.py` has what the engine does.

Invariant: whatever keeps a message from going out leaves a reason that a person can read.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel, ContactId
from beckon.domain.messages import consequences, policies, queries, rules, writes
from beckon.domain.messages.model import (
    BulkMessages,
    Change,
    MessageId,
    NewMessage,
    Report,
    State,
)
from beckon.domain.messages.policies import Policy
from beckon.domain.messages.queries import EVERYBODY
from beckon.domain.messages.rows import Queued
from beckon.domain.subscriptions import queries as consent
from beckon.domain.subscriptions.model import Ask
from beckon.kit.ids import named_uuid
from beckon.kit.refusals import Conflict
from beckon.storage.schema import Line, Tx

STALE = "Its time lay too far back when it was queued; send it by hand if it is still wanted."
CANCELLED = "The campaign was cancelled."
WANTED_AGAIN = "Somebody had it sent again."
_NUMBER_BITS = 48


def queue(
    tx: Tx, project_id: ProjectId, messages: Sequence[NewMessage], now: datetime
) -> list[MessageId]:
    """Queue messages, to be sent at once or when they are planned for.

    Returns their ids in order; a key queued before queues nothing again and has the same one. One
    whose plan lies further back than the project's limit is held and shown.
    """
    known = queries.find_ids_by_key(tx, project_id, [new.key for new in messages])
    fresh = {new.key: new for new in messages if new.key not in known}
    limit = queries.get_policy(tx, project_id).stale_after if _has_plans(messages) else timedelta()
    queued = {key: _queued(project_id, new, limit, now) for key, new in fresh.items()}
    writes.insert_messages(tx, project_id, list(queued.values()), now)
    held = [one for one in queued.values() if one.state is State.HELD]
    writes.insert_changes(
        tx, project_id, [(one.id, Change(one.state, now, one.reason)) for one in held]
    )
    ids = known | {key: one.id for key, one in queued.items()}
    return [ids[new.key] for new in messages]


def refuse_unwanted(
    tx: Tx, project_id: ProjectId, message_id: MessageId, ask: Ask, now: datetime
) -> str | None:
    """Ask consent at once for a message just queued, so that its caller can be told.

    Returns why it may not go; then it is suppressed with that reason. It is asked again when the
    message is handed over, like all others.
    """
    (refusal,) = consent.find_refusals(tx, project_id, [ask])
    if refusal is not None:
        rows = list(writes.lock_messages(tx, project_id, [message_id]).values())
        _end(tx, project_id, rows, State.SUPPRESSED, refusal, now)
    return refusal


def queue_bulk(
    tx: Tx,
    project_id: ProjectId,
    groups: Sequence[BulkMessages],
    *,
    campaign_id: int,
    channel: Channel,
    category: str | None,
    sender: str | None,
    now: datetime,
) -> None:
    """Write a campaign's messages down; none goes before `release` lets it.

    Who is in the campaign already is left alone. Who cannot get it is there all the same, with
    the reason. Twenty times quicker than `queue`, for audiences of millions.
    """
    name = named_uuid("campaign", str(project_id), str(campaign_id), now.isoformat())
    # The contact's number fills the lowest bits; the rest is the campaign's.
    first = name.int >> _NUMBER_BITS << _NUMBER_BITS
    writes.insert_bulk(
        tx,
        project_id,
        groups,
        first=first,
        campaign_id=campaign_id,
        channel=channel,
        category=category,
        sender=sender,
        now=now,
    )


def release(tx: Tx, project_id: ProjectId, campaign_id: int, now: datetime, *, limit: int) -> int:
    """Let the next messages of a campaign go whose time has come; tells how many."""
    return writes.update_released(tx, project_id, campaign_id, now, limit=limit)


def recall(tx: Tx, project_id: ProjectId, campaign_id: int, now: datetime) -> int:
    """Take back what a campaign let go: once this is stored, only what was leaving still leaves."""
    return writes.update_recalled(tx, project_id, campaign_id, now)


def cancel(tx: Tx, project_id: ProjectId, campaign_id: int, now: datetime, *, limit: int) -> int:
    """End so many messages of a campaign that have not begun; tells how many there were."""
    rows = writes.list_unsent(tx, project_id, campaign_id, limit=limit)
    _end(tx, project_id, rows, State.CANCELLED, CANCELLED, now)
    return len(rows)


def requeue(tx: Tx, project_id: ProjectId, message_id: MessageId, now: datetime) -> None:
    """Have a message sent again that failed, died, is in doubt or is held.

    Its patience begins anew. Raises MessageUnknown, and Conflict where it is in no such state.
    """
    row = writes.lock_messages(tx, project_id, [message_id]).get(message_id)
    if row is None:
        raise queries.MessageUnknown("There is no such message.")
    state = State(row.state)
    if state not in rules.REQUEUED:
        raise Conflict(f"The message is {state}; only one that failed or is held goes again.")
    values = {
        "state": State.QUEUED,
        "reason": WANTED_AGAIN,
        "due_at": now,
        "send_at": None,
        "resolve_at": None,
        "tried_since": None,
        "expires_at": None,
        "attempts": 0,
        "worker": None,
        "fence": row.fence + 1,
        "changed_at": now,
        "is_resent": int(state is State.UNKNOWN) or row.is_resent,
    }
    writes.update_message(tx, project_id, row.position, values)
    change = Change(State.QUEUED, now, WANTED_AGAIN)
    writes.insert_changes(tx, project_id, [(message_id, change)])


def hand_over(tx: Tx, project_id: ProjectId, visitor: ContactId, person: ContactId) -> None:
    """Let messages to a visitor be the person's he turned out to be: those queued reach him."""
    writes.update_contact(tx, project_id, visitor, person)


def report(tx: Tx, project_id: ProjectId, reports: Sequence[Report], now: datetime) -> int:
    """Note what providers tell of messages; how many of these words were new.

    They may come late, twice and in any order. What names no message of the project, or one that
    was never handed over, is passed over.
    """
    by_message: dict[MessageId, list[Report]] = defaultdict(list)
    for one in reports:
        message_id = one.message_id or _find_id(tx, project_id, one)
        if message_id is not None:
            by_message[message_id].append(one)
    rows = writes.lock_messages(tx, project_id, sorted(by_message))
    return sum(
        _hear(tx, project_id, row, by_message[message_id], now)
        for message_id, row in rows.items()
        if row.submitted_at is not None
    )


def hold(tx: Tx, project_id: ProjectId, reason: str, now: datetime) -> None:
    """Let nothing of a project leave until `resume`; what is just leaving still does."""
    writes.upsert_hold(tx, project_id, reason, now)


def resume(tx: Tx, project_id: ProjectId) -> bool:
    """Let a project send again. False when nothing held it."""
    return writes.delete_hold(tx, project_id)


def hold_everybody(tx: Tx, reason: str, now: datetime) -> None:
    """Let nothing of anybody leave until `resume_everybody`."""
    writes.upsert_hold(tx, EVERYBODY, reason, now)


def resume_everybody(tx: Tx) -> bool:
    """Let all projects send again that are not held themselves. False when nothing held them."""
    return writes.delete_hold(tx, EVERYBODY)


def set_policy(tx: Tx, project_id: ProjectId, policy: Policy, now: datetime) -> None:
    """Keep caps, quiet hours and how late is too late. Raises Invalid."""
    stored = policies.to_stored(policies.check(policy))
    writes.upsert_policy(tx, project_id, stored, now)


def _has_plans(messages: Sequence[NewMessage]) -> bool:
    return any(new.send_at is not None for new in messages)


def _queued(
    project_id: ProjectId, new: NewMessage, stale_after: timedelta, now: datetime
) -> Queued:
    # The moment is in the name, for numbers begin at 1 in every installation.
    name = MessageId(named_uuid("message", str(project_id), new.key, now.isoformat()))
    if new.send_at is not None and rules.is_stale(new.send_at, now, stale_after):
        return Queued(name, new, State.HELD, STALE, None)
    return Queued(name, new, State.QUEUED, None, new.send_at or now)


def _end(
    tx: Tx,
    project_id: ProjectId,
    rows: Sequence[Line],
    state: State,
    reason: str,
    now: datetime,
) -> None:
    for row in rows:
        assert state in rules.MOVES[State(row.state)], (row.state, state)
        values = {
            "state": state,
            "reason": reason,
            "due_at": None,
            "send_at": None,
            "worker": None,
            "fence": row.fence + 1,
            "changed_at": now,
        }
        writes.update_message(tx, project_id, row.position, values)
    change = Change(state, now, reason)
    writes.insert_changes(tx, project_id, [(MessageId(row.id), change) for row in rows])


def _find_id(tx: Tx, project_id: ProjectId, one: Report) -> MessageId | None:
    if not one.provider_id:
        return None
    return queries.find_id_by_provider_id(tx, project_id, one.provider_id)


def _hear(
    tx: Tx, project_id: ProjectId, row: Line, reports: Sequence[Report], now: datetime
) -> int:
    message_id = MessageId(row.id)
    fresh = 0
    for one in reports:
        change = Change(rules.state_by([one.kind], State(row.state)), one.at, one.reason)
        if writes.insert_heard(tx, project_id, message_id, one.kind, change):
            fresh += 1
            consequences.draw(
                tx,
                project_id,
                Channel(row.channel),
                row.address,
                kind=one.kind,
                reason=one.reason or one.kind,
                message_id=message_id,
                now=now,
            )
    if not fresh:
        return 0
    old = State(row.state)
    state = rules.state_by(queries.list_heard(tx, project_id, message_id), old)
    if state is not old:
        assert state in rules.MOVES[old], (old, state)
        reasons = [one.reason for one in reports if rules.state_by([one.kind], old) is state]
        values = {
            "state": state,
            "reason": next(iter(reasons), row.reason),
            "due_at": None,
            "send_at": None,
            "resolve_at": None,
            "worker": None,
            "changed_at": now,
            "accepted_at": row.accepted_at or min(one.at for one in reports),
        }
        writes.update_message(tx, project_id, row.position, values)
    return fresh
