"""SQL that reads the event log. Public: any room above may ask, and gets model values."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, ColumnElement, case, func, select, type_coerce

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import ContactId
from beckon.domain.contacts.queries import find_ids_by_external_id
from beckon.domain.contacts.tables import contact
from beckon.domain.events import rules, tables
from beckon.domain.events.model import Came, Event, EventFilter, EventId, EventType, Place
from beckon.kit import json
from beckon.kit.clock import from_ms
from beckon.kit.refusals import Unknown
from beckon.storage.log_readers import Cursor
from beckon.storage.schema import Line, Tx, count_up_to, is_after, log_order, marks, run

_events = (
    select(tables.event, tables.event_type.c.name, contact.c.external_id)
    .join(tables.event_type, tables.event_type.c.id == tables.event.c.type_id)
    .outerjoin(contact, contact.c.id == tables.event.c.contact_id)
)


class EventUnknown(Unknown):
    """No such event in this project; another project's is just as unknown."""

    code = "event_unknown"


def get_event(tx: Tx, project_id: ProjectId, event_id: EventId) -> Event:
    """Return one event of the project. Raises EventUnknown."""
    row = tx.execute(
        _events.where(tables.event.c.project_id == project_id, tables.event.c.id == event_id)
    ).one_or_none()
    if row is None:
        raise EventUnknown("There is no such event.")
    return _event(row)


def list_events(
    tx: Tx, project_id: ProjectId, asked: EventFilter, *, offset: int, limit: int
) -> list[Event]:
    """List events, the latest arrival first."""
    rows = tx.execute(
        _events.where(*_asked(tx, project_id, asked))
        .order_by(tables.event.c.position.desc())
        .offset(offset)
        .limit(limit)
    )
    return [_event(row) for row in rows]


def list_latest_of(
    tx: Tx,
    project_id: ProjectId,
    contact_ids: Sequence[ContactId],
    *,
    name: str | None,
    limit: int,
    has_properties: bool,
) -> dict[ContactId, list[Came]]:
    """Map people (at most 1,000) to the last events of each, of one name or of any; latest first.

    Of one person at most `limit`. Many are asked for many: rows come straight from the driver, and
    properties only where they are wanted.
    """
    types = [] if name is None else _types(tx, project_id, name)
    if not contact_ids or (name is not None and not types):
        return {}
    # Bare, the column would have SQLite read all events of the kind for each person.
    named = "" if name is None else f"AND type_id + 0 IN ({marks(len(types))})"
    told = "properties" if has_properties else "'{}' AS properties"
    rows = run(
        tx,
        f"SELECT contact_id, occurred_at, properties FROM (SELECT contact_id, occurred_at, {told}, "  # noqa: S608 - fixed words and marks
        "position, row_number() OVER (PARTITION BY contact_id ORDER BY position DESC) AS place "
        f"FROM event WHERE project_id = ? AND contact_id IN ({marks(len(contact_ids))}) {named}"
        ") AS ranked WHERE place <= ? ORDER BY position DESC",
        [project_id, *contact_ids, *types, limit],
    )
    found: dict[ContactId, list[Came]] = {}
    for contact_id, occurred_at, properties in rows:
        came = Came(from_ms(occurred_at), json.stored(properties))
        found.setdefault(ContactId(contact_id), []).append(came)
    return found


def list_events_after(
    tx: Tx, project_id: ProjectId, asked: EventFilter, *, position: int, limit: int
) -> list[Event]:
    """List the newest events that arrived after a position, the latest first: a live tail."""
    rows = tx.execute(
        _events.where(*_asked(tx, project_id, asked), tables.event.c.position > position)
        .order_by(tables.event.c.position.desc())
        .limit(limit)
    )
    return [_event(row) for row in rows]


def list_events_before(
    tx: Tx, project_id: ProjectId, asked: EventFilter, *, position: int, limit: int
) -> list[Event]:
    """List events that arrived before a position, the latest first."""
    rows = tx.execute(
        _events.where(*_asked(tx, project_id, asked), tables.event.c.position < position)
        .order_by(tables.event.c.position.desc())
        .limit(limit)
    )
    return [_event(row) for row in rows]


def count_events(tx: Tx, project_id: ProjectId, asked: EventFilter) -> int:
    """Count the events a filter asks for."""
    return tx.execute(
        select(func.count()).select_from(tables.event).where(*_asked(tx, project_id, asked))
    ).scalar_one()


def count_events_up_to(tx: Tx, project_id: ProjectId, at_most: int) -> int:
    """Count the project's events, but not beyond a number: what a page can wait for."""
    rows = select(tables.event.c.position).where(tables.event.c.project_id == project_id)
    return count_up_to(tx, rows, at_most)


def count_events_after(tx: Tx, project_id: ProjectId, asked: EventFilter, *, position: int) -> int:
    """Count the events that arrived after a position."""
    return tx.execute(
        select(func.count())
        .select_from(tables.event)
        .where(*_asked(tx, project_id, asked), tables.event.c.position > position)
    ).scalar_one()


def find_first_event_at(tx: Tx, project_id: ProjectId) -> datetime | None:
    """Tell when the first event of the project's log came in; None while it is empty."""
    first = select(func.min(tables.event.c.position)).where(tables.event.c.project_id == project_id)
    return tx.execute(
        select(tables.event.c.received_at).where(
            tables.event.c.project_id == project_id,
            tables.event.c.position == first.scalar_subquery(),
        )
    ).scalar_one_or_none()


def find_last_before(tx: Tx, project_id: ProjectId, before: datetime, *, limit: int) -> int | None:
    """Tell the position of the last of the first so many lines that came in before a moment.

    None when the first line came in later: then no earlier one is to be found behind it either.
    """
    rows = tx.execute(
        select(tables.event.c.position, tables.event.c.received_at)
        .where(tables.event.c.project_id == project_id)
        .order_by(tables.event.c.position)
        .limit(limit)
    )
    last = None
    for row in rows:
        if row.received_at >= before:
            break
        last = row.position
    return last


def find_first_kept(tx: Tx, project_id: ProjectId) -> int | None:
    """Tell the position of the first line the project still has."""
    log = tables.event
    first: int | None = tx.execute(
        select(func.min(log.c.position)).where(log.c.project_id == project_id)
    ).scalar_one()
    return first


def list_ids_between(
    tx: Tx, project_id: ProjectId, *, begins_at: datetime, ends_at: datetime, limit: int
) -> list[EventId]:
    """List what happened from one moment to another, both included, in the log's order."""
    log = tables.event
    rows = tx.execute(
        select(log.c.id)
        .where(
            log.c.project_id == project_id,
            log.c.occurred_at >= begins_at,
            log.c.occurred_at <= ends_at,
        )
        .order_by(log.c.position)
        .limit(limit)
    )
    return [EventId(row.id) for row in rows]


def list_places_after_any_project(tx: Tx, cursor: Cursor, *, limit: int) -> list[Place]:
    """Read the log forward from a cursor, in its order, only what can no longer be overtaken."""
    log = tables.event
    rows = tx.execute(
        select(log.c.epoch, log.c.position, log.c.project_id, log.c.type_id)
        .where(is_after(tx, log, epoch=cursor.epoch, position=cursor.position))
        .order_by(*log_order(tx, log))
        .limit(limit)
    )
    return [Place._make(row) for row in rows]


def list_named_after_any_project(
    tx: Tx, cursor: Cursor, names: Collection[str], *, limit: int
) -> list[Place]:
    """Read what has one of these names, as spelled, forward from a cursor."""
    kinds = tx.execute(
        select(tables.event_type.c.project_id, tables.event_type.c.id).where(
            tables.event_type.c.name.in_(sorted(names))
        )
    ).all()
    if not kinds:
        return []
    log = tables.event
    rows = tx.execute(
        select(log.c.epoch, log.c.position, log.c.project_id, log.c.type_id)
        .where(
            log.c.project_id.in_({one.project_id for one in kinds}),
            log.c.type_id.in_({one.id for one in kinds}),
            is_after(tx, log, epoch=cursor.epoch, position=cursor.position),
        )
        .order_by(*log_order(tx, log))
        .limit(limit)
    )
    return [Place._make(row) for row in rows]


def list_events_at(tx: Tx, project_id: ProjectId, positions: Sequence[int]) -> list[Event]:
    """List the project's events at these positions of the log, in its order."""
    rows = tx.execute(
        _events.where(
            tables.event.c.project_id == project_id, tables.event.c.position.in_(positions)
        ).order_by(tables.event.c.position)
    )
    return [_event(row) for row in rows]


def count_visits(
    tx: Tx,
    project_id: ProjectId,
    contact_ids: Sequence[ContactId],
    *,
    gap: timedelta,
    until: datetime,
) -> dict[ContactId, int]:
    """Count visits of people (at most 1,000) until a moment: events with gaps under `gap`.

    Whoever did nothing is left out.
    """
    log = tables.event
    at = type_coerce(log.c.occurred_at, BigInteger)
    before = func.lag(at).over(partition_by=log.c.contact_id, order_by=at)
    came = (
        select(log.c.contact_id, (at - before).label("since"))
        .where(
            log.c.project_id == project_id,
            log.c.contact_id.in_(contact_ids),
            log.c.occurred_at <= until,
        )
        .subquery()
    )
    goes_on = came.c.since < gap // timedelta(milliseconds=1)
    rows = tx.execute(
        select(came.c.contact_id, func.sum(case((goes_on, 0), else_=1)).label("visits")).group_by(
            came.c.contact_id
        )
    )
    return {ContactId(row.contact_id): int(row.visits) for row in rows}


def find_type_names(tx: Tx, project_id: ProjectId, type_ids: Iterable[int]) -> dict[int, str]:
    """Map kinds of events to their names in the compared form."""
    rows = tx.execute(
        select(tables.event_type.c.id, tables.event_type.c.name_key).where(
            tables.event_type.c.project_id == project_id,
            tables.event_type.c.id.in_(sorted(set(type_ids))),
        )
    )
    return {row.id: row.name_key for row in rows}


def list_types(tx: Tx, project_id: ProjectId, *, limit: int) -> list[EventType]:
    """List the kinds of events by their names, each spelling as it first came."""
    rows = tx.execute(
        select(tables.event_type)
        .where(tables.event_type.c.project_id == project_id)
        .order_by(tables.event_type.c.name_key, tables.event_type.c.id)
        .limit(limit)
    )
    return [EventType(row.id, row.name, row.name_key, row.created_at) for row in rows]


def find_type_ids(tx: Tx, project_id: ProjectId, names: Iterable[str]) -> dict[str, int]:
    """Map those event names that are known to their types."""
    asked = sorted(set(names))
    rows = run(
        tx,
        f"SELECT name, id FROM event_type WHERE project_id = ? AND name IN ({marks(len(asked))})",  # noqa: S608 - marks only
        [project_id, *asked],
    )
    return dict(rows)


def find_required(tx: Tx, project_id: ProjectId, name_keys: Iterable[str]) -> dict[str, list[str]]:
    """Map those kinds of events, by compared name, that must tell parameters to their names."""
    asked = sorted(set(name_keys))
    found: dict[str, list[str]] = {}
    for name_key, name in run(
        tx,
        "SELECT name_key, name FROM required_parameter WHERE project_id = ? "  # noqa: S608 - marks only
        f"AND name_key IN ({marks(len(asked))}) ORDER BY name",
        [project_id, *asked],
    ):
        found.setdefault(name_key, []).append(name)
    return found


def _asked(tx: Tx, project_id: ProjectId, asked: EventFilter) -> list[ColumnElement[bool]]:
    """Put a filter into conditions on the log alone: names are looked up first."""
    conditions: list[ColumnElement[bool]] = [tables.event.c.project_id == project_id]
    if asked.name is not None:
        conditions.append(tables.event.c.type_id.in_(_types(tx, project_id, asked.name)))
    if asked.external_id is not None:
        found = find_ids_by_external_id(tx, project_id, [asked.external_id])
        conditions.append(tables.event.c.contact_id.in_(found.values()))
    if asked.contact_id is not None:
        conditions.append(tables.event.c.contact_id == asked.contact_id)
    if asked.occurred_from is not None:
        conditions.append(tables.event.c.occurred_at >= asked.occurred_from)
    if asked.occurred_to is not None:
        conditions.append(tables.event.c.occurred_at <= asked.occurred_to)
    return conditions


def _types(tx: Tx, project_id: ProjectId, name: str) -> Sequence[int]:
    """Find the kinds of events that have a name, in whatever case each is written."""
    asked = select(tables.event_type.c.id).where(
        tables.event_type.c.project_id == project_id,
        tables.event_type.c.name_key == rules.name_key(name),
    )
    return tx.execute(asked).scalars().all()


def _event(row: Line) -> Event:
    return Event(
        row.position,
        EventId(row.id),
        ProjectId(row.project_id),
        row.name,
        row.key,
        None if row.contact_id is None else ContactId(row.contact_id),
        row.external_id,
        row.properties,
        row.occurred_at,
        row.received_at,
        bool(row.is_history),
    )
