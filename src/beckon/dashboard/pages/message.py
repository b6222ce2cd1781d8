"""One message: as it looks, as it was sent, and what became of it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as rfc5322
from uuid import UUID

from starlette.responses import HTMLResponse, PlainTextResponse, Response

from beckon.dashboard.pages.messages import (
    find_campaign_names,
    find_recipients,
    find_workflow_names,
)
from beckon.dashboard.visits import EDITORS, Page, Visit, go_to
from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel
from beckon.domain.messages import actions
from beckon.domain.messages import queries as messages
from beckon.domain.messages.model import Change, Message, MessageId, State
from beckon.domain.messages.queries import MessageUnknown
from beckon.domain.messages.rules import REQUEUED
from beckon.domain.subscriptions.model import Activity
from beckon.domain.subscriptions.queries import list_activity
from beckon.domain.subscriptions.tracking import without_pixel
from beckon.storage.schema import Tx

SOURCE_CHARACTERS_MAX = 200_000

# A mail brings its own styles and pictures, and nothing of it may run or reach the dashboard.
PREVIEW_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; "
    "font-src https:; frame-ancestors 'self'"
)
SOURCE_POLICY = "sandbox; default-src 'none'"


@dataclass(frozen=True, slots=True)
class Copy:
    """What was handed over, taken apart; only a mail has a `sender`, `headers` and `html`."""

    text: str
    source: bytes
    sender: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    html: str = ""
    title: str = ""
    link: str = ""


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
    campaign: str | None
    history: list[Entry]
    activity: list[Activity]
    copy: Copy | None


async def show(visit: Visit) -> Response:
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
        campaign=letter.campaign,
        history=letter.history,
        activity=letter.activity,
        copy=letter.copy,
        source=source[:SOURCE_CHARACTERS_MAX],
        is_source_cut=len(source) > SOURCE_CHARACTERS_MAX,
        may_go_again=letter.message.state in REQUEUED and visit.session.role in EDITORS,
    )


async def show_preview(visit: Visit) -> Response:
    """Answer GET /messages/{uuid}/preview: the HTML part, as a document that can do nothing."""
    copy = await _copy(visit)
    html = without_pixel(copy.html, visit.house.base_url)
    return HTMLResponse(html, headers={"content-security-policy": PREVIEW_POLICY})


async def show_source(visit: Visit) -> Response:
    """Answer GET /messages/{uuid}/source: what was handed over, a mail as RFC 5322, else JSON."""
    copy = await _copy(visit)
    ending = "eml" if copy.headers else "json"
    return PlainTextResponse(
        copy.source,
        headers={
            "content-security-policy": SOURCE_POLICY,
            "content-disposition": f'inline; filename="{_id(visit)}.{ending}"',
        },
    )


async def send_again(visit: Visit) -> Response:
    """Answer POST /messages/{uuid}/again: what failed, died, is held or in doubt goes again."""
    visit.check_editor()
    message_id, project_id = _id(visit), visit.session.project.id

    def store(tx: Tx) -> None:
        actions.requeue(tx, project_id, message_id, visit.now)
        visit.note(tx, "message.requeued", message=f"msg_{message_id.hex}")

    await visit.house.state.write(store)
    visit.house.after_write()
    return go_to(f"/messages/{message_id}")


def read_letter(tx: Tx, project_id: ProjectId, message_id: MessageId) -> Letter:
    """Read one message, its copy and its history. Raises MessageUnknown."""
    message = messages.get_message(tx, project_id, message_id)
    content = messages.find_copy(tx, project_id, message_id)
    return Letter(
        message,
        find_recipients(tx, project_id, [message])[message.id],
        find_workflow_names(tx, project_id, [message]).get(message.id),
        find_campaign_names(tx, project_id, [message]).get(message.id),
        _history(messages.list_changes(tx, project_id, message_id)),
        list_activity(tx, project_id, message.contact_id, message_id),
        None if content is None else read_copy(content, message.channel),
    )


def read_copy(content: bytes, channel: Channel) -> Copy:
    """Take apart what is kept: a mail (RFC 5322), or what a short message says, as JSON."""
    return _read_mail(content) if channel is Channel.EMAIL else _read_short(content)


def _read_short(content: bytes) -> Copy:
    said = json.loads(content)
    return Copy(
        text=str(said.get("text", "")),
        source=content,
        title=str(said.get("title", "")),
        link=str(said.get("link_url", "")),
    )


def _read_mail(content: bytes) -> Copy:
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


def _history(changes: Sequence[Change]) -> list[Entry]:
    entries, attempt = [], 0
    for change in changes:
        attempt += change.state is State.SUBMITTING
        entries.append(Entry(change.state, change.at, change.reason, attempt))
    return entries


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
    Page(path="/messages/{uuid}", get=show),
    Page(path="/messages/{uuid}/again", post=send_again),
    Page(path="/messages/{uuid}/preview", get=show_preview),
    Page(path="/messages/{uuid}/source", get=show_source),
)
