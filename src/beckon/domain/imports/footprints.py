"""SQL that tells what an import did to people from what was done to them since.

Somebody is untouched while the log of changes has no line about them behind the import's last, and
they did nothing: no event but the import's own, no order, no opening or click of a message.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, case, distinct, exists, func, select

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import ChangeKind, ContactId
from beckon.domain.contacts.tables import contact_change
from beckon.domain.events.tables import event
from beckon.domain.imports.model import ImportId, Outlook, Row, Undo
from beckon.domain.imports.tables import (
    contact_import_place,
    contact_import_row,
    contact_import_undo,
)
from beckon.domain.orders.tables import purchase
from beckon.domain.segments.model import SegmentId
from beckon.domain.segments.tables import segment_member
from beckon.domain.subscriptions.tables import message_activity
from beckon.storage.schema import Line, Tx, run


def find_last_change(tx: Tx) -> int:
    """Tell how far the log of changes is, of whichever project."""
    last: int | None = tx.execute(select(func.max(contact_change.c.position))).scalar_one()
    return last or 0


def mark(
    tx: Tx,
    project_id: ProjectId,
    people: Sequence[tuple[int, str, ContactId]],
    *,
    since: int,
) -> list[Row]:
    """Say of people (place, what they were matched by, number) what the import did to each.

    `since` is what `find_last_change` said before, in the same transaction, which holds the
    project's people alone. Of several rows of somebody new the first made them.
    """
    seen, made = _find_changes(tx, project_id, since)
    events = _find_last_events(tx, project_id, made)
    rows = []
    for place, matched_by, contact_id in people:
        is_new = contact_id in made
        last, happened = seen.get(contact_id), events.get(contact_id)
        rows.append(Row(place, contact_id, matched_by, is_new, last, happened))
        made.discard(contact_id)
    return rows


def look_ahead(tx: Tx, project_id: ProjectId, import_id: ImportId) -> Outlook:
    """Count what an undo would do now. Looks at every row, so it takes a while for large lists."""
    rows = contact_import_row.c
    own = (rows.project_id == project_id) & (rows.import_id == import_id)
    everybody, made = tx.execute(
        select(
            func.count(distinct(rows.contact_id)),
            func.coalesce(func.sum(case((rows.is_new.is_(True), 1), else_=0)), 0),
        ).where(own)
    ).one()
    untouched = tx.execute(
        select(func.count()).where(own, rows.is_new.is_(True), _is_untouched())
    ).scalar_one()
    standing = _standing(project_id, import_id).with_only_columns(func.count())
    places = tx.execute(standing).scalar_one()
    return Outlook(made=made, untouched=untouched, known=everybody - made, places=places)


def list_people(
    tx: Tx, project_id: ProjectId, import_id: ImportId, *, first: int, limit: int
) -> list[tuple[int, ContactId]]:
    """List a stretch of an import from a place on: the places taken, and by whom."""
    rows = contact_import_row.c
    found = tx.execute(
        select(rows.place, rows.contact_id)
        .where(rows.project_id == project_id, rows.import_id == import_id, rows.place >= first)
        .order_by(rows.place)
        .limit(limit)
    )
    return [(row.place, ContactId(row.contact_id)) for row in found]


def count_places(tx: Tx, project_id: ProjectId, import_id: ImportId) -> int:
    """Tell the place behind the last of an import."""
    rows = contact_import_row.c
    last: int | None = tx.execute(
        select(func.max(rows.place)).where(
            rows.project_id == project_id, rows.import_id == import_id
        )
    ).scalar_one()
    return 0 if last is None else last + 1


def find_untouched(
    tx: Tx, project_id: ProjectId, import_id: ImportId, ids: Collection[ContactId]
) -> list[ContactId]:
    """Tell which of these people the import made and nothing touched since, by number."""
    rows = contact_import_row.c
    found = tx.execute(
        select(rows.contact_id)
        .where(
            rows.project_id == project_id,
            rows.import_id == import_id,
            rows.contact_id.in_(ids),
            rows.is_new.is_(True),
            _is_untouched(),
        )
        .order_by(rows.contact_id)
    )
    return [ContactId(row.contact_id) for row in found]


def find_places(
    tx: Tx, project_id: ProjectId, import_id: ImportId, ids: Collection[ContactId]
) -> dict[SegmentId, list[ContactId]]:
    """Tell who of these people still has which place that the import gave them, by list."""
    places = contact_import_place.c
    asked = _standing(project_id, import_id).where(places.contact_id.in_(ids))
    found: dict[SegmentId, list[ContactId]] = {}
    for row in tx.execute(asked.order_by(places.segment_id, places.contact_id)):
        found.setdefault(SegmentId(row.segment_id), []).append(ContactId(row.contact_id))
    return found


def find_undo(tx: Tx, project_id: ProjectId, import_id: ImportId) -> Undo | None:
    """Find the undo of an import, done or on its way."""
    table = contact_import_undo
    row = tx.execute(
        select(table).where(table.c.project_id == project_id, table.c.import_id == import_id)
    ).one_or_none()
    return None if row is None else _undo(row)


def find_undos(tx: Tx, project_id: ProjectId, ids: Collection[ImportId]) -> dict[ImportId, Undo]:
    """Find the undos of several imports; those without one are left out."""
    table = contact_import_undo
    rows = tx.execute(
        select(table).where(table.c.project_id == project_id, table.c.import_id.in_(ids))
    )
    return {ImportId(row.import_id): _undo(row) for row in rows}


def find_open_undo_any_project(tx: Tx) -> Undo | None:
    """Find the undo that was asked for first of those on their way."""
    table = contact_import_undo
    row = tx.execute(
        select(table).where(table.c.ended_at.is_(None)).order_by(table.c.at).limit(1)
    ).one_or_none()
    return None if row is None else _undo(row)


def _find_changes(
    tx: Tx, project_id: ProjectId, since: int
) -> tuple[dict[ContactId, int], set[ContactId]]:
    """Map who changed since to the last line about each; the second are those who came to be."""
    # The plus keeps both stores from walking all of the project's lines instead of the last ones.
    lines = run(
        tx,
        "SELECT contact_id, position, kind FROM contact_change "
        "WHERE position > ? AND +project_id = ? ORDER BY position",
        [since, project_id],
    )
    made = {ContactId(line[0]) for line in lines if line[2] == ChangeKind.CREATED}
    return {ContactId(line[0]): line[1] for line in lines}, made


def _find_last_events(
    tx: Tx, project_id: ProjectId, made: Collection[ContactId]
) -> dict[ContactId, int]:
    """Map people who came to be in this transaction to the last line about each who has one."""
    if not made:
        return {}
    # The project's people are held alone: whoever has a number between theirs is one of them.
    rows = run(
        tx,
        "SELECT contact_id, max(position) FROM event "
        "WHERE project_id = ? AND contact_id BETWEEN ? AND ? GROUP BY contact_id",
        [project_id, min(made), max(made)],
    )
    return {ContactId(row[0]): row[1] for row in rows}


def _is_untouched() -> ColumnElement[bool]:
    """Ask of a row of somebody new whether nothing happened to them since."""
    rows, later = contact_import_row.c, contact_import_row.alias()
    seen = (
        select(func.max(later.c.changes_seen))
        .where(
            later.c.project_id == rows.project_id,
            later.c.contact_id == rows.contact_id,
            later.c.import_id == rows.import_id,
        )
        .correlate(contact_import_row)
        .scalar_subquery()
    )
    log, happened, opened = contact_change.c, event.c, message_activity.c
    return and_(
        ~exists().where(
            log.project_id == rows.project_id,
            log.contact_id == rows.contact_id,
            log.position > seen,
        ),
        ~exists().where(
            happened.project_id == rows.project_id,
            happened.contact_id == rows.contact_id,
            happened.position > func.coalesce(rows.events_seen, 0),
        ),
        ~exists().where(
            purchase.c.project_id == rows.project_id,
            purchase.c.contact_id == rows.contact_id,
        ),
        ~exists().where(
            opened.project_id == rows.project_id,
            opened.contact_id == rows.contact_id,
            opened.is_machine.is_(False),
        ),
    )


def _standing(project_id: ProjectId, import_id: ImportId) -> Select[tuple[int, int, datetime]]:
    """Ask for places that people have had ever since the import gave them."""
    places, members = contact_import_place.c, segment_member.c
    return (
        select(places.segment_id, places.contact_id, places.since)
        .join(
            segment_member,
            (members.project_id == places.project_id)
            & (members.segment_id == places.segment_id)
            & (members.contact_id == places.contact_id),
        )
        .where(
            places.project_id == project_id,
            places.import_id == import_id,
            members.until.is_(None),
            members.since == places.since,
        )
    )


def _undo(row: Line) -> Undo:
    return Undo(
        ImportId(row.import_id),
        ProjectId(row.project_id),
        row.actor,
        row.at,
        row.place,
        row.removed,
        row.taken_off,
        row.ended_at,
    )
