"""Have dry runs played in the background: asked for here, played elsewhere, kept here."""

from datetime import datetime, timedelta

from beckon.domain.accounts.model import ProjectId
from beckon.domain.messages.model import WorkflowId
from beckon.domain.workflows import queries, trials, writes
from beckon.domain.workflows.trials import KEPT_FOR, Kept, Trial, TrialId, TrialState, Wanted
from beckon.kit.refusals import Conflict
from beckon.storage.schema import Tx

OPEN_MAX = 3
"""So many a project may have that are not over: each takes a processor for a while."""

LEASE = timedelta(seconds=60)
"""After it another worker plays anew, should one say nothing any more."""


def ask_trial(
    tx: Tx, project_id: ProjectId, workflow_id: WorkflowId, wanted: Wanted, now: datetime
) -> Trial:
    """Have a version played as soon as a worker is free.

    Raises WorkflowUnknown, VersionUnknown, and Conflict where three are not over yet.
    """
    for number in (wanted.version, wanted.against):
        if number is not None:
            queries.get_version(tx, project_id, workflow_id, number)
    if trials.count_open(tx, project_id) >= OPEN_MAX:
        raise Conflict(f"{OPEN_MAX} dry runs are not over yet; wait for one, or cancel it.")
    trial_id = writes.insert_trial(tx, project_id, workflow_id, wanted, now)
    return trials.get_trial(tx, project_id, workflow_id, trial_id)


def cancel_trial(
    tx: Tx, project_id: ProjectId, workflow_id: WorkflowId, trial_id: TrialId, now: datetime
) -> Trial:
    """Give a trial up; one that is over stays as it ended. Raises TrialUnknown."""
    trials.get_trial(tx, project_id, workflow_id, trial_id)
    writes.update_ended(tx, project_id, trial_id, TrialState.CANCELLED, now)
    return trials.get_trial(tx, project_id, workflow_id, trial_id)


def claim_trial(tx: Tx, now: datetime, *, worker: str) -> Trial | None:
    """Take a trial for a worker to play; None where none waits."""
    found = writes.claim_trial_any_project(tx, now, worker=worker, until=now + LEASE)
    return None if found is None else trials.get_trial(tx, *found)


def note_progress(
    tx: Tx, trial: Trial, *, worker: str, played: int, part: float, now: datetime
) -> bool:
    """Note how far a worker is. False where it is to stop: the trial is not his any more."""
    return writes.update_progress(
        tx,
        trial.project_id,
        trial.id,
        worker=worker,
        played=played,
        part=part,
        until=now + LEASE,
    )


def finish_trial(tx: Tx, trial: Trial, outcome: Kept | str, *, worker: str, now: datetime) -> bool:
    """Keep what a worker found, or why it could not; False where the trial is not his any more."""
    if isinstance(outcome, str):
        return writes.update_ended(
            tx, trial.project_id, trial.id, TrialState.FAILED, now, worker=worker, fault=outcome
        )
    return writes.update_ended(
        tx, trial.project_id, trial.id, TrialState.DONE, now, worker=worker, kept=outcome
    )


def forget_trials(tx: Tx, now: datetime) -> None:
    """Take away some trials that were kept long enough."""
    writes.delete_old_trials_any_project(tx, now - KEPT_FOR)
