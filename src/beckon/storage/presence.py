"""Which workers live: told by locks that end with their process, never by a time-out.

Invariant: what a living worker holds is never taken from it, however slow it is.
"""

import asyncio
import fcntl
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import psycopg

LOCK_NAME = "pg_try_advisory_lock(hashtextextended(%s, 1))"


class AlreadyServedError(Exception):
    """Another server works on this data directory."""


class Presence(Protocol):
    """One worker's sign of life, and a look at the others'."""

    async def begin(self) -> None:
        """Show this worker to be alive."""
        ...

    async def gone(self, workers: Sequence[str]) -> list[str]:
        """Tell which of these workers have ended."""
        ...

    async def close(self) -> None:
        """Be gone."""
        ...


class FilePresence:
    """On embedded stores: the one server that holds the lock of the data directory is alive.

    Raises AlreadyServedError when another has it. The lock ends with the process.
    """

    def __init__(self, folder: Path, me: str) -> None:
        self._me = me
        self._file = (folder / "serve.lock").open("a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise AlreadyServedError(folder) from None

    async def begin(self) -> None:
        """See Presence.begin: the lock was taken when this was made."""

    async def gone(self, workers: Sequence[str]) -> list[str]:
        """See Presence.gone: everybody but the holder of the lock."""
        return [worker for worker in workers if worker != self._me]

    async def close(self) -> None:
        """See Presence.close."""
        self._file.close()


class PostgresPresence:
    """On PostgreSQL: a worker is alive while its own connection holds the lock of its name."""

    def __init__(self, url: str, me: str) -> None:
        self._url = url
        self._me = me
        self._connection: psycopg.Connection | None = None

    async def begin(self) -> None:
        """See Presence.begin."""
        await asyncio.to_thread(self._connect)

    async def gone(self, workers: Sequence[str]) -> list[str]:
        """See Presence.gone: those whose lock anybody can take."""
        return await asyncio.to_thread(self._ask, workers)

    async def close(self) -> None:
        """See Presence.close."""
        if self._connection is not None:
            await asyncio.to_thread(self._connection.close)

    def _connect(self) -> psycopg.Connection:
        connection = psycopg.connect(self._url, autocommit=True)
        connection.execute(f"SELECT {LOCK_NAME}", [self._me])
        self._connection = connection
        return connection

    def _ask(self, workers: Sequence[str]) -> list[str]:
        # A server that restarted has dropped the lock: take it again before judging others.
        connection = self._connection
        if connection is None or connection.closed:
            connection = self._connect()
        try:
            return [worker for worker in workers if self._is_gone(connection, worker)]
        except psycopg.OperationalError:
            with suppress(psycopg.Error):
                connection.close()
            return []

    def _is_gone(self, connection: psycopg.Connection, worker: str) -> bool:
        if worker == self._me:
            return False
        row = connection.execute(f"SELECT {LOCK_NAME}", [worker]).fetchone()
        assert row is not None
        if row[0]:
            connection.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 1))", [worker])
        return bool(row[0])
