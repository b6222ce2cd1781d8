"""The bridge from the asynchronous edge to the state store: `write` and `read`, two twins.

Invariant: a caller hears of success only after the COMMIT that holds its action.
Invariant: an action that raises undoes itself alone; its neighbours keep their work.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, Protocol, TypeVar

import psycopg.errors
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError

from beckon.kit.refusals import Kind, Refusal
from beckon.storage.schema import Tx

T = TypeVar("T")
Action = Callable[[Tx], Any]
Waiting = tuple[Action, asyncio.Future[Any]]
Outcome = tuple[Any, Exception | None]

READERS = 4
POSTGRES_WORKERS = 8
TRIES_MAX = 4


class StoreUnavailable(Refusal):
    """The store does not answer or cannot take more; the same call may succeed later."""

    kind = Kind.UNAVAILABLE
    code = "store_unavailable"


class TransactionLostError(Exception):
    """The database gave the whole transaction up by itself, for example on a full disk."""


class State(Protocol):
    """The truth. Actions and queries are plain functions that take an open transaction."""

    async def write(self, action: Callable[[Tx], T]) -> T:
        """Run `action` in a transaction; answer after its commit.

        Raises what the action raised (then its own work is undone), or StoreUnavailable. The
        action may be run again after a clash with another process: it must depend on nothing
        but the transaction and what it closed over.
        """
        ...

    async def read(self, query: Callable[[Tx], T]) -> T:
        """Run `query` on a snapshot that holds every commit answered before."""
        ...

    async def close(self) -> None:
        """Finish what is in flight and let the connections go."""
        ...


def is_postgres(url: str) -> bool:
    """Tell which twin an address means."""
    return url.startswith(("postgresql://", "postgres://"))


def open_state(url: str) -> State:
    """Open the state store behind `sqlite:///path` or `postgresql://…` for this event loop."""
    return PostgresState(url) if is_postgres(url) else SqliteState(url)


def open_engine(url: str) -> Engine:
    """Open the store for one synchronous user (commands, migrations); writes take their lock."""
    if is_postgres(url):
        return _open_postgres(url, size=1)
    return _open_sqlite(url, "BEGIN IMMEDIATE", "journal_mode=WAL", "synchronous=FULL")


class SqliteState:
    """One writer thread with group commit, a few readers with snapshots of their own.

    What waits when the writer is free goes into one commit, one batch in flight at a time.
    """

    def __init__(self, url: str) -> None:
        self._writing = open_engine(url)
        self._reading = _open_sqlite(url, "BEGIN", "query_only=ON")
        self._loop = asyncio.get_running_loop()
        self._waiting: list[Waiting] = []
        self._busy = False
        self._batches: SimpleQueue[list[Waiting] | None] = SimpleQueue()
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
        self._writer = threading.Thread(target=self._commit_until_closed, name="writer")
        self._writer.start()

    async def write(self, action: Callable[[Tx], T]) -> T:
        """See State.write."""
        done: asyncio.Future[T] = self._loop.create_future()
        self._waiting.append((action, done))
        if not self._busy:
            self._busy = True
            self._loop.call_soon(self._hand_over)  # let the other requests of this tick join
        return await done

    async def read(self, query: Callable[[Tx], T]) -> T:
        """See State.read."""
        return await self._loop.run_in_executor(self._readers, _read, self._reading, query)

    async def close(self) -> None:
        """See State.close."""
        self._batches.put(None)
        await asyncio.to_thread(self._writer.join)
        self._readers.shutdown()
        self._writing.dispose()
        self._reading.dispose()

    def _hand_over(self) -> None:
        batch, self._waiting = self._waiting, []
        self._batches.put(batch)

    def _commit_until_closed(self) -> None:
        with self._writing.connect() as tx:
            while (batch := self._batches.get()) is not None:
                outcomes = commit(tx, [action for action, _ in batch])
                # One wake-up for the whole batch: one each would cost more than the commit.
                self._loop.call_soon_threadsafe(self._settle, batch, outcomes)

    def _settle(self, batch: list[Waiting], outcomes: Sequence[Outcome]) -> None:
        for (_, done), (result, error) in zip(batch, outcomes, strict=True):
            if done.cancelled():
                continue
            if error is None:
                done.set_result(result)
            else:
                done.set_exception(error)
        if self._waiting:
            self._hand_over()
        else:
            self._busy = False


def commit(tx: Tx, actions: Sequence[Action]) -> list[Outcome]:
    """Run the actions in one SQLite transaction; one outcome per action, in order."""
    try:
        with tx.begin():
            return [_attempt(tx, action) for action in actions]
    except Exception as error:  # noqa: BLE001 - the writer outlives every fault; all are told
        # A COMMIT that failed leaves the driver inside: every batch after it would be refused.
        tx.connection.rollback()
        return [(None, _as_unavailable(error)) for _ in actions]


def _attempt(tx: Tx, action: Action) -> Outcome:
    # Savepoints go to the driver directly: SQLAlchemy's begin_nested costs twenty times as much.
    driver: Any = tx.connection.driver_connection
    driver.execute("SAVEPOINT action")
    try:
        result = action(tx)
    except Exception as error:
        # On a full disk SQLite rolls everything back, and the driver's commit() after it says
        # nothing: without this question the neighbours would be told they are stored.
        if not driver.in_transaction:
            raise TransactionLostError from error
        driver.execute("ROLLBACK TO action")
        driver.execute("RELEASE action")
        return None, error
    driver.execute("RELEASE action")
    return result, None


class PostgresState:
    """A pool of threads with a connection each; clashes with other processes are run again."""

    def __init__(self, url: str) -> None:
        self._engine = _open_postgres(url, size=POSTGRES_WORKERS + READERS)
        self._loop = asyncio.get_running_loop()
        self._writers = ThreadPoolExecutor(POSTGRES_WORKERS, thread_name_prefix="writer")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="reader")

    async def write(self, action: Callable[[Tx], T]) -> T:
        """See State.write."""
        return await self._loop.run_in_executor(self._writers, _with_retries, self._engine, action)

    async def read(self, query: Callable[[Tx], T]) -> T:
        """See State.read."""
        return await self._loop.run_in_executor(self._readers, _with_retries, self._engine, query)

    async def close(self) -> None:
        """See State.close."""
        await asyncio.to_thread(self._writers.shutdown)
        await asyncio.to_thread(self._readers.shutdown)
        self._engine.dispose()


def _with_retries(engine: Engine, action: Callable[[Tx], T]) -> T:
    for _ in range(TRIES_MAX - 1):
        with suppress(Clash):
            return _told(engine, action)
    return _told(engine, action)


class Clash(StoreUnavailable):
    """Two processes wanted the same rows; whoever is refused may simply try again."""

    code = "clash"


CLASHES = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)
# A standby is read-only until it takes over.
ABSENT = (psycopg.OperationalError, psycopg.errors.ReadOnlySqlTransaction)


def _told(engine: Engine, action: Callable[[Tx], T]) -> T:
    """Run an action and tell a clash and an absent store from a bug."""
    try:
        return _in_transaction(engine, action)
    except (DBAPIError, psycopg.Error) as error:  # hot statements go round SQLAlchemy
        cause = error.orig if isinstance(error, DBAPIError) else error
        if isinstance(cause, CLASHES):
            raise Clash("Others were changing the same; try again.") from error
        if isinstance(cause, ABSENT):
            raise StoreUnavailable("The store cannot take this now; try again.") from error
        raise


def _in_transaction(engine: Engine, action: Callable[[Tx], T]) -> T:
    with engine.begin() as tx:
        return action(tx)


def _read(engine: Engine, query: Callable[[Tx], T]) -> T:
    try:
        return _in_transaction(engine, query)
    except (OperationalError, sqlite3.OperationalError) as error:  # hot ones go round SQLAlchemy
        told = _as_unavailable(error)
        if told is error:
            raise
        raise told from error


def _as_unavailable(error: Exception) -> Exception:
    """Turn what SQLite cannot help into a refusal that the edge answers with 503."""
    cause = error.orig if isinstance(error, OperationalError) else error
    if isinstance(cause, TransactionLostError) or (
        # The plain code stands for faulty SQL, which is a bug of ours and no matter of patience.
        isinstance(cause, sqlite3.OperationalError)
        and cause.sqlite_errorcode != sqlite3.SQLITE_ERROR
    ):
        refusal = StoreUnavailable("The store cannot take this now; try again.")
        refusal.__cause__ = error
        return refusal
    return error


def _open_sqlite(url: str, begin: str, *pragmas: str) -> Engine:
    # Ordinary connections also for reading: one opened mode=ro cannot recover a WAL after a crash.
    engine = create_engine(url, pool_size=READERS, max_overflow=0)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:  # noqa: ANN401 - a driver connection
        connection.isolation_level = None  # the driver must not open transactions by itself
        for pragma in ("foreign_keys=ON", "busy_timeout=5000", *pragmas):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(tx: Tx) -> None:
        _ = tx.exec_driver_sql(begin)

    return engine


def _open_postgres(url: str, size: int) -> Engine:
    address = "postgresql+psycopg://" + url.partition("://")[2]
    # A connection that died with the server is noticed before it is used, not by a request.
    return create_engine(address, pool_size=size, max_overflow=0, pool_pre_ping=True)
