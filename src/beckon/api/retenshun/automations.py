"""Automations in the Retenshun vocabulary. Inside, an automation is a workflow."""

from msgspec import Struct

from beckon.api.call import Call
from beckon.api.retenshun.automations_rules import (
    RulesWords,
    TriggerWords,
    read_rules,
    read_trigger,
    write_rules,
    write_trigger,
)
from beckon.api.retenshun.automations_tests import read_choice
from beckon.api.retenshun.automations_words import StepWords, read_steps, write_steps
from beckon.api.retenshun.objects import Deleted, Page, read_number
from beckon.api.times import write_moment
from beckon.domain.messages.model import WorkflowId
from beckon.domain.workflows import actions, queries
from beckon.domain.workflows.model import Definition, People, Workflow


class CreateAutomation(Struct, rename="camel"):
    """Body of POST /automations."""

    name: str
    trigger_type: str
    steps: list[StepWords]
    trigger_event: str | None = None
    segment_id: str | None = None
    property: str | None = None
    trigger: TriggerWords | None = None
    rules: RulesWords | None = None
    active: bool = False


class UpdateAutomation(Struct, rename="camel"):
    """Body of PUT and PATCH /automations/:id; what is not given stays.

    `people` says what becomes of those inside: STAY, MOVE to the step of the same id, or LEAVE.
    """

    name: str | None = None
    trigger_type: str | None = None
    trigger_event: str | None = None
    segment_id: str | None = None
    property: str | None = None
    trigger: TriggerWords | None = None
    rules: RulesWords | None = None
    steps: list[StepWords] | None = None
    active: bool | None = None
    people: str = "STAY"


class AutomationsAsked(Page):
    """Query of GET /automations."""

    limit: int = 1000


class AutomationObject(Struct, rename="camel"):
    """A workflow."""

    id: str
    name: str
    trigger_type: str
    trigger_event: str | None
    segment_id: str | None
    property: str | None
    trigger: TriggerWords
    rules: RulesWords
    active: bool
    steps: list[StepWords]
    version: int
    workflow_id: int
    created_at: str
    updated_at: str


class AutomationList(Struct):
    """Reply to GET /automations."""

    automations: list[AutomationObject]
    total: int
    page: int
    limit: int


def create_automation(call: Call, body: CreateAutomation) -> AutomationObject:
    """POST /automations; starts for what comes in from now on, if active."""
    workflow = actions.create(
        call.tx,
        call.project_id,
        name=body.name,
        is_active=body.active,
        definition=read_definition(body),
        now=call.now,
    )
    return automation_object(workflow)


def list_automations(call: Call, query: AutomationsAsked) -> AutomationList:
    """GET /automations, newest first."""
    query.check()
    found = queries.list_workflows(call.tx, call.project_id, offset=query.offset, limit=query.limit)
    return AutomationList(
        [automation_object(workflow) for workflow in found],
        queries.count_workflows(call.tx, call.project_id),
        query.page,
        query.limit,
    )


def get_automation(call: Call, automation_id: str) -> AutomationObject:
    """GET /automations/:id."""
    return automation_object(
        queries.get_workflow(call.tx, call.project_id, read_automation(automation_id))
    )


def update_automation(call: Call, automation_id: str, body: UpdateAutomation) -> AutomationObject:
    """PUT and PATCH /automations/:id; people inside stay as they are, if not told otherwise."""
    number = read_automation(automation_id)
    old = queries.get_workflow(call.tx, call.project_id, number).definition
    workflow = actions.change(
        call.tx,
        call.project_id,
        number,
        name=body.name,
        is_active=body.active,
        definition=_changed(old, body),
        now=call.now,
        people=read_choice(People, body.people, "people"),
    )
    return automation_object(workflow)


def activate_automation(call: Call, automation_id: str) -> AutomationObject:
    """POST /automations/:id/activate."""
    return update_automation(call, automation_id, UpdateAutomation(active=True))


def pause_automation(call: Call, automation_id: str) -> AutomationObject:
    """POST /automations/:id/pause; nobody enters any more, whoever is inside goes on."""
    return update_automation(call, automation_id, UpdateAutomation(active=False))


def delete_automation(call: Call, automation_id: str) -> Deleted:
    """DELETE /automations/:id; whoever is inside stops there."""
    actions.delete(call.tx, call.project_id, read_automation(automation_id), call.now)
    return Deleted()


def read_automation(automation_id: str) -> WorkflowId:
    """Read the number of an automation. Raises Unknown."""
    return WorkflowId(read_number("auto", automation_id, "automation"))


def read_definition(body: CreateAutomation) -> Definition:
    """Read what an automation says. Raises Invalid naming the field."""
    words = body.trigger or TriggerWords()
    return Definition(
        read_trigger(body.trigger_type, body.trigger_event, body.segment_id, body.property, words),
        read_steps(body.steps),
        read_rules(body.rules or RulesWords()),
    )


def automation_object(workflow: Workflow) -> AutomationObject:
    """Show a workflow."""
    definition = workflow.definition
    started = write_trigger(definition.trigger)
    return AutomationObject(
        id=f"auto_{workflow.id}",
        name=workflow.name,
        trigger_type=started.trigger_type,
        trigger_event=started.trigger_event,
        segment_id=started.segment_id,
        property=started.property,
        trigger=started.trigger,
        rules=write_rules(definition.manners),
        active=workflow.is_active,
        steps=write_steps(definition.steps),
        version=workflow.version,
        workflow_id=workflow.id,
        created_at=write_moment(workflow.created_at),
        updated_at=write_moment(workflow.updated_at),
    )


def _changed(old: Definition, body: UpdateAutomation) -> Definition:
    """Put what a body says in the place of what was; what starts it is told as a whole."""
    trigger = old.trigger
    told = (body.trigger_type, body.trigger_event, body.segment_id, body.property, body.trigger)
    if any(part is not None for part in told):
        before = write_trigger(old.trigger)
        trigger = read_trigger(
            body.trigger_type or before.trigger_type,
            before.trigger_event if body.trigger_event is None else body.trigger_event,
            before.segment_id if body.segment_id is None else body.segment_id,
            before.property if body.property is None else body.property,
            body.trigger or before.trigger,
        )
    return Definition(
        trigger,
        old.steps if body.steps is None else read_steps(body.steps),
        old.manners if body.rules is None else read_rules(body.rules),
    )
