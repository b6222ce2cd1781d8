"""How far each log is in the analytics store, who is taking it there, and with which batch.

Kept in the state store. A batch's bounds are committed before it leaves, so whoever tries again
after a failure sends exactly the same lines under the same token.
Invariant: one forwarder at a time holds the store; a batch is settled only by who planned it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Index,
    Integer,
    Table,
    Text,
    and_,
    select,
    tuple_,
    update,
)
from sqlalchemy import delete as sql_delete

from beckon.storage.log_readers import Cursor, begin, lock_cursor, log_reader, move
from beckon.storage.schema import (
    Line,
    LogEpoch,
    Moment,
    Number,
    Tx,
    Uuid,
    insert,
    is_after,
    log_order,
    metadata,
)

ONLY = 1

analytics_store = Table(
    "analytics_store",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("origin", Uuid),
    Column("batch", Number, nullable=False),
    Column("holder", Text),
    Column("held_until", Moment),
)

analytics_removal = Table(
    "analytics_removal",
    metadata,
    Column("position", Number, primary_key=True),
    Column("epoch", BigInteger, nullable=False, server_default=LogEpoch()),
    Column("project_id", Number, nullable=False),
    Column("event_id", Uuid, nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_analytics_removal_epoch_position", "epoch", "position").ddl_if(dialect="postgresql"),
    sqlite_autoincrement=True,
)

analytics_batch = Table(
    "analytics_batch",
    metadata,
    Column("reader", Text, primary_key=True),
    Column("number", Number, nullable=False),
    Column("epoch", Number, nullable=False),
    Column("position", Number, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Span:
    """Lines of a log: behind `after`, up to and with `until`. `number` orders all batches ever."""

    after: Cursor
    until: Cursor
    number: int


@dataclass(frozen=True, slots=True)
class Lag:
    """How far behind a log's reader is: lines, and since when the oldest of them waits."""

    lines: int
    since: datetime | None


def claim(tx: Tx, holder: str, *, now: datetime, seconds: float, over: str | None = None) -> bool:
    """Become the one who forwards, or stay it, for so long. `over` names a holder known gone."""
    _ensure(tx)
    row = tx.execute(select(analytics_store).with_for_update()).one()
    is_free = row.holder in (None, holder, over) or row.held_until <= now
    if is_free:
        _set(tx, holder=holder, held_until=now + timedelta(seconds=seconds))
    return is_free


def release(tx: Tx, holder: str) -> None:
    """Let others forward."""
    tx.execute(
        update(analytics_store)
        .where(analytics_store.c.holder == holder)
        .values(holder=None, held_until=None)
    )


def is_held_by(tx: Tx, holder: str) -> bool:
    """Tell whether this is still the one who forwards."""
    return find_holder(tx) == holder


def find_holder(tx: Tx) -> str | None:
    """Tell who forwards just now."""
    return tx.execute(select(analytics_store.c.holder)).scalar_one_or_none()


def find_origin(tx: Tx) -> UUID | None:
    """Tell which analytics store the cursors are about."""
    return tx.execute(select(analytics_store.c.origin)).scalar_one_or_none()


def set_origin(tx: Tx, origin: UUID | None) -> None:
    """Note which analytics store the cursors are about; None: about none, just now."""
    _ensure(tx)
    _set(tx, origin=origin)


def place(tx: Tx, cursors: dict[str, Cursor]) -> None:
    """Say of each reader that it has read exactly so far, whatever was planned."""
    for reader, cursor in cursors.items():
        begin(tx, reader)
        move(tx, reader, cursor)
        tx.execute(sql_delete(analytics_batch).where(analytics_batch.c.reader == reader))


def take_number(tx: Tx) -> int:
    """Give the next batch its number; later ones have greater, also after a rebuild."""
    _ensure(tx)
    counted = update(analytics_store).values(batch=analytics_store.c.batch + 1)
    number: int = tx.execute(counted.returning(analytics_store.c.batch)).scalar_one()
    return number


def plan(tx: Tx, reader: str, log: Table, *, limit: int) -> Span | None:
    """Tell which lines go next and note it; what was planned before goes first. None: nothing."""
    begin(tx, reader)
    cursor = lock_cursor(tx, reader)
    if cursor is None:
        return None
    planned = tx.execute(
        select(analytics_batch).where(analytics_batch.c.reader == reader)
    ).one_or_none()
    if planned is not None:
        return Span(cursor, Cursor(planned.epoch, planned.position), planned.number)
    until = find_end(tx, log, cursor, limit=limit)
    if until is None:
        return None
    span = Span(cursor, until, take_number(tx))
    tx.execute(
        insert(tx, analytics_batch).values(
            reader=reader, number=span.number, epoch=until.epoch, position=until.position
        )
    )
    return span


def settle(tx: Tx, reader: str, span: Span) -> None:
    """Note that a batch is in the analytics store; a word about another batch is void."""
    done = tx.execute(
        sql_delete(analytics_batch).where(
            analytics_batch.c.reader == reader, analytics_batch.c.number == span.number
        )
    )
    if done.rowcount == 1:
        move(tx, reader, span.until)


def find_end(tx: Tx, log: Table, after: Cursor, *, limit: int) -> Cursor | None:
    """Tell where the next so many lines end that nothing can come before any more."""
    rows = tx.execute(
        select(log.c.epoch, log.c.position)
        .where(is_after(tx, log, epoch=after.epoch, position=after.position))
        .order_by(*log_order(tx, log))
        .limit(limit)
    ).all()
    return Cursor(rows[-1].epoch, rows[-1].position) if rows else None


def find_head(tx: Tx, log: Table) -> Cursor:
    """Tell where the log ends, with lines that may not be read yet."""
    last = [column.desc() for column in log_order(tx, log)]
    row = tx.execute(select(log.c.epoch, log.c.position).order_by(*last).limit(1)).one_or_none()
    return Cursor() if row is None else Cursor(row.epoch, row.position)


def find_safe_head(tx: Tx, log: Table) -> Cursor:
    """Tell where the log ends before anything that a running transaction may still come before."""
    last = [column.desc() for column in log_order(tx, log)]
    row = tx.execute(
        select(log.c.epoch, log.c.position)
        .where(is_after(tx, log, epoch=0, position=0))
        .order_by(*last)
        .limit(1)
    ).one_or_none()
    return Cursor() if row is None else Cursor(row.epoch, row.position)


def list_lines(tx: Tx, log: Table, *, after: Cursor, until: Cursor) -> list[Line]:
    """List the lines of a span, in the log's order."""
    rows = tx.execute(
        select(log).where(_is_within(tx, log, after, until)).order_by(*log_order(tx, log))
    )
    return list(rows)


def find_cursor(tx: Tx, reader: str) -> Cursor:
    """Tell how far a reader is; the beginning where it never began."""
    row = tx.execute(select(log_reader).where(log_reader.c.name == reader)).one_or_none()
    return Cursor() if row is None else Cursor(row.epoch, row.position)


def has_lines(tx: Tx, log: Table, *, after: Cursor, until: Cursor) -> bool:
    """Tell whether any line stands in a span."""
    found = select(log.c.position).where(_is_within(tx, log, after, until)).limit(1)
    return tx.execute(found).one_or_none() is not None


def is_behind(tx: Tx, reader: str, log: Table) -> bool:
    """Tell whether a reader has lines that it may read."""
    return find_end(tx, log, find_cursor(tx, reader), limit=1) is not None


def measure(tx: Tx, reader: str, log: Table, moment: str) -> Lag:
    """Tell how far behind a reader is; `moment` names the column of when a line came in.

    Lines are counted by their positions, gaps among them.
    """
    cursor, head = find_cursor(tx, reader), find_head(tx, log)
    first = tx.execute(
        select(log.c[moment])
        .where(_is_within(tx, log, cursor, head))
        .order_by(*log_order(tx, log))
        .limit(1)
    ).scalar_one_or_none()
    return Lag(0 if first is None else max(1, head.position - cursor.position), first)


def note_removed(tx: Tx, project_id: int, event_ids: Sequence[UUID], now: datetime) -> None:
    """Say that single events were taken out of the log, which itself cannot tell."""
    rows = [{"project_id": project_id, "event_id": one, "at": now} for one in event_ids]
    if rows:
        tx.execute(insert(tx, analytics_removal), rows)


def _is_within(tx: Tx, log: Table, after: Cursor, until: Cursor) -> ColumnElement[bool]:
    if tx.dialect.name == "sqlite":
        return and_(log.c.position > after.position, log.c.position <= until.position)
    place = tuple_(log.c.epoch, log.c.position)
    return and_(
        place > tuple_(after.epoch, after.position), place <= tuple_(until.epoch, until.position)
    )


def _ensure(tx: Tx) -> None:
    adding = insert(tx, analytics_store).values(id=ONLY, batch=0)
    tx.execute(adding.on_conflict_do_nothing(index_elements=["id"]))


def _set(tx: Tx, **values: object) -> None:
    tx.execute(update(analytics_store).values(**values))
