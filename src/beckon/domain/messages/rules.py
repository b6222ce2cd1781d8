"""How a message moves, and when it is tried again. Pure, so every case can be laid out in a table.

Invariant: a provider's reports give the same state in whatever order they come.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import assert_never

from beckon.domain.messages.model import (
    Deferred,
    Fault,
    Heard,
    MessageId,
    Outcome,
    Rejected,
    Sent,
    State,
    Unknown,
)
from beckon.domain.subscriptions.model import Purpose
from beckon.kit.values import Value

WAITS_MINUTES = (5, 15, 30, 60, 120, 240)
JITTER_PERCENT = 20
GIVE_UP_AFTER = timedelta(days=4)
BULK_GIVE_UP_AFTER = timedelta(hours=72)
PROVIDER_WAIT = timedelta(minutes=1)
CREDENTIALS_WAIT = timedelta(minutes=5)
LEASE = timedelta(minutes=20)
"""Longer than the longest legal submission, which is 16 minutes by SMTP (`Patience.stay_max`)."""

RESOLVE_EVERY = timedelta(minutes=3)
RESOLVE_UNTIL = timedelta(minutes=15)
"""How long a provider may take to tell what became of a message in doubt."""

STALE_AFTER = timedelta(hours=1)

REPORTED = (State.DELIVERED, State.BOUNCED, State.COMPLAINED)

MOVES: dict[State, frozenset[State]] = {
    State.QUEUED: frozenset(
        [
            State.HELD,
            State.SUBMITTING,
            State.DEFERRED,
            State.SUPPRESSED,
            State.CANCELLED,
            State.DEAD,
            *REPORTED,
        ]
    ),
    State.HELD: frozenset(
        [State.QUEUED, State.SUBMITTING, State.SUPPRESSED, State.CANCELLED, State.DEAD, *REPORTED]
    ),
    State.DEFERRED: frozenset(
        [
            State.QUEUED,
            State.HELD,
            State.SUBMITTING,
            State.SUPPRESSED,
            State.CANCELLED,
            State.DEAD,
            *REPORTED,
        ]
    ),
    State.SUBMITTING: frozenset(
        [
            State.QUEUED,
            State.DEFERRED,
            State.ACCEPTED,
            State.FAILED,
            State.DEAD,
            State.UNKNOWN,
            *REPORTED,
        ]
    ),
    State.UNKNOWN: frozenset([State.QUEUED, State.ACCEPTED, State.FAILED, *REPORTED]),
    State.FAILED: frozenset([State.QUEUED, *REPORTED]),
    State.DEAD: frozenset([State.QUEUED, *REPORTED]),
    State.ACCEPTED: frozenset(REPORTED),
    State.DELIVERED: frozenset([State.BOUNCED, State.COMPLAINED]),
    State.BOUNCED: frozenset([State.COMPLAINED]),
    State.COMPLAINED: frozenset(),
    State.SUPPRESSED: frozenset([State.QUEUED, *REPORTED]),
    State.CANCELLED: frozenset(REPORTED),
}
"""What may follow what. Reports may follow wherever a message was ever handed over."""

REQUEUED = (State.FAILED, State.DEAD, State.UNKNOWN, State.HELD, State.SUPPRESSED)
"""From where a person may have a message sent again."""

LANES = {
    Purpose.CONFIRMATION: 0,
    Purpose.TRANSACTIONAL: 0,
    Purpose.TRIGGERED: 1,
    Purpose.BULK: 2,
}
"""What goes before what: somebody waits for a receipt, nobody for a newsletter."""

RESENT = (Purpose.TRANSACTIONAL, Purpose.CONFIRMATION)
"""What is sent again when nobody can tell whether it arrived."""

_STATES = {
    Heard.DELIVERED: State.DELIVERED,
    Heard.BOUNCED_SOFT: State.BOUNCED,
    Heard.BLOCKED: State.BOUNCED,
    Heard.BOUNCED_HARD: State.BOUNCED,
    Heard.COMPLAINED: State.COMPLAINED,
}


class Settlement(Value, frozen=True):
    """What follows from an outcome: the state, the next try of what is DEFERRED, the tries used."""

    state: State
    retry_at: datetime | None
    attempts: int
    reason: str


def settle(
    outcome: Outcome,
    attempts: int,
    *,
    now: datetime,
    give_up_at: datetime,
    jitter_percent: int = 0,
    is_repeatable: bool = False,
) -> Settlement:
    """Tell what becomes of a message by what its provider said.

    `attempts` counts the tries made, this one included; times are aware UTC. A provider's own
    retry moment is never undercut; jitter, -20 to 20, changes only our own wait. A
    provider that is ill costs no attempt. What is in doubt is tried again only where that is safe.
    Source: RFC 5321 section 4.5.4.1 for the schedule.
    """
    match outcome:
        case Sent(provider_id, reply):
            return Settlement(
                State.ACCEPTED, None, attempts, reply or f"taken as {provider_id}".strip()
            )
        case Rejected(reason):
            return Settlement(State.FAILED, None, attempts, reason)
        case Unknown(reason) if is_repeatable:
            return _retry(
                Deferred(reason),
                attempts,
                now=now,
                give_up_at=give_up_at,
                jitter_percent=jitter_percent,
            )
        case Unknown(reason):
            return Settlement(State.UNKNOWN, None, attempts, reason)
        case Deferred():
            return _retry(
                outcome, attempts, now=now, give_up_at=give_up_at, jitter_percent=jitter_percent
            )
        case _:
            assert_never(outcome)


def _retry(
    deferred: Deferred, attempts: int, *, now: datetime, give_up_at: datetime, jitter_percent: int
) -> Settlement:
    match deferred.fault:
        case Fault.PROVIDER:
            wait, attempts = PROVIDER_WAIT, attempts - 1
        case Fault.CREDENTIALS:
            wait, attempts = CREDENTIALS_WAIT, attempts - 1
        case Fault.MESSAGE | Fault.DOMAIN:
            planned = WAITS_MINUTES[min(attempts, len(WAITS_MINUTES)) - 1]
            # The first wait is what greylisting asks for; less of it would be refused again.
            jitter = abs(jitter_percent) if attempts <= 1 else jitter_percent
            wait = timedelta(minutes=planned) * (100 + jitter) / 100
        case _:
            assert_never(deferred.fault)
    retry_at = max(now + wait, deferred.retry_at or now)
    if retry_at > give_up_at:
        return Settlement(State.DEAD, None, attempts, f"Given up: {deferred.reason}")
    return Settlement(State.DEFERRED, retry_at, attempts, deferred.reason)


def give_up_at(
    purpose: Purpose, tried_since: datetime, expires_at: datetime | None = None
) -> datetime:
    """Tell when a message is tried no more: what many get sooner, what expires with that."""
    patience = BULK_GIVE_UP_AFTER if purpose is Purpose.BULK else GIVE_UP_AFTER
    return min(tried_since + patience, expires_at or tried_since + patience)


def jitter_of(message_id: MessageId, attempts: int) -> int:
    """Spread tries over -20 to 20 percent by the message's own name: the same for all workers."""
    return (message_id.int + 7919 * attempts) % (2 * JITTER_PERCENT + 1) - JITTER_PERCENT


def state_by(heard: Collection[Heard], otherwise: State) -> State:
    """Tell the state that reports put a message in: the gravest counts, in whatever order."""
    states = {_STATES[kind] for kind in heard}
    for state in (State.COMPLAINED, State.BOUNCED, State.DELIVERED):
        if state in states:
            return state
    return otherwise


def is_stale(planned_at: datetime, now: datetime, limit: timedelta) -> bool:
    """Tell whether a plan lies so far back that nobody may want it any more."""
    return now - planned_at > limit


def share(room: int, count: int) -> list[int]:
    """Part the room among so many projects as evenly as whole messages go; none gets nothing."""
    each, more = divmod(room, count)
    return [part for part in (each + (place < more) for place in range(count)) if part]
