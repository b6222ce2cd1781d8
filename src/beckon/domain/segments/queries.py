"""SQL that reads segments and who is in them. Public: any room above may ask."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select, union_all

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel, ContactId
from beckon.domain.messages.tables import message, message_change
from beckon.domain.segments import tables
from beckon.domain.segments.facts import Recorded
from beckon.domain.segments.model import Membership, Segment, SegmentId, SegmentKind
from beckon.domain.segments.parsing import parse
from beckon.domain.segments.spans import day_of
from beckon.domain.subscriptions.tables import message_activity
from beckon.domain.templates.tables import template_version
from beckon.kit.refusals import Unknown
from beckon.storage.schema import Line, Tx

LIST_MAX = 1000
OUTCOMES_MAX = 10_000
QUEUED = "queued"

_segments = select(tables.segment).where(tables.segment.c.deleted_at.is_(None))


class SegmentUnknown(Unknown):
    """No such segment in this project."""

    code = "segment_unknown"


def get_segment(tx: Tx, project_id: ProjectId, segment_id: SegmentId) -> Segment:
    """Return one segment of the project. Raises SegmentUnknown."""
    row = tx.execute(
        _segments.where(
            tables.segment.c.project_id == project_id, tables.segment.c.id == segment_id
        )
    ).one_or_none()
    if row is None:
        raise SegmentUnknown(f"There is no segment seg_{segment_id}.")
    return _segment(row)


def find_segment_by_name(
    tx: Tx, project_id: ProjectId, name: str, kind: SegmentKind
) -> Segment | None:
    """Find the oldest segment of a kind that bears a name."""
    row = tx.execute(
        _segments.where(
            tables.segment.c.project_id == project_id,
            tables.segment.c.name == name,
            tables.segment.c.kind == kind,
        )
        .order_by(tables.segment.c.id)
        .limit(1)
    ).one_or_none()
    return None if row is None else _segment(row)


def list_segments(
    tx: Tx, project_id: ProjectId, *, kind: SegmentKind | None = None, offset: int, limit: int
) -> list[Segment]:
    """List segments, newest first."""
    query = _segments.where(tables.segment.c.project_id == project_id)
    if kind is not None:
        query = query.where(tables.segment.c.kind == kind)
    rows = tx.execute(query.order_by(tables.segment.c.id.desc()).offset(offset).limit(limit))
    return [_segment(row) for row in rows]


def list_names(
    tx: Tx, project_id: ProjectId, *, kind: SegmentKind | None = None, limit: int
) -> list[tuple[SegmentId, str]]:
    """List segments with their names, newest first; all, or only those of a kind."""
    query = select(tables.segment.c.id, tables.segment.c.name).where(
        tables.segment.c.project_id == project_id, tables.segment.c.deleted_at.is_(None)
    )
    if kind is not None:
        query = query.where(tables.segment.c.kind == kind)
    rows = tx.execute(query.order_by(tables.segment.c.id.desc()).limit(limit))
    return [(SegmentId(row.id), row.name) for row in rows]


def find_segments(tx: Tx, project_id: ProjectId, ids: Sequence[SegmentId]) -> list[Segment]:
    """Find those of these segments (at most 1,000) that are known and not deleted, newest first."""
    rows = tx.execute(
        _segments.where(
            tables.segment.c.project_id == project_id, tables.segment.c.id.in_(ids)
        ).order_by(tables.segment.c.id.desc())
    )
    return [_segment(row) for row in rows]


def list_dynamic_any_project(tx: Tx) -> list[Segment]:
    """List every rule that is kept up to date, in the order in which they were made."""
    rows = tx.execute(
        _segments.where(tables.segment.c.kind == SegmentKind.DYNAMIC).order_by(tables.segment.c.id)
    )
    return [_segment(row) for row in rows]


def list_growth(
    tx: Tx, project_id: ProjectId, ids: Sequence[SegmentId], *, now: datetime, days: int
) -> dict[SegmentId, list[int]]:
    """Tell how many were in each of these segments (at most 1,000) at the end of each day.

    So many days, of UTC, that of `now` the last; before a segment was made nobody was in it.
    """
    sizes, today = tables.segment_size.c, day_of(now)
    known: dict[SegmentId, dict[int, int]] = {one: {} for one in ids}
    rows = tx.execute(
        select(sizes.segment_id, sizes.day, sizes.members)
        .where(sizes.project_id == project_id, sizes.segment_id.in_(ids))
        .order_by(sizes.segment_id, sizes.day)
    )
    for row in rows:
        known[SegmentId(row.segment_id)][row.day] = row.members
    return {one: _fill(sized, today - days + 1, today) for one, sized in known.items()}


def has_due_any_project(tx: Tx, now: datetime) -> bool:
    """Tell whether a segment is to be asked of everybody by now."""
    due = select(tables.segment.c.id).where(
        tables.segment.c.due_at <= now, tables.segment.c.deleted_at.is_(None)
    )
    return tx.execute(due.limit(1)).one_or_none() is not None


def find_refresher_any_project(tx: Tx) -> str | None:
    """Tell which worker keeps segments up to date just now."""
    return tx.execute(select(tables.segment_refresher.c.holder)).scalar_one_or_none()


def list_lists_of(
    tx: Tx, project_id: ProjectId, ids: Sequence[ContactId]
) -> list[tuple[SegmentId, ContactId]]:
    """List on which lists these people (at most 10,000) stand."""
    members = tables.segment_member
    rows = tx.execute(
        select(members.c.segment_id, members.c.contact_id)
        .join(tables.segment, tables.segment.c.id == members.c.segment_id)
        .where(
            members.c.project_id == project_id,
            members.c.contact_id.in_(ids),
            members.c.until.is_(None),
            tables.segment.c.kind == SegmentKind.STATIC,
            tables.segment.c.deleted_at.is_(None),
        )
        .order_by(members.c.segment_id, members.c.contact_id)
    )
    return [(SegmentId(row.segment_id), ContactId(row.contact_id)) for row in rows]


def count_segments(tx: Tx, project_id: ProjectId, *, kind: SegmentKind | None = None) -> int:
    """Count the project's segments."""
    query = _segments.where(tables.segment.c.project_id == project_id)
    if kind is not None:
        query = query.where(tables.segment.c.kind == kind)
    return tx.execute(select(func.count()).select_from(query.subquery())).scalar_one()


def find_names(tx: Tx, project_id: ProjectId, ids: Iterable[SegmentId]) -> dict[SegmentId, str]:
    """Map segments of the project (at most 1,000 asked, deleted ones too) to their names."""
    rows = tx.execute(
        select(tables.segment.c.id, tables.segment.c.name).where(
            tables.segment.c.project_id == project_id, tables.segment.c.id.in_(sorted(set(ids)))
        )
    )
    return {SegmentId(row.id): row.name for row in rows}


def list_members_after(
    tx: Tx,
    project_id: ProjectId,
    segment_id: SegmentId,
    *,
    after: ContactId,
    limit: int,
    offset: int = 0,
) -> list[Membership]:
    """List who is in a segment behind a contact number, in its order."""
    members = tables.segment_member
    rows = tx.execute(
        select(members)
        .where(
            members.c.project_id == project_id,
            members.c.segment_id == segment_id,
            members.c.contact_id > after,
            members.c.until.is_(None),
        )
        .order_by(members.c.contact_id)
        .offset(offset)
        .limit(limit)
    )
    return [_membership(row) for row in rows]


def find_members(
    tx: Tx, project_id: ProjectId, segment_id: SegmentId, ids: Sequence[ContactId]
) -> set[ContactId]:
    """Tell which of these people (at most 10,000) are in a segment; nobody is in a deleted one."""
    members = tables.segment_member
    rows = tx.execute(
        select(members.c.contact_id)
        .join(tables.segment, tables.segment.c.id == members.c.segment_id)
        .where(
            members.c.project_id == project_id,
            members.c.segment_id == segment_id,
            members.c.contact_id.in_(ids),
            members.c.until.is_(None),
            tables.segment.c.deleted_at.is_(None),
        )
    )
    return {ContactId(row.contact_id) for row in rows}


def list_of_contact(tx: Tx, project_id: ProjectId, contact_id: ContactId) -> list[Membership]:
    """List the segments a person is in, by number, at most 1,000; deleted ones are left out."""
    members = tables.segment_member
    rows = tx.execute(
        select(members)
        .join(tables.segment, tables.segment.c.id == members.c.segment_id)
        .where(
            members.c.project_id == project_id,
            members.c.contact_id == contact_id,
            members.c.until.is_(None),
            tables.segment.c.deleted_at.is_(None),
        )
        .order_by(members.c.segment_id)
        .limit(LIST_MAX)
    )
    return [_membership(row) for row in rows]


def list_segments_of(
    tx: Tx, project_id: ProjectId, ids: Sequence[ContactId], *, kind: SegmentKind
) -> dict[ContactId, list[Segment]]:
    """Map those of these people (at most 1,000) who are in segments of a kind to these."""
    members = tables.segment_member
    rows = tx.execute(
        select(members.c.contact_id, members.c.segment_id)
        .join(tables.segment, tables.segment.c.id == members.c.segment_id)
        .where(
            members.c.project_id == project_id,
            members.c.contact_id.in_(ids),
            members.c.until.is_(None),
            tables.segment.c.kind == kind,
            tables.segment.c.deleted_at.is_(None),
        )
        .order_by(members.c.segment_id)
    ).all()
    known = {
        one.id: one
        for one in map(
            _segment,
            tx.execute(
                _segments.where(
                    tables.segment.c.project_id == project_id,
                    tables.segment.c.id.in_(sorted({row.segment_id for row in rows})),
                )
            ),
        )
    }
    found: dict[ContactId, list[Segment]] = {}
    for row in rows:
        segment = known[SegmentId(row.segment_id)]
        found.setdefault(ContactId(row.contact_id), []).append(segment)
    return found


def list_members(
    tx: Tx,
    project_id: ProjectId,
    segment_id: SegmentId,
    *,
    by_joining: bool,
    descending: bool,
    offset: int,
    limit: int,
) -> list[ContactId]:
    """List who is in a segment by number, or by when they came to be in it."""
    members = tables.segment_member.c
    order = [members.since, members.contact_id] if by_joining else [members.contact_id]
    rows = tx.execute(
        select(members.contact_id)
        .where(
            members.project_id == project_id,
            members.segment_id == segment_id,
            members.until.is_(None),
        )
        .order_by(*(column.desc() if descending else column for column in order))
        .offset(offset)
        .limit(limit)
    )
    return [ContactId(row.contact_id) for row in rows]


def search_segments(
    tx: Tx, project_id: ProjectId, part: str, *, offset: int, limit: int
) -> tuple[list[Segment], int]:
    """List the segments whose names hold a part in any case, by number, and count them."""
    names = tx.execute(
        select(tables.segment.c.id, tables.segment.c.name)
        .where(tables.segment.c.project_id == project_id, tables.segment.c.deleted_at.is_(None))
        .order_by(tables.segment.c.id)
    )
    ids = [row.id for row in names if part.casefold() in row.name.casefold()]
    rows = tx.execute(
        _segments.where(
            tables.segment.c.project_id == project_id,
            tables.segment.c.id.in_(ids[offset : offset + limit]),
        ).order_by(tables.segment.c.id)
    )
    return [_segment(row) for row in rows], len(ids)


def list_outcomes(
    tx: Tx, project_id: ProjectId, contact_id: ContactId, kinds: Iterable[str]
) -> list[Recorded]:
    """List what became of a person's messages, of these kinds, the latest first, at most 10,000.

    From the ledger (its states), from what was done with them (opened, clicked, unsubscribed),
    and `queued` from the messages themselves.
    """
    wanted = sorted(set(kinds))
    ledger = (
        _sent(message_change.c.state, message_change.c.at, "", is_machine=False)
        .join(message_change, message_change.c.message_id == message.c.id)
        .where(message_change.c.state.in_(wanted))
    )
    done = (
        _sent(
            message_activity.c.kind,
            message_activity.c.at,
            message_activity.c.link,
            is_machine=message_activity.c.is_machine,
        )
        .join(message_activity, message_activity.c.message_id == message.c.id)
        .where(message_activity.c.kind.in_(wanted))
    )
    parts = [ledger, done]
    if QUEUED in wanted:
        parts.append(_sent(literal(QUEUED), message.c.created_at, "", is_machine=False))
    found = union_all(
        *(
            part.where(message.c.project_id == project_id, message.c.contact_id == contact_id)
            for part in parts
        )
    ).subquery()
    rows = tx.execute(select(found).order_by(found.c.at.desc()).limit(OUTCOMES_MAX))
    return [
        Recorded(
            row.kind,
            row.at,
            row.id,
            Channel(row.channel),
            row.template_id or 0,
            row.campaign_id or 0,
            row.workflow_id or 0,
            row.link or "",
            bool(row.is_machine),
        )
        for row in rows
    ]


def _sent(
    kind: ColumnElement[str],
    at: ColumnElement[datetime],
    link: ColumnElement[str] | str,
    *,
    is_machine: ColumnElement[bool] | bool,
) -> Select[*tuple[Any, ...]]:
    """Begin to select outcomes of messages, with what rules ask of a message."""
    return (
        select(
            message.c.id,
            message.c.channel,
            message.c.campaign_id,
            message.c.workflow_id,
            template_version.c.template_id,
            kind.label("kind"),
            at.label("at"),
            (literal(link) if isinstance(link, str) else link).label("link"),
            (literal(is_machine) if isinstance(is_machine, bool) else is_machine).label(
                "is_machine"
            ),
        )
        .select_from(message)
        .outerjoin(template_version, template_version.c.id == message.c.version_id)
    )


def _fill(sizes: Mapping[int, int], first: int, last: int) -> list[int]:
    """Give a size a day, that of the day before where nothing changed."""
    before = [day for day in sizes if day < first]
    size = sizes[max(before)] if before else 0
    filled = []
    for day in range(first, last + 1):
        size = sizes.get(day, size)
        filled.append(size)
    return filled


def _segment(row: Line) -> Segment:
    """Read one row of the table."""
    return Segment(
        SegmentId(row.id),
        ProjectId(row.project_id),
        row.name,
        SegmentKind(row.kind),
        None if row.rule is None else parse(row.rule),
        row.description,
        row.members,
        row.revision,
        row.computed_at,
        row.created_at,
        row.updated_at,
        row.due_at,
        row.pending,
        row.fault,
    )


def _membership(row: Line) -> Membership:
    return Membership(SegmentId(row.segment_id), ContactId(row.contact_id), row.since, row.until)
