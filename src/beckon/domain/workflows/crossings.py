"""SQL that reads who entered and left segments, and whose places people took. Public."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import ContactId
from beckon.domain.contacts.tables import contact
from beckon.domain.segments.tables import membership_change, segment_member
from beckon.domain.workflows.triggers import Side, Signal, segment_key
from beckon.storage.log_readers import Cursor
from beckon.storage.schema import Line, Tx, is_after, log_order

CHUNK = 500


class Crossing(NamedTuple):
    """Somebody entered or left a segment, as its log tells it."""

    cursor: Cursor
    project_id: ProjectId
    segment_id: int
    side: Side
    signal: Signal


def list_crossings_after_any_project(tx: Tx, cursor: Cursor, *, limit: int) -> list[Crossing]:
    """Read who entered and left segments forward from a cursor."""
    rows = tx.execute(
        select(membership_change)
        .where(is_after(tx, membership_change, epoch=cursor.epoch, position=cursor.position))
        .order_by(*log_order(tx, membership_change))
        .limit(limit)
    )
    return [_crossing(row) for row in rows]


def find_places_taken(
    tx: Tx, project_id: ProjectId, segment_ids: Iterable[int], people: Iterable[ContactId]
) -> dict[tuple[int, ContactId], datetime]:
    """Map segments and people to since when a person is there a visitor who stood in it then."""
    found: dict[tuple[int, ContactId], datetime] = {}
    wanted = sorted(set(people))
    segments = sorted(set(segment_ids))
    for start in range(0, len(wanted), CHUNK):
        rows = tx.execute(
            select(segment_member.c.segment_id, contact.c.merged_into, contact.c.deleted_at)
            .join(contact, contact.c.id == segment_member.c.contact_id)
            .where(
                contact.c.project_id == project_id,
                contact.c.merged_into.in_(wanted[start : start + CHUNK]),
                segment_member.c.project_id == project_id,
                segment_member.c.segment_id.in_(segments),
                segment_member.c.until.is_(None) | (segment_member.c.until >= contact.c.deleted_at),
            )
        )
        for row in rows:
            found[row.segment_id, ContactId(row.merged_into)] = row.deleted_at
    return found


def has_entered_since(tx: Tx, project_id: ProjectId, one: Crossing, since: datetime) -> bool:
    """Tell whether somebody entered a segment before this crossing, but since a moment."""
    log = membership_change
    before = (
        select(log.c.position)
        .where(
            log.c.project_id == project_id,
            log.c.contact_id == one.signal.contact_id,
            log.c.segment_id == one.segment_id,
            log.c.has_entered,
            log.c.at >= since,
            log.c.position < one.cursor.position,
        )
        .limit(1)
    )
    return tx.execute(before).first() is not None


def _crossing(row: Line) -> Crossing:
    side = Side.ENTERED if row.has_entered else Side.LEFT
    signal = Signal(
        f"crossing:{row.position}",
        (segment_key(row.segment_id, side),),
        ContactId(row.contact_id),
        row.at,
        {"segment": {"id": row.segment_id, "side": side.value}},
    )
    cursor = Cursor(row.epoch, row.position)
    return Crossing(cursor, ProjectId(row.project_id), row.segment_id, side, signal)
