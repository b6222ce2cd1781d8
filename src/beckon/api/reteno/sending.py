"""What all single sends of the Reteno vocabulary share: recipients, rows of results, queueing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from msgspec import Struct

from beckon.api.call import Call
from beckon.api.reteno.wire import collapse
from beckon.domain.contacts import actions as contacts
from beckon.domain.contacts.model import Channel, ContactId, Who
from beckon.domain.contacts.rules import API
from beckon.domain.messages import actions
from beckon.domain.messages.model import NewMessage
from beckon.domain.segments.model import SegmentId
from beckon.domain.segments.queries import get_segment, list_members_after
from beckon.domain.subscriptions.queries import list_categories
from beckon.domain.templates.model import TemplateVersionId
from beckon.kit.addresses import check_email, check_phone
from beckon.kit.refusals import Invalid

RECIPIENTS_MAX = 1000
REQUEST_ID_CHARACTERS_MAX = 255
TTL_SECONDS_MAX = 31_536_000

NO_ADDRESS = {
    Channel.EMAIL: "the contact has no e-mail address",
    Channel.SMS: "the contact has no phone number",
    Channel.VIBER: "the contact has no phone number",
}


class SendRow(Struct, rename="camel", omit_defaults=True):
    """What became of one recipient; `requestId` when OK, `message` when ERROR."""

    id: str
    locator: str
    status: str
    request_id: str | None = None
    message: str | None = None


class SendResult(Struct):
    """Reply to every single send; one row stands as an object."""

    id: str
    results: SendRow | list[SendRow]


@dataclass(frozen=True, slots=True)
class Recipient:
    """One recipient of a send: who, where to and with what, or why nothing can go there."""

    locator: str
    who: Who = field(default_factory=Who)
    address: str | None = None
    data: Mapping[str, object] = field(default_factory=dict)
    external_request_id: str | None = None
    language: str | None = None
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Sending:
    """What is sent to all recipients of a call."""

    channel: Channel
    version_id: TemplateVersionId
    sender: str | None = None
    category: str | None = None
    external_request_id: str | None = None
    ttl_seconds: int | None = None


def send(call: Call, sending: Sending, recipients: Sequence[Recipient]) -> SendResult:
    """Queue a message for each recipient there is nothing wrong with; a row for every one."""
    if sending.external_request_id is not None:
        check_request_id(sending.external_request_id, "externalRequestId")
    good = [one for one in recipients if one.fault is None]
    people = contacts.resolve(call.tx, call.project_id, [one.who for one in good], call.now, API)
    assert all(people), "who is named by an address is made, and others were looked up"
    messages = [
        _message(call, sending, one, contact_id)
        for one, contact_id in zip(good, people, strict=True)
        if contact_id is not None
    ]
    ids = iter(actions.queue(call.tx, call.project_id, messages, call.now))
    rows = [
        SendRow("0", one.locator, "OK", request_id=str(next(ids)))
        if one.fault is None
        else SendRow("0", one.locator, "ERROR", message=one.fault)
        for one in recipients
    ]
    return SendResult("0", collapse(rows))


def by_address(channel: Channel, locator: str) -> Recipient:
    """Name a recipient by an e-mail address or a phone number, which need not be known."""
    try:
        if channel is Channel.EMAIL:
            address = check_email(locator, "locator")
            return Recipient(locator, Who(email=address), address)
        phone = check_phone(locator, "locator")
        return Recipient(locator, Who(phone=phone), phone)
    except Invalid:
        what = "email" if channel is Channel.EMAIL else "phone number"
        return Recipient(locator, fault=f"{locator} is not valid {what}")


def in_segment(call: Call, group_id: int) -> list[Recipient]:
    """Name everybody in a segment. Raises Unknown, and Invalid beyond 1,000 people."""
    segment = get_segment(call.tx, call.project_id, SegmentId(group_id))
    members = list_members_after(
        call.tx, call.project_id, segment.id, after=ContactId(0), limit=RECIPIENTS_MAX + 1
    )
    if len(members) > RECIPIENTS_MAX:
        raise Invalid(f"groupId: more than {RECIPIENTS_MAX} contacts; use a broadcast.")
    return [Recipient(str(one.contact_id), Who(contact_id=one.contact_id)) for one in members]


def read_category(call: Call, keys: Sequence[str]) -> str | None:
    """Take the subscription category of a message. Raises Invalid for a key there is none of."""
    known = {one.key for one in list_categories(call.tx, call.project_id)}
    for place, key in enumerate(keys):
        if key not in known:
            raise Invalid(f"subscriptionsKeys[{place}]: there is no category '{key}'.")
    return keys[0] if keys else None


def read_locators(given: Sequence[str], place: str) -> Sequence[str]:
    """Take 1 to 1,000 locators. Raises Invalid."""
    if not 0 < len(given) <= RECIPIENTS_MAX:
        raise Invalid(f"{place} must hold 1 to {RECIPIENTS_MAX} addresses.")
    return given


def check_ttl(seconds: int | None, place: str) -> None:
    """Raise Invalid unless a message may wait from a second to a year."""
    if seconds is not None and not 0 < seconds <= TTL_SECONDS_MAX:
        raise Invalid(f"{place} must be from 1 to {TTL_SECONDS_MAX} seconds.")


def check_request_id(text: str, place: str) -> str:
    """Take the caller's id of a request. Raises Invalid beyond 255 characters."""
    if len(text) > REQUEST_ID_CHARACTERS_MAX:
        raise Invalid(f"{place} must have at most {REQUEST_ID_CHARACTERS_MAX} characters.")
    return text


def _message(
    call: Call, sending: Sending, recipient: Recipient, contact_id: ContactId
) -> NewMessage:
    ttl = sending.ttl_seconds
    return NewMessage(
        key=f"api:{call.new_id().hex}",
        contact_id=contact_id,
        channel=sending.channel,
        version_id=sending.version_id,
        address=recipient.address,
        sender=sending.sender,
        data=recipient.data,
        external_request_id=recipient.external_request_id or sending.external_request_id,
        language=recipient.language,
        category=sending.category,
        expires_at=None if ttl is None else call.now + timedelta(seconds=ttl),
    )
