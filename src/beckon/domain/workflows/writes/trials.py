"""SQL that changes dry runs in the background. Private."""

from datetime import datetime

from sqlalchemy import delete, insert, select, update

from beckon.domain.accounts.model import ProjectId
from beckon.domain.messages.model import WorkflowId
from beckon.domain.workflows import tables
from beckon.domain.workflows.stored import write_value
from beckon.domain.workflows.trials import OPEN, Kept, TrialId, TrialState, Wanted
from beckon.kit import json
from beckon.kit.clock import to_ms
from beckon.storage.schema import Tx, insert_many, number_of, run

FORGOTTEN_AT_ONCE = 20


def insert_trial(
    tx: Tx, project_id: ProjectId, workflow_id: WorkflowId, wanted: Wanted, now: datetime
) -> TrialId:
    """Add a trial that waits for a worker."""
    added = tx.execute(
        insert(tables.trial).values(
            project_id=project_id,
            workflow_id=workflow_id,
            asked=write_value(wanted),
            state=TrialState.WAITING,
            played=0,
            part=0,
            due_at=now,
            created_at=now,
        )
    )
    return TrialId(number_of(added))


def claim_trial_any_project(
    tx: Tx, now: datetime, *, worker: str, until: datetime
) -> tuple[ProjectId, WorkflowId, TrialId] | None:
    """Take the trial that waits the longest, or that a worker left; others skip it meanwhile."""
    locked = "" if tx.dialect.name == "sqlite" else " FOR UPDATE SKIP LOCKED"
    rows = run(
        tx,
        "UPDATE trial SET state = ?, worker = ?, due_at = ? WHERE id IN (SELECT id FROM trial "  # noqa: S608 - fixed words
        f"WHERE due_at <= ? ORDER BY due_at, id LIMIT 1{locked}) "
        "RETURNING project_id, workflow_id, id",
        [TrialState.PLAYING, worker, to_ms(until), to_ms(now)],
    )
    if not rows:
        return None
    project, workflow, trial = rows[0]
    return ProjectId(project), WorkflowId(workflow), TrialId(trial)


def update_progress(
    tx: Tx,
    project_id: ProjectId,
    trial_id: TrialId,
    *,
    worker: str,
    played: int,
    part: float,
    until: datetime,
) -> bool:
    """Note how far a worker is; False where the trial is not his any more."""
    return bool(
        run(
            tx,
            "UPDATE trial SET played = ?, part = ?, due_at = ? WHERE project_id = ? AND id = ? "
            "AND worker = ? RETURNING id",
            [played, round(1000 * part), to_ms(until), project_id, trial_id, worker],
        )
    )


def update_ended(
    tx: Tx,
    project_id: ProjectId,
    trial_id: TrialId,
    state: TrialState,
    now: datetime,
    *,
    worker: str | None = None,
    kept: Kept | None = None,
    fault: str | None = None,
) -> bool:
    """End a trial; False where it is over, or is another worker's where one is named."""
    trial = tables.trial
    ending = update(trial).where(
        trial.c.project_id == project_id, trial.c.id == trial_id, trial.c.state.in_(OPEN)
    )
    if worker is not None:
        ending = ending.where(trial.c.worker == worker)
    done = tx.execute(
        ending.values(
            state=state,
            worker=None,
            due_at=None,
            ended_at=now,
            fault=fault,
            **({} if kept is None else {"found": kept.counts, "part": 1000}),
        )
    )
    if done.rowcount == 1 and kept is not None:
        insert_many(
            tx,
            "trial_line (project_id, trial_id, contact_id, kind, content)",
            [
                (project_id, trial_id, piece.contact_id, piece.kind, json.text(piece.content))
                for piece in kept.pieces
            ],
        )
    return done.rowcount == 1


def delete_old_trials_any_project(tx: Tx, before: datetime) -> None:
    """Take away some trials that were asked for before a moment."""
    old = (
        select(tables.trial.c.id)
        .where(tables.trial.c.created_at < before)
        .order_by(tables.trial.c.id)
        .limit(FORGOTTEN_AT_ONCE)
    )
    found = tx.execute(old).scalars().all()
    if found:
        tx.execute(delete(tables.trial_line).where(tables.trial_line.c.trial_id.in_(found)))
        tx.execute(delete(tables.trial).where(tables.trial.c.id.in_(found)))
