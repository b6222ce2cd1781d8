"""Make, change, publish and delete workflows."""

from contextlib import suppress
from datetime import datetime

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel
from beckon.domain.messages.model import WorkflowId
from beckon.domain.segments import queries as segments
from beckon.domain.segments.model import SegmentId, SegmentKind
from beckon.domain.templates import queries as templates
from beckon.domain.templates.model import TemplateId
from beckon.domain.workflows import local_times, queries, rules, validation, writes
from beckon.domain.workflows.model import (
    Definition,
    Passing,
    People,
    Run,
    RunState,
    Trail,
    VersionId,
    Workflow,
)
from beckon.domain.workflows.planning import Plan, lay_out, named
from beckon.domain.workflows.sights import project_zone
from beckon.domain.workflows.stored import is_same
from beckon.domain.workflows.triggers import (
    DateTrigger,
    ScheduleTrigger,
    Side,
    event_key,
    keys_of,
    segment_key,
)
from beckon.kit.refusals import Conflict
from beckon.kit.values import replace
from beckon.storage.schema import Tx


def create(
    tx: Tx,
    project_id: ProjectId,
    *,
    name: str,
    is_active: bool,
    definition: Definition,
    now: datetime,
) -> Workflow:
    """Keep a new workflow. Raises DefinitionInvalid with every fault, each in its place."""
    checked = _check(tx, project_id, named(definition))
    workflow_id = writes.insert_workflow(
        tx, project_id, name=validation.check_name(name), is_active=is_active, now=now
    )
    _insert_version(tx, project_id, workflow_id, 1, checked, now)
    _plan_looks(tx, project_id, workflow_id, checked, is_active=is_active, now=now)
    return queries.get_workflow(tx, project_id, workflow_id)


def change(
    tx: Tx,
    project_id: ProjectId,
    workflow_id: WorkflowId,
    *,
    name: str | None,
    is_active: bool | None,
    definition: Definition,
    now: datetime,
    people: People = People.STAY,
) -> Workflow:
    """Rename, switch, or publish a new version; None leaves a field.

    `people` says what becomes of those inside; unless told otherwise they stay on the version they
    started with. Raises WorkflowUnknown, DefinitionInvalid.
    """
    old = queries.get_workflow(tx, project_id, workflow_id)
    definition = named(definition)
    values: dict[str, object] = {"updated_at": now}
    if name is not None:
        values["name"] = validation.check_name(name)
    if is_active is not None:
        values["is_active"] = is_active
    will_be_active = old.is_active if is_active is None else is_active
    is_other_trigger = definition.trigger != old.definition.trigger
    if (is_active and not old.is_active) or is_other_trigger:
        values["listens_since"] = now
    if not is_same(definition, old.definition):
        _check(tx, project_id, definition)
        values["version"] = old.version + 1
        version_id = _insert_version(tx, project_id, workflow_id, old.version + 1, definition, now)
        _resettle(tx, old, version_id, lay_out(definition), people, now)
    writes.update_workflow(tx, project_id, workflow_id, values)
    if will_be_active != old.is_active or is_other_trigger:
        _plan_looks(tx, project_id, workflow_id, definition, is_active=will_be_active, now=now)
    return queries.get_workflow(tx, project_id, workflow_id)


def delete(tx: Tx, project_id: ProjectId, workflow_id: WorkflowId, now: datetime) -> None:
    """Take a workflow out of use; whoever is inside stops there. Raises WorkflowUnknown."""
    queries.get_workflow(tx, project_id, workflow_id)
    values: dict[str, object] = {"deleted_at": now, "is_active": False, "next_at": None}
    writes.update_workflow(tx, project_id, workflow_id, {**values, "hook_digest": None})
    writes.update_runs_stopped(tx, project_id, workflow_id, RunState.STOPPED, now)


def refuse_template_in_use(tx: Tx, project_id: ProjectId, template_id: TemplateId) -> None:
    """Raise Conflict when a workflow still sends a template."""
    users = queries.list_workflows_with_template(tx, project_id, template_id)
    if users:
        raise Conflict(
            f"The template is sent by automation auto_{users[0].id} ('{users[0].name}'). "
            "Change or delete that first."
        )


def find_faults(tx: Tx, project_id: ProjectId, definition: Definition) -> list[validation.Fault]:
    """List all that is wrong with a definition; nothing is kept."""
    wanted = named(definition)
    return validation.find_faults(wanted, _known(tx, project_id, wanted))


def _check(tx: Tx, project_id: ProjectId, definition: Definition) -> Definition:
    return validation.check(definition, _known(tx, project_id, definition))


def _known(tx: Tx, project_id: ProjectId, definition: Definition) -> validation.Known:
    channels: dict[int, Channel] = {}
    for number in sorted(validation.templates_of(definition)):
        with suppress(templates.TemplateUnknown):
            channels[number] = templates.get_template(tx, project_id, TemplateId(number)).channel
    ids = [WorkflowId(number) for number in sorted(validation.workflows_of(definition))]
    others = queries.find_workflows(tx, project_id, ids) if ids else {}
    kinds: dict[int, bool] = {}
    for number in sorted(validation.segments_of(definition)):
        with suppress(segments.SegmentUnknown):
            found = segments.get_segment(tx, project_id, SegmentId(number))
            kinds[number] = found.kind is SegmentKind.STATIC
    return validation.Known(channels, kinds, frozenset(others))


def _insert_version(
    tx: Tx,
    project_id: ProjectId,
    workflow_id: WorkflowId,
    number: int,
    definition: Definition,
    now: datetime,
) -> VersionId:
    version_id = writes.insert_version(tx, project_id, workflow_id, number, definition, now)
    # Only the newest version starts runs; older ones still listen for those inside.
    writes.delete_ears(tx, project_id, workflow_id, "start")
    manners = definition.manners
    inside = {event_key(way_out.event_name) for way_out in manners.exits}
    if manners.goal is not None:
        inside.add(event_key(manners.goal.event_name))
    if manners.stays_in is not None:
        inside.add(segment_key(manners.stays_in, Side.LEFT))
    ears = [(key, "start") for key in keys_of(definition.trigger)]
    writes.insert_ears(tx, project_id, version_id, [*ears, *((key, "inside") for key in inside)])
    return version_id


def _resettle(
    tx: Tx, old: Workflow, version_id: VersionId, new: Plan, people: People, now: datetime
) -> None:
    """Let those inside stay, leave, or move to the step of the same name."""
    if people is People.STAY:
        return
    inside = writes.lock_runs(
        tx,
        old.project_id,
        writes.list_moving(tx, old.project_id, old.id),
        states=[RunState.ACTIVE],
    )
    plans = queries.find_plans_any_project(tx, (kept.run.version_id for kept in inside))
    moved: list[tuple[Run, RunState]] = []
    told: list[tuple[Run, Trail]] = []
    for kept in inside:
        if people is People.LEAVE:
            moved.append((kept.run, RunState.EXITED))
            told.append((kept.run, Trail("", Passing.EXITED, now, "a new version was published")))
            continue
        one = rules.move(kept.run, plans[kept.run.version_id], new)
        if one is not None:
            step = new.nodes[one.position].step.id
            moved.append((replace(one, version_id=version_id), RunState.ACTIVE))
            told.append((one, Trail(step, Passing.MOVED, now, "to the new version")))
    writes.update_runs_any_project(tx, moved, now)
    writes.insert_trails_any_project(tx, [(run, run.id, [trail]) for run, trail in told], now)


def _plan_looks(
    tx: Tx,
    project_id: ProjectId,
    workflow_id: WorkflowId,
    definition: Definition,
    *,
    is_active: bool,
    now: datetime,
) -> None:
    """Note when to look first whose date or turn it is."""
    next_at: datetime | None = None
    match definition.trigger:
        case DateTrigger() if is_active:
            next_at = local_times.first_scan(now)
        case ScheduleTrigger() as trigger if is_active:
            zone = project_zone(tx, project_id)
            next_at = local_times.next_occurrence(trigger, now, zone)
    values = {"next_at": next_at, "scanned_to": None}
    writes.update_workflow(tx, project_id, workflow_id, values)
