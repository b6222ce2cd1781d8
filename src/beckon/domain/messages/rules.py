"""What follows from an outcome. Pure, so every case can be laid out in a table."""

from datetime import datetime, timedelta
from typing import assert_never

from beckon.domain.messages.model import Deferred, Outcome, Rejected, Sent, State, Unknown

WAITS_MINUTES = (5, 15, 30, 60, 120, 240)
GIVE_UP_AFTER = timedelta(days=4)
LEASE = timedelta(minutes=2)


def settle(
    outcome: Outcome, attempts: int, *, now: datetime, give_up_at: datetime
) -> tuple[State, datetime | None]:
    """Tell the next state and, for DEFERRED, the moment of the next try.

    `attempts` counts the tries made, this one included; times are aware UTC. A provider's own
    retry moment is never undercut. Source: RFC 5321 section 4.5.4.1 for the schedule.
    """
    match outcome:
        case Sent():
            return State.ACCEPTED, None
        case Rejected():
            return State.FAILED, None
        case Unknown():
            return State.UNKNOWN, None
        case Deferred(_, wished):
            wait = WAITS_MINUTES[min(attempts, len(WAITS_MINUTES)) - 1]
            retry_at = max(now + timedelta(minutes=wait), wished or now)
            if retry_at > give_up_at:
                return State.DEAD, None
            return State.DEFERRED, retry_at
        case _:
            assert_never(outcome)


def reason_of(outcome: Outcome) -> str:
    """Tell in words why a message is where its outcome put it."""
    match outcome:
        case Sent(provider_id, reply):
            return reply or f"taken as {provider_id}"
        case Deferred(reason) | Rejected(reason) | Unknown(reason):
            return reason
        case _:
            assert_never(outcome)
