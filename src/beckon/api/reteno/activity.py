"""What became of messages in the Reteno vocabulary: exports of activity, and one contact's."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from beckon.api.call import Call
from beckon.api.reteno.account import MEDIA
from beckon.api.reteno.statuses import status_of
from beckon.api.reteno.wire import find_number
from beckon.api.times import read_moment
from beckon.domain.accounts.queries import get_project
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import AddressKind, Channel, ContactId
from beckon.domain.messages import queries
from beckon.domain.messages.model import Message, State
from beckon.domain.subscriptions.model import ActivityKind
from beckon.domain.subscriptions.queries import find_done, list_activity
from beckon.domain.templates.queries import find_names
from beckon.kit.addresses import email_key
from beckon.kit.refusals import Invalid, Unknown

ROWS_MAX = 25_000
MESSAGES_AT_ONCE = 500
MONTHS = timedelta(days=92)
HISTORY_MAX = 100
OFFSET_MAX = 10**6

DONE = {
    ActivityKind.OPENED: "READ",
    ActivityKind.CLICKED: "CLICKED",
    ActivityKind.UNSUBSCRIBED: "UNSUBSCRIBED",
}
ENDS = {
    State.ACCEPTED: "DELIVERED",
    State.DELIVERED: "DELIVERED",
    State.BOUNCED: "UNDELIVERED",
    State.FAILED: "UNDELIVERED",
    State.SUPPRESSED: "UNDELIVERED",
    State.DEAD: "UNDELIVERED",
    State.COMPLAINED: "SPAM",
}
STATUSES = ("DELIVERED", "UNDELIVERED", "READ", "UNSUBSCRIBED", "CLICKED", "SPAM")


class ActivityAsked(Struct, rename="camel"):
    """Query of GET /v2/contacts/activity; `offset` is a row's, to go on behind it."""

    date_from: str
    date_to: str
    email: str | None = None
    sms: str | None = None
    activity_status: str | None = None
    offset: str | None = None
    maxrows: int = ROWS_MAX


class ActivityRow(Struct, rename="camel", omit_defaults=True):
    """One thing that became of a message; times are the project's, without a zone."""

    iid: str
    contact_id: int
    media_type: str
    activity_status: str
    activity_date_time: str
    offset: str
    external_request_id: str | None = None
    external_customer_id: str | None = None
    email: str | None = None
    sms: str | None = None
    message_id: int | None = None
    message_name: str | None = None
    status_description: str | None = None
    click_event_link: str | None = None
    workflow_id: int | None = None
    broadcast_id: int | None = None


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


def list_rows(call: Call, query: ActivityAsked) -> list[ActivityRow]:
    """GET /v2/contacts/activity, of messages queued in the period, at most three months."""
    zone = _zone(call)
    begins, ends = _period(query.date_from, query.date_to, zone)
    if not 1 <= query.maxrows <= ROWS_MAX:
        raise Invalid(f"maxrows must be from 1 to {ROWS_MAX}.")
    if query.activity_status is not None and query.activity_status not in STATUSES:
        raise Invalid(f"activityStatus must be one of {', '.join(STATUSES)}.")
    seen = (0, 0) if query.offset is None else _place(query.offset)
    position = max(0, seen[0] - 1)
    rows: list[ActivityRow] = []
    while len(rows) < query.maxrows:
        messages = queries.list_changed(
            call.tx,
            call.project_id,
            begins_at=begins,
            ends_at=ends,
            after=position,
            limit=MESSAGES_AT_ONCE,
        )
        if not messages:
            break
        rows += [
            row
            for row in _rows(call, messages, zone)
            if _place(row.offset) > seen and _is_asked(row, query)
        ]
        position = messages[-1].position
    return rows[: query.maxrows]


def list_messages(call: Call, query: HistoryAsked) -> list[MessageRow]:
    """GET /v2/contacts/messages, the latest first."""
    zone = _zone(call)
    begins, ends = _period(query.date_from, query.date_to, zone)
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
            _written(one.created_at, zone),
            status_of(one, done.get(one.id, ())),
            one.template_id or 0,
            one.template_id or 0,
            email=one.address if one.channel is Channel.EMAIL else None,
            phone=one.address if one.channel in (Channel.SMS, Channel.VIBER) else None,
            subject=one.subject,
        )
        for one in found
    ]


def _rows(call: Call, messages: Sequence[Message], zone: ZoneInfo) -> Iterator[ActivityRow]:
    told = queries.find_told(call.tx, call.project_id, [one.id for one in messages])
    names = find_names(
        call.tx, call.project_id, {one.template_id for one in messages if one.template_id}
    )
    for one in messages:
        request_id, _ = told.get(one.id, (None, None))
        for place, (status, at, reason, link) in enumerate(_became(call, one), 1):
            yield ActivityRow(
                iid=str(one.id),
                contact_id=one.contact_id,
                media_type=MEDIA[one.channel],
                activity_status=status,
                activity_date_time=_written(at, zone),
                offset=f"{one.position}.{place}",
                external_request_id=request_id,
                external_customer_id=one.external_id,
                email=one.address if one.channel is Channel.EMAIL else None,
                sms=one.address if one.channel in (Channel.SMS, Channel.VIBER) else None,
                message_id=one.template_id,
                message_name=names.get(one.template_id) if one.template_id else None,
                status_description=reason,
                click_event_link=link,
                workflow_id=one.workflow_id,
                broadcast_id=one.campaign_id,
            )


def _became(call: Call, message: Message) -> Iterator[tuple[str, datetime, str | None, str | None]]:
    """Tell what became of a message and what its reader did with it, without machines."""
    last = None
    for change in queries.list_changes(call.tx, call.project_id, message.id):
        status = ENDS.get(change.state)
        if status is not None and status != last:
            reason = change.reason if status == "UNDELIVERED" else None
            yield status, change.at, reason, None
            last = status
    if last is None and message.state in ENDS:  # a campaign's message has no line of its own
        yield ENDS[message.state], message.accepted_at or message.changed_at, message.reason, None
    for act in list_activity(call.tx, call.project_id, message.contact_id, message.id):
        if not act.is_machine:
            yield DONE[act.kind], act.at, None, act.link


def _is_asked(row: ActivityRow, query: ActivityAsked) -> bool:
    if query.activity_status is not None and row.activity_status != query.activity_status:
        return False
    if query.email is not None and email_key(row.email or "") != email_key(query.email):
        return False
    return query.sms is None or row.sms == query.sms.strip().lstrip("+")


def _place(offset: str) -> tuple[int, int]:
    """Read where a row stands: its message's position, and which of its rows. Raises Invalid."""
    position, _, number = offset.partition(".")
    found, row = find_number(position), find_number(number)
    if found is None or row is None:
        raise Invalid("offset must be the offset of a row of this list.")
    return found, row


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


def _period(first: str, last: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    begins = _moment(first, "dateFrom", zone, is_end=False)
    ends = _moment(last, "dateTo", zone, is_end=True)
    if ends < begins:
        raise Invalid("dateTo must not lie before dateFrom.")
    if ends - begins > MONTHS:
        raise Invalid("The period must have at most three months.")
    return begins, ends


def _moment(text: str, place: str, zone: ZoneInfo, *, is_end: bool) -> datetime:
    if len(text) > len("2026-03-09"):
        return read_moment(text, place, zone=zone)
    day = read_moment(f"{text}T00:00", place, zone=zone)
    return day + timedelta(days=1, milliseconds=-1) if is_end else day


def _zone(call: Call) -> ZoneInfo:
    return ZoneInfo(get_project(call.tx, call.project_id).time_zone)


def _written(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).replace(tzinfo=None, microsecond=0).isoformat()
