"""Definitions as plain JSON values, the form in which a version is kept."""

from typing import Any, assert_never

from beckon.domain.contacts.model import Channel
from beckon.domain.templates.model import TemplateId
from beckon.domain.workflows.model import Definition, EventTrigger, Send, Step, Wait


def to_stored(definition: Definition) -> dict[str, Any]:
    """Write a definition as plain values."""
    return {
        "trigger": {"event": definition.trigger.event_name},
        "steps": [_step_to_stored(step) for step in definition.steps],
    }


def from_stored(stored: dict[str, Any]) -> Definition:
    """Read what `to_stored` wrote."""
    return Definition(
        EventTrigger(stored["trigger"]["event"]),
        tuple(_step_from_stored(step) for step in stored["steps"]),
    )


def _step_to_stored(step: Step) -> dict[str, Any]:
    match step:
        case Send(channel, template_id, delay_seconds):
            return {"send": channel, "template": template_id, "delay": delay_seconds}
        case Wait(delay_seconds):
            return {"wait": delay_seconds}
        case _:
            assert_never(step)


def _step_from_stored(stored: dict[str, Any]) -> Step:
    if "wait" in stored:
        return Wait(stored["wait"])
    return Send(Channel(stored["send"]), TemplateId(stored["template"]), stored["delay"])
