"""SQL that changes the calls runs wait for. Private."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from beckon.domain.accounts.model import ProjectId
from beckon.domain.workflows import tables
from beckon.domain.workflows.model import Run
from beckon.kit.clock import to_ms
from beckon.storage import schema
from beckon.storage.schema import Tx, marks, run


def insert_call(
    tx: Tx,
    project_id: ProjectId,
    one: Run,
    step: str,
    request: Mapping[str, object],
    now: datetime,
) -> None:
    """Ask for a call to the outside; the same step of the same run asks once."""
    adding = schema.insert(tx, tables.run_call).values(
        project_id=project_id,
        run_id=one.id,
        contact_id=one.contact_id,
        step=step,
        request=dict(request),
        attempts=0,
        fence=0,
        due_at=now,
        created_at=now,
    )
    tx.execute(adding.on_conflict_do_nothing(index_elements=["run_id", "step"]))


def claim_calls_any_project(
    tx: Tx, now: datetime, *, worker: str, until: datetime, limit: int
) -> list[tuple[int, int, int, int, str, str, int]]:
    """Take calls that are due, for a while.

    Gives (id, fence, project, run, step, request, attempts made) of each, the request as JSON.
    """
    locked = "" if tx.dialect.name == "sqlite" else " FOR UPDATE SKIP LOCKED"
    rows = run(
        tx,
        "UPDATE run_call SET worker = ?, due_at = ?, fence = fence + 1, attempts = attempts + 1 "  # noqa: S608 - fixed words
        "WHERE id IN (SELECT id FROM run_call WHERE due_at <= ? ORDER BY due_at, id "
        f"LIMIT ?{locked}) RETURNING id, fence, project_id, run_id, step, request, attempts",
        [worker, to_ms(until), to_ms(now), limit],
    )
    return [(r[0], r[1], r[2], r[3], r[4], r[5], r[6]) for r in rows]


def update_call(
    tx: Tx,
    project_id: ProjectId,
    call_id: int,
    fence: int,
    *,
    due_at: datetime | None,
    fault: str | None,
    now: datetime,
) -> bool:
    """Note what came of a call, or when to try again; False where another worker has it now."""
    answered = None if due_at is not None else to_ms(now)
    return bool(
        run(
            tx,
            "UPDATE run_call SET worker = NULL, due_at = ?, answered_at = ?, fault = ? "
            "WHERE project_id = ? AND id = ? AND fence = ? AND answered_at IS NULL RETURNING id",
            [
                None if due_at is None else to_ms(due_at),
                answered,
                fault,
                project_id,
                call_id,
                fence,
            ],
        )
    )


def list_callers_any_project(tx: Tx) -> list[str]:
    """List the workers that are at calls."""
    return [row[0] for row in run(tx, "SELECT DISTINCT worker FROM run_call WHERE worker > ''")]


def update_freed_any_project(tx: Tx, workers: Sequence[str], now: datetime) -> int:
    """Let others make the calls that these workers were at; tells how many there were."""
    rows = run(
        tx,
        f"UPDATE run_call SET worker = NULL, due_at = ? WHERE worker IN ({marks(len(workers))}) "  # noqa: S608 - marks only
        "RETURNING id",
        [to_ms(now), *workers],
    )
    return len(rows)
