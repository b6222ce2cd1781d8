"""SQL that reads messages. Public: any room above may ask, and gets model values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel, ContactId
from beckon.domain.contacts.tables import contact
from beckon.domain.messages import tables
from beckon.domain.messages.model import Change, Message, MessageId, State, WorkflowId
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
    """Which messages are asked for; None asks for all."""

    external_id: str | None = None
    channel: Channel | None = None
    state: State | None = None


def get_message(tx: Tx, project_id: ProjectId, message_id: MessageId) -> Message:
    """Return one message of the project. Raises MessageUnknown."""
    found = find_messages(tx, project_id, [message_id])
    if not found:
        raise MessageUnknown("There is no such message.")
    return found[0]


def find_messages(tx: Tx, project_id: ProjectId, ids: Sequence[MessageId]) -> list[Message]:
    """Find those messages that are the project's (at most 1,000 asked), oldest first."""
    rows = tx.execute(
        _messages.where(
            tables.message.c.project_id == project_id, tables.message.c.id.in_(ids)
        ).order_by(tables.message.c.position)
    )
    return [_message(row) for row in rows]


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


def count_by_state(tx: Tx, project_id: ProjectId) -> dict[State, int]:
    """Count the project's messages in each state."""
    rows = tx.execute(
        select(tables.message.c.state, func.count().label("messages"))
        .where(tables.message.c.project_id == project_id)
        .group_by(tables.message.c.state)
    )
    return {State(row.state): row.messages for row in rows}


def list_changes(tx: Tx, project_id: ProjectId, message_id: MessageId) -> list[Change]:
    """List a message's ledger, first line first."""
    rows = tx.execute(
        select(tables.message_change)
        .where(
            tables.message_change.c.project_id == project_id,
            tables.message_change.c.message_id == message_id,
        )
        .order_by(tables.message_change.c.id)
        .limit(LIST_MAX)
    )
    return [Change(State(row.state), row.at, row.reason) for row in rows]


def find_copy(tx: Tx, project_id: ProjectId, message_id: MessageId) -> bytes | None:
    """Find what was handed over for a message, byte for byte; None before its first attempt."""
    content: bytes | None = tx.execute(
        select(tables.message_copy.c.content).where(
            tables.message_copy.c.project_id == project_id,
            tables.message_copy.c.message_id == message_id,
        )
    ).scalar_one_or_none()
    return None if content is None else bytes(content)


def count_waiting_any_project(tx: Tx) -> dict[State, int]:
    """Count messages not at their end, for the operator's metrics."""
    rows = tx.execute(
        select(tables.message.c.state, func.count().label("messages"))
        .where(
            tables.message.c.state.in_(
                [State.QUEUED, State.DEFERRED, State.SUBMITTING, State.UNKNOWN, State.DEAD]
            )
        )
        .group_by(tables.message.c.state)
    )
    return {State(row.state): row.messages for row in rows}


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
        row.provider,
        row.provider_id,
        row.attempts,
        row.due_at,
        row.created_at,
        row.changed_at,
        row.accepted_at,
        row.position,
    )
