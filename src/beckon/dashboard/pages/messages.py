"""Messages: all of a project, and each as it looks, as it was sent, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as rfc5322
from urllib.parse import urlencode
from uuid import UUID

from starlette.responses import HTMLResponse, PlainTextResponse, Response

from beckon.dashboard.visits import Page, Visit
from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import ContactId
from beckon.domain.messages import queries as messages
from beckon.domain.messages.model import Change, Message, MessageId, State
from beckon.domain.messages.queries import MessageFilter, MessageUnknown
from beckon.domain.workflows import queries as workflows
from beckon.kit.refusals import Invalid
from beckon.storage.schema import Tx

ROWS = 50
SOURCE_CHARACTERS_MAX = 200_000

# A mail brings its own styles and pictures, and nothing of it may run or reach the dashboard.
PREVIEW_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; "
    "font-src https:; frame-ancestors 'self'"
)
SOURCE_POLICY = "sandbox; default-src 'none'"


@dataclass(frozen=True, slots=True)
class Row:
    """A message in the list. `subject` is None until it is written out; `at` its last change."""

    uuid: str
    state: State
    recipient: str
    person: str | None
    subject: str | None
    channel: str
    workflow: str | None
    at: datetime
    reason: str | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A page of the list; `newer` and `older` are its neighbours' addresses."""

    messages: list[Row]
    states: list[tuple[State, int]]
    newer: str | None
    older: str | None

    @property
    def total(self) -> int:
        """How many messages there are in all states."""
        return sum(count for _, count in self.states)


@dataclass(frozen=True, slots=True)
class Copy:
    """What was handed over, taken apart."""

    sender: str
    headers: list[tuple[str, str]]
    text: str
    html: str
    source: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a message's history; `attempt` is 0 before the first."""

    state: State
    at: datetime
    reason: str | None
    attempt: int


@dataclass(frozen=True, slots=True)
class Letter:
    """One message with all that is told of it; `copy` is None before its first attempt."""

    message: Message
    recipient: str
    workflow: str | None
    history: list[Entry]
    copy: Copy | None


async def show_list(visit: Visit) -> Response:
    """Answer GET /messages."""
    project_id = visit.session.project.id
    state = _state(visit.asked("state"))
    before, after = visit.asked_number("before"), visit.asked_number("after")
    stretch = await visit.house.state.read(
        lambda tx: read_stretch(tx, project_id, state, before=before, after=after)
    )
    return visit.page(
        "messages.html",
        messages=stretch.messages,
        states=stretch.states,
        state=state,
        total=stretch.total,
        newer=stretch.newer,
        older=stretch.older,
        is_tail=before is None and after is None,
        is_outbox=visit.house.keeps_mail,
    )


async def show_one(visit: Visit) -> Response:
    """Answer GET /messages/{uuid}."""
    message_id = _id(visit)
    project_id = visit.session.project.id
    letter = await visit.house.state.read(lambda tx: read_letter(tx, project_id, message_id))
    source = letter.copy.source.decode("utf-8", "replace") if letter.copy else ""
    return visit.page(
        "message.html",
        message=letter.message,
        uuid=str(letter.message.id),
        recipient=letter.recipient,
        workflow=letter.workflow,
        history=letter.history,
        copy=letter.copy,
        source=source[:SOURCE_CHARACTERS_MAX],
        is_source_cut=len(source) > SOURCE_CHARACTERS_MAX,
    )


async def show_preview(visit: Visit) -> Response:
    """Answer GET /messages/{uuid}/preview: the HTML part, as a document that can do nothing."""
    copy = await _copy(visit)
    return HTMLResponse(copy.html, headers={"content-security-policy": PREVIEW_POLICY})


async def show_source(visit: Visit) -> Response:
    """Answer GET /messages/{uuid}/source: the bytes that were handed over (RFC 5322)."""
    copy = await _copy(visit)
    return PlainTextResponse(
        copy.source,
        headers={
            "content-security-policy": SOURCE_POLICY,
            "content-disposition": f'inline; filename="{_id(visit)}.eml"',
        },
    )


def read_stretch(
    tx: Tx, project_id: ProjectId, state: State | None, *, before: int | None, after: int | None
) -> Stretch:
    """Read a page of the list; from the newest where neither position is given."""
    asked = MessageFilter(state=state)
    rows: list[Message] = []
    if after is not None:
        rows = messages.list_messages_after(tx, project_id, asked, position=after, limit=ROWS)
    if len(rows) < ROWS:  # the newest page is always a full one
        rows = messages.list_messages_before(
            tx, project_id, asked, position=None if after is not None else before, limit=ROWS
        )
    counts = messages.count_by_state(tx, project_id)
    newer, older = _neighbours(tx, project_id, asked, rows)
    return Stretch(
        _rows(tx, project_id, rows),
        [(name, counts.get(name, 0)) for name in State],
        newer,
        older,
    )


def read_letter(tx: Tx, project_id: ProjectId, message_id: MessageId) -> Letter:
    """Read one message, its copy and its history. Raises MessageUnknown."""
    message = messages.get_message(tx, project_id, message_id)
    content = messages.find_copy(tx, project_id, message_id)
    return Letter(
        message,
        _recipients(tx, project_id, [message])[message.id],
        _workflow_names(tx, project_id, [message]).get(message.id),
        _history(messages.list_changes(tx, project_id, message_id)),
        None if content is None else read_copy(content),
    )


def read_copy(content: bytes) -> Copy:
    """Take an RFC 5322 message apart; a part that is not there is ""."""
    mail = message_from_bytes(content, policy=rfc5322)
    assert isinstance(mail, EmailMessage)
    return Copy(
        sender=str(mail["from"] or ""),
        headers=[(name, str(value)) for name, value in mail.items()],
        text=_part(mail, "plain"),
        html=_part(mail, "html"),
        source=content,
    )


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    return "" if part is None else str(part.get_content())


def _neighbours(
    tx: Tx, project_id: ProjectId, asked: MessageFilter, rows: Sequence[Message]
) -> tuple[str | None, str | None]:
    if not rows:
        return None, None
    first, last = rows[0].position, rows[-1].position
    is_newest = not messages.list_messages_after(tx, project_id, asked, position=first, limit=1)
    is_oldest = not messages.list_messages_before(tx, project_id, asked, position=last, limit=1)
    return (
        None if is_newest else _address(asked.state, after=first),
        None if is_oldest else _address(asked.state, before=last),
    )


def _address(state: State | None, **position: int) -> str:
    return f"/messages?{urlencode({**({'state': state} if state else {}), **position})}"


def _rows(tx: Tx, project_id: ProjectId, found: Sequence[Message]) -> list[Row]:
    recipients = _recipients(tx, project_id, found)
    names = _workflow_names(tx, project_id, found)
    return [
        Row(
            str(message.id),
            message.state,
            recipients[message.id],
            message.external_id,
            message.subject,
            message.channel,
            names.get(message.id),
            message.changed_at,
            message.reason,
        )
        for message in found
    ]


def _recipients(tx: Tx, project_id: ProjectId, found: Sequence[Message]) -> dict[MessageId, str]:
    """Tell where each message goes; before it is written out, the person's present address."""
    waiting: set[ContactId] = {message.contact_id for message in found if not message.address}
    people = contacts.list_contacts(tx, project_id, sorted(waiting))
    known = {person.id: person.email or "" for person in people}
    return {message.id: message.address or known.get(message.contact_id, "") for message in found}


def _workflow_names(
    tx: Tx, project_id: ProjectId, found: Sequence[Message]
) -> dict[MessageId, str]:
    ids = {message.workflow_id for message in found if message.workflow_id is not None}
    names = workflows.find_names(tx, project_id, ids)
    return {
        message.id: names[message.workflow_id]
        for message in found
        if message.workflow_id is not None and message.workflow_id in names
    }


def _history(changes: Sequence[Change]) -> list[Entry]:
    entries, attempt = [], 0
    for change in changes:
        attempt += change.state is State.SUBMITTING
        entries.append(Entry(change.state, change.at, change.reason, attempt))
    return entries


def _state(name: str) -> State | None:
    if not name:
        return None
    try:
        return State(name)
    except ValueError:
        raise Invalid("state must be the name of a message's state.") from None


def _id(visit: Visit) -> MessageId:
    try:
        return MessageId(UUID(visit.request.path_params["uuid"]))
    except ValueError:
        raise MessageUnknown("There is no such message.") from None


async def _copy(visit: Visit) -> Copy:
    message_id, project_id = _id(visit), visit.session.project.id
    letter = await visit.house.state.read(lambda tx: read_letter(tx, project_id, message_id))
    if letter.copy is None:
        raise MessageUnknown("This message is not written out yet.")
    return letter.copy


PAGES = (
    Page(path="/messages", get=show_list),
    Page(path="/messages/{uuid}", get=show_one),
    Page(path="/messages/{uuid}/preview", get=show_preview),
    Page(path="/messages/{uuid}/source", get=show_source),
)
