"""What happened to a message, what was handed over, and any single change."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from beckon.domain.accounts.model import ProjectId
from beckon.domain.messages import tables
from beckon.domain.messages.model import (
    Change,
    Heard,
    MessageId,
)
from beckon.domain.messages.spelling import are_named, chunks
from beckon.kit.clock import to_ms
from beckon.storage.schema import Line, Tx, insert_many, run


def insert_changes(
    tx: Tx, project_id: ProjectId, changes: Sequence[tuple[MessageId, Change]]
) -> None:
    """Append to the ledgers of messages."""
    insert_many(
        tx,
        "message_change (project_id, message_id, state, at, reason)",
        [
            (project_id, message_id.bytes, change.state.value, to_ms(change.at), change.reason)
            for message_id, change in changes
        ],
    )


def insert_heard(
    tx: Tx, project_id: ProjectId, message_id: MessageId, kind: Heard, change: Change
) -> bool:
    """Append a provider's word to a ledger. False when it was heard before."""
    added = run(
        tx,
        "INSERT INTO message_change (project_id, message_id, state, at, reason, heard) "
        "VALUES (?,?,?,?,?,?) ON CONFLICT (message_id, heard) WHERE heard IS NOT NULL DO NOTHING "
        "RETURNING position",
        (project_id, message_id.bytes, change.state, to_ms(change.at), change.reason, kind),
    )
    return bool(added)


def insert_copies(tx: Tx, project_id: ProjectId, copies: Sequence[tuple[MessageId, bytes]]) -> None:
    """Keep what is handed over; of each message the first copy counts."""
    insert_many(
        tx,
        "message_copy (message_id, project_id, content)",
        [(message_id.bytes, project_id, content) for message_id, content in copies],
        "ON CONFLICT (message_id) DO NOTHING",
    )


def lock_messages(tx: Tx, project_id: ProjectId, ids: Sequence[MessageId]) -> dict[MessageId, Line]:
    """Read messages of the project, and keep others from changing them meanwhile."""
    found: dict[MessageId, Line] = {}
    for chunk in chunks(ids):
        rows = tx.execute(
            select(tables.message)
            .where(*are_named(project_id, chunk))
            # One order for all, so that two never wait for each other.
            .order_by(tables.message.c.position + 0)
            .with_for_update()
        )
        found |= {MessageId(row.id): row for row in rows}
    return found


def update_message(
    tx: Tx, project_id: ProjectId, position: int, values: Mapping[str, object]
) -> None:
    """Change one message that was locked before."""
    columns = ", ".join(f"{name} = ?" for name in values)
    bound = [to_ms(value) if isinstance(value, datetime) else value for value in values.values()]
    run(
        tx,
        f"UPDATE message SET {columns} WHERE position = ? AND project_id = ?",  # noqa: S608 - our own columns
        [*bound, position, project_id],
    )
