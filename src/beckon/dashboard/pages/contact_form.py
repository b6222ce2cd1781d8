"""The form in which a person is written down, and what it says of them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from beckon.domain.contacts import rules
from beckon.domain.contacts.model import Contact, Origin, Profile, Who
from beckon.kit import json as strict
from beckon.kit.addresses import check_email, check_phone
from beckon.kit.refusals import Invalid
from beckon.kit.time_zones import check_time_zone

DASHBOARD = Origin("dashboard")


@dataclass(frozen=True, slots=True)
class Form:
    """What was typed, as it was typed. `properties` is a JSON object, `tags` parted by commas."""

    external_id: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    language: str = ""
    time_zone: str = ""
    tags: str = ""
    properties: str = "{}"

    @classmethod
    def names(cls) -> list[str]:
        """Name the form's fields."""
        return [one.name for one in fields(cls)]


EMPTY = Form()


def form_of(contact: Contact) -> Form:
    """Write a person back into the fields."""
    return Form(
        external_id=contact.external_id or "",
        first_name=contact.first_name or "",
        last_name=contact.last_name or "",
        email=contact.email or "",
        phone=contact.phone or "",
        language=contact.language or "",
        time_zone=contact.time_zone or "",
        tags=", ".join(contact.tags),
        properties=json.dumps(dict(contact.properties), ensure_ascii=False, indent=2),
    )


def read_who(form: Form) -> Who:
    """Tell who is meant: by the id, else by an address. Raises Invalid where nobody is."""
    if external_id := form.external_id.strip():
        return Who(external_id=rules.check_id(external_id, "The id"))
    email, phone = _email(form), _phone(form)
    if email is None and phone is None:
        raise Invalid("Give an id, an e-mail address or a phone number: who is it?")
    return Who(email=email, phone=phone)


def read_profile(form: Form, shown: Iterable[str]) -> Profile:
    """Turn what was typed into a profile; a property of those `shown` that is gone is deleted.

    An empty address leaves the one there is. Raises Invalid in words of the form.
    """
    properties = _properties(form.properties)
    time_zone = form.time_zone.strip()
    return Profile(
        email=_email(form),
        phone=_phone(form),
        first_name=rules.check_name(form.first_name, "The first name"),
        last_name=rules.check_name(form.last_name, "The last name"),
        language=rules.check_name(form.language, "The language"),
        time_zone=check_time_zone(time_zone, "The time zone") if time_zone else "",
        properties={**{key: None for key in shown if key not in properties}, **properties},
        tags=rules.check_tags([tag for tag in form.tags.split(",") if tag.strip()], "tags"),
        origin=DASHBOARD,
    )


def _properties(text: str) -> dict[str, Any]:
    value = strict.read(text.encode()) if text.strip() else {}
    if not isinstance(value, dict):
        raise Invalid('The properties must be a JSON object such as {"plan": "pro"}.')
    return value


def _email(form: Form) -> str | None:
    return check_email(form.email.strip(), "The e-mail address") if form.email.strip() else None


def _phone(form: Form) -> str | None:
    return check_phone(form.phone.strip(), "The phone number") if form.phone.strip() else None
