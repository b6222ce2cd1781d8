"""Users in the Retenshun vocabulary: create, get, update. Inside, a user is a contact."""

from typing import Any

from msgspec import UNSET, Struct, UnsetType, field

from beckon.api.call import Call
from beckon.api.retenshun.objects import UserObject, either, read_number, user_object
from beckon.domain.contacts import actions, queries
from beckon.domain.contacts.model import Contact, ContactId, Who
from beckon.domain.contacts.rules import check_id, read_profile
from beckon.kit.refusals import Invalid


class CreateUser(Struct, rename="camel"):
    """Body of POST /users."""

    id: str | None = None
    user_id: str | None = None
    email: str | None = None
    phone: str | None = None
    properties: dict[str, Any] = field(default_factory=dict)


class UpdateUser(Struct):
    """Body of PUT and PATCH /users/:id; what is not given stays, a null property goes."""

    email: str | UnsetType = UNSET
    phone: str | UnsetType = UNSET
    properties: dict[str, Any] = field(default_factory=dict)


def create_user(call: Call, body: CreateUser) -> UserObject:
    """POST /users; a known id is updated."""
    external_id = either(body.id, body.user_id, "id and userId")
    if external_id is None:
        raise Invalid("id is required.")
    traits = {**body.properties, **_given(email=body.email, phone=body.phone)}
    found = actions.identify(
        call.tx,
        call.project_id,
        Who(external_id=check_id(external_id, "id")),
        read_profile(traits, "properties."),
        call.now,
    )
    assert found is not None
    return user_object(queries.get_contact(call.tx, call.project_id, found))


def get_user(call: Call, user_id: str) -> UserObject:
    """GET /users/:id."""
    return user_object(find_user(call, user_id))


def update_user(call: Call, user_id: str, body: UpdateUser) -> UserObject:
    """PUT and PATCH /users/:id; properties are merged key by key."""
    contact = find_user(call, user_id)
    email = None if body.email is UNSET else body.email
    phone = None if body.phone is UNSET else body.phone
    traits = {**body.properties, **_given(email=email, phone=phone)}
    profile = read_profile(traits, "properties.")
    actions.change(call.tx, call.project_id, contact.id, profile, call.now)
    return user_object(queries.get_contact(call.tx, call.project_id, contact.id))


def find_user(call: Call, user_id: str) -> Contact:
    """Find who is meant by the caller's id or contact_<number>. Raises ContactUnknown."""
    found = queries.find_contact_by_external_id(call.tx, call.project_id, user_id)
    if found is not None:
        return found
    if not user_id.startswith("contact_"):
        raise queries.ContactUnknown(f"There is no user '{user_id}'.")
    number = ContactId(read_number("contact", user_id, "user"))
    return queries.get_contact(call.tx, call.project_id, number)


def _given(**values: str | None) -> dict[str, str]:
    return {name: value for name, value in values.items() if value is not None}
