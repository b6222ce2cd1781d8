"""SQL that changes workflows and runs. Private: only this slice's actions import it."""

from beckon.domain.workflows.writes.calls import (
    claim_calls_any_project,
    insert_call,
    list_callers_any_project,
    update_call,
    update_freed_any_project,
)
from beckon.domain.workflows.writes.definitions import (
    claim_scan_any_project,
    delete_ears,
    insert_ears,
    insert_version,
    insert_workflow,
    update_workflow,
)
from beckon.domain.workflows.writes.journeys import (
    insert_trails_any_project,
)
from beckon.domain.workflows.writes.runs import (
    Kept,
    claim_due_runs_any_project,
    insert_runs,
    list_moving,
    lock_runs,
    lock_runs_of_contacts,
    update_contact_of_runs,
    update_converted,
    update_data_any_project,
    update_runs_any_project,
    update_runs_stopped,
)
from beckon.domain.workflows.writes.trials import (
    claim_trial_any_project,
    delete_old_trials_any_project,
    insert_trial,
    update_ended,
    update_progress,
)

__all__ = [
    "Kept",
    "claim_calls_any_project",
    "claim_due_runs_any_project",
    "claim_scan_any_project",
    "claim_trial_any_project",
    "delete_ears",
    "delete_old_trials_any_project",
    "insert_call",
    "insert_ears",
    "insert_runs",
    "insert_trails_any_project",
    "insert_trial",
    "insert_version",
    "insert_workflow",
    "list_callers_any_project",
    "list_moving",
    "lock_runs",
    "lock_runs_of_contacts",
    "update_call",
    "update_contact_of_runs",
    "update_converted",
    "update_data_any_project",
    "update_ended",
    "update_freed_any_project",
    "update_progress",
    "update_runs_any_project",
    "update_runs_stopped",
    "update_workflow",
]
