"""The words of an event in the Reteno vocabulary: its key, its parameters, whom it names."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from beckon.domain.contacts.model import ContactId, Who
from beckon.domain.contacts.rules import check_id
from beckon.domain.events.model import EventId, NewEvent
from beckon.domain.events.rules import check_name
from beckon.kit.addresses import check_email, check_phone
from beckon.kit.refusals import Invalid

KEY_CHARACTERS_MAX = 300
NAME_CHARACTERS_MAX = 100
FORBIDDEN = frozenset("<>;,'\u2019\u2018\"`/\\|^?!")

# Which parameters name the contact; compared without regard to case.
_CONTACT_ID = ("contactid", "contact_id")
_EXTERNAL_ID = ("externalcustomerid",)
_EMAIL = ("email", "emailaddress", "useremail", "contactemail")
_PHONE = ("phone", "sms", "phonenumber")
_NAMING = frozenset((*_CONTACT_ID, *_EXTERNAL_ID, *_EMAIL, *_PHONE))


class Parameter(Struct):
    """One named value; null counts as a value."""

    name: str
    value: Any


def check_characters(text: str, name: str, characters_max: int) -> None:
    """Raise Invalid for a text of another length, or with one of the forbidden characters."""
    if not 0 < len(text) <= characters_max:
        raise Invalid(f"{name} must have 1 to {characters_max} characters.")
    if not FORBIDDEN.isdisjoint(text):
        found = sorted(FORBIDDEN.intersection(text))
        raise Invalid(f"{name} must not hold {' '.join(found)}")


def read_parameters(params: list[Parameter], place: str = "") -> dict[str, Any]:
    """Read parameters as properties. Raises Invalid for a name that is too long or comes twice."""
    properties: dict[str, Any] = {}
    for number, parameter in enumerate(params):
        if not 0 < len(parameter.name) <= NAME_CHARACTERS_MAX:
            raise Invalid(
                f"{place}params[{number}].name must have 1 to {NAME_CHARACTERS_MAX} characters."
            )
        if parameter.name in properties:
            raise Invalid(f"{place}params[{number}].name: '{parameter.name}' is given twice.")
        properties[parameter.name] = parameter.value
    return properties


def read_event(
    event_id: EventId,
    type_key: str,
    key_value: str | int | None,
    properties: Mapping[str, Any],
    *,
    occurred_at: datetime,
    now: datetime,
    place: str = "",
    is_history: bool = False,
) -> NewEvent:
    """Read an event; one of history need not tell what its kind requires.

    Raises Invalid, also where nothing says whom it is about.
    """
    key = None if key_value is None else str(key_value).strip()
    if key:
        check_characters(key, f"{place}keyValue", KEY_CHARACTERS_MAX)
    check_characters(type_key, f"{place}eventTypeKey", NAME_CHARACTERS_MAX)
    who = _who(properties, place) or _who_by_key(key, place)
    return NewEvent(
        id=event_id,
        name=check_name(type_key, f"{place}eventTypeKey"),
        who=who,
        key=key or _default_key(who),
        properties=properties,
        occurred_at=occurred_at,
        received_at=now,
        is_history=is_history,
        is_checked=not is_history,
    )


def _who(properties: Mapping[str, Any], place: str) -> Who | None:
    """Read who is meant from the parameters. Raises Invalid for an address that is none."""
    named = {
        word: _plain(value)
        for name, value in properties.items()
        if (word := name.casefold()) in _NAMING
    }
    if not named:
        return None
    email, phone = _first(named, _EMAIL), _first(named, _PHONE)
    external_id, number = _first(named, _EXTERNAL_ID), _first(named, _CONTACT_ID)
    who = Who(
        contact_id=_number(number),
        external_id=check_id(external_id, f"{place}externalCustomerId") if external_id else None,
        email=_checked(check_email, email, f"{place}params: email"),
        phone=_checked(check_phone, phone, f"{place}params: phone"),
    )
    return None if who == Who() else who


def _who_by_key(key: str | None, place: str) -> Who:
    """Take the event's key for the contact where no parameter names one.

    An address makes one; another name is tried as contact id, external id and phone, in this order.
    """
    if not key:
        raise Invalid(
            f"{place}keyValue is required where no parameter such as email or externalCustomerId "
            "names the contact."
        )
    try:
        return Who(email=check_email(key, f"{place}keyValue"))
    except Invalid:
        return Who(contact_id=_number(key), known_as=key)


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
    return None if value is None else check(value, name)
