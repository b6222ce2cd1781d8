"""Events in the Reteno vocabulary, versions 1 to 3.

Parameters whose names say so identify the contact; else the key of the event does.
"""

from typing import Any

from msgspec import Struct, field

from beckon.api.call import Edge, Intake
from beckon.api.reteno.event_words import (
    NAME_CHARACTERS_MAX,
    Parameter,
    read_event,
    read_parameters,
)
from beckon.domain.events.model import EventId
from beckon.kit.refusals import Invalid


class EventWords(Struct, rename="camel"):
    """Body of POST /v1/event and POST /v2/event."""

    event_type_key: str
    key_value: str | int | None = None
    params: list[Parameter] | None = field(default=None)


class FlatEventWords(Struct, rename="camel"):
    """Body of POST /v3/event: parameters by their names."""

    event_type_key: str
    key_value: str | int | None = None
    params: dict[str, Any] | None = None


def generate_v1(edge: Edge, body: EventWords) -> Intake[None]:
    """POST /v1/event; values are text, numbers and truth values."""
    for place, parameter in enumerate(body.params or []):
        if isinstance(parameter.value, dict | list):
            raise Invalid(
                f"params[{place}].value must be a string, a number or true or false; "
                "send nested JSON to /api/v2/event."
            )
    return _intake(edge, body, read_parameters(body.params or []))


def generate_v2(edge: Edge, body: EventWords) -> Intake[None]:
    """POST /v2/event; values are any JSON."""
    return _intake(edge, body, read_parameters(body.params or []))


def generate_v3(edge: Edge, body: FlatEventWords) -> Intake[None]:
    """POST /v3/event; parameters stand in one object, values are any JSON."""
    properties = body.params or {}
    for name in properties:
        if not 0 < len(name) <= NAME_CHARACTERS_MAX:
            raise Invalid(f"params: a name must have 1 to {NAME_CHARACTERS_MAX} characters.")
    return _intake(edge, body, properties)


def _intake(
    edge: Edge, body: EventWords | FlatEventWords, properties: dict[str, Any]
) -> Intake[None]:
    event = read_event(
        EventId(edge.new_id()),
        body.event_type_key,
        body.key_value,
        properties,
        occurred_at=edge.now,
        now=edge.now,
    )
    return Intake([event], lambda _: None)
