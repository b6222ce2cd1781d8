"""Single messages in the Reteno vocabulary: send an e-mail, ask how it stands."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from msgspec import Struct

from beckon.api.call import Call
from beckon.api.reteno.wire import collapse, quoted
from beckon.domain.contacts import actions as contacts
from beckon.domain.contacts.model import Channel, Who
from beckon.domain.messages import actions, queries
from beckon.domain.messages.model import Message, MessageId, NewMessage, State
from beckon.domain.templates import actions as templates
from beckon.domain.templates.model import Language, Text
from beckon.domain.templates.rules import check_text
from beckon.kit.addresses import check_email, check_mailbox
from beckon.kit.refusals import Invalid

RECIPIENTS_MAX = 1000
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


class EmailWords(
    Struct,
    rename={
        "from_": "from",
        "html_text": "htmlText",
        "plain_text": "plainText",
        "external_request_id": "externalRequestId",
        "skip_personalisation": "skipPersonalisation",
    },
):
    """Body of POST /message/email; tags, links and the like are not read yet."""

    from_: str
    subject: str
    html_text: str
    emails: list[str] | str
    plain_text: str | None = None
    external_request_id: str | None = None
    skip_personalisation: bool = False


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


def prepare_email(_: Call, body: EmailWords) -> Callable[[], object]:
    """Compile words before their transaction."""
    return partial(check_text, _text(body))


def send_email(call: Call, body: EmailWords) -> SendResult:
    """POST /v1/message/email; queued at once, one message for each address that is one.

    The words are Velocity unless `skipPersonalisation` is true; a fault is a 400 with its place.
    """
    check_mailbox(body.from_, "from")
    emails = [body.emails] if isinstance(body.emails, str) else body.emails
    if not 0 < len(emails) <= RECIPIENTS_MAX:
        raise Invalid(f"emails must hold 1 to {RECIPIENTS_MAX} addresses.")
    addresses = [_check(email) for email in emails]
    ids = iter(_queue(call, body, [address for address in addresses if address is not None]))
    rows = [
        SendRow("0", email, "ERROR", message=f"{email} is not valid email")
        if address is None
        else SendRow("0", email, "OK", request_id=str(next(ids)))
        for email, address in zip(emails, addresses, strict=True)
    ]
    return SendResult("0", _collapse(rows))


def get_status(call: Call, query: StatusAsked) -> StatusResult:
    """GET /v1/message/status; unknown ids are left out."""
    asked = [text.strip() for text in query.ids.split(",") if text.strip()]
    if len(asked) > IDS_MAX:
        raise Invalid(f"ids must hold at most {IDS_MAX} ids.")
    ids = [MessageId(found) for text in asked if (found := _uuid(text)) is not None]
    known = {
        message.id: message for message in queries.find_messages(call.tx, call.project_id, ids)
    }
    rows = [_status_row(known[found]) for found in dict.fromkeys(ids) if found in known]
    return StatusResult(_collapse(rows))


def _queue(call: Call, body: EmailWords, addresses: Sequence[str]) -> list[MessageId]:
    """Queue the same words to each address; they are kept once."""
    version_id = templates.keep(call.tx, call.project_id, _text(body), call.now)
    people = contacts.resolve(
        call.tx, call.project_id, [Who(email=address) for address in addresses], call.now
    )
    wanted = []
    for contact_id, address in zip(people, addresses, strict=True):
        assert contact_id is not None, "an address always names somebody"
        new = NewMessage(
            key=f"api:{call.new_id().hex}",
            contact_id=contact_id,
            channel=Channel.EMAIL,
            version_id=version_id,
            address=address,
            sender=body.from_,
            external_request_id=body.external_request_id,
        )
        wanted.append(new)
    return actions.queue(call.tx, call.project_id, wanted, call.now)


def _text(body: EmailWords) -> Text:
    """Take the words as Velocity that prints values as they are, like the original."""
    language = Language.PLAIN if body.skip_personalisation else Language.VELOCITY
    return Text(language, body.subject, body.html_text, body.plain_text, escapes=False)


def _check(email: str) -> str | None:
    try:
        return check_email(email, "emails")
    except Invalid:
        return None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _status_row(message: Message) -> StatusRow:
    return StatusRow(
        STATUSES[message.state],
        str(message.id),
        failed=quoted(message.state in FAILED),
        delivered=quoted(message.state in DELIVERED),
    )


def _collapse(rows: list[Any]) -> Any:  # noqa: ANN401 - rows of either reply
    return collapse(rows)
