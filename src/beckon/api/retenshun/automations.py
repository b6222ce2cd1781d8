"""Automations in the Retenshun vocabulary. Inside, an automation is a workflow."""

from msgspec import Struct

from beckon.api.call import Call
from beckon.api.retenshun.objects import (
    CHANNELS,
    AutomationObject,
    Deleted,
    Page,
    automation_object,
    read_number,
)
from beckon.domain.events.rules import check_name
from beckon.domain.messages.model import WorkflowId
from beckon.domain.templates.model import TemplateId
from beckon.domain.workflows import actions, queries
from beckon.domain.workflows.model import Definition, EventTrigger, Send, Step, Wait
from beckon.kit.refusals import Invalid, Unknown

SENDS = {f"SEND_{name}": channel for name, channel in CHANNELS.items()}


class StepWords(Struct, rename="camel"):
    """One step as it is sent; `delay` in seconds."""

    type: str
    template_id: str | None = None
    delay: int | None = None


class CreateAutomation(Struct, rename="camel"):
    """Body of POST /automations."""

    name: str
    trigger_type: str
    trigger_event: str
    steps: list[StepWords]
    active: bool = False


class UpdateAutomation(Struct, rename="camel"):
    """Body of PUT and PATCH /automations/:id; what is not given stays."""

    name: str | None = None
    trigger_type: str | None = None
    trigger_event: str | None = None
    steps: list[StepWords] | None = None
    active: bool | None = None


class AutomationsAsked(Page):
    """Query of GET /automations."""

    limit: int = 1000


class AutomationList(Struct):
    """Reply to GET /automations."""

    automations: list[AutomationObject]
    total: int
    page: int
    limit: int


def create_automation(call: Call, body: CreateAutomation) -> AutomationObject:
    """POST /automations; starts for events that come in from now on, if active."""
    _check_trigger(body.trigger_type)
    workflow = actions.create(
        call.tx,
        call.project_id,
        name=body.name,
        is_active=body.active,
        definition=Definition(_trigger(body.trigger_event), _steps(body.steps)),
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
    return automation_object(queries.get_workflow(call.tx, call.project_id, _number(automation_id)))


def update_automation(call: Call, automation_id: str, body: UpdateAutomation) -> AutomationObject:
    """PUT and PATCH /automations/:id; people inside stay on the version they started with."""
    number = _number(automation_id)
    old = queries.get_workflow(call.tx, call.project_id, number).definition
    if body.trigger_type is not None:
        _check_trigger(body.trigger_type)
    definition = Definition(
        old.trigger if body.trigger_event is None else _trigger(body.trigger_event),
        old.steps if body.steps is None else _steps(body.steps),
    )
    workflow = actions.change(
        call.tx,
        call.project_id,
        number,
        name=body.name,
        is_active=body.active,
        definition=definition,
        now=call.now,
    )
    return automation_object(workflow)


def delete_automation(call: Call, automation_id: str) -> Deleted:
    """DELETE /automations/:id; whoever is inside stops there."""
    actions.delete(call.tx, call.project_id, _number(automation_id), call.now)
    return Deleted()


def _check_trigger(trigger_type: str) -> None:
    if trigger_type != "EVENT":
        raise Invalid("triggerType must be EVENT.")


def _trigger(event_name: str) -> EventTrigger:
    return EventTrigger(check_name(event_name, "triggerEvent"))


def _steps(steps: list[StepWords]) -> tuple[Step, ...]:
    return tuple(_step(step, f"steps[{place}]") for place, step in enumerate(steps))


def _step(step: StepWords, place: str) -> Step:
    if step.type == "WAIT":
        if step.delay is None:
            raise Invalid(f"{place}.delay is required: how many seconds to wait.")
        return Wait(step.delay)
    if step.type not in SENDS:
        raise Invalid(f"{place}.type must be one of WAIT, {', '.join(SENDS)}.")
    if step.template_id is None:
        raise Invalid(f"{place}.templateId is required.")
    try:
        number = read_number("tpl", step.template_id, "template")
    except Unknown as unknown:
        raise Invalid(f"{place}.templateId: {unknown.message}") from None
    return Send(SENDS[step.type], TemplateId(number), step.delay or 0)


def _number(automation_id: str) -> WorkflowId:
    return WorkflowId(read_number("auto", automation_id, "automation"))
