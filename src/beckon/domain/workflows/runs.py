"""SQL that reads runs, journeys and counts. Public: any room above may ask."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import ContactId
from beckon.domain.contacts.tables import contact
from beckon.domain.messages.model import RunId, WorkflowId
from beckon.domain.workflows import tables
from beckon.domain.workflows.model import Passing, PastRun, RunState, VersionId
from beckon.kit.clock import from_ms
from beckon.kit.refusals import Unknown
from beckon.storage.schema import Line, Tx, marks, run

LIST_MAX = 1000
CHUNK = 500


class RunUnknown(Unknown):
    """No such run in this project."""

    code = "run_unknown"


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run and where it stands. `position` is a place in the version's plan."""

    id: RunId
    workflow_id: WorkflowId
    version_id: VersionId
    contact_id: ContactId
    external_id: str | None
    state: RunState
    position: int
    wake_at: datetime
    awaits: str | None
    started_at: datetime
    ended_at: datetime | None
    converted_at: datetime | None


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One line of a journey. `planned_at` is when it should have been, `at` when it was."""

    workflow_id: WorkflowId
    version_id: VersionId
    run_id: RunId | None
    step: str
    passing: Passing
    note: str
    planned_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs are asked for; None asks for all."""

    workflow_id: WorkflowId | None = None
    external_id: str | None = None
    contact_id: ContactId | None = None
    state: RunState | None = None


def get_run(tx: Tx, project_id: ProjectId, run_id: RunId) -> RunRecord:
    """Return one run of the project. Raises RunUnknown."""
    row = tx.execute(
        _runs.where(tables.run.c.project_id == project_id, tables.run.c.id == run_id)
    ).one_or_none()
    if row is None:
        raise RunUnknown("There is no such run.")
    return _record(row)


def list_runs(
    tx: Tx, project_id: ProjectId, asked: RunFilter, *, offset: int, limit: int
) -> list[RunRecord]:
    """List runs, the newest first."""
    rows = tx.execute(
        _runs.where(*_asked(project_id, asked))
        .order_by(tables.run.c.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return [_record(row) for row in rows]


def count_runs(tx: Tx, project_id: ProjectId, asked: RunFilter) -> int:
    """Count the runs a filter asks for."""
    counting = select(func.count()).select_from(
        tables.run.join(contact, contact.c.id == tables.run.c.contact_id)
    )
    return tx.execute(counting.where(*_asked(project_id, asked))).scalar_one()


def list_steps(tx: Tx, project_id: ProjectId, run_id: RunId) -> list[StepRecord]:
    """List a run's journey, first step first."""
    rows = tx.execute(
        select(tables.run_step)
        .where(tables.run_step.c.project_id == project_id, tables.run_step.c.run_id == run_id)
        .order_by(tables.run_step.c.id)
        .limit(LIST_MAX)
    )
    return [_step(row) for row in rows]


def list_refused(
    tx: Tx, project_id: ProjectId, contact_id: ContactId, *, limit: int = LIST_MAX
) -> list[StepRecord]:
    """List when and why a contact was not let into workflows, the latest first."""
    rows = tx.execute(
        select(tables.run_step)
        .where(
            tables.run_step.c.project_id == project_id,
            tables.run_step.c.contact_id == contact_id,
            tables.run_step.c.run_id.is_(None),
        )
        .order_by(tables.run_step.c.id.desc())
        .limit(limit)
    )
    return [_step(row) for row in rows]


def count_steps(
    tx: Tx, project_id: ProjectId, workflow_id: WorkflowId
) -> dict[tuple[str, Passing], int]:
    """Count how often each step was passed in each way; the step of the run itself is empty."""
    rows = tx.execute(
        select(tables.run_step.c.step, tables.run_step.c.passing, func.count().label("times"))
        .where(
            tables.run_step.c.project_id == project_id,
            tables.run_step.c.workflow_id == workflow_id,
        )
        .group_by(tables.run_step.c.step, tables.run_step.c.passing)
    )
    return {(row.step, Passing(row.passing)): row.times for row in rows}


def count_waiting(
    tx: Tx, project_id: ProjectId, workflow_id: WorkflowId
) -> dict[tuple[VersionId, int], int]:
    """Count who waits before each place of each version."""
    rows = tx.execute(
        select(tables.run.c.version_id, tables.run.c.position, func.count().label("runs"))
        .where(
            tables.run.c.project_id == project_id,
            tables.run.c.workflow_id == workflow_id,
            tables.run.c.state == RunState.ACTIVE,
        )
        .group_by(tables.run.c.version_id, tables.run.c.position)
    )
    return {(VersionId(row.version_id), row.position): row.runs for row in rows}


def count_converted(
    tx: Tx, project_id: ProjectId, workflow_id: WorkflowId
) -> dict[bool, tuple[int, int]]:
    """Count runs and those that reached their goal; True is whoever was held out."""
    rows = tx.execute(
        select(
            tables.run.c.state,
            func.count().label("runs"),
            func.count(tables.run.c.converted_at).label("converted"),
        )
        .where(tables.run.c.project_id == project_id, tables.run.c.workflow_id == workflow_id)
        .group_by(tables.run.c.state)
    )
    counted: dict[bool, tuple[int, int]] = {}
    for row in rows:
        is_held_out = row.state == RunState.HELD_OUT
        runs, converted = counted.get(is_held_out, (0, 0))
        counted[is_held_out] = (runs + row.runs, converted + row.converted)
    return counted


def find_by_signal(
    tx: Tx, project_id: ProjectId, workflow_id: WorkflowId, contact_id: ContactId, signal: str
) -> RunId | None:
    """Find the run that a signal began; None where it began none."""
    rows = run(
        tx,
        "SELECT id FROM run WHERE project_id = ? AND contact_id = ? AND workflow_id = ? "
        "AND signal = ?",
        [project_id, contact_id, workflow_id, signal],
    )
    return RunId(rows[0][0]) if rows else None


def find_past(
    tx: Tx, project_id: ProjectId, workflow_id: WorkflowId, contact_ids: Iterable[ContactId]
) -> dict[ContactId, list[PastRun]]:
    """Map contacts to their earlier runs through a workflow."""
    found: dict[ContactId, list[PastRun]] = {}
    wanted = sorted(set(contact_ids))
    for start in range(0, len(wanted), CHUNK):
        chunk = wanted[start : start + CHUNK]
        rows = run(
            tx,
            "SELECT contact_id, started_at, state, entry FROM run WHERE project_id = ? "  # noqa: S608 - marks only
            f"AND contact_id IN ({marks(len(chunk))}) AND workflow_id = ?",
            [project_id, *chunk, workflow_id],
        )
        for contact_id, started_at, state, entry in rows:
            past = PastRun(from_ms(started_at), state != RunState.ACTIVE, entry or "")
            found.setdefault(ContactId(contact_id), []).append(past)
    return found


_runs = select(tables.run, contact.c.external_id).join(
    contact, contact.c.id == tables.run.c.contact_id
)


def _asked(project_id: ProjectId, asked: RunFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [tables.run.c.project_id == project_id]
    if asked.workflow_id is not None:
        conditions.append(tables.run.c.workflow_id == asked.workflow_id)
    if asked.contact_id is not None:
        conditions.append(tables.run.c.contact_id == asked.contact_id)
    if asked.external_id is not None:
        conditions += [
            contact.c.project_id == project_id,
            contact.c.external_id == asked.external_id,
        ]
    if asked.state is not None:
        conditions.append(tables.run.c.state == asked.state)
    return conditions


def _record(row: Line) -> RunRecord:
    return RunRecord(
        RunId(row.id),
        WorkflowId(row.workflow_id),
        VersionId(row.version_id),
        ContactId(row.contact_id),
        row.external_id,
        RunState(row.state),
        row.position,
        row.wake_at,
        row.awaits,
        row.started_at,
        row.ended_at,
        row.converted_at,
    )


def _step(row: Line) -> StepRecord:
    return StepRecord(
        WorkflowId(row.workflow_id),
        VersionId(row.version_id),
        None if row.run_id is None else RunId(row.run_id),
        row.step,
        Passing(row.passing),
        row.note,
        row.planned_at,
        row.at,
    )
