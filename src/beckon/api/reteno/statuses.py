"""How single messages stand, in the Reteno vocabulary."""

from collections.abc import Collection
from uuid import UUID

from msgspec import Struct

from beckon.api.call import Call
from beckon.api.reteno.wire import collapse, quoted
from beckon.domain.contacts.model import Channel, ContactId
from beckon.domain.messages import queries
from beckon.domain.messages.model import Message, MessageId, State
from beckon.domain.subscriptions.model import ActivityKind
from beckon.domain.subscriptions.queries import find_done
from beckon.domain.subscriptions.rules import UNCONFIRMED, UNSUBSCRIBED
from beckon.kit.refusals import Invalid

IDS_MAX = 1000

# `PENDING`: handed over, no answer known yet. Not every provider reports deliveries back, so what
# one took counts as delivered until it says otherwise.
STATUSES = {
    State.QUEUED: "IN_QUEUE",
    State.HELD: "IN_QUEUE",
    State.SUBMITTING: "IN_QUEUE",
    State.DEFERRED: "IN_QUEUE",
    State.ACCEPTED: "DELIVERED",
    State.DELIVERED: "DELIVERED",
    State.BOUNCED: "UNDELIVERED",
    State.COMPLAINED: "SPAM",
    State.SUPPRESSED: "BLACKLISTED",
    State.CANCELLED: "ERROR",
    State.FAILED: "UNDELIVERED",
    State.DEAD: "ERROR",
    State.UNKNOWN: "PENDING",
}
FAILED = (State.FAILED, State.BOUNCED, State.SUPPRESSED, State.CANCELLED, State.DEAD)
DELIVERED = (State.ACCEPTED, State.DELIVERED, State.COMPLAINED)

_REASONS = {UNSUBSCRIBED: "UNSUBSCRIBED", UNCONFIRMED: "NOT_CONFIRMED"}
_UNDELIVERED = {
    Channel.SMS: "SMS_UNDELIVERED_STATE",
    Channel.VIBER: "VIBER_UNDELIVERED_STATE",
}


class StatusAsked(Struct):
    """Query of GET /message/status: requestIds, comma separated."""

    ids: str


class StatusRow(Struct, rename="camel"):
    """How one message stands; truth values are quoted."""

    status: str
    request_id: str
    failed: str
    delivered: str


class StatusResult(Struct):
    """Reply to GET /message/status; one row stands as an object."""

    results: StatusRow | list[StatusRow]


def get_status(call: Call, query: StatusAsked) -> StatusResult:
    """GET /v1/message/status; unknown ids are left out."""
    asked = [text.strip() for text in query.ids.split(",") if text.strip()]
    if len(asked) > IDS_MAX:
        raise Invalid(f"ids must hold at most {IDS_MAX} ids.")
    ids = [MessageId(found) for text in asked if (found := _uuid(text)) is not None]
    known = {
        message.id: message for message in queries.find_messages(call.tx, call.project_id, ids)
    }
    bearers: dict[UUID, ContactId] = {one.id: one.contact_id for one in known.values()}
    done = find_done(call.tx, call.project_id, bearers) if known else {}
    return StatusResult(
        collapse(
            [
                _row(known[found], done.get(found, ()))
                for found in dict.fromkeys(ids)
                if found in known
            ]
        )
    )


def status_of(message: Message, done: Collection[ActivityKind]) -> str:
    """Say how a message stands: what somebody did with it tells more than that it arrived."""
    if message.state in DELIVERED and message.state is not State.COMPLAINED:
        if ActivityKind.CLICKED in done:
            return "CLICKED"
        if ActivityKind.OPENED in done:
            return "READ"
    if message.state is State.SUPPRESSED:
        return _REASONS.get(message.reason or "", STATUSES[message.state])
    if message.state in (State.FAILED, State.BOUNCED):
        return _UNDELIVERED.get(message.channel, STATUSES[message.state])
    return STATUSES[message.state]


def _row(message: Message, done: Collection[ActivityKind]) -> StatusRow:
    return StatusRow(
        status_of(message, done),
        str(message.id),
        failed=quoted(message.state in FAILED),
        delivered=quoted(message.state in DELIVERED),
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
