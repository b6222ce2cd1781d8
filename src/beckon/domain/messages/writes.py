"""SQL that changes messages. Private: only this slice's actions import it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update

from beckon.domain.accounts.model import ProjectId
from beckon.domain.messages import tables
from beckon.domain.messages.model import (
    PENDING,
    Change,
    Letter,
    MessageId,
    NewMessage,
    State,
)
from beckon.kit import json
from beckon.kit.clock import to_ms
from beckon.storage.schema import Line, Tx, run_many


def insert_messages(
    tx: Tx, project_id: ProjectId, wanted: Sequence[tuple[MessageId, NewMessage]], now: datetime
) -> None:
    """Queue messages; one whose key is there already is left alone."""
    moment = to_ms(now)
    run_many(
        tx,
        "INSERT INTO message (id, project_id, key, contact_id, channel, state, version_id, data, "
        " address, sender, workflow_id, run_id, external_request_id, attempts, fence, "
        "due_at, created_at, changed_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,0,0,?,?,?) "
        "ON CONFLICT (project_id, key) DO NOTHING",
        [
            (
                message_id.bytes,
                project_id,
                new.key,
                new.contact_id,
                new.channel,
                State.QUEUED,
                new.version_id,
                json.text(new.data),
                new.address,
                new.sender,
                new.workflow_id,
                new.run_id,
                new.external_request_id,
                moment,
                moment,
                moment,
            )
            for message_id, new in wanted
        ],
    )


def insert_changes(
    tx: Tx, project_id: ProjectId, changes: Sequence[tuple[MessageId, Change]]
) -> None:
    """Append to the ledgers of messages."""
    run_many(
        tx,
        "INSERT INTO message_change (project_id, message_id, state, at, reason) VALUES (?,?,?,?,?)",
        [
            (project_id, message_id.bytes, change.state, to_ms(change.at), change.reason)
            for message_id, change in changes
        ],
    )


def claim_due_any_project(
    tx: Tx, worker: str, now: datetime, *, until: datetime, limit: int
) -> list[Line]:
    """Take messages that are due, the longest due first, until a moment; bumps their fence."""
    due = (
        select(tables.message.c.position)
        .where(tables.message.c.due_at <= now)
        .order_by(tables.message.c.due_at, tables.message.c.position)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = tx.execute(
        update(tables.message)
        .where(tables.message.c.position.in_(due.scalar_subquery()))
        .values(due_at=until, worker=worker, fence=tables.message.c.fence + 1)
        .returning(tables.message)
    )
    return sorted(rows, key=lambda row: row.position)


def update_submitting(
    tx: Tx, project_id: ProjectId, letter: Letter, *, subject: str, now: datetime
) -> bool:
    """Commit to one attempt. False when another worker has the message by now."""
    done = tx.execute(
        update(tables.message)
        .where(
            tables.message.c.project_id == project_id,
            tables.message.c.id == letter.id,
            tables.message.c.fence == letter.fence,
            tables.message.c.state.in_(PENDING),
        )
        .values(
            state=State.SUBMITTING,
            reason=None,
            due_at=None,
            attempts=tables.message.c.attempts + 1,
            address=letter.recipient,
            subject=subject,
            changed_at=now,
        )
    )
    return done.rowcount == 1


def insert_copy(tx: Tx, project_id: ProjectId, message_id: MessageId, content: bytes) -> None:
    """Keep what is about to be handed over; the first copy counts."""
    run_many(
        tx,
        "INSERT INTO message_copy (message_id, project_id, content) VALUES (?,?,?) "
        "ON CONFLICT (message_id) DO NOTHING",
        [(message_id.bytes, project_id, content)],
    )


def update_settled(
    tx: Tx,
    project_id: ProjectId,
    message_id: MessageId,
    fence: int,
    *,
    was: Sequence[State],
    values: dict[str, object],
) -> bool:
    """Put a message into its next state. False when this worker's word is void by now."""
    done = tx.execute(
        update(tables.message)
        .where(
            tables.message.c.project_id == project_id,
            tables.message.c.id == message_id,
            tables.message.c.fence == fence,
            tables.message.c.state.in_(was),
        )
        .values(**values)
    )
    return done.rowcount == 1


def update_released_any_project(tx: Tx, workers: Sequence[str], now: datetime) -> int:
    """Make due at once what workers that are gone held without having begun to hand it over."""
    done = tx.execute(
        update(tables.message)
        .where(
            tables.message.c.state.in_(PENDING),
            tables.message.c.worker.in_(workers),
        )
        .values(due_at=now, worker=None)
    )
    return done.rowcount


def list_in_doubt_any_project(tx: Tx, workers: Sequence[str], *, limit: int) -> list[Line]:
    """List what workers that are gone were just handing over."""
    return list(
        tx.execute(
            select(tables.message)
            .where(tables.message.c.state == State.SUBMITTING, tables.message.c.worker.in_(workers))
            .order_by(tables.message.c.position)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    )


def list_workers_any_project(tx: Tx) -> list[str]:
    """List the workers that hold messages."""
    holding = tables.message.c.state.in_([State.SUBMITTING, *PENDING])
    rows = tx.execute(
        select(tables.message.c.worker)
        .where(holding, tables.message.c.worker.is_not(None))
        .distinct()
    )
    return [row.worker for row in rows]
