"""Stored messages sent to single recipients in the Reteno vocabulary, each with own data."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from msgspec import Struct

from beckon.api.call import Call
from beckon.api.reteno.messages import read_sender
from beckon.api.reteno.sending import (
    NO_ADDRESS,
    Recipient,
    Sending,
    SendResult,
    by_address,
    check_request_id,
    in_segment,
    read_locators,
    send,
)
from beckon.api.reteno.wire import as_list, not_found, path_number, read_number
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import Channel, Contact, ContactId, Who
from beckon.domain.templates.model import Template, TemplateId
from beckon.domain.templates.queries import TemplateUnknown, find_notes, get_template
from beckon.kit import json
from beckon.kit.addresses import check_mailbox
from beckon.kit.ids import digest_of
from beckon.kit.refusals import Invalid

RECIPIENTS_MAX = 1000
LANGUAGE_CHARACTERS_MAX = 35


class RecipientWords(Struct, rename="camel"):
    """A recipient by one of four names, and the data of their own as serialised JSON."""

    locator: str | int | None = None
    contact_id: int | str | None = None
    external_customer_id: str | int | None = None
    email: bool | str | None = None
    json_param: str | dict[str, Any] | None = None
    external_request_id: str | None = None
    language_code: str | None = None


class SmartSendWords(Struct, rename="camel"):
    """Body of POST /message/{id}/smartsend; the channel is that of the stored message."""

    recipients: list[RecipientWords] | RecipientWords
    from_name: str | None = None


class TemplateValue(Struct):
    """A value for `%TEMPLATE.key%`."""

    key: str
    value: Any = None


class SendWords(Struct, rename="camel"):
    """Body of the old POST /message/{id}/send: the same data for everybody."""

    recipients: list[str] | str | None = None
    group_id: int | str | None = None
    contact_id: int | str | None = None
    params: list[TemplateValue] | TemplateValue | None = None
    from_name: str | None = None
    external_request_id: str | None = None


def smart_send(call: Call, stored_id: str, body: SmartSendWords) -> SendResult:
    """POST /v1/message/{id}/smartsend; a row for each recipient, whatever became of it."""
    template = find_template(call, stored_id)
    given = as_list(body.recipients)
    if not 0 < len(given) <= RECIPIENTS_MAX:
        raise Invalid(f"recipients must hold 1 to {RECIPIENTS_MAX} recipients.")
    recipients = [
        _read(call, template.channel, one, f"recipients[{place}]")
        for place, one in enumerate(given)
    ]
    return send(call, _sending(call, template, body.from_name), recipients)


def send_prepared(call: Call, stored_id: str, body: SendWords) -> SendResult:
    """POST /v1/message/{id}/send, the older call; params fill `%TEMPLATE.key%`."""
    template = find_template(call, stored_id)
    sending = replace(
        _sending(call, template, body.from_name), external_request_id=body.external_request_id
    )
    values = {one.key: one.value for one in as_list(body.params)}
    data = {**values, **{f"TEMPLATE.{key}": value for key, value in values.items()}}
    if body.group_id is not None:
        found = in_segment(call, read_number(body.group_id, "groupId"))
    elif body.contact_id is not None:
        words = RecipientWords(contact_id=body.contact_id)
        found = [_read(call, template.channel, words, "contactId")]
    else:
        locators = read_locators(as_list(body.recipients), "recipients")
        found = [_locate(call, template.channel, one) for one in locators]
    return send(call, sending, [replace(one, data=data) for one in found])


def find_template(call: Call, message_id: str) -> Template:
    """Return the stored message a path names. Raises Unknown."""
    number = TemplateId(path_number(message_id, "Message"))
    try:
        return get_template(call.tx, call.project_id, number)
    except TemplateUnknown:
        raise not_found("Message", number) from None


def sender_of(channel: Channel, note: Mapping[str, Any], from_name: str | None) -> str | None:
    """Say whom a stored message comes from; `from_name` replaces the name, never the address."""
    stored = note.get("from")
    if from_name is None or not from_name.strip():
        return stored
    if channel is not Channel.EMAIL:
        return read_sender(from_name)
    if stored is None:
        return None
    name = from_name.strip().replace("\\", "").replace('"', "")
    sender = f'"{name}" <{check_mailbox(stored, "from").address}>'
    check_mailbox(sender, "fromName")
    return sender


def _sending(call: Call, template: Template, from_name: str | None) -> Sending:
    note = find_notes(call.tx, call.project_id, [template.id]).get(template.id, {})
    keys = note.get("subscriptionsKeys") or []
    return Sending(
        template.channel,
        template.version_id,
        sender=sender_of(template.channel, note, from_name),
        category=keys[0] if keys else None,
    )


def _read(call: Call, channel: Channel, words: RecipientWords, place: str) -> Recipient:
    recipient = _name(call, channel, words, place)
    if words.external_request_id is not None:
        check_request_id(words.external_request_id, f"{place}.externalRequestId")
    if len(words.language_code or "") > LANGUAGE_CHARACTERS_MAX:
        raise Invalid(
            f"{place}.languageCode must have at most {LANGUAGE_CHARACTERS_MAX} characters."
        )
    recipient = replace(
        recipient,
        external_request_id=words.external_request_id or None,
        language=words.language_code or None,
    )
    if recipient.fault is not None:
        return recipient
    try:
        return replace(recipient, data=_data(words.json_param))
    except Invalid as fault:
        return replace(recipient, fault=fault.message)


def _data(param: str | dict[str, Any] | None) -> Mapping[str, object]:
    if param is None or param == "":
        return {}
    found = param
    if isinstance(param, str):
        try:
            found = json.read(param.encode("utf-8", "surrogatepass"))
        except Invalid as fault:
            raise Invalid(f"jsonParam: {fault.message}") from None
    if not isinstance(found, dict):
        raise Invalid("jsonParam must be a JSON object.")
    return found


def _name(call: Call, channel: Channel, words: RecipientWords, place: str) -> Recipient:
    if words.contact_id is not None:
        number = ContactId(read_number(words.contact_id, f"{place}.contactId"))
        found = contacts.list_contacts(call.tx, call.project_id, [number])
        return _known(channel, found[0] if found else None, str(words.contact_id))
    external = words.external_customer_id
    if external is not None and str(external).strip():
        name = str(external).strip()
        known = contacts.find_contact_by_external_id(call.tx, call.project_id, name)
        return _known(channel, known, name)
    locator = words.locator
    if locator is None and isinstance(words.email, str):
        locator = words.email
    if locator is None or not str(locator).strip():
        raise Invalid(f"{place}: contactId, externalCustomerId or locator is required.")
    return _locate(call, channel, str(locator).strip())


def _known(channel: Channel, contact: Contact | None, name: str) -> Recipient:
    if contact is None:
        return Recipient(name, fault=f"{name} is not found")
    address = contact.email if channel is Channel.EMAIL else contact.phone
    locator = address or name if channel in NO_ADDRESS else name
    if channel in NO_ADDRESS and address is None:
        return Recipient(name, fault=NO_ADDRESS[channel])
    return Recipient(locator, Who(contact_id=contact.id))


def _locate(call: Call, channel: Channel, locator: str) -> Recipient:
    if channel in NO_ADDRESS:
        return by_address(channel, locator)
    if channel is Channel.IN_APP:
        return Recipient(
            locator, fault="a message in the app needs contactId or externalCustomerId"
        )
    device = contacts.find_device(call.tx, call.project_id, digest_of(locator))
    if device is None or device.platform.channel is not channel:
        return Recipient(locator, fault=f"{locator} is not a known token")
    return Recipient(locator, Who(contact_id=device.contact_id), device.token)
