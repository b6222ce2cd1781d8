"""What became of messages in the Reteno vocabulary, exported row by row."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from beckon.api.call import Call
from beckon.api.reteno.account import MEDIA
from beckon.api.reteno.periods import read_period, write_local, zone_of
from beckon.api.reteno.wire import Rows, find_number
from beckon.domain.contacts.model import Channel
from beckon.domain.messages import queries
from beckon.domain.messages.model import Message, State
from beckon.domain.subscriptions.model import ActivityKind
from beckon.domain.subscriptions.queries import list_activity
from beckon.domain.subscriptions.tracking import LinkKind, Mark, link
from beckon.domain.templates.queries import find_labels
from beckon.kit.addresses import email_key
from beckon.kit.refusals import Invalid
from beckon.kit.signing import Signer

ROWS_MAX = 25_000
MESSAGES_AT_ONCE = 500

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
    web_push_token: str | None = None
    mob_push_token: str | None = None
    message_tag: str | None = None
    activity_status: str | None = None
    offset: str | None = None
    maxrows: int = ROWS_MAX


class OldActivityAsked(Rows, rename="camel"):
    """Query of GET /contactActivity, the older form: rows are counted from `startindex`."""

    date_from: str = ""
    date_to: str = ""
    email: str | None = None
    sms: str | None = None
    message_tag: str | None = None
    activity_status: str | None = None


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
    message_instance_id: int | None = None
    message_name: str | None = None
    message_tag: str | None = None
    web_push_token: str | None = None
    mob_push_token: str | None = None
    from_: str | None = field(default=None, name="from")
    view_message_link: str | None = None
    status_description: str | None = None
    click_event_link: str | None = None
    workflow_id: int | None = None
    broadcast_id: int | None = None


def list_rows(call: Call, query: ActivityAsked) -> list[ActivityRow]:
    """GET /v2/contacts/activity, of messages queued in the period, at most three months."""
    zone = zone_of(call)
    begins, ends = read_period(query.date_from, query.date_to, zone)
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


def list_old_rows(call: Call, query: OldActivityAsked) -> list[ActivityRow]:
    """GET /v1/contactActivity: the same rows as the newer call's, page by page."""
    query.check()
    if not query.date_from or not query.date_to:
        raise Invalid("dateFrom and dateTo are required.")
    wanted = query.offset + query.maxrows
    if wanted > ROWS_MAX:
        raise Invalid(
            f"startindex and maxrows reach beyond {ROWS_MAX} rows; use /v2/contacts/activity."
        )
    asked = ActivityAsked(
        query.date_from,
        query.date_to,
        email=query.email or None,
        sms=query.sms or None,
        message_tag=query.message_tag or None,
        activity_status=query.activity_status or None,
        maxrows=wanted,
    )
    return list_rows(call, asked)[query.offset :]


def _rows(call: Call, messages: Sequence[Message], zone: ZoneInfo) -> Iterator[ActivityRow]:
    told = queries.find_told(call.tx, call.project_id, [one.id for one in messages])
    labels = find_labels(
        call.tx, call.project_id, {one.template_id for one in messages if one.template_id}
    )
    signer = Signer(call.services.vault.derive("links"))
    for one in messages:
        request_id, sender = told.get(one.id, (None, None))
        name, tags = labels.get(one.template_id, (None, ())) if one.template_id else (None, ())
        mark = Mark(one.id, one.project_id, one.contact_id, one.created_at)
        for place, (status, at, reason, target) in enumerate(_became(call, one), 1):
            yield ActivityRow(
                iid=str(one.id),
                contact_id=one.contact_id,
                media_type=MEDIA[one.channel],
                activity_status=status,
                activity_date_time=write_local(at, zone),
                offset=f"{one.position}.{place}",
                external_request_id=request_id,
                external_customer_id=one.external_id,
                email=one.address if one.channel is Channel.EMAIL else None,
                sms=one.address if one.channel in (Channel.SMS, Channel.VIBER) else None,
                message_id=one.template_id,
                message_instance_id=one.template_id,
                message_name=name,
                message_tag=", ".join(tags) or None,
                web_push_token=one.address if one.channel is Channel.WEB_PUSH else None,
                mob_push_token=one.address if one.channel is Channel.PUSH else None,
                from_=sender,
                view_message_link=link(signer, call.services.base_url, mark, LinkKind.VIEW)
                if one.channel is Channel.EMAIL
                else None,
                status_description=reason,
                click_event_link=target,
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
    if query.sms is not None and row.sms != query.sms.strip().lstrip("+"):
        return False
    if query.message_tag and query.message_tag not in (row.message_tag or "").split(", "):
        return False
    if query.web_push_token and row.web_push_token != query.web_push_token:
        return False
    return not query.mob_push_token or row.mob_push_token == query.mob_push_token


def _place(offset: str) -> tuple[int, int]:
    """Read where a row stands: its message's position, and which of its rows. Raises Invalid."""
    position, _, number = offset.partition(".")
    found, row = find_number(position), find_number(number)
    if found is None or row is None:
        raise Invalid("offset must be the offset of a row of this list.")
    return found, row
