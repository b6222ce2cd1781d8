"""The form in which a person is written down, and what it says of them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from beckon.dashboard.visits import Visit
from beckon.domain.contacts import queries, rules
from beckon.domain.contacts.fields import read_value, show_values
from beckon.domain.contacts.model import Contact, Field, Origin, Profile, Who
from beckon.kit import json as strict
from beckon.kit.addresses import check_email, check_phone
from beckon.kit.refusals import Invalid
from beckon.kit.time_zones import check_time_zone

DASHBOARD = Origin("dashboard")
PLAIN = (
    "external_id",
    "first_name",
    "last_name",
    "email",
    "phone",
    "language",
    "time_zone",
    "tags",
    "properties",
)
"""The fields of the form that every project has."""


@dataclass(frozen=True, slots=True)
class Form:
    """What was typed, as it was typed. `properties` is a JSON object, `tags` parted by commas.

    `fields` are the additional fields by their number; `properties` hold what is in none of them.
    """

    external_id: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    language: str = ""
    time_zone: str = ""
    tags: str = ""
    properties: str = "{}"
    fields: Mapping[int, str] = field(default_factory=dict)


EMPTY = Form()


async def read_fields(visit: Visit) -> list[Field]:
    """Read the project's additional fields, each of which the form has."""
    project_id = visit.session.project.id
    return await visit.house.state.read(lambda tx: queries.list_fields(tx, project_id))


def names_of(fields: Sequence[Field]) -> list[str]:
    """Name what the form sends."""
    return [*PLAIN, *(_name(one) for one in fields)]


def form_from(given: Mapping[str, str], fields: Sequence[Field]) -> Form:
    """Take what was sent into a form."""
    plain = {name: given[name] for name in PLAIN}
    return Form(**plain, fields={one.id: given[_name(one)] for one in fields})


def form_of(contact: Contact, fields: Sequence[Field]) -> Form:
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
        properties=json.dumps(others_of(contact, fields), ensure_ascii=False, indent=2),
        fields={one.id: text for one, text in show_values(fields, contact.properties)},
    )


def others_of(contact: Contact, fields: Sequence[Field]) -> dict[str, object]:
    """Give the properties that no additional field shows."""
    shown = {one.key for one, _ in show_values(fields, contact.properties)}
    return {key: value for key, value in contact.properties.items() if key not in shown}


def read_who(form: Form) -> Who:
    """Tell who is meant: by the id, else by an address. Raises Invalid where nobody is."""
    if external_id := form.external_id.strip():
        return Who(external_id=rules.check_id(external_id, "The id"))
    email, phone = _email(form), _phone(form)
    if email is None and phone is None:
        raise Invalid("Give an id, an e-mail address or a phone number: who is it?")
    return Who(email=email, phone=phone)


def read_profile(
    form: Form, shown: Iterable[str], fields: Sequence[Field], known: Mapping[str, object]
) -> Profile:
    """Turn what was typed into a profile; a property of those `shown` that is gone is deleted.

    A field that still shows the value of it that is `known` is left as it is, and so is an address
    that is empty. Raises Invalid in words of the form.
    """
    properties = {**_changed(form, fields, known), **_properties(form.properties)}
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


def _changed(form: Form, fields: Sequence[Field], known: Mapping[str, object]) -> dict[str, object]:
    before = {one.id: text for one, text in show_values(fields, known)}
    typed = [(one, form.fields.get(one.id, "").strip()) for one in fields]
    return {
        one.key: read_value(one, text, one.label or one.key)
        for one, text in typed
        if text != before.get(one.id, "").strip()
    }


def _name(one: Field) -> str:
    return f"field_{one.id}"


def _properties(text: str) -> dict[str, Any]:
    value = strict.read(text.encode()) if text.strip() else {}
    if not isinstance(value, dict):
        raise Invalid('The properties must be a JSON object such as {"plan": "pro"}.')
    return value


def _email(form: Form) -> str | None:
    return check_email(form.email.strip(), "The e-mail address") if form.email.strip() else None


def _phone(form: Form) -> str | None:
    return check_phone(form.phone.strip(), "The phone number") if form.phone.strip() else None
