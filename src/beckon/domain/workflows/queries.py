"""SQL that reads workflows. Public: any room above may ask. Runs are read in `runs`."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Text, func, select, type_coerce

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import ContactId
from beckon.domain.messages.model import WorkflowId
from beckon.domain.templates.model import TemplateId
from beckon.domain.workflows import tables
from beckon.domain.workflows.model import RunState, Version, VersionId, Workflow
from beckon.domain.workflows.planning import Plan, lay_out
from beckon.domain.workflows.stored import from_stored
from beckon.domain.workflows.validation import templates_of
from beckon.kit import json
from beckon.kit.refusals import Unknown
from beckon.storage.schema import Line, Tx, marks, run

LIST_MAX = 1000

_definition = type_coerce(tables.workflow_version.c.definition, Text).label("definition")
_workflows = (
    select(tables.workflow, tables.workflow_version.c.id.label("version_id"), _definition)
    .join(
        tables.workflow_version,
        (tables.workflow_version.c.workflow_id == tables.workflow.c.id)
        & (tables.workflow_version.c.number == tables.workflow.c.version),
    )
    .where(tables.workflow.c.deleted_at.is_(None))
)


class WorkflowUnknown(Unknown):
    """No such workflow in this project."""

    code = "workflow_unknown"


def get_workflow(tx: Tx, project_id: ProjectId, workflow_id: WorkflowId) -> Workflow:
    """Return one workflow in its present version. Raises WorkflowUnknown."""
    row = tx.execute(
        _workflows.where(
            tables.workflow.c.project_id == project_id, tables.workflow.c.id == workflow_id
        )
    ).one_or_none()
    if row is None:
        raise WorkflowUnknown(f"There is no automation auto_{workflow_id}.")
    return _workflow(row)


def list_workflows(
    tx: Tx, project_id: ProjectId, *, offset: int = 0, limit: int = LIST_MAX
) -> list[Workflow]:
    """List workflows, newest first."""
    rows = tx.execute(
        _workflows.where(tables.workflow.c.project_id == project_id)
        .order_by(tables.workflow.c.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return [_workflow(row) for row in rows]


def find_first_workflow_at(tx: Tx, project_id: ProjectId) -> datetime | None:
    """Tell when the project's first workflow was made, deleted ones included; None without any."""
    first: datetime | None = tx.execute(
        select(func.min(tables.workflow.c.created_at)).where(
            tables.workflow.c.project_id == project_id
        )
    ).scalar_one()
    return first


def count_workflows(tx: Tx, project_id: ProjectId) -> int:
    """Count workflows."""
    return tx.execute(
        select(func.count())
        .select_from(tables.workflow)
        .where(tables.workflow.c.project_id == project_id, tables.workflow.c.deleted_at.is_(None))
    ).scalar_one()


def list_names(
    tx: Tx, project_id: ProjectId, *, is_active: bool | None = None, limit: int
) -> list[tuple[WorkflowId, str]]:
    """List workflows with their names, newest first; all, or only those that are active or not."""
    query = select(tables.workflow.c.id, tables.workflow.c.name).where(
        tables.workflow.c.project_id == project_id, tables.workflow.c.deleted_at.is_(None)
    )
    if is_active is not None:
        query = query.where(tables.workflow.c.is_active.is_(is_active))
    rows = tx.execute(query.order_by(tables.workflow.c.id.desc()).limit(limit))
    return [(WorkflowId(row.id), row.name) for row in rows]


def find_names(tx: Tx, project_id: ProjectId, ids: Iterable[WorkflowId]) -> dict[WorkflowId, str]:
    """Map workflows, deleted ones too, to their names."""
    rows = tx.execute(
        select(tables.workflow.c.id, tables.workflow.c.name).where(
            tables.workflow.c.project_id == project_id,
            tables.workflow.c.id.in_(sorted(set(ids))),
        )
    )
    return {WorkflowId(row.id): row.name for row in rows}


def find_workflows(
    tx: Tx, project_id: ProjectId, ids: Iterable[WorkflowId]
) -> dict[WorkflowId, Workflow]:
    """Map those of the ids that are workflows of the project, deleted ones not, to them."""
    rows = tx.execute(
        _workflows.where(
            tables.workflow.c.project_id == project_id, tables.workflow.c.id.in_(sorted(set(ids)))
        )
    )
    return {WorkflowId(row.id): _workflow(row) for row in rows}


def find_hooked_any_project(tx: Tx, digest: bytes) -> Workflow | None:
    """Find the workflow whose inbound address has this digest."""
    row = tx.execute(_workflows.where(tables.workflow.c.hook_digest == digest)).one_or_none()
    return None if row is None else _workflow(row)


def get_scan(
    tx: Tx, project_id: ProjectId, workflow_id: WorkflowId
) -> tuple[datetime, ContactId | None]:
    """Tell which look at the calendar a workflow is due for, and how far that has come."""
    row = tx.execute(
        select(tables.workflow.c.next_at, tables.workflow.c.scanned_to).where(
            tables.workflow.c.project_id == project_id, tables.workflow.c.id == workflow_id
        )
    ).one()
    return row.next_at, None if row.scanned_to is None else ContactId(row.scanned_to)


def list_versions(tx: Tx, project_id: ProjectId, workflow_id: WorkflowId) -> list[Version]:
    """List a workflow's versions, newest first, at most 1,000."""
    rows = tx.execute(
        select(tables.workflow_version)
        .where(
            tables.workflow_version.c.project_id == project_id,
            tables.workflow_version.c.workflow_id == workflow_id,
        )
        .order_by(tables.workflow_version.c.number.desc())
        .limit(LIST_MAX)
    )
    return [
        Version(VersionId(row.id), row.number, from_stored(row.definition), row.created_at)
        for row in rows
    ]


def get_version(tx: Tx, project_id: ProjectId, workflow_id: WorkflowId, number: int) -> Version:
    """Return one version of a workflow. Raises WorkflowUnknown."""
    row = tx.execute(
        select(tables.workflow_version).where(
            tables.workflow_version.c.project_id == project_id,
            tables.workflow_version.c.workflow_id == workflow_id,
            tables.workflow_version.c.number == number,
        )
    ).one_or_none()
    if row is None:
        raise WorkflowUnknown(f"Automation auto_{workflow_id} has no version {number}.")
    return Version(VersionId(row.id), row.number, from_stored(row.definition), row.created_at)


def list_started_by(
    tx: Tx, project_id: ProjectId, keys: Iterable[str]
) -> dict[str, list[Workflow]]:
    """Map keys of signals to the active workflows that they start, oldest first."""
    ear = tables.workflow_ear
    rows = tx.execute(
        _workflows.add_columns(ear.c.key)
        .join(ear, ear.c.version_id == tables.workflow_version.c.id)
        .where(
            ear.c.project_id == project_id,
            ear.c.key.in_(sorted(set(keys))),
            ear.c.role == "start",
            tables.workflow.c.is_active,
        )
        .order_by(tables.workflow.c.id)
    )
    found: dict[str, list[Workflow]] = {}
    for row in rows:
        found.setdefault(row.key, []).append(_workflow(row))
    return found


def find_ears(tx: Tx, project_id: ProjectId, keys: Sequence[str]) -> dict[str, list[VersionId]]:
    """Map keys of signals to the versions that listen for them for those inside."""
    rows = run(
        tx,
        "SELECT key, version_id FROM workflow_ear WHERE project_id = ? AND role = 'inside' "  # noqa: S608 - marks only
        f"AND key IN ({marks(len(keys))})",
        [project_id, *keys],
    )
    found: dict[str, list[VersionId]] = {}
    for key, version_id in rows:
        found.setdefault(key, []).append(VersionId(version_id))
    return found


def find_awaited(tx: Tx, project_id: ProjectId, keys: Sequence[str]) -> set[str]:
    """Tell which of these keys somebody waits for."""
    return {
        key
        for key in keys
        if run(
            tx,
            "SELECT 1 FROM run WHERE project_id = ? AND awaits = ? LIMIT 1",
            [project_id, key],
        )
    }


def list_workflows_with_template(
    tx: Tx, project_id: ProjectId, template_id: TemplateId
) -> list[Workflow]:
    """List the workflows whose present version sends a template."""
    return [
        workflow
        for workflow in list_workflows(tx, project_id)
        if template_id in templates_of(workflow.definition)
    ]


def find_plans_any_project(tx: Tx, ids: Iterable[VersionId]) -> dict[VersionId, Plan]:
    """Map versions to their plans, for the engine that moves every project's runs."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = run(
        tx,
        f"SELECT id, definition FROM workflow_version WHERE id IN ({marks(len(wanted))})",  # noqa: S608 - marks only
        wanted,
    )
    return {VersionId(version_id): _plan(text) for version_id, text in rows}


def count_runs_of(tx: Tx, project_id: ProjectId, contact_id: ContactId, *, since: datetime) -> int:
    """Count the runs of one contact that began at or after a moment, of whatever workflow."""
    asked = select(func.count()).where(
        tables.run.c.project_id == project_id,
        tables.run.c.contact_id == contact_id,
        tables.run.c.started_at >= since,
    )
    return tx.execute(asked).scalar_one()


def count_runs(
    tx: Tx, project_id: ProjectId, workflow_ids: Sequence[WorkflowId]
) -> dict[tuple[WorkflowId, RunState], int]:
    """Count runs by workflow and state."""
    rows = tx.execute(
        select(tables.run.c.workflow_id, tables.run.c.state, func.count().label("runs"))
        .where(tables.run.c.project_id == project_id, tables.run.c.workflow_id.in_(workflow_ids))
        .group_by(tables.run.c.workflow_id, tables.run.c.state)
    )
    return {(WorkflowId(row.workflow_id), RunState(row.state)): row.runs for row in rows}


@lru_cache(maxsize=1000)
def _plan(text: str) -> Plan:
    """Lay out a stored definition; by its text, for numbers begin at 1 in every store."""
    return lay_out(from_stored(json.stored(text)))


def _workflow(row: Line) -> Workflow:
    return Workflow(
        WorkflowId(row.id),
        ProjectId(row.project_id),
        row.name,
        bool(row.is_active),
        VersionId(row.version_id),
        row.version,
        _plan(row.definition).definition,
        row.listens_since,
        row.created_at,
        row.updated_at,
    )
