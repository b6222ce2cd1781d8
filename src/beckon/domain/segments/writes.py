"""SQL that changes segments. Private: only this slice's actions import it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import insert, or_, select, update

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import ContactId
from beckon.domain.segments import tables
from beckon.domain.segments.model import Rule, SegmentId, SegmentKind
from beckon.domain.segments.spans import day_of
from beckon.domain.segments.writing import write
from beckon.kit.clock import to_ms
from beckon.storage.schema import Tx, insert_many, marks, number_of, run, run_many
from beckon.storage.schema import insert as insert_or

CHUNK = 500
ONLY = 1


def insert_segment(
    tx: Tx,
    project_id: ProjectId,
    *,
    name: str,
    kind: SegmentKind,
    rule: Rule | None,
    description: str | None,
    now: datetime,
) -> SegmentId:
    """Add a segment with nobody in it; a dynamic one is due to be computed at once."""
    added = tx.execute(
        insert(tables.segment).values(
            project_id=project_id,
            name=name,
            kind=kind,
            rule=None if rule is None else write(rule),
            description=description,
            members=0,
            revision=1,
            computed_at=None if kind is SegmentKind.DYNAMIC else now,
            due_at=now if kind is SegmentKind.DYNAMIC else None,
            created_at=now,
            updated_at=now,
        )
    )
    return SegmentId(number_of(added))


def update_segment(
    tx: Tx, project_id: ProjectId, segment_id: SegmentId, values: Mapping[str, object]
) -> None:
    """Set columns of one segment."""
    tx.execute(
        update(tables.segment)
        .where(tables.segment.c.project_id == project_id, tables.segment.c.id == segment_id)
        .values(**values)
    )


def lock_segment(tx: Tx, project_id: ProjectId, segment_id: SegmentId) -> int | None:
    """Keep others from changing who is in a segment until this transaction ends.

    Returns the revision of its rule; None where it is gone.
    """
    revision: int | None = tx.execute(
        select(tables.segment.c.revision)
        .where(
            tables.segment.c.project_id == project_id,
            tables.segment.c.id == segment_id,
            tables.segment.c.deleted_at.is_(None),
        )
        .with_for_update()
    ).scalar_one_or_none()
    return revision


def add_to_count(
    tx: Tx, project_id: ProjectId, segment_id: SegmentId, difference: int, now: datetime
) -> None:
    """Count so many more or fewer people in, and keep the count as that of the day."""
    members: int = tx.execute(
        update(tables.segment)
        .where(tables.segment.c.project_id == project_id, tables.segment.c.id == segment_id)
        .values(members=tables.segment.c.members + difference)
        .returning(tables.segment.c.members)
    ).scalar_one()
    adding = insert_or(tx, tables.segment_size).values(
        project_id=project_id, segment_id=segment_id, day=day_of(now), members=members
    )
    tx.execute(
        adding.on_conflict_do_update(
            index_elements=["project_id", "segment_id", "day"], set_={"members": members}
        )
    )


def insert_members(
    tx: Tx, project_id: ProjectId, segment_id: SegmentId, ids: Sequence[ContactId], now: datetime
) -> None:
    """Let people in who are not; who was in before begins anew."""
    moment = to_ms(now)
    insert_many(
        tx,
        "segment_member (project_id, segment_id, contact_id, since)",
        [(project_id, segment_id, contact_id, moment) for contact_id in ids],
        "ON CONFLICT (project_id, segment_id, contact_id) "
        "DO UPDATE SET since = excluded.since, until = NULL "
        "WHERE segment_member.until IS NOT NULL",
    )


def end_members(
    tx: Tx, project_id: ProjectId, segment_id: SegmentId, ids: Sequence[ContactId], now: datetime
) -> None:
    """Let people out who are in."""
    run_many(
        tx,
        "UPDATE segment_member SET until = ? WHERE project_id = ? AND segment_id = ? "
        "AND contact_id = ? AND until IS NULL",
        [(to_ms(now), project_id, segment_id, contact_id) for contact_id in ids],
    )


def insert_changes(
    tx: Tx,
    project_id: ProjectId,
    segment_id: SegmentId,
    ids: Sequence[ContactId],
    *,
    has_entered: bool,
    now: datetime,
) -> None:
    """Append to the log of who entered and left."""
    moment = to_ms(now)
    insert_many(
        tx,
        "membership_change (project_id, segment_id, contact_id, has_entered, at)",
        [(project_id, segment_id, contact_id, has_entered, moment) for contact_id in ids],
    )


def take_out_of_counts(
    tx: Tx, project_id: ProjectId, ids: Sequence[ContactId], now: datetime
) -> None:
    """Count people out who are about to be forgotten."""
    for at in range(0, len(ids), CHUNK):
        chunk = ids[at : at + CHUNK]
        counted = run(
            tx,
            "SELECT segment_id, count(*) FROM segment_member WHERE project_id = ? "  # noqa: S608 - marks
            f"AND contact_id IN ({marks(len(chunk))}) AND until IS NULL "
            "GROUP BY segment_id ORDER BY segment_id",
            [project_id, *chunk],
        )
        for segment_id, members in counted:
            add_to_count(tx, project_id, SegmentId(segment_id), -members, now)


def claim_refresh_any_project(
    tx: Tx, holder: str, *, now: datetime, until: datetime, over: str | None
) -> bool:
    """Become, or stay, the worker who keeps segments up to date, unless another one is."""
    table = tables.segment_refresher
    adding = insert_or(tx, table).values(id=ONLY)
    tx.execute(adding.on_conflict_do_nothing(index_elements=["id"]))
    claimed = tx.execute(
        update(table)
        .where(
            or_(
                table.c.holder.is_(None),
                table.c.holder.in_([holder, over or holder]),
                table.c.held_until <= now,
            )
        )
        .values(holder=holder, held_until=until)
    )
    return claimed.rowcount == 1
