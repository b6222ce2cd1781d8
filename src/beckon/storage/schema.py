"""Column types and statements that mean the same on SQLite and PostgreSQL.

Invariant: no JSON operator, no LIKE, no lower(), no now() in state SQL: the twins disagree on them.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from itertools import chain
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    CursorResult,
    Dialect,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    Select,
    Table,
    Text,
    TypeDecorator,
    and_,
    func,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from beckon.kit import json
from beckon.kit.clock import from_ms, to_ms

Tx = Connection
"""One open transaction; whoever opened it commits it."""

Line: TypeAlias = Row[*tuple[Any, ...]]
"""One row of an answer."""

ROWS_AT_ONCE = 100

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)

Number = BigInteger().with_variant(Integer(), "sqlite")
"""An integer key; SQLite counts up by itself only for its plain INTEGER."""


class Moment(TypeDecorator[datetime]):
    """An aware UTC moment, kept as whole milliseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Turn the moment into milliseconds."""
        del dialect
        return None if value is None else to_ms(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Turn milliseconds into the moment."""
        del dialect
        return None if value is None else from_ms(value)


class Uuid(TypeDecorator[UUID]):
    """A UUID, kept as its 16 bytes."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> bytes | None:
        """Turn the UUID into bytes."""
        del dialect
        return None if value is None else value.bytes

    def process_result_value(self, value: Any, dialect: Dialect) -> UUID | None:  # noqa: ANN401
        """Turn bytes into the UUID; a driver may hand over a memoryview."""
        del dialect
        return None if value is None else UUID(bytes=bytes(value))


class Json(TypeDecorator[Any]):
    """A JSON value, stored and returned whole; SQL never looks inside."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> str | None:
        """Write the value as JSON text."""
        del dialect
        return None if value is None else json.text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ANN401
        """Read the JSON text."""
        del dialect
        return None if value is None else json.stored(value)


class LogEpoch(FunctionElement[int]):
    """Default of `epoch` in a log table: the writing transaction's number on PostgreSQL.

    Positions are taken before commit there, so a log is read in (epoch, position) order and only
    below the oldest running transaction (docs/decisions/0004-the-log-is-the-seam.md). On SQLite
    the one writer makes positions enough and the epoch is always 0.
    """

    inherit_cache = True
    name = "log_epoch"


@compiles(LogEpoch, "postgresql")
def _epoch_on_postgresql(*_: object, **__: object) -> str:
    return "(pg_current_xact_id()::text::bigint)"


@compiles(LogEpoch, "sqlite")
def _epoch_on_sqlite(*_: object, **__: object) -> str:
    return "0"


class Dice(FunctionElement[bytes]):
    """Default of a secret column: 32 random bytes, rolled by the store."""

    inherit_cache = True
    name = "dice"


@compiles(Dice, "postgresql")
def _dice_on_postgresql(*_: object, **__: object) -> str:
    return "(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))"


@compiles(Dice, "sqlite")
def _dice_on_sqlite(*_: object, **__: object) -> str:
    return "(randomblob(32))"


def log_order(tx: Tx, log: Table) -> list[ColumnElement[Any]]:
    """Tell by which columns a log is read forward."""
    return [log.c.position] if tx.dialect.name == "sqlite" else [log.c.epoch, log.c.position]


def is_after(tx: Tx, log: Table, *, epoch: int, position: int) -> ColumnElement[bool]:
    """Ask for the lines behind a cursor that no running transaction can still overtake."""
    if tx.dialect.name == "sqlite":
        return log.c.position > position
    horizon: int = tx.execute(
        text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
    ).scalar_one()
    behind = tuple_(log.c.epoch, log.c.position) > tuple_(epoch, position)
    return and_(behind, log.c.epoch < horizon)


def contains(tx: Tx, column: ColumnElement[Any], part: str) -> ColumnElement[bool]:
    """Ask for rows whose text holds another as it is: no character stands for another."""
    find = func.instr if tx.dialect.name == "sqlite" else func.strpos
    return find(column, part) > 0


def count_up_to(tx: Tx, rows: Select[tuple[int]], at_most: int) -> int:
    """Count what a query finds and stop at a number, so that no table is read whole for it."""
    return tx.execute(select(func.count()).select_from(rows.limit(at_most).subquery())).scalar_one()


def insert(tx: Tx, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Open an INSERT that knows ON CONFLICT, in the words of the store at hand."""
    return sqlite.insert(table) if tx.dialect.name == "sqlite" else postgresql.insert(table)


def number_of(added: CursorResult[*tuple[Any, ...]]) -> int:
    """Tell the number the store gave to the row an INSERT just added."""
    key = added.inserted_primary_key
    assert key is not None
    number: int = key[0]
    return number


def lock_names(tx: Tx, names: Iterable[str]) -> None:
    """Keep other transactions that lock one of these names waiting until this one ends.

    For what no unique key can guard. SQLite has one writer and needs nothing.
    """
    if tx.dialect.name == "sqlite":
        return
    ordered = sorted(set(names))  # one order for all, so that two never wait for each other
    # One statement, however many: the list is walked, and so locked, from its beginning.
    run(
        tx,
        "SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) "
        "FROM unnest(CAST(? AS text[])) AS name",
        [ordered],
    )


def lock_alone(tx: Tx, name: str, *, is_shared: bool) -> None:
    """Take a name alone until this transaction ends, or share it with others that only share it."""
    if tx.dialect.name == "sqlite":
        return
    lock = "pg_advisory_xact_lock_shared" if is_shared else "pg_advisory_xact_lock"
    tx.execute(text(f"SELECT {lock}(hashtextextended(:name, 2))"), {"name": name})


def run(tx: Tx, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
    """Run one hot statement straight on the driver; `?` marks a parameter. Returns its rows.

    Core costs twice as much on single rows (docs/decisions/0016-core-and-the-driver.md).
    """
    cursor = _driver(tx).execute(_spelled(tx, sql), tuple(parameters))
    return cursor.fetchall() if cursor.description is not None else []


def run_many(tx: Tx, sql: str, rows: Sequence[Sequence[object]]) -> None:
    """Run one hot statement for many rows of parameters."""
    cursor = _driver(tx).cursor()
    cursor.executemany(_spelled(tx, sql), rows)
    cursor.close()


def insert_many(tx: Tx, into: str, rows: Sequence[Sequence[object]], on_conflict: str = "") -> None:
    """Add rows of a value for each column that `into` names: `event_type (name, key)`."""
    whole = _whole(tx, rows)
    for sql, values in _batches(into, rows[:whole], on_conflict):
        run(tx, sql, values)
    if rest := rows[whole:]:
        run_many(tx, _insertion(into, len(rest[0]), 1, on_conflict), rest)


def insert_returning(
    tx: Tx, into: str, rows: Sequence[Sequence[object]], ending: str
) -> list[tuple[Any, ...]]:
    """Add rows likewise; gives what the end of `ending` returns of each, in no promised order."""
    whole, told = _whole(tx, rows), []
    for sql, values in _batches(into, rows[:whole], ending):
        told += run(tx, sql, values)
    if rest := rows[whole:]:
        told += _run_each(tx, _insertion(into, len(rest[0]), 1, ending), rest)
    return told


def _whole(tx: Tx, rows: Sequence[object]) -> int:
    """Tell how many of the rows go in by statements of many.

    On SQLite these take three quarters of the time. psycopg sends statements of one row down the
    wire together, which costs it less than putting a long one together.
    """
    return len(rows) - len(rows) % ROWS_AT_ONCE if tx.dialect.name == "sqlite" else 0


def _batches(
    into: str, rows: Sequence[Sequence[object]], ending: str
) -> Iterable[tuple[str, list[object]]]:
    for start in range(0, len(rows), ROWS_AT_ONCE):
        chunk = rows[start : start + ROWS_AT_ONCE]
        yield _insertion(into, len(chunk[0]), len(chunk), ending), [*chain(*chunk)]


@cache
def _insertion(into: str, width: int, rows: int, ending: str) -> str:
    row = f"({marks(width)})"
    return f"INSERT INTO {into} VALUES {','.join([row] * rows)} {ending}"  # noqa: S608 - our words


def _run_each(tx: Tx, sql: str, rows: Sequence[Sequence[object]]) -> list[tuple[Any, ...]]:
    """Run a statement that returns something for each of the rows."""
    if tx.dialect.name == "sqlite":
        return [told for row in rows for told in run(tx, sql, row)]
    cursor = _driver(tx).cursor()
    cursor.executemany(_spelled(tx, sql), rows, returning=True)
    return [told for result in cursor.results() for told in result]


def marks(count: int) -> str:
    """Spell so many parameter marks for an IN list."""
    return ",".join("?" * count)


def _driver(tx: Tx) -> Any:  # noqa: ANN401 - sqlite3 and psycopg share no type
    return tx.connection.driver_connection


def _spelled(tx: Tx, sql: str) -> str:
    return sql if tx.dialect.name == "sqlite" else sql.replace("?", "%s")
