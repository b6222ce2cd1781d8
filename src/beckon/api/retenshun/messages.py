"""Messages in the Retenshun vocabulary: send one, list, get."""

from collections.abc import Callable
from functools import partial
from typing import Any

from msgspec import Struct, field, structs

from beckon.api.call import Call
from beckon.api.retenshun.objects import (
    Cursored,
    MessageObject,
    message_object,
    read_channel,
    read_number,
    read_uuid,
)
from beckon.api.retenshun.template_words import NewWords, read_words
from beckon.api.retenshun.users import find_user
from beckon.api.times import write_moment, write_moment_or_none
from beckon.domain.accounts.actions import audit
from beckon.domain.contacts.model import Channel
from beckon.domain.messages import actions, queries
from beckon.domain.messages.model import MessageId, NewMessage, State
from beckon.domain.messages.queries import MessageFilter
from beckon.domain.subscriptions.model import ActivityKind, Ask, Purpose
from beckon.domain.subscriptions.queries import list_activity
from beckon.domain.templates import actions as templates
from beckon.domain.templates.model import TemplateId, TemplateVersionId, Text
from beckon.domain.templates.queries import get_template
from beckon.domain.templates.rules import check_text
from beckon.kit.refusals import Invalid, Unknown

_ADDRESSED = (Channel.EMAIL, Channel.SMS, Channel.VIBER)


class SendMessage(Struct, rename="camel"):
    """Body of POST /messages: either `subject` (or `title`) and `body`, or `templateId`.

    `transactional` messages reach those, too, who want no news.
    """

    user_id: str
    channel: str
    subject: str | None = None
    title: str | None = None
    body: str | None = None
    image_url: str | None = None
    link: str | None = None
    button: str | None = None
    template_id: str | None = None
    transactional: bool = False
    data: dict[str, Any] = field(default_factory=dict)


class MessageTaken(Struct):
    """Reply to POST /messages: `sent` means durably accepted for sending.

    `suppressed`: nothing is sent, for nobody may write to the address.
    """

    id: str
    status: str = "sent"


class LedgerLine(Struct):
    """One state a message came into, and why where that is not plain."""

    state: str
    at: str
    reason: str | None


class MessageDetail(MessageObject, rename="camel"):
    """Reply to GET /messages/:id and POST /messages/:id/requeue; what machines did is left out."""

    reason: str | None
    campaign_id: str | None
    delivered_at: str | None
    opened_at: str | None
    clicked_at: str | None
    history: list[LedgerLine]


class MessagesAsked(Cursored, rename="camel"):
    """Query of GET /messages."""

    user_id: str | None = None
    channel: str | None = None


class UserMessagesAsked(Cursored):
    """Query of GET /users/:id/messages."""

    channel: str | None = None


class MessageList(Struct, rename="camel"):
    """Reply to GET /messages and GET /users/:id/messages; `nextCursor` is null at the end."""

    messages: list[MessageObject]
    total: int
    page: int
    limit: int
    next_cursor: str | None


def prepare_message(_: Call, body: SendMessage) -> Callable[[], object] | None:
    """Compile words before their transaction."""
    return None if body.template_id is not None else partial(check_text, _text(body))


def send_message(call: Call, body: SendMessage) -> MessageTaken:
    """POST /messages; subject and body are rendered like a template."""
    channel = read_channel(body.channel)
    assert channel is not None, "a given name is a channel or refused"
    contact = find_user(call, body.user_id)
    if channel is Channel.EMAIL and contact.email is None:
        raise Invalid(f"userId: '{body.user_id}' has no e-mail address.")
    if channel in {Channel.SMS, Channel.VIBER} and contact.phone is None:
        raise Invalid(f"userId: '{body.user_id}' has no phone number.")
    purpose = Purpose.TRANSACTIONAL if body.transactional else Purpose.TRIGGERED
    (message_id,) = actions.queue(
        call.tx,
        call.project_id,
        [
            NewMessage(
                key=f"api:{call.new_id().hex}",
                contact_id=contact.id,
                channel=channel,
                version_id=_version(call, body, channel),
                data=body.data,
                purpose=purpose,
            )
        ],
        call.now,
    )
    address = contact.email if channel is Channel.EMAIL else contact.phone
    refusal = None
    if channel in _ADDRESSED and address is not None:
        ask = Ask(channel, address, contact.id, purpose, None)
        refusal = actions.refuse_unwanted(call.tx, call.project_id, message_id, ask, call.now)
    return MessageTaken(f"msg_{message_id.hex}", "sent" if refusal is None else "suppressed")


def list_messages(call: Call, query: MessagesAsked) -> MessageList:
    """GET /messages, newest first."""
    query.check()
    asked = MessageFilter(external_id=query.user_id, channel=read_channel(query.channel))
    return _show(call, asked, query)


def list_user_messages(call: Call, user_id: str, query: UserMessagesAsked) -> MessageList:
    """GET /users/:id/messages, newest first."""
    query.check()
    asked = MessageFilter(
        contact_id=find_user(call, user_id).id, channel=read_channel(query.channel)
    )
    return _show(call, asked, query)


def _show(call: Call, asked: MessageFilter, query: Cursored) -> MessageList:
    """List messages of a filter as the query asks."""
    before = query.given
    if before is None:
        found = queries.list_messages(
            call.tx, call.project_id, asked, offset=query.offset, limit=query.limit
        )
    else:
        found = queries.list_messages_before(
            call.tx, call.project_id, asked, position=before, limit=query.limit
        )
    return MessageList(
        [message_object(message) for message in found],
        queries.count_messages(call.tx, call.project_id, asked),
        query.page,
        query.limit,
        query.next_of([message.position for message in found]),
    )


def get_message(call: Call, message_id: str) -> MessageDetail:
    """GET /messages/:id: the message, its ledger, and what its reader did."""
    return _detail(call, MessageId(read_uuid("msg", message_id, "message")))


def requeue_message(call: Call, message_id: str) -> MessageDetail:
    """POST /messages/:id/requeue: send what failed, is in doubt, held or suppressed once more."""
    found = MessageId(read_uuid("msg", message_id, "message"))
    actions.requeue(call.tx, call.project_id, found, call.now)
    audit(call.tx, call.project_id, call.actor, "message.requeued", call.now, message=message_id)
    return _detail(call, found)


def _detail(call: Call, message_id: MessageId) -> MessageDetail:
    message = queries.get_message(call.tx, call.project_id, message_id)
    ledger = queries.list_changes(call.tx, call.project_id, message_id)
    done = list_activity(call.tx, call.project_id, message.contact_id, message_id)
    first = {one.kind: one.at for one in reversed(done) if not one.is_machine}
    delivered = [change.at for change in ledger if change.state is State.DELIVERED]
    return MessageDetail(
        **structs.asdict(message_object(message)),
        reason=message.reason,
        campaign_id=None if message.campaign_id is None else f"camp_{message.campaign_id}",
        delivered_at=write_moment(delivered[0]) if delivered else None,
        opened_at=write_moment_or_none(first.get(ActivityKind.OPENED)),
        clicked_at=write_moment_or_none(first.get(ActivityKind.CLICKED)),
        history=[
            LedgerLine(change.state.value, write_moment(change.at), change.reason)
            for change in ledger
        ],
    )


def _version(call: Call, body: SendMessage, channel: Channel) -> TemplateVersionId:
    if body.template_id is None:
        return templates.keep(call.tx, call.project_id, _text(body), call.now)
    given = (body.subject, body.title, body.body, body.image_url, body.link, body.button)
    if any(part is not None for part in given):
        raise Invalid("templateId comes instead of subject and body, not beside them.")
    try:
        number = TemplateId(read_number("tpl", body.template_id, "template"))
        template = get_template(call.tx, call.project_id, number)
    except Unknown as unknown:
        raise Invalid(f"templateId: {unknown.message}") from None
    if template.channel is not channel:
        raise Invalid(f"templateId: that template is for {template.channel.name}.")
    return template.version_id


def _text(body: SendMessage) -> Text:
    if body.body is None:
        raise Invalid("subject and body are required where no templateId is given.")
    return read_words(
        NewWords(
            body=body.body,
            channel=body.channel,
            subject=body.subject,
            title=body.title,
            image_url=body.image_url,
            link=body.link,
            button=body.button,
        )
    )
