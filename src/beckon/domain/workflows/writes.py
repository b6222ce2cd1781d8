"""SQL that changes workflows and runs. Private: only this slice's actions import it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import insert, select, update

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import ContactId
from beckon.domain.messages.model import RunId, WorkflowId
from beckon.domain.workflows import tables
from beckon.domain.workflows.model import Definition, Run, RunState, VersionId
from beckon.domain.workflows.stored import to_stored
from beckon.kit.clock import to_ms
from beckon.storage import schema
from beckon.storage.schema import Line, Tx, number_of, run_many


def insert_workflow(
    tx: Tx, project_id: ProjectId, *, name: str, is_active: bool, trigger_key: str, now: datetime
) -> WorkflowId:
    """Add a workflow whose first version is about to follow."""
    added = tx.execute(
        insert(tables.workflow).values(
            project_id=project_id,
            name=name,
            is_active=is_active,
            version=1,
            trigger_key=trigger_key,
            listens_since=now,
            created_at=now,
            updated_at=now,
        )
    )
    return WorkflowId(number_of(added))


def insert_version(
    tx: Tx,
    project_id: ProjectId,
    workflow_id: WorkflowId,
    number: int,
    definition: Definition,
    now: datetime,
) -> None:
    """Add a version; it never changes afterwards."""
    tx.execute(
        insert(tables.workflow_version).values(
            project_id=project_id,
            workflow_id=workflow_id,
            number=number,
            definition=to_stored(definition),
            created_at=now,
        )
    )


def update_workflow(
    tx: Tx, project_id: ProjectId, workflow_id: WorkflowId, values: Mapping[str, object]
) -> None:
    """Set columns of one workflow."""
    tx.execute(
        update(tables.workflow)
        .where(tables.workflow.c.project_id == project_id, tables.workflow.c.id == workflow_id)
        .values(**values)
    )


def insert_run(
    tx: Tx,
    project_id: ProjectId,
    *,
    workflow_id: WorkflowId,
    version_id: VersionId,
    contact_id: ContactId,
    key: str,
    wake_at: datetime,
    data: Mapping[str, object],
    now: datetime,
) -> None:
    """Let a person enter; a second run with the same key is the same one."""
    adding = schema.insert(tx, tables.run).values(
        project_id=project_id,
        workflow_id=workflow_id,
        version_id=version_id,
        contact_id=contact_id,
        key=key,
        state=RunState.ACTIVE,
        position=0,
        wake_at=wake_at,
        due_at=wake_at,
        data=dict(data),
        started_at=now,
    )
    tx.execute(adding.on_conflict_do_nothing(index_elements=["workflow_id", "key"]))


def claim_due_runs_any_project(tx: Tx, now: datetime, *, limit: int) -> list[Run]:
    """Take runs whose next step is due, the longest due first; others skip them meanwhile."""
    rows = tx.execute(
        select(tables.run)
        .where(tables.run.c.due_at <= now)
        .order_by(tables.run.c.due_at, tables.run.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [_run(row) for row in rows]


def update_runs_any_project(tx: Tx, moved: Sequence[tuple[Run, RunState]], now: datetime) -> None:
    """Put moved runs where they are now; those that ended are due no more."""
    run_many(
        tx,
        "UPDATE run SET position = ?, wake_at = ?, state = ?, due_at = ?, ended_at = ? "
        "WHERE project_id = ? AND id = ?",
        [
            (
                run.position,
                to_ms(run.wake_at),
                state,
                to_ms(run.wake_at) if state is RunState.ACTIVE else None,
                None if state is RunState.ACTIVE else to_ms(now),
                run.project_id,
                run.id,
            )
            for run, state in moved
        ],
    )


def update_runs_stopped(
    tx: Tx, project_id: ProjectId, workflow_id: WorkflowId, now: datetime
) -> None:
    """End every run of a workflow where it stands."""
    tx.execute(
        update(tables.run)
        .where(
            tables.run.c.project_id == project_id,
            tables.run.c.workflow_id == workflow_id,
            tables.run.c.state == RunState.ACTIVE,
        )
        .values(state=RunState.STOPPED, due_at=None, ended_at=now)
    )


def _run(row: Line) -> Run:
    return Run(
        RunId(row.id),
        ProjectId(row.project_id),
        WorkflowId(row.workflow_id),
        VersionId(row.version_id),
        ContactId(row.contact_id),
        row.position,
        row.wake_at,
        row.data,
    )
