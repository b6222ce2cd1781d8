"""Contacts in the Reteno vocabulary: add or update one, read one."""

from typing import Any

from msgspec import Struct, field

from beckon.api.call import Call
from beckon.api.reteno.wire import as_list
from beckon.domain.contacts import actions, queries
from beckon.domain.contacts.model import Contact, ContactId, Profile, Who
from beckon.domain.contacts.rules import check_id, check_name
from beckon.kit import json
from beckon.kit.addresses import check_email, check_phone
from beckon.kit.refusals import Invalid, Unknown
from beckon.kit.time_zones import check_time_zone

_PLACES = ("region", "town", "address", "postcode")


class ChannelWords(Struct):
    """One address; phones are of type sms."""

    type: str
    value: str


class AddressWords(Struct, omit_defaults=True):
    """Where somebody lives."""

    region: str | None = None
    town: str | None = None
    address: str | None = None
    postcode: str | None = None


class ContactWords(Struct, rename="camel"):
    """Body of POST /contact; `channels` may be one object."""

    channels: list[ChannelWords] | ChannelWords | None = None
    first_name: str | None = None
    last_name: str | None = None
    external_customer_id: str | None = None
    address: AddressWords | None = None
    language_code: str | None = None
    time_zone: str | None = None
    fields: Any = None
    groups: Any = None


class ContactTaken(Struct):
    """Reply to POST /contact."""

    id: int


class ContactObject(Struct, rename="camel", omit_defaults=True):
    """A contact as GET /contact/{id} shows it."""

    id: int
    channels: list[ChannelWords]
    first_name: str | None = None
    last_name: str | None = None
    external_customer_id: str | None = None
    address: AddressWords | None = None
    language_code: str | None = None
    time_zone: str | None = None
    fields: list[Any] = field(default_factory=list)
    groups: list[Any] = field(default_factory=list)


def add_contact(call: Call, body: ContactWords) -> ContactTaken:
    """POST /v1/contact; matches by externalCustomerId first, else by e-mail or phone."""
    _refuse_absent(body)
    channels: list[ChannelWords] = as_list(body.channels)
    if not channels:
        raise Invalid("channels must hold at least one channel, as in type email, value a@b.co.")
    email = phone = None
    for place, channel in enumerate(channels):
        name = f"channels[{place}].value"
        if channel.type == "email" and email is None:
            email = check_email(channel.value, name)
        elif channel.type == "sms" and phone is None:
            phone = check_phone(channel.value, name)
        elif channel.type in ("email", "sms"):
            raise Invalid(f"channels[{place}]: a contact has one {channel.type} channel.")
        else:
            raise Invalid(f"channels[{place}].type must be email or sms.")
    external_id = body.external_customer_id
    who = Who(
        external_id=check_id(external_id, "externalCustomerId") if external_id else None,
        email=email,
        phone=phone,
    )
    found = actions.identify(call.tx, call.project_id, who, _profile(body, email, phone), call.now)
    assert found is not None
    return ContactTaken(found)


def get_contact(call: Call, contact_id: str) -> ContactObject:
    """GET /v1/contact/{id}."""
    if not contact_id.isascii() or not contact_id.isdecimal() or len(contact_id) > 18:
        raise Unknown(f"Contact with id='{contact_id}' is not found.")
    return _object(queries.get_contact(call.tx, call.project_id, ContactId(int(contact_id))))


def _refuse_absent(body: ContactWords) -> None:
    """Say what would be lost, rather than lose it."""
    for name in ("fields", "groups"):
        if as_list(getattr(body, name)):
            raise Invalid(f"{name}: not supported by this version of Beckon; leave it out.")


def _profile(body: ContactWords, email: str | None, phone: str | None) -> Profile:
    address = body.address or AddressWords()
    places = {name: getattr(address, name) for name in _PLACES}
    return Profile(
        email=email,
        phone=phone,
        first_name=check_name(body.first_name, "firstName") if body.first_name else None,
        last_name=check_name(body.last_name, "lastName") if body.last_name else None,
        language=check_name(body.language_code, "languageCode") if body.language_code else None,
        time_zone=check_time_zone(body.time_zone, "timeZone") if body.time_zone else None,
        properties={name: value for name, value in places.items() if value is not None},
    )


def _object(contact: Contact) -> ContactObject:
    channels = [
        ChannelWords(kind, value)
        for kind, value in (("email", contact.email), ("sms", contact.phone))
        if value is not None
    ]
    # The other vocabulary may keep anything under these names; only text is a place.
    places = {
        name: value for name in _PLACES if isinstance(value := contact.properties.get(name), str)
    }
    return ContactObject(
        id=contact.id,
        channels=channels,
        first_name=contact.first_name,
        last_name=contact.last_name,
        external_customer_id=contact.external_id,
        address=json.shape(places, AddressWords) if places else None,
        language_code=contact.language,
        time_zone=contact.time_zone,
    )
