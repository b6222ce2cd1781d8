"""What was sent to one contact, in the Reteno vocabulary, the latest first."""

from msgspec import Struct

from beckon.api.call import Call
from beckon.api.reteno.account import MEDIA
from beckon.api.reteno.periods import read_period, write_local, zone_of
from beckon.api.reteno.statuses import status_of
from beckon.api.reteno.wire import find_number
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import AddressKind, Channel, ContactId
from beckon.domain.messages import queries
from beckon.domain.subscriptions.queries import find_done
from beckon.kit.addresses import email_key
from beckon.kit.refusals import Invalid, Unknown

HISTORY_MAX = 100
OFFSET_MAX = 10**6


class HistoryAsked(Struct, rename="camel"):
    """Query of GET /v2/contacts/messages: one contact by one of four names."""

    date_from: str
    date_to: str
    contact_id: str | None = None
    external_customer_id: str | None = None
    email: str | None = None
    phone: str | None = None
    channel_types: str | None = None
    offset: int = 0
    maxrows: int = 10


class MessageRow(Struct, rename="camel", omit_defaults=True):
    """A message that was sent to a contact; `messageId` is 0 where it had words of its own."""

    contact_id: int
    channel_type: str
    sent_date_time: str
    activity_status: str
    message_id: int
    message_instance_id: int
    email: str | None = None
    phone: str | None = None
    subject: str | None = None


def list_messages(call: Call, query: HistoryAsked) -> list[MessageRow]:
    """GET /v2/contacts/messages, the latest first."""
    zone = zone_of(call)
    begins, ends = read_period(query.date_from, query.date_to, zone)
    if not 1 <= query.maxrows <= HISTORY_MAX or not 0 <= query.offset <= OFFSET_MAX:
        raise Invalid(f"maxrows must be from 1 to {HISTORY_MAX}, offset from 0.")
    contact_id = _find_contact(call, query)
    found = queries.list_of_contact(
        call.tx,
        call.project_id,
        contact_id,
        begins_at=begins,
        ends_at=ends,
        channels=_channels(query.channel_types),
        offset=query.offset,
        limit=query.maxrows,
    )
    done = find_done(call.tx, call.project_id, {one.id: contact_id for one in found})
    return [
        MessageRow(
            one.contact_id,
            MEDIA[one.channel],
            write_local(one.created_at, zone),
            status_of(one, done.get(one.id, ())),
            one.template_id or 0,
            one.template_id or 0,
            email=one.address if one.channel is Channel.EMAIL else None,
            phone=one.address if one.channel in (Channel.SMS, Channel.VIBER) else None,
            subject=one.subject,
        )
        for one in found
    ]


def _find_contact(call: Call, query: HistoryAsked) -> ContactId:
    if query.contact_id is not None:
        number = find_number(query.contact_id)
        known = contacts.find_ids(call.tx, call.project_id, [ContactId(number)]) if number else {}
        found = next(iter(known.values()), None)
    elif query.external_customer_id is not None:
        names = contacts.find_ids_by_external_id(
            call.tx, call.project_id, [query.external_customer_id]
        )
        found = next(iter(names.values()), None)
    elif query.email is not None or query.phone is not None:
        kind = AddressKind.PHONE if query.email is None else AddressKind.EMAIL
        key = (query.phone or "").lstrip("+") if query.email is None else email_key(query.email)
        found = contacts.find_id_by_address(call.tx, call.project_id, kind, key)
    else:
        raise Invalid("contactId, externalCustomerId, email or phone is required.")
    if found is None:
        raise Unknown("The contact is not found.")
    return found


def _channels(text: str | None) -> list[Channel]:
    if text is None:
        return list(Channel)
    names = {name: channel for channel, name in MEDIA.items()}
    wanted = [part.strip().lower() for part in text.split(",") if part.strip()]
    for name in wanted:
        if name not in names:
            raise Invalid(f"channelTypes: '{name}' is none of {', '.join(names)}.")
    return [names[name] for name in wanted]
