"""SQL that reads messages. Public: any room above may ask, and gets model values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel, ContactId
from beckon.domain.contacts.tables import contact
from beckon.domain.messages import tables
from beckon.domain.messages.model import Change, Heard, Message, MessageId, State, WorkflowId
from beckon.domain.messages.policies import Policy, Recent, from_stored
from beckon.domain.messages.rules import LANES, LEASE
from beckon.domain.subscriptions.model import Purpose
from beckon.domain.templates.model import TemplateId
from beckon.domain.templates.tables import template_version
from beckon.kit import json
from beckon.kit.clock import from_ms, to_ms
from beckon.kit.refusals import Unknown
from beckon.storage.schema import Line, Tx, count_up_to, run

LIST_MAX = 1000
EVERYBODY = ProjectId(0)
"""Stands for all projects where sending is held."""

_messages = (
    select(tables.message, contact.c.external_id, template_version.c.template_id)
    .join(contact, contact.c.id == tables.message.c.contact_id)
    .outerjoin(template_version, template_version.c.id == tables.message.c.version_id)
)


class MessageUnknown(Unknown):
    """No such message in this project."""

    code = "message_unknown"


@dataclass(frozen=True, slots=True)
class Hold:
    """Nothing leaves since a moment, and why."""

    reason: str
    since: datetime


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


def are_named(
    project_id: ProjectId, ids: Sequence[MessageId]
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Ask for messages of the project by their ids.

    The sum keeps SQLite from reading all of the project, which it takes for a few rows; whoever
    wants them in order sorts by a sum, too.
    """
    return tables.message.c.id.in_(ids), tables.message.c.project_id + 0 == project_id


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


def count_by_state_up_to(tx: Tx, project_id: ProjectId, at_most: int) -> dict[State, int]:
    """Count the project's messages in each state, none beyond a number: what a page can wait for."""
    message = tables.message.c
    counts = {}
    for state in State:
        rows = select(message.position).where(
            message.project_id == project_id, message.state == state
        )
        counts[state] = count_up_to(tx, rows, at_most)
    return counts


def list_changes(tx: Tx, project_id: ProjectId, message_id: MessageId) -> list[Change]:
    """List a message's ledger, first line first; it begins where the message began."""
    created_at = tx.execute(
        select(tables.message.c.created_at).where(
            tables.message.c.project_id == project_id, tables.message.c.id == message_id
        )
    ).scalar_one_or_none()
    if created_at is None:
        return []
    rows = tx.execute(
        select(tables.message_change)
        .where(
            tables.message_change.c.project_id == project_id,
            tables.message_change.c.message_id == message_id,
        )
        .order_by(tables.message_change.c.position)
        .limit(LIST_MAX)
    )
    return [
        Change(State.QUEUED, created_at, None),
        *(Change(State(row.state), row.at, row.reason) for row in rows),
    ]


def list_heard(tx: Tx, project_id: ProjectId, message_id: MessageId) -> set[Heard]:
    """Tell what its provider reported of a message."""
    rows = tx.execute(
        select(tables.message_change.c.heard).where(
            tables.message_change.c.project_id == project_id,
            tables.message_change.c.message_id == message_id,
            tables.message_change.c.heard.is_not(None),
        )
    )
    return {Heard(row.heard) for row in rows}


def find_id_by_provider_id(tx: Tx, project_id: ProjectId, provider_id: str) -> MessageId | None:
    """Find the message that a provider knows under its own name."""
    found = tx.execute(
        select(tables.message.c.id)
        .where(
            tables.message.c.project_id == project_id,
            tables.message.c.provider_id == provider_id,
        )
        .order_by(tables.message.c.position.desc())
        .limit(1)
    ).scalar_one_or_none()
    return None if found is None else MessageId(found)


def list_recent(
    tx: Tx, project_id: ProjectId, ids: Sequence[ContactId], *, since: datetime
) -> dict[ContactId, list[Recent]]:
    """Map people (at most 1,000) to what was handed over to them since a moment.

    What somebody waited for, as a receipt, does not count.
    """
    rows = tx.execute(
        select(
            tables.message.c.contact_id,
            tables.message.c.channel,
            tables.message.c.category,
            tables.message.c.submitted_at,
        ).where(
            tables.message.c.project_id == project_id,
            tables.message.c.contact_id.in_(ids),
            tables.message.c.submitted_at > since,
            tables.message.c.purpose.in_([Purpose.BULK, Purpose.TRIGGERED]),
            # What certainly reached nobody used nothing up.
            tables.message.c.state.not_in([State.FAILED, State.DEAD, State.DEFERRED]),
        )
    )
    recent: dict[ContactId, list[Recent]] = {}
    for row in rows:
        one = Recent(Channel(row.channel), row.category, row.submitted_at)
        recent.setdefault(ContactId(row.contact_id), []).append(one)
    return recent


def count_by_variant(
    tx: Tx, project_id: ProjectId, campaign_id: int
) -> dict[str | None, dict[State, int]]:
    """Count a campaign's messages in each state, variant by variant."""
    rows = tx.execute(
        select(tables.message.c.variant, tables.message.c.state, func.count().label("messages"))
        .where(
            tables.message.c.project_id == project_id, tables.message.c.campaign_id == campaign_id
        )
        .group_by(tables.message.c.variant, tables.message.c.state)
    )
    counted: dict[str | None, dict[State, int]] = {}
    for row in rows:
        counted.setdefault(row.variant, {})[State(row.state)] = row.messages
    return counted


def count_released(tx: Tx, project_id: ProjectId, campaign_id: int, now: datetime) -> int:
    """Count what of a campaign was let go and waits to be handed over for the first time.

    What was deferred, or is to wait for longer than a worker may hold a message, is not on its
    way: it takes nobody's place.
    """
    rows = run(
        tx,
        "SELECT count(*) FROM message WHERE lane = ? AND project_id = ? AND due_at IS NOT NULL "
        "AND due_at <= ? AND campaign_id = ? AND state = 'queued'",
        (LANES[Purpose.BULK], project_id, to_ms(now + LEASE), campaign_id),
    )
    counted: int = rows[0][0]
    return counted


def find_next_due(tx: Tx, project_id: ProjectId, campaign_id: int) -> datetime | None:
    """Tell when the next message of a campaign is planned or due; None where none is left."""
    mine = (
        tables.message.c.project_id == project_id,
        tables.message.c.campaign_id == campaign_id,
    )
    planned = select(func.min(tables.message.c.send_at).label("at")).where(
        *mine, tables.message.c.send_at.is_not(None)
    )
    due = select(func.min(tables.message.c.due_at).label("at")).where(
        *mine,
        tables.message.c.lane == LANES[Purpose.BULK],
        tables.message.c.due_at.is_not(None),
    )
    moments = [tx.execute(query).scalar_one() for query in (planned, due)]
    return min((moment for moment in moments if moment is not None), default=None)


def list_waiting_any_project(tx: Tx, lane: int, now: datetime) -> list[ProjectId]:
    """List the projects with messages of a lane that are due, without reading those messages."""
    rows = run(
        tx,
        "WITH RECURSIVE waiting(project_id) AS ("
        " SELECT min(project_id) FROM message WHERE lane = ? AND due_at IS NOT NULL"
        " UNION ALL"
        " SELECT (SELECT min(m.project_id) FROM message m WHERE m.lane = ?"
        "   AND m.due_at IS NOT NULL AND m.project_id > waiting.project_id)"
        " FROM waiting WHERE waiting.project_id IS NOT NULL) "
        "SELECT project_id FROM waiting WHERE project_id IS NOT NULL AND"
        " (SELECT min(m.due_at) FROM message m WHERE m.lane = ? AND m.due_at IS NOT NULL"
        "   AND m.project_id = waiting.project_id) <= ?",
        (lane, lane, lane, to_ms(now)),
    )
    return [ProjectId(project_id) for (project_id,) in rows]


def count_accepted(
    tx: Tx, project_id: ProjectId, begins_at: datetime, ends_at: datetime
) -> list[tuple[Channel, datetime, int]]:
    """Count what providers took in a period, by channel and quarter of an hour."""
    rows = run(
        tx,
        "SELECT channel, accepted_at / 900000, count(*) FROM message WHERE project_id = ? "
        "AND accepted_at >= ? AND accepted_at < ? GROUP BY channel, accepted_at / 900000",
        [project_id, to_ms(begins_at), to_ms(ends_at)],
    )
    return [(Channel(row[0]), from_ms(row[1] * 900_000), row[2]) for row in rows]


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


def list_holds_any_project(tx: Tx) -> dict[ProjectId, Hold]:
    """List which projects' sending is held, and why; project 0 stands for all of them."""
    rows = run(tx, "SELECT project_id, reason, since FROM sending_hold")
    return {ProjectId(row[0]): Hold(row[1], from_ms(row[2])) for row in rows}


def find_hold(tx: Tx, project_id: ProjectId) -> Hold | None:
    """Tell why nothing of a project leaves; None where it does."""
    row = tx.execute(
        select(tables.sending_hold)
        .where(tables.sending_hold.c.project_id.in_([project_id, EVERYBODY]))
        .order_by(tables.sending_hold.c.project_id)
        .limit(1)
    ).one_or_none()
    return None if row is None else Hold(row.reason, row.since)


def get_policy(tx: Tx, project_id: ProjectId) -> Policy:
    """Give what a project wants of its sending; the ordinary, where it never said."""
    rows = run(tx, "SELECT policy FROM sending_policy WHERE project_id = ?", (project_id,))
    return from_stored(json.stored(rows[0][0])) if rows else Policy()


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
                [
                    State.QUEUED,
                    State.HELD,
                    State.DEFERRED,
                    State.SUBMITTING,
                    State.UNKNOWN,
                    State.DEAD,
                ]
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
