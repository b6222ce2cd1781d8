"""What follows a fall: of workers, of answers that never came, of the whole store."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import case, select, update

from beckon.domain.accounts.model import ProjectId
from beckon.domain.messages import tables
from beckon.domain.messages.model import (
    PENDING,
    State,
)
from beckon.domain.messages.rules import LANES
from beckon.domain.messages.spelling import for_update, skip_locked
from beckon.kit.clock import to_ms
from beckon.storage.schema import Line, Tx, insert, run


def update_released_any_project(tx: Tx, workers: Sequence[str], now: datetime) -> int:
    """Make due at once what workers that are gone held without having begun to hand it over."""
    done = tx.execute(
        update(tables.message)
        .where(
            tables.message.c.worker.in_(workers),
            tables.message.c.state.in_(PENDING),
            tables.message.c.due_at.is_not(None),
        )
        .values(due_at=now, worker=None)
    )
    return done.rowcount


def lock_in_doubt_any_project(tx: Tx, workers: Sequence[str], *, limit: int) -> list[Line]:
    """List what workers that are gone were just handing over."""
    return list(
        tx.execute(
            select(tables.message)
            .where(tables.message.c.worker.in_(workers), tables.message.c.state == State.SUBMITTING)
            .order_by(tables.message.c.position)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    )


def list_workers_any_project(tx: Tx) -> list[str]:
    """List the workers that hold messages."""
    rows = run(tx, "SELECT DISTINCT worker FROM message WHERE worker IS NOT NULL")
    return [worker for (worker,) in rows]


def claim_unresolved_any_project(
    tx: Tx, now: datetime, *, until: datetime, limit: int
) -> list[Line]:
    """Take messages in doubt that are to be looked into, the earliest first, until a moment."""
    # Straight on the driver: it is asked all the time, and mostly nothing is in doubt.
    due = run(
        tx,
        "SELECT position FROM message WHERE resolve_at IS NOT NULL AND resolve_at <= ? "  # noqa: S608 - words of the dialect only
        f"ORDER BY resolve_at, position LIMIT ?{for_update(tx)}{skip_locked(tx)}",
        (to_ms(now), limit),
    )
    if not due:
        return []
    rows = tx.execute(
        update(tables.message)
        .where(tables.message.c.position.in_([position for (position,) in due]))
        .values(resolve_at=until)
        .returning(tables.message)
    )
    return sorted(rows, key=lambda row: row.position)


def lock_stale(tx: Tx, project_id: ProjectId, *, before: datetime, limit: int) -> list[Line]:
    """List what was to begin before a moment and has not, and keep others from beginning it."""
    return list(
        tx.execute(
            select(tables.message)
            .where(
                tables.message.c.lane.in_(sorted(set(LANES.values()))),
                tables.message.c.project_id == project_id,
                tables.message.c.due_at.is_not(None),
                tables.message.c.due_at <= before,
                tables.message.c.state == State.QUEUED,
                tables.message.c.attempts == 0,
            )
            .order_by(tables.message.c.position + 0)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    )


def lock_pulse_any_project(tx: Tx) -> tuple[datetime, str | None] | None:
    """Read when some worker last looked for work, and which store this is; None before the first.

    Others wait meanwhile.
    """
    row = tx.execute(select(tables.sending_pulse).with_for_update()).one_or_none()
    return None if row is None else (row.at, row.store)


def upsert_pulse_any_project(tx: Tx, at: datetime, store: str | None) -> None:
    """Note that a worker looks for work, in this store. The moment never goes back.

    Workers beat side by side, and one that began earlier may be stored later: to the others that
    would look like a store that was restored.
    """
    adding = insert(tx, tables.sending_pulse).values(id=1, at=at, store=store)
    known = tables.sending_pulse.c.at
    latest = case((adding.excluded.at > known, adding.excluded.at), else_=known)
    tx.execute(
        adding.on_conflict_do_update(index_elements=["id"], set_={"at": latest, "store": store})
    )
