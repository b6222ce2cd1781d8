"""What can be done with workflows. Each action runs inside the caller's transaction."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from beckon.domain.accounts.model import ProjectId
from beckon.domain.events import queries as events
from beckon.domain.events import rules as event_rules
from beckon.domain.events.model import Event, Place
from beckon.domain.messages import actions as messages
from beckon.domain.messages.model import NewMessage, WorkflowId
from beckon.domain.templates import queries as templates
from beckon.domain.templates.model import TemplateId
from beckon.domain.workflows import queries, rules, writes
from beckon.domain.workflows.model import (
    Definition,
    Order,
    Run,
    RunState,
    Send,
    Workflow,
)
from beckon.kit.refusals import Conflict, Invalid
from beckon.storage import log_readers
from beckon.storage.log_readers import Cursor
from beckon.storage.schema import Tx

READER = "workflows"


def create(
    tx: Tx,
    project_id: ProjectId,
    *,
    name: str,
    is_active: bool,
    definition: Definition,
    now: datetime,
) -> Workflow:
    """Keep a new workflow. Raises Invalid, also for a template the project does not have."""
    _check(tx, project_id, definition)
    workflow_id = writes.insert_workflow(
        tx,
        project_id,
        name=rules.check_name(name),
        is_active=is_active,
        trigger_key=event_rules.name_key(definition.trigger.event_name),
        now=now,
    )
    writes.insert_version(tx, project_id, workflow_id, 1, definition, now)
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
) -> Workflow:
    """Rename, switch, or put a new version in place; None leaves a field.

    People inside stay on the version they started with. Raises WorkflowUnknown, Invalid.
    """
    old = queries.get_workflow(tx, project_id, workflow_id)
    values: dict[str, object] = {"updated_at": now}
    if name is not None:
        values["name"] = rules.check_name(name)
    if is_active is not None:
        values["is_active"] = is_active
    if (is_active and not old.is_active) or definition.trigger != old.definition.trigger:
        values["listens_since"] = now
    if definition != old.definition:
        _check(tx, project_id, definition)
        values["version"] = old.version + 1
        values["trigger_key"] = event_rules.name_key(definition.trigger.event_name)
        writes.insert_version(tx, project_id, workflow_id, old.version + 1, definition, now)
    writes.update_workflow(tx, project_id, workflow_id, values)
    return queries.get_workflow(tx, project_id, workflow_id)


def delete(tx: Tx, project_id: ProjectId, workflow_id: WorkflowId, now: datetime) -> None:
    """Take a workflow out of use; whoever is inside stops there. Raises WorkflowUnknown."""
    queries.get_workflow(tx, project_id, workflow_id)
    writes.update_workflow(tx, project_id, workflow_id, {"deleted_at": now, "is_active": False})
    writes.update_runs_stopped(tx, project_id, workflow_id, now)


def refuse_template_in_use(tx: Tx, project_id: ProjectId, template_id: TemplateId) -> None:
    """Raise Conflict when a workflow still sends a template."""
    users = queries.list_workflows_with_template(tx, project_id, template_id)
    if users:
        raise Conflict(
            f"The template is sent by automation auto_{users[0].id} ('{users[0].name}'). "
            "Change or delete that first."
        )


def listen(tx: Tx, now: datetime, *, limit: int) -> bool:
    """Read the log on and let whom it concerns enter.

    Returns whether anybody entered or more may be waiting.

    The cursor moves in the same transaction, so each event is heard once; a run's key makes a
    second hearing harmless all the same. Of events that start nothing only the kind is looked at.
    """
    cursor = log_readers.lock_cursor(tx, READER)
    if cursor is None:
        return log_readers.begin(tx, READER)
    places = events.list_places_after_any_project(tx, cursor, limit=limit)
    if not places:
        return False
    by_project: dict[ProjectId, list[Place]] = defaultdict(list)
    for place in places:
        by_project[place.project_id].append(place)
    entered = sum([_hear(tx, project_id, heard, now) for project_id, heard in by_project.items()])
    last = places[-1]
    log_readers.move(tx, READER, Cursor(last.epoch, last.position))
    return entered > 0 or len(places) == limit


def wake(tx: Tx, now: datetime, *, limit: int) -> bool:
    """Move the runs whose next step is due and queue what they order. Returns whether any was."""
    due = writes.claim_due_runs_any_project(tx, now, limit=limit)
    if not due:
        return False
    definitions = queries.find_definitions_any_project(tx, (run.version_id for run in due))
    moved: list[tuple[Run, RunState]] = []
    ordered: dict[ProjectId, list[tuple[Run, Order]]] = defaultdict(list)
    for run in due:
        steps = definitions[run.version_id].steps
        after, orders = rules.advance(run, steps, now)
        moved.append((after, RunState.DONE if rules.is_over(after, steps) else RunState.ACTIVE))
        ordered[run.project_id] += [(run, order) for order in orders]
    for project_id, wanted in ordered.items():
        _queue(tx, project_id, wanted, now)
    writes.update_runs_any_project(tx, moved, now)
    return True


def _check(tx: Tx, project_id: ProjectId, definition: Definition) -> None:
    rules.check_definition(definition)
    for place, step in enumerate(definition.steps):
        if not isinstance(step, Send):
            continue
        try:
            template = templates.get_template(tx, project_id, step.template_id)
        except templates.TemplateUnknown:
            raise Invalid(
                f"steps[{place}].templateId: there is no template tpl_{step.template_id}."
            ) from None
        if template.channel is not step.channel:
            raise Invalid(
                f"steps[{place}].templateId: tpl_{step.template_id} is for {template.channel}, "
                f"not for {step.channel}."
            )


def _hear(tx: Tx, project_id: ProjectId, heard: Sequence[Place], now: datetime) -> int:
    names = events.find_type_names(tx, project_id, (place.type_id for place in heard))
    started: dict[str, list[Workflow]] = defaultdict(list)
    for workflow in queries.list_active_for_events(tx, project_id, names.values()):
        started[event_rules.name_key(workflow.definition.trigger.event_name)].append(workflow)
    positions = [place.position for place in heard if names[place.type_id] in started]
    entered = 0
    for event in events.list_events_at(tx, project_id, positions) if positions else ():
        if event.contact_id is None or not event_rules.is_live(
            event.occurred_at, event.received_at
        ):
            continue
        for workflow in started[event_rules.name_key(event.name)]:
            if event.received_at >= workflow.listens_since:
                _enter(tx, project_id, workflow, event, now)
                entered += 1
    return entered


def _enter(tx: Tx, project_id: ProjectId, workflow: Workflow, event: Event, now: datetime) -> None:
    assert event.contact_id is not None
    writes.insert_run(
        tx,
        project_id,
        workflow_id=workflow.id,
        version_id=workflow.version_id,
        contact_id=event.contact_id,
        key=f"event:{event.id.hex}",
        # From when it was received: what happened earlier is known only now.
        wake_at=rules.first_due(workflow.definition.steps, event.received_at),
        data=_trigger_data(event),
        now=now,
    )


def _trigger_data(event: Event) -> Mapping[str, object]:
    told = {"name": event.name, "key": event.key, "occurredAt": event.occurred_at.isoformat()}
    return {**event.properties, "event": {**event.properties, **told}}


def _queue(
    tx: Tx, project_id: ProjectId, wanted: Sequence[tuple[Run, Order]], now: datetime
) -> None:
    versions = templates.find_present_versions(
        tx, project_id, sorted({order.template_id for _, order in wanted})
    )
    messages.queue(
        tx,
        project_id,
        [
            NewMessage(
                key=order.key,
                contact_id=run.contact_id,
                channel=order.channel,
                version_id=versions[order.template_id],
                data=run.data,
                workflow_id=run.workflow_id,
                run_id=run.id,
            )
            for run, order in wanted
        ],
        now,
    )
