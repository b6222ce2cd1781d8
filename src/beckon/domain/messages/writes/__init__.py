"""SQL that changes messages. Private: only this slice's actions import it."""

from beckon.domain.messages.writes.attempts import (
    claim_due_any_project,
    lock_attempts,
    lock_claims,
    update_settled,
    update_submitting,
)
from beckon.domain.messages.writes.holding import delete_hold, upsert_hold, upsert_policy
from beckon.domain.messages.writes.ledger import (
    insert_changes,
    insert_copies,
    insert_heard,
    lock_messages,
    update_message,
)
from beckon.domain.messages.writes.queueing import (
    insert_bulk,
    insert_messages,
    list_unsent,
    update_contact,
    update_recalled,
    update_released,
)
from beckon.domain.messages.writes.recovering import (
    claim_unresolved_any_project,
    list_workers_any_project,
    lock_in_doubt_any_project,
    lock_pulse_any_project,
    lock_stale,
    update_released_any_project,
    upsert_pulse_any_project,
)

__all__ = [
    "claim_due_any_project",
    "claim_unresolved_any_project",
    "delete_hold",
    "insert_bulk",
    "insert_changes",
    "insert_copies",
    "insert_heard",
    "insert_messages",
    "list_unsent",
    "list_workers_any_project",
    "lock_attempts",
    "lock_claims",
    "lock_in_doubt_any_project",
    "lock_messages",
    "lock_pulse_any_project",
    "lock_stale",
    "update_contact",
    "update_message",
    "update_recalled",
    "update_released",
    "update_released_any_project",
    "update_settled",
    "update_submitting",
    "upsert_hold",
    "upsert_policy",
    "upsert_pulse_any_project",
]
