"""Start a workflow for somebody by name, and stop a run by hand."""

from collections.abc import Mapping
from datetime import datetime

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import ContactId
from beckon.domain.messages.model import RunId, WorkflowId
from beckon.domain.workflows import queries, runs, writes
from beckon.domain.workflows.actions.entering import let_enter
from beckon.domain.workflows.actions.walking import Walked, keep
from beckon.domain.workflows.model import Passing, RunState, Trail
from beckon.domain.workflows.rules import Walk
from beckon.domain.workflows.triggers import Signal
from beckon.kit.refusals import Conflict
from beckon.storage.schema import Tx


def start(
    tx: Tx,
    project_id: ProjectId,
    workflow_id: WorkflowId,
    contact_id: ContactId,
    *,
    key: str,
    data: Mapping[str, object],
    now: datetime,
) -> RunId | None:
    """Start a workflow for a contact, whatever its trigger; the same key starts it once.

    None where its rules do not let the contact enter: the journey says why. Raises
    WorkflowUnknown, Conflict while the workflow is paused.
    """
    workflow = queries.get_workflow(tx, project_id, workflow_id)
    if not workflow.is_active:
        raise Conflict(f"Automation auto_{workflow_id} is paused; activate it first.")
    signal = Signal(f"call:{key}", (), contact_id, now, data)
    entered = let_enter(tx, project_id, workflow, [signal], now, is_direct=True)
    return entered[contact_id] or runs.find_by_signal(
        tx, project_id, workflow_id, contact_id, signal.id
    )


def stop(tx: Tx, project_id: ProjectId, run_id: RunId, now: datetime) -> None:
    """End a run where it stands. Raises RunUnknown; one that has ended stays as it ended."""
    runs.get_run(tx, project_id, run_id)
    for kept in writes.lock_runs(tx, project_id, [run_id], states=[RunState.ACTIVE]):
        trail = Trail("", Passing.EXITED, now, "stopped by hand")
        keep(tx, [Walked(kept.run, Walk(kept.run, RunState.STOPPED, (), (trail,)))], now)
