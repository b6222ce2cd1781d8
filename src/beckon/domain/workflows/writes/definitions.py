"""SQL that changes workflows, their versions and what these listen for. Private."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from beckon.domain.accounts.model import ProjectId
from beckon.domain.messages.model import WorkflowId
from beckon.domain.workflows import tables
from beckon.domain.workflows.model import Definition, VersionId
from beckon.domain.workflows.stored import to_stored
from beckon.kit.clock import to_ms
from beckon.storage.schema import Tx, insert_many, number_of, run


def insert_workflow(
    tx: Tx, project_id: ProjectId, *, name: str, is_active: bool, now: datetime
) -> WorkflowId:
    """Add a workflow whose first version is about to follow."""
    added = tx.execute(
        insert(tables.workflow).values(
            project_id=project_id,
            name=name,
            is_active=is_active,
            version=1,
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
) -> VersionId:
    """Add a version; it never changes afterwards."""
    added = tx.execute(
        insert(tables.workflow_version).values(
            project_id=project_id,
            workflow_id=workflow_id,
            number=number,
            definition=to_stored(definition),
            created_at=now,
        )
    )
    return VersionId(number_of(added))


def insert_ears(
    tx: Tx, project_id: ProjectId, version_id: VersionId, ears: Iterable[tuple[str, str]]
) -> None:
    """Note what a version listens for: keys of signals, each with its role."""
    insert_many(
        tx,
        "workflow_ear (version_id, key, role, project_id)",
        [(version_id, key, role, project_id) for key, role in sorted(set(ears))],
    )


def delete_ears(tx: Tx, project_id: ProjectId, workflow_id: WorkflowId, role: str) -> None:
    """Let no version of a workflow listen in a role any more."""
    versions = select(tables.workflow_version.c.id).where(
        tables.workflow_version.c.project_id == project_id,
        tables.workflow_version.c.workflow_id == workflow_id,
    )
    tx.execute(
        delete(tables.workflow_ear).where(
            tables.workflow_ear.c.project_id == project_id,
            tables.workflow_ear.c.role == role,
            tables.workflow_ear.c.version_id.in_(versions),
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


def claim_scan_any_project(tx: Tx, now: datetime) -> tuple[ProjectId, WorkflowId] | None:
    """Take one workflow whose date or turn is to be looked at; others skip it meanwhile."""
    locked = "" if tx.dialect.name == "sqlite" else " FOR UPDATE SKIP LOCKED"
    rows = run(
        tx,
        "SELECT project_id, id FROM workflow WHERE next_at <= ? AND is_active "  # noqa: S608 - fixed words
        f"ORDER BY next_at, id LIMIT 1{locked}",
        [to_ms(now)],
    )
    return (ProjectId(rows[0][0]), WorkflowId(rows[0][1])) if rows else None
