"""SQL that reads workflows and runs. Public: any room above may ask, and gets model values."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, select

from beckon.domain.accounts.model import ProjectId
from beckon.domain.messages.model import WorkflowId
from beckon.domain.templates.model import TemplateId
from beckon.domain.workflows import tables
from beckon.domain.workflows.model import Definition, RunState, Send, VersionId, Workflow
from beckon.domain.workflows.stored import from_stored
from beckon.kit.refusals import Unknown
from beckon.storage.schema import Line, Tx

LIST_MAX = 1000

_workflows = (
    select(
        tables.workflow,
        tables.workflow_version.c.id.label("version_id"),
        tables.workflow_version.c.definition,
    )
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


def find_names(tx: Tx, project_id: ProjectId, ids: Iterable[WorkflowId]) -> dict[WorkflowId, str]:
    """Map workflows, deleted ones too, to their names."""
    rows = tx.execute(
        select(tables.workflow.c.id, tables.workflow.c.name).where(
            tables.workflow.c.project_id == project_id,
            tables.workflow.c.id.in_(sorted(set(ids))),
        )
    )
    return {WorkflowId(row.id): row.name for row in rows}


def list_active_for_events(
    tx: Tx, project_id: ProjectId, trigger_keys: Iterable[str]
) -> list[Workflow]:
    """List the active workflows that events of these names (in their compared form) start."""
    rows = tx.execute(
        _workflows.where(
            tables.workflow.c.project_id == project_id,
            tables.workflow.c.trigger_key.in_(sorted(set(trigger_keys))),
            tables.workflow.c.is_active,
        ).order_by(tables.workflow.c.id)
    )
    return [_workflow(row) for row in rows]


def list_workflows_with_template(
    tx: Tx, project_id: ProjectId, template_id: TemplateId
) -> list[Workflow]:
    """List the workflows whose present version sends a template."""
    return [
        workflow
        for workflow in list_workflows(tx, project_id)
        if any(
            isinstance(step, Send) and step.template_id == template_id
            for step in workflow.definition.steps
        )
    ]


def find_definitions_any_project(tx: Tx, ids: Iterable[VersionId]) -> dict[VersionId, Definition]:
    """Map versions to what they say, for the engine that moves every project's runs."""
    rows = tx.execute(
        select(tables.workflow_version.c.id, tables.workflow_version.c.definition).where(
            tables.workflow_version.c.id.in_(sorted(set(ids)))
        )
    )
    return {VersionId(row.id): from_stored(row.definition) for row in rows}


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


def _workflow(row: Line) -> Workflow:
    return Workflow(
        WorkflowId(row.id),
        ProjectId(row.project_id),
        row.name,
        bool(row.is_active),
        VersionId(row.version_id),
        row.version,
        from_stored(row.definition),
        row.listens_since,
        row.created_at,
        row.updated_at,
    )
