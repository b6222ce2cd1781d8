"""The words of a contact in the Reteno vocabulary, read into values and shown again."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from msgspec import UNSET, Struct, UnsetType, field

from beckon.api.call import Call
from beckon.api.reteno.wire import as_list, find_number, read_number
from beckon.domain.contacts import queries
from beckon.domain.contacts.actions import begin_fields
from beckon.domain.contacts.fields import read_value, show_values
from beckon.domain.contacts.matching import Entry
from beckon.domain.contacts.model import (
    Channel,
    Contact,
    ContactId,
    Device,
    Field,
    NewDevice,
    Origin,
    Platform,
    Profile,
)
from beckon.domain.contacts.rules import API, check_id, check_name
from beckon.domain.segments.model import Segment, SegmentKind
from beckon.domain.segments.queries import list_segments_of
from beckon.kit import json
from beckon.kit.addresses import check_email, check_phone
from beckon.kit.refusals import Invalid
from beckon.kit.texts import is_line
from beckon.kit.time_zones import check_time_zone

PLACES = ("region", "town", "address", "postcode")
CONTACT_KEY = "contactKey"
TOKEN_CHARACTERS_MAX = 4096
FIELDS_MAX = 200
GROUPS_MAX = 100
CONTACT_FIELDS = frozenset(
    {
        *("firstName", "lastName", "contactKey", "ordersInfo", "languageCode", "timeZone"),
        *("email", "sms", "mobilepush", "webpush", "externalCustomerId", *PLACES),
    }
)
"""What a list of contacts may name to be written."""

_CHANNELS = {
    "email": Channel.EMAIL,
    "sms": Channel.SMS,
    "viber": Channel.SMS,
    "mobilepush": Channel.PUSH,
    "webpush": Channel.WEB_PUSH,
}
_WEB_OS = "web"


class DeviceWords(Struct, rename="camel", omit_defaults=True):
    """The device behind a push token."""

    app_id: str | None = None
    device_model: str | None = None
    os: str | None = None
    locale: str | None = None
    client_version: str | None = None
    app_version: str | None = None
    active: bool | None = None


class WebPushWords(Struct, rename="camel", omit_defaults=True):
    """The browser behind a web push subscription."""

    app_id: int | str | None = None
    user_agent: str | None = None
    user_agent_version: str | None = None
    user_agent_language: str | None = None
    os: str | None = None
    ip: str | None = None
    subscription_page: str | None = None
    sw_active_version: str | None = None


class ChannelWords(Struct, rename="camel", omit_defaults=True):
    """One address; phones are of type sms or viber, tokens of type mobilepush or webpush."""

    type: str
    value: str | int
    device: DeviceWords | None = None
    web_push_subscription: WebPushWords | None = None


class AddressWords(Struct, omit_defaults=True):
    """Where somebody lives."""

    region: str | None = None
    town: str | None = None
    address: str | None = None
    postcode: str | None = None


class FieldWords(Struct):
    """The value of an additional field by the field's number."""

    id: int | str
    value: Any = None


class GroupWords(Struct, omit_defaults=True):
    """A segment somebody is on the list of; a request may name it by number or name."""

    id: int | str | None = None
    name: str | None = None
    type: str | None = None


class ContactWords(Struct, rename="camel"):
    """A contact as a caller tells it; `channels`, `fields` and `groups` may be one object."""

    channels: list[ChannelWords] | ChannelWords | None = None
    first_name: str | None = None
    last_name: str | None = None
    external_customer_id: str | int | None = None
    address: AddressWords | None = None
    language_code: str | None = None
    time_zone: str | None = None
    contact_key: str | int | None = None
    fields: list[FieldWords] | FieldWords | None = None
    groups: list[GroupWords] | GroupWords | None = None
    id: int | str | None = None


class ContactObject(Struct, rename="camel", omit_defaults=True):
    """A contact as it is shown; searches leave some of it out."""

    id: int
    channels: list[ChannelWords]
    address_book_id: int | UnsetType = UNSET
    first_name: str | None = None
    last_name: str | None = None
    external_customer_id: str | None = None
    contact_key: str | None = None
    address: AddressWords | None = None
    language_code: str | None = None
    time_zone: str | None = None
    fields: list[FieldWords] = field(default_factory=list)
    groups: list[GroupWords] = field(default_factory=list)


@dataclass(frozen=True)
class Reader:
    """Reads contacts of one call.

    `wanted` are the fields to be written, None for all; `wanted_fields` likewise the numbers of
    additional ones. `origin` says where addresses come from.
    """

    call: Call
    origin: Origin = API
    wanted: Collection[str] | None = None
    wanted_fields: Collection[int] | None = None

    @cached_property
    def fields(self) -> Mapping[int, Field]:
        """The project's additional fields by number, looked up once one is named."""
        known = begin_fields(self.call.tx, self.call.project_id, self.call.now)
        return {one.id: one for one in known}

    def read(self, words: ContactWords, place: str = "") -> Entry:
        """Read a contact; `place` stands before fields in messages. Raises Invalid."""
        try:
            return self._entry(words)
        except Invalid as fault:
            raise fault.within(place) from None

    def _entry(self, words: ContactWords) -> Entry:
        email, phone, devices = _channels(words)
        named = words.external_customer_id
        external_id = None if named is None else str(named).strip()
        return Entry(
            external_id=check_id(external_id, "externalCustomerId") if external_id else None,
            profile=self._profile(words, email, phone),
            contact_id=None if words.id is None else _contact_id(words.id),
            devices=devices,
            email=email,
            phone=phone,
        )

    def _profile(self, words: ContactWords, email: str | None, phone: str | None) -> Profile:
        zone = self._line(words.time_zone, "timeZone")
        return Profile(
            email=email if self._writes("email") else None,
            phone=phone if self._writes("sms") else None,
            first_name=self._line(words.first_name, "firstName"),
            last_name=self._line(words.last_name, "lastName"),
            language=self._line(words.language_code, "languageCode"),
            time_zone=check_time_zone(zone, "timeZone") if zone else zone,
            properties=self._properties(words),
            origin=self.origin,
        )

    def _writes(self, name: str) -> bool:
        return self.wanted is None or name in self.wanted

    def _line(self, value: str | None, name: str) -> str | None:
        """Read a line; None leaves what is there, empty text takes it away.

        The latter also where a field is listed to be written and has no value.
        """
        if value is None:
            return None if self.wanted is None or name not in self.wanted else ""
        return check_name(value, name) if self._writes(name) else None

    def _properties(self, words: ContactWords) -> dict[str, object]:
        """Read where somebody lives, their key and their additional fields."""
        found: dict[str, object] = {}
        if self.wanted is not None:
            found = {name: None for name in (*PLACES, CONTACT_KEY) if name in self.wanted}
        if words.address is not None:
            for name in PLACES:
                value = getattr(words.address, name)
                if value is not None and self._writes(name):
                    found[name] = _text(value, name)
        if words.contact_key is not None and self._writes(CONTACT_KEY):
            found[CONTACT_KEY] = _text(str(words.contact_key), CONTACT_KEY)
        return found | self._field_values(words) if words.fields else found

    def _field_values(self, words: ContactWords) -> dict[str, object]:
        given = as_list(words.fields)
        if len(given) > FIELDS_MAX:
            raise Invalid(f"fields must hold at most {FIELDS_MAX} fields.")
        found: dict[str, object] = {}
        for number, one in enumerate(given):
            name = f"fields[{number}]"
            field_id = read_number(one.id, f"{name}.id")
            if self.wanted_fields is not None and field_id not in self.wanted_fields:
                continue
            known = self.fields.get(field_id)
            if known is None:
                raise Invalid(f"{name}.id: there is no additional field {field_id}.")
            found[known.key] = read_value(known, one.value, f"{name}.value")
        return found


def _channels(words: ContactWords) -> tuple[str | None, str | None, list[NewDevice]]:
    """Read e-mail address, phone number and devices; one address of a kind. Raises Invalid."""
    email = phone = None
    devices: list[NewDevice] = []
    for number, channel in enumerate(as_list(words.channels)):
        kind = _CHANNELS.get(channel.type)
        if kind is None:
            raise Invalid(f"channels[{number}].type must be one of {', '.join(_CHANNELS)}.")
        try:
            if kind is Channel.EMAIL:
                email = _same(email, check_email(str(channel.value), "value"), "e-mail address")
            elif kind is Channel.SMS:
                phone = _same(phone, check_phone(str(channel.value), "value"), "phone number")
            else:
                devices.append(_device(channel))
        except Invalid as fault:
            raise fault.within(f"channels[{number}].") from None
    return email, phone, devices


def read_groups(words: ContactWords, place: str = "") -> list[str]:
    """Read the names of the segments a contact is to be added to. Raises Invalid."""
    if words.groups is None:
        return []
    groups = as_list(words.groups)
    if len(groups) > GROUPS_MAX:
        raise Invalid(f"{place}groups must hold at most {GROUPS_MAX} segments.")
    for number, group in enumerate(groups):
        if not group.name or not group.name.strip():
            raise Invalid(f"{place}groups[{number}].name is required.")
    return [group.name.strip() for group in groups]


def show_all(
    call: Call, people: Sequence[Contact], *, with_groups: bool = True
) -> list[ContactObject]:
    """Show contacts, in order, with their devices, additional fields and segments."""
    ids = [one.id for one in people]
    fields = queries.list_fields(call.tx, call.project_id)
    devices: dict[ContactId, list[Device]] = {}
    for device in queries.list_devices(call.tx, call.project_id, ids, with_dead=True):
        devices.setdefault(device.contact_id, []).append(device)
    segments = (
        list_segments_of(call.tx, call.project_id, ids, kind=SegmentKind.STATIC)
        if with_groups
        else {}
    )
    return [
        _object(one, fields, devices.get(one.id, ()), segments.get(one.id, ())) for one in people
    ]


def _object(
    contact: Contact,
    fields: Sequence[Field],
    devices: Sequence[Device],
    segments: Sequence[Segment],
) -> ContactObject:
    channels = [
        ChannelWords(kind, value)
        for kind, value in (("email", contact.email), ("sms", contact.phone))
        if value is not None
    ]
    channels += [_device_words(device) for device in devices]
    # The other vocabulary may keep anything under these names; only text is a place.
    places = {
        name: value for name in PLACES if isinstance(value := contact.properties.get(name), str)
    }
    contact_key = contact.properties.get(CONTACT_KEY)
    return ContactObject(
        id=contact.id,
        channels=channels,
        first_name=contact.first_name,
        last_name=contact.last_name,
        external_customer_id=contact.external_id,
        contact_key=contact_key if isinstance(contact_key, str) else None,
        address=json.shape(places, AddressWords) if places else None,
        language_code=contact.language,
        time_zone=contact.time_zone,
        fields=[
            FieldWords(one.id, value) for one, value in show_values(fields, contact.properties)
        ],
        groups=[GroupWords(one.id, one.name, "Static") for one in segments],
    )


def _contact_id(text: str | int) -> ContactId | None:
    found = find_number(text)
    return None if found is None else ContactId(found)


def _same(known: str | None, value: str, what: str) -> str:
    if known is not None and known != value:
        raise Invalid(f"value: a contact has one {what}; this is a second.")
    return value


def _text(value: str, place: str) -> str:
    trimmed = value.strip()
    if len(trimmed) > 1000 or not is_line(trimmed):
        raise Invalid(f"{place} must have at most 1000 characters and no control characters.")
    return trimmed


def _device(channel: ChannelWords) -> NewDevice:
    token = str(channel.value).strip()
    if not 0 < len(token) <= TOKEN_CHARACTERS_MAX or not is_line(token):
        raise Invalid(f"value must have 1 to {TOKEN_CHARACTERS_MAX} printable characters.")
    if channel.type == "webpush":
        told = channel.web_push_subscription or WebPushWords()
        _check_subscription(token)
        app = None if told.app_id is None else str(told.app_id)
        return NewDevice(Platform.WEB, "webpush", token, app=app, details=_told(told))
    if token[0] == "{":  # a subscription, to which no app listens
        raise Invalid("value must be an app's token, which does not begin with a brace.")
    about = channel.device or DeviceWords()
    is_apple = (about.os or "").lower().startswith(("ios", "ipad", "apple"))
    platform = Platform.IOS if is_apple else Platform.ANDROID
    return NewDevice(platform, "fcm", token, app=about.app_id, details=_told(about))


def _check_subscription(token: str) -> None:
    if not token.startswith("{"):
        return
    try:
        subscription = json.read(token.encode())
    except Invalid:
        subscription = None
    if not isinstance(subscription, dict) or not isinstance(subscription.get("endpoint"), str):
        raise Invalid("value must be a token, or a subscription with its endpoint.")


def _told(words: DeviceWords | WebPushWords) -> dict[str, object]:
    return {
        name: value
        for own, name in json.fields_of(type(words)).items()
        if (value := getattr(words, own)) is not None
    }


def _device_words(device: Device) -> ChannelWords:
    if device.platform is Platform.WEB:
        told = json.shape(dict(device.details), WebPushWords)
        return ChannelWords("webpush", device.token, web_push_subscription=told)
    details = {**device.details, "active": device.dead_at is None}
    known = {
        name: details[name] for name in json.fields_of(DeviceWords).values() if name in details
    }
    return ChannelWords("mobilepush", device.token, device=json.shape(known, DeviceWords))
