"""Who may enter a workflow. Pure, as `rules` is: the engine and the dry run decide by it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from beckon.domain.messages.model import WorkflowId
from beckon.domain.segments.model import Rule
from beckon.domain.workflows.conditions import Sight, holds
from beckon.domain.workflows.model import Again, Definition, PastRun, RunState
from beckon.domain.workflows.rules import is_held_out, value_at
from beckon.domain.workflows.triggers import Signal, where_of


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody enters. A second run of the same `key` is the same run; `value` counts re-entry."""

    key: str
    value: str
    state: RunState


@dataclass(frozen=True, slots=True)
class Refused:
    """Somebody who was meant does not enter, and why."""

    reason: str


def enter(
    workflow_id: WorkflowId,
    definition: Definition,
    signal: Signal,
    past: Sequence[PastRun],
    sight: Sight,
    *,
    is_direct: bool = False,
) -> Entry | Refused | None:
    """Tell whether the contact of a signal enters; None where the trigger does not mean it.

    `past` are the contact's runs through this workflow, begun before the signal. `is_direct`:
    somebody names the contact, whatever the trigger asks.
    """
    manners = definition.manners
    where = where_of(definition.trigger)
    if not is_direct and not holds(where, sight, signal.data, signal.at):
        return None
    if not holds(manners.entry, sight, signal.data, signal.at):
        return Refused("the entry filter does not hold")
    value = _value(definition, signal)
    refused = _refuse_again(definition, signal, [run for run in past if run.entry == value])
    refused = refused or _refuse_limit(definition, signal, past)
    if refused is not None:
        return refused
    is_once = manners.re_entry.again is Again.NEVER
    held_out = is_held_out(workflow_id, signal.contact_id, manners.holdout_percent)
    return Entry(
        f"once:{signal.contact_id}:{value}" if is_once else signal.id,
        value,
        RunState.HELD_OUT if held_out else RunState.ACTIVE,
    )


def asks_for_past(definition: Definition) -> bool:
    """Tell whether entering depends on earlier runs."""
    return definition.manners.re_entry.again is not Again.ALWAYS or (
        definition.manners.limit is not None
    )


def rules_of(definition: Definition) -> list[Rule]:
    """List what entering asks about the contact."""
    asked = (where_of(definition.trigger).contact, definition.manners.entry.contact)
    return [rule for rule in asked if rule is not None]


def _value(definition: Definition, signal: Signal) -> str:
    key = definition.manners.re_entry.key
    found = None if key is None else value_at(signal.data, key)
    return "" if found is None else str(found)


def _refuse_again(
    definition: Definition, signal: Signal, past: Sequence[PastRun]
) -> Refused | None:
    rule = definition.manners.re_entry
    match rule.again:
        case Again.NEVER if past:
            return Refused("was in this workflow before")
        case Again.AFTER_EXIT if any(not run.is_over for run in past):
            return Refused("is still inside")
        case Again.AFTER_PERIOD:
            since = signal.at - timedelta(seconds=rule.seconds)
            if any(run.started_at > since for run in past):
                return Refused(f"entered less than {rule.seconds} s ago")
    return None


def _refuse_limit(
    definition: Definition, signal: Signal, past: Sequence[PastRun]
) -> Refused | None:
    limit = definition.manners.limit
    if limit is None:
        return None
    since = signal.at - timedelta(seconds=limit.seconds)
    if sum(run.started_at > since for run in past) >= limit.runs:
        return Refused(f"entered {limit.runs} times within {limit.seconds} s")
    return None
