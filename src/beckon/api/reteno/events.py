"""Events in the Reteno vocabulary, versions 1 and 2.

Parameters whose names say so identify the contact; else the key of the event does.
"""

from collections.abc import Callable
from typing import Any

from msgspec import Struct, field

from beckon.api.call import Edge, Intake
from beckon.domain.contacts.model import ContactId, Who
from beckon.domain.contacts.rules import check_id
from beckon.domain.events.model import EventId, NewEvent
from beckon.domain.events.rules import check_name
from beckon.kit.addresses import check_email, check_phone, is_email
from beckon.kit.refusals import Invalid

KEY_CHARACTERS_MAX = 300
NAME_CHARACTERS_MAX = 100
FORBIDDEN = frozenset("<>;,'\u2019\u2018\"`/\\|^?!")

# Which parameters name the contact; compared without regard to case.
_CONTACT_ID = ("contactid", "contact_id")
_EXTERNAL_ID = ("externalcustomerid",)
_EMAIL = ("email", "emailaddress", "useremail", "contactemail")
_PHONE = ("phone", "sms", "phonenumber")


class Parameter(Struct):
    """One named value; null counts as a value."""

    name: str
    value: Any


class EventWords(Struct, rename="camel"):
    """Body of POST /v1/event and POST /v2/event."""

    event_type_key: str
    key_value: str | int | None = None
    params: list[Parameter] | None = field(default=None)


def generate_v1(edge: Edge, body: EventWords) -> Intake[None]:
    """POST /v1/event; values are text, numbers and truth values."""
    for place, parameter in enumerate(body.params or []):
        if isinstance(parameter.value, dict | list):
            raise Invalid(
                f"params[{place}].value must be a string, a number or true or false; "
                "send nested JSON to /api/v2/event."
            )
    return _intake(edge, body)


def generate_v2(edge: Edge, body: EventWords) -> Intake[None]:
    """POST /v2/event; values are any JSON."""
    return _intake(edge, body)


def _intake(edge: Edge, body: EventWords) -> Intake[None]:
    properties = _properties(body.params or [])
    key = None if body.key_value is None else str(body.key_value).strip()
    if key:
        _check_characters(key, "keyValue", KEY_CHARACTERS_MAX)
    _check_characters(body.event_type_key, "eventTypeKey", NAME_CHARACTERS_MAX)
    who = _who(properties) or _who_by_key(key)
    if not key:
        key = _default_key(who)
    event = NewEvent(
        id=EventId(edge.new_id()),
        name=check_name(body.event_type_key, "eventTypeKey"),
        who=who,
        key=key,
        properties=properties,
        occurred_at=edge.now,
        received_at=edge.now,
    )
    return Intake([event], lambda _: None)


def _properties(params: list[Parameter]) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for place, parameter in enumerate(params):
        if not 0 < len(parameter.name) <= NAME_CHARACTERS_MAX:
            raise Invalid(f"params[{place}].name must have 1 to {NAME_CHARACTERS_MAX} characters.")
        if parameter.name in properties:
            raise Invalid(f"params[{place}].name: '{parameter.name}' is given twice.")
        properties[parameter.name] = parameter.value
    return properties


def _who(properties: dict[str, Any]) -> Who | None:
    """Read who is meant from the parameters. Raises Invalid for an address that is none."""
    named = {name.casefold(): _plain(value) for name, value in properties.items()}
    email, phone = _first(named, _EMAIL), _first(named, _PHONE)
    external_id, number = _first(named, _EXTERNAL_ID), _first(named, _CONTACT_ID)
    who = Who(
        contact_id=_number(number),
        external_id=check_id(external_id, "externalCustomerId") if external_id else None,
        email=_checked(check_email, email, "email"),
        phone=_checked(check_phone, phone, "phone"),
    )
    return None if who == Who() else who


def _who_by_key(key: str | None) -> Who:
    """Take the event's key for the contact where no parameter names one: as the texts do."""
    if not key:
        raise Invalid(
            "keyValue is required where no parameter such as email or externalCustomerId "
            "names the contact."
        )
    if is_email(key):
        return Who(email=check_email(key, "keyValue"))
    return Who(contact_id=_number(key))


def _default_key(who: Who) -> str | None:
    named = (who.contact_id, who.external_id, who.email, who.phone)
    return next((str(name) for name in named if name is not None), None)


def _first(named: dict[str, str | None], names: tuple[str, ...]) -> str | None:
    return next((value for name in names if (value := named.get(name))), None)


def _plain(value: object) -> str | None:
    """Read an identifying value as text; empty, blank and "null" count as not given."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value).strip()
    return None if text.casefold() == "null" else text or None


def _number(text: str | None) -> ContactId | None:
    if text is None or not text.isascii() or not text.isdecimal() or len(text) > 18:
        return None
    return ContactId(int(text))


def _checked(check: Callable[[str, str], str], value: str | None, name: str) -> str | None:
    return None if value is None else check(value, f"params: {name}")


def _check_characters(text: str, name: str, characters_max: int) -> None:
    if not 0 < len(text) <= characters_max:
        raise Invalid(f"{name} must have 1 to {characters_max} characters.")
    found = sorted(FORBIDDEN.intersection(text))
    if found:
        raise Invalid(f"{name} must not hold {' '.join(found)}")
