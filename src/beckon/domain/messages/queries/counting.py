"""How many messages there are, by state, campaign and time."""

from datetime import datetime

from sqlalchemy import func, select

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel
from beckon.domain.messages import tables
from beckon.domain.messages.model import State
from beckon.domain.messages.rules import LANES, LEASE
from beckon.domain.subscriptions.model import Purpose
from beckon.kit.clock import from_ms, to_ms
from beckon.storage.schema import Tx, count_up_to, run


def count_by_state(tx: Tx, project_id: ProjectId) -> dict[State, int]:
    """Count the project's messages in each state."""
    rows = tx.execute(
        select(tables.message.c.state, func.count().label("messages"))
        .where(tables.message.c.project_id == project_id)
        .group_by(tables.message.c.state)
    )
    return {State(row.state): row.messages for row in rows}


def count_by_state_up_to(tx: Tx, project_id: ProjectId, at_most: int) -> dict[State, int]:
    """Count the project's messages in each state, none beyond a number: a page waits for it."""
    message = tables.message.c
    counts = {}
    for state in State:
        rows = select(message.position).where(
            message.project_id == project_id, message.state == state
        )
        counts[state] = count_up_to(tx, rows, at_most)
    return counts


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
