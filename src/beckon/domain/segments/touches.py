"""SQL that reads the logs forward for whom their lines touched. Public: the refreshing asks.

Invariant: no line is read that is not in the analytics store yet, for there it will be asked.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, Row, Select, Table, and_, select, tuple_

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import ChangeKind, ContactId
from beckon.domain.contacts.tables import contact_change
from beckon.domain.events import queries as events
from beckon.domain.events.tables import event
from beckon.domain.messages.tables import message, message_change
from beckon.domain.orders.tables import purchase_change
from beckon.domain.segments.model import SegmentId
from beckon.domain.segments.rules import (
    ANYTHING,
    CONTACT,
    ORDER,
    VISIT,
    event_tag,
    outcome_tag,
    segment_tag,
)
from beckon.domain.segments.tables import membership_change
from beckon.domain.subscriptions.tables import message_activity
from beckon.storage.analytics.progress import find_cursor
from beckon.storage.log_readers import Cursor
from beckon.storage.schema import Tx, log_order

Rows: TypeAlias = Sequence[Row[*tuple[Any, ...]]]

QUEUED = "queued"
EVERYTHING = frozenset(
    [ChangeKind.CREATED, ChangeKind.MERGED, ChangeKind.DELETED, ChangeKind.ERASED]
)


class Line(NamedTuple):
    """Whom a line of a log touched, and how; `at` where what it tells counts from then on only."""

    project_id: ProjectId
    contact_id: ContactId
    tag: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Log:
    """A log as the refreshing reads it, by the name of its stream to the analytics store."""

    name: str
    table: Table
    asked: Callable[[], Select[*tuple[Any, ...]]]
    read: Callable[[Tx, Rows], Sequence[Line]]

    @property
    def reader(self) -> str:
        """Name our own reader."""
        return f"segments:{self.name}"

    @property
    def forwarder(self) -> str:
        """Name the reader that takes the log to the analytics store."""
        return f"analytics:{self.name}"


@dataclass(slots=True)
class Touched:
    """Whom pieces of the logs touched, by project and tag, and where the pieces end.

    `ahead` has the lines of clocks that run fast: nothing after now counts, so they touch again.
    """

    people: dict[ProjectId, dict[str, set[ContactId]]] = field(default_factory=dict)
    ends: dict[str, Cursor] = field(default_factory=dict)
    ahead: list[Line] = field(default_factory=list)

    def add(self, lines: Iterable[Line], now: datetime) -> None:
        """Take in whom a piece touched."""
        for line in lines:
            by_tag = self.people.setdefault(line.project_id, defaultdict(set))
            by_tag[line.tag].add(line.contact_id)
            if line.at is not None and line.at > now:
                self.ahead.append(line)

    def find(self, project_id: ProjectId, tags: Collection[str]) -> list[ContactId]:
        """List the people of a project with any of these tags, by number."""
        by_tag = self.people.get(project_id, {})
        return sorted(set().union(*(by_tag.get(tag, ()) for tag in tags)))


def find_places_any_project(tx: Tx) -> tuple[dict[str, Cursor], dict[str, Cursor]]:
    """Tell how far we are and how far the analytics store is, each by our readers' names."""
    ours = {log.reader: find_cursor(tx, log.reader) for log in LOGS}
    theirs = {log.reader: find_cursor(tx, log.forwarder) for log in LOGS}
    return ours, theirs


def read_touched_any_project(
    tx: Tx, ours: Mapping[str, Cursor], theirs: Mapping[str, Cursor], now: datetime, *, limit: int
) -> Touched:
    """Read the next so many lines of each log, up to where the analytics store is."""
    touched = Touched()
    for log in LOGS:
        after, until = ours[log.reader], theirs[log.reader]
        if place_of(after) >= place_of(until):
            continue
        span = _is_within(tx, log.table, after, until)
        rows = tx.execute(log.asked().where(span).order_by(*log_order(tx, log.table)).limit(limit))
        lines = rows.all()
        touched.add(log.read(tx, lines), now)
        is_cut = len(lines) == limit
        touched.ends[log.reader] = Cursor(lines[-1].epoch, lines[-1].position) if is_cut else until
    return touched


def find_crossed(
    tx: Tx,
    project_id: ProjectId,
    segment_ids: Collection[SegmentId],
    ids: Collection[ContactId],
    *,
    after: Cursor,
) -> set[ContactId]:
    """Tell which of these people entered or left one of the segments behind a place in the log."""
    if not segment_ids or not ids:
        return set()
    log = membership_change
    behind = (
        log.c.position > after.position
        if tx.dialect.name == "sqlite"
        else tuple_(log.c.epoch, log.c.position) > tuple_(after.epoch, after.position)
    )
    rows = tx.execute(
        select(log.c.contact_id)
        .where(
            behind,
            log.c.project_id == project_id,
            log.c.segment_id.in_(sorted(segment_ids)),
            log.c.contact_id.in_(sorted(ids)),
        )
        .distinct()
    )
    return {ContactId(row.contact_id) for row in rows}


def place_of(cursor: Cursor) -> tuple[int, int]:
    """Give a cursor as what can be compared."""
    return cursor.epoch, cursor.position


def _is_within(tx: Tx, log: Table, after: Cursor, until: Cursor) -> ColumnElement[bool]:
    if tx.dialect.name == "sqlite":
        return and_(log.c.position > after.position, log.c.position <= until.position)
    place = tuple_(log.c.epoch, log.c.position)
    return and_(place > tuple_(*place_of(after)), place <= tuple_(*place_of(until)))


def _ask_events() -> Select[*tuple[Any, ...]]:
    log = event.c
    return select(
        log.epoch, log.position, log.project_id, log.type_id, log.contact_id, log.occurred_at
    )


def _read_events(tx: Tx, rows: Rows) -> list[Line]:
    types: dict[ProjectId, set[int]] = defaultdict(set)
    for row in rows:
        types[row.project_id].add(row.type_id)
    names = {
        type_id: name
        for project_id, ids in types.items()
        for type_id, name in events.find_type_names(tx, project_id, ids).items()
    }
    return [
        Line(row.project_id, row.contact_id, tag, row.occurred_at)
        for row in rows
        if row.contact_id is not None
        for tag in (VISIT, event_tag(names[row.type_id]))
    ]


def _ask_changes() -> Select[*tuple[Any, ...]]:
    log = contact_change.c
    return select(log.epoch, log.position, log.project_id, log.contact_id, log.kind)


def _read_changes(_tx: Tx, rows: Rows) -> list[Line]:
    return [
        Line(row.project_id, row.contact_id, tag)
        for row in rows
        for tag in ((ANYTHING, row.kind) if row.kind in EVERYTHING else (CONTACT,))
    ]


def _ask_ledger() -> Select[*tuple[Any, ...]]:
    log = message_change.c
    # Outer: the message may be erased since, and its line is to be read past all the same.
    return select(
        log.epoch, log.position, log.project_id, log.state, message.c.contact_id
    ).outerjoin(message, message.c.id == log.message_id)


def _read_ledger(_tx: Tx, rows: Rows) -> list[Line]:
    return [
        Line(row.project_id, row.contact_id, outcome_tag(kind))
        for row in rows
        if row.contact_id is not None
        for kind in (QUEUED, row.state)  # queueing has no line of its own
    ]


def _ask_activity() -> Select[*tuple[Any, ...]]:
    log = message_activity.c
    return select(log.epoch, log.position, log.project_id, log.contact_id, log.kind)


def _read_activity(_tx: Tx, rows: Rows) -> list[Line]:
    return [Line(row.project_id, row.contact_id, outcome_tag(row.kind)) for row in rows]


def _ask_orders() -> Select[*tuple[Any, ...]]:
    log = purchase_change.c
    return select(log.epoch, log.position, log.project_id, log.contact_id)


def _read_orders(_tx: Tx, rows: Rows) -> list[Line]:
    return [Line(row.project_id, row.contact_id, ORDER) for row in rows]


def _ask_crossings() -> Select[*tuple[Any, ...]]:
    log = membership_change.c
    return select(log.epoch, log.position, log.project_id, log.contact_id, log.segment_id)


def _read_crossings(_tx: Tx, rows: Rows) -> list[Line]:
    return [Line(row.project_id, row.contact_id, segment_tag(row.segment_id)) for row in rows]


MEMBERS = Log("membership", membership_change, _ask_crossings, _read_crossings)
LOGS = (
    Log("event", event, _ask_events, _read_events),
    Log("contact", contact_change, _ask_changes, _read_changes),
    Log("message", message_change, _ask_ledger, _read_ledger),
    Log("activity", message_activity, _ask_activity, _read_activity),
    Log("order", purchase_change, _ask_orders, _read_orders),
    MEMBERS,
)
