"""What happened to messages and what was handed over."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel, ContactId
from beckon.domain.messages import tables
from beckon.domain.messages.model import Change, Heard, MessageId, State
from beckon.domain.messages.policies import Recent
from beckon.domain.messages.queries.reading import LIST_MAX
from beckon.domain.subscriptions.model import Purpose
from beckon.storage.schema import Tx


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


def find_copy(tx: Tx, project_id: ProjectId, message_id: MessageId) -> bytes | None:
    """Find what was handed over for a message, byte for byte; None before its first attempt."""
    content: bytes | None = tx.execute(
        select(tables.message_copy.c.content).where(
            tables.message_copy.c.project_id == project_id,
            tables.message_copy.c.message_id == message_id,
        )
    ).scalar_one_or_none()
    return None if content is None else bytes(content)
