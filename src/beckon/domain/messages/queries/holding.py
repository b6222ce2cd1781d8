"""Who has something to send, what keeps it back, and what a project wants of its sending."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from beckon.domain.accounts.model import ProjectId
from beckon.domain.messages import tables
from beckon.domain.messages.policies import Policy, from_stored
from beckon.kit import json
from beckon.kit.clock import from_ms, to_ms
from beckon.storage.schema import Tx, run

EVERYBODY = ProjectId(0)
"""Stands for all projects where sending is held."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Nothing leaves since a moment, and why."""

    reason: str
    since: datetime


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
