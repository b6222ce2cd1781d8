"""Let people enter a workflow, as far as its rules allow."""

from collections.abc import Sequence
from datetime import datetime

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import ContactId
from beckon.domain.messages.model import RunId
from beckon.domain.workflows import entering, rules, runs, writes
from beckon.domain.workflows.conditions import NOTHING_KNOWN
from beckon.domain.workflows.entering import Refused
from beckon.domain.workflows.model import Passing, PastRun, Run, RunState, Trail, Workflow
from beckon.domain.workflows.planning import lay_out
from beckon.domain.workflows.sights import look
from beckon.domain.workflows.triggers import Signal
from beckon.storage.schema import Tx, lock_names

NOT_YET = RunId(0)


def let_enter(
    tx: Tx,
    project_id: ProjectId,
    workflow: Workflow,
    signals: Sequence[Signal],
    now: datetime,
    *,
    is_direct: bool = False,
) -> dict[ContactId, RunId | None]:
    """Let the contacts of signals enter, one signal a contact.

    `is_direct`: somebody names whom to start it for, whatever the trigger asks. Gives the numbers
    of the runs that came to be; None for whoever was refused, or is inside by the same key.
    """
    definition = workflow.definition
    plan = lay_out(definition)
    people = [signal.contact_id for signal in signals]
    past: dict[ContactId, list[PastRun]] = {}
    if entering.asks_for_past(definition):
        lock_names(tx, [f"enter:{workflow.id}:{contact_id}" for contact_id in people])
        past = runs.find_past(tx, project_id, workflow.id, people)
    asked = entering.rules_of(definition)
    sights = look(tx, project_id, people, asked) if asked else {}
    begun: list[tuple[str, RunState, writes.Kept]] = []
    refused: list[tuple[Run, RunId | None, Sequence[Trail]]] = []
    for signal in signals:
        sight = sights.get(signal.contact_id, NOTHING_KNOWN)
        before = past.get(signal.contact_id, ())
        entry = entering.enter(workflow.id, definition, signal, before, sight, is_direct=is_direct)
        if entry is None:
            continue
        value = "" if isinstance(entry, Refused) else entry.value
        run = _new_run(project_id, workflow, signal, value)
        if isinstance(entry, Refused):
            refused.append((run, None, [Trail("", Passing.REFUSED, signal.at, entry.reason)]))
        else:
            kept = writes.Kept(rules.begin(run, plan), signal.id, signal.at, entry.state)
            begun.append((entry.key, entry.state, kept))
    added = writes.insert_runs(tx, project_id, begun, now)
    entered = [
        (kept.run, number, [_entered(kept, state)])
        for key, state, kept in begun
        if (number := added.get((workflow.id, key))) is not None
    ]
    writes.insert_trails_any_project(tx, [*entered, *refused], now)
    numbers: dict[ContactId, RunId | None] = dict.fromkeys(people)
    return numbers | {run.contact_id: number for run, number, _ in entered}


def _entered(kept: writes.Kept, state: RunState) -> Trail:
    note = "held out, to measure" if state is RunState.HELD_OUT else ""
    return Trail("", Passing.ENTERED, kept.started_at, note)


def _new_run(project_id: ProjectId, workflow: Workflow, signal: Signal, value: str) -> Run:
    return Run(
        NOT_YET,
        project_id,
        workflow.id,
        workflow.version_id,
        signal.contact_id,
        0,
        # From when it came to be known: what happened earlier is known only now.
        signal.at,
        signal.data,
        value,
    )
