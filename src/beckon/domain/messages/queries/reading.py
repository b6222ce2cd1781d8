"""Messages themselves, one, many or page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel, ContactId
from beckon.domain.contacts.tables import contact
from beckon.domain.messages import tables
from beckon.domain.messages.model import Message, MessageId, State, WorkflowId
from beckon.domain.messages.spelling import are_named
from beckon.domain.subscriptions.model import Purpose
from beckon.domain.templates.model import TemplateId
from beckon.domain.templates.tables import template_version
from beckon.kit.refusals import Unknown
from beckon.storage.schema import Line, Tx

LIST_MAX = 1000


_messages = (
    select(tables.message, contact.c.external_id, template_version.c.template_id)
    .join(contact, contact.c.id == tables.message.c.contact_id)
    .outerjoin(template_version, template_version.c.id == tables.message.c.version_id)
)


class MessageUnknown(Unknown):
    """No such message in this project."""

    code = "message_unknown"


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """Which messages are asked for; None asks for all. `is_single`: those of no campaign alone."""

    external_id: str | None = None
    channel: Channel | None = None
    state: State | None = None
    contact_id: ContactId | None = None
    is_single: bool = False


def get_message(tx: Tx, project_id: ProjectId, message_id: MessageId) -> Message:
    """Return one message of the project. Raises MessageUnknown."""
    found = find_messages(tx, project_id, [message_id])
    if not found:
        raise MessageUnknown("There is no such message.")
    return found[0]


def find_messages(tx: Tx, project_id: ProjectId, ids: Sequence[MessageId]) -> list[Message]:
    """Find those messages that are the project's (at most 1,000 asked), oldest first."""
    rows = tx.execute(
        _messages.where(*are_named(project_id, ids)).order_by(tables.message.c.position + 0)
    )
    return [_message(row) for row in rows]


def find_message_any_project(tx: Tx, message_id: MessageId) -> Message | None:
    """Find a message whose id itself is the proof of who asks."""
    row = tx.execute(_messages.where(tables.message.c.id == message_id)).one_or_none()
    return None if row is None else _message(row)


def find_ids_by_key(tx: Tx, project_id: ProjectId, keys: Sequence[str]) -> dict[str, MessageId]:
    """Map those keys that are queued already (at most 1,000 asked) to their messages."""
    rows = tx.execute(
        select(tables.message.c.key, tables.message.c.id).where(
            tables.message.c.project_id == project_id, tables.message.c.key.in_(keys)
        )
    )
    return {row.key: MessageId(row.id) for row in rows}


def list_messages(
    tx: Tx, project_id: ProjectId, asked: MessageFilter, *, offset: int, limit: int
) -> list[Message]:
    """List messages, newest first."""
    rows = tx.execute(
        _asked(_messages, project_id, asked)
        .order_by(tables.message.c.position.desc())
        .offset(offset)
        .limit(limit)
    )
    return [_message(row) for row in rows]


def list_messages_before(
    tx: Tx, project_id: ProjectId, asked: MessageFilter, *, position: int | None, limit: int
) -> list[Message]:
    """List messages queued before one of a position, newest first; None starts at the newest."""
    query = _asked(_messages, project_id, asked)
    if position is not None:
        query = query.where(tables.message.c.position < position)
    rows = tx.execute(query.order_by(tables.message.c.position.desc()).limit(limit))
    return [_message(row) for row in rows]


def list_messages_after(
    tx: Tx, project_id: ProjectId, asked: MessageFilter, *, position: int, limit: int
) -> list[Message]:
    """List the messages queued next after one of a position, newest first."""
    query = _asked(_messages, project_id, asked).where(tables.message.c.position > position)
    rows = tx.execute(query.order_by(tables.message.c.position).limit(limit))
    return [_message(row) for row in reversed(rows.all())]


def find_first_message_at(tx: Tx, project_id: ProjectId) -> datetime | None:
    """Tell when the project's first message was queued; None without any."""
    first = select(func.min(tables.message.c.position)).where(
        tables.message.c.project_id == project_id
    )
    return tx.execute(
        select(tables.message.c.created_at).where(
            tables.message.c.project_id == project_id,
            tables.message.c.position == first.scalar_subquery(),
        )
    ).scalar_one_or_none()


def count_messages(tx: Tx, project_id: ProjectId, asked: MessageFilter) -> int:
    """Count the messages a filter asks for."""
    counting = select(func.count()).select_from(
        tables.message.join(contact, contact.c.id == tables.message.c.contact_id)
    )
    counted: int = tx.execute(_asked(counting, project_id, asked)).scalar_one()
    return counted


def list_changed(
    tx: Tx,
    project_id: ProjectId,
    *,
    begins_at: datetime,
    ends_at: datetime,
    after: int,
    limit: int,
) -> list[Message]:
    """List messages queued from one moment to another behind a position, in their order."""
    rows = tx.execute(
        _messages.where(
            tables.message.c.project_id == project_id,
            tables.message.c.position > after,
            tables.message.c.created_at >= begins_at,
            tables.message.c.created_at <= ends_at,
        )
        .order_by(tables.message.c.position)
        .limit(limit)
    )
    return [_message(row) for row in rows]


def list_of_contact(
    tx: Tx,
    project_id: ProjectId,
    contact_id: ContactId,
    *,
    begins_at: datetime,
    ends_at: datetime,
    channels: Sequence[Channel],
    offset: int,
    limit: int,
) -> list[Message]:
    """List what was queued for a person from one moment to another, the latest first."""
    rows = tx.execute(
        _messages.where(
            tables.message.c.project_id == project_id,
            tables.message.c.contact_id == contact_id,
            tables.message.c.created_at >= begins_at,
            tables.message.c.created_at <= ends_at,
            tables.message.c.channel.in_(channels),
        )
        .order_by(tables.message.c.position.desc())
        .offset(offset)
        .limit(limit)
    )
    return [_message(row) for row in rows]


def find_told(
    tx: Tx, project_id: ProjectId, ids: Sequence[MessageId]
) -> dict[MessageId, tuple[str | None, str | None]]:
    """Map messages (at most 1,000 asked) to the caller's id of each and whom it came from."""
    rows = tx.execute(
        select(
            tables.message.c.id, tables.message.c.external_request_id, tables.message.c.sender
        ).where(tables.message.c.project_id == project_id, tables.message.c.id.in_(ids))
    )
    return {MessageId(row.id): (row.external_request_id, row.sender) for row in rows}


def _asked(
    query: Select[*tuple[Any, ...]], project_id: ProjectId, asked: MessageFilter
) -> Select[*tuple[Any, ...]]:
    query = query.where(tables.message.c.project_id == project_id)
    if asked.external_id is not None:
        query = query.where(
            contact.c.project_id == project_id, contact.c.external_id == asked.external_id
        )
    if asked.channel is not None:
        query = query.where(tables.message.c.channel == asked.channel)
    if asked.state is not None:
        query = query.where(tables.message.c.state == asked.state)
    if asked.contact_id is not None:
        query = query.where(tables.message.c.contact_id == asked.contact_id)
    if asked.is_single:
        query = query.where(tables.message.c.campaign_id.is_(None))
    return query


def _message(row: Line) -> Message:
    return Message(
        MessageId(row.id),
        ProjectId(row.project_id),
        ContactId(row.contact_id),
        row.external_id,
        Channel(row.channel),
        State(row.state),
        row.reason,
        row.address,
        row.subject,
        None if row.template_id is None else TemplateId(row.template_id),
        None if row.workflow_id is None else WorkflowId(row.workflow_id),
        row.campaign_id,
        row.variant,
        Purpose(row.purpose),
        row.category,
        row.provider,
        row.provider_id,
        row.attempts,
        row.due_at,
        row.created_at,
        row.changed_at,
        row.accepted_at,
        row.position,
    )
