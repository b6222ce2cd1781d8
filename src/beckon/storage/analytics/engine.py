"""The embedded ClickHouse: chDB in a process of its own, behind ClickHouse's HTTP on loopback.

Started by `supervisor`, never forked: a forked child hangs in its first query. It ends when its
standard input does, so it outlives nobody, however its parent ended.

    python -m beckon.storage.analytics.engine FOLDER

Of the protocol it speaks what `client` uses: POST, a statement in the body or in `query` with the
rows in the body, settings and `param_…` in the query string, errors with their code in a header.
"""

import hmac
import os
import re
import secrets
import sys
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from beckon.storage.analytics.address import DATABASE, write_address

READERS = 4
WRITERS = 2
WAIT_SECONDS = 10.0
BODY_BYTES_MAX = 256_000_000
HOST = "127.0.0.1"
READY = b"ready\n"

# Merges and questions share what is here; more of either comes back as error 241.
SERVER_OPTIONS = {
    "max_server_memory_usage": 3_000_000_000,
    "background_pool_size": 2,
    "background_schedule_pool_size": 4,
    "max_thread_pool_size": 200,
    "mark_cache_size": 64_000_000,
    "index_mark_cache_size": 8_000_000,
}

# Numbers that ClickHouse itself gives to these errors.
UNKNOWN = 0
CANNOT_PARSE = 6
TOO_MANY_QUERIES = 202
WRONG_KEY = 516

# What the protocol itself uses; every other name in the query string is a setting.
PROTOCOL = {"query", "database", "default_format", "wait_end_of_query"}
NAME = re.compile(r"\w+")
VALUE = re.compile(r"[\w.:/-]+")

_CODE = re.compile(r"Code: (\d+)")


class QueryError(Exception):
    """A statement the engine refused, with ClickHouse's number of the reason."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Engine:
    """chDB on one folder: statements side by side, those that read apart from those that write."""

    def __init__(self, folder: Path) -> None:
        from chdb import _chdb  # noqa: PLC0415 - half a second, and only this process pays it

        options = "&".join(f"{name}={value}" for name, value in SERVER_OPTIONS.items())
        self._driver: Any = _chdb
        self._url = f"{folder}?{options}"
        # Closing the last connection would end the engine, so one stays open.
        self._first = self._driver.connect(self._url)
        _query(self._first, f"CREATE DATABASE IF NOT EXISTS {DATABASE} ENGINE = Atomic")
        self._reading = threading.Semaphore(READERS)
        self._writing = threading.Semaphore(WRITERS)

    def run(
        self,
        sql: str,
        *,
        database: str,
        output: str,
        settings: Mapping[str, str],
        parameters: Mapping[str, str],
    ) -> bytes:
        """Run one statement. Raises QueryError."""
        is_reading = settings.get("readonly", "0") != "0"
        room = self._reading if is_reading else self._writing
        if not room.acquire(timeout=WAIT_SECONDS):
            raise QueryError(TOO_MANY_QUERIES, "Too many simultaneous queries.")
        # A connection each (below 1 ms): settings would stay on it, and after an error so does
        # half an answer, which would come out in front of the next one.
        connection = self._driver.connect(self._url)
        try:
            _query(connection, f"USE {database}")
            if settings:
                told = ", ".join(f"{name} = '{value}'" for name, value in settings.items())
                _query(connection, f"SET {told}")
            return _query(connection, sql, output, parameters)
        finally:
            connection.close()
            room.release()


class Handler(BaseHTTPRequestHandler):
    """One connection of ClickHouse's HTTP protocol."""

    protocol_version = "HTTP/1.1"
    # Answers leave in two writes; waiting to join them costs 40 ms each.
    disable_nagle_algorithm = True
    server: "Server"

    def do_POST(self) -> None:
        """Run one statement."""
        length = int(self.headers.get("Content-Length") or 0)
        if length > BODY_BYTES_MAX:
            self.close_connection = True
            self._answer(413, b"The body is too large.")
            return
        body = self.rfile.read(length)
        given = self.headers.get("X-ClickHouse-Key", "")
        if not hmac.compare_digest(given.encode(), self.server.key.encode()):
            self._refuse(QueryError(WRONG_KEY, "Wrong key."), 403)
            return
        try:
            self._answer(200, self._run(body))
        except QueryError as fault:
            self._refuse(fault, 500)

    def log_message(self, *_: object) -> None:
        """Say nothing: who asked knows."""

    def _run(self, body: bytes) -> bytes:
        asked = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        try:
            sql = "\n".join(part for part in (asked.get("query", ""), body.decode()) if part)
        except UnicodeDecodeError:
            raise QueryError(CANNOT_PARSE, "The body must be UTF-8.") from None
        parameters = {
            name.removeprefix("param_"): value
            for name, value in asked.items()
            if name.startswith("param_")
        }
        settings = {
            name: value
            for name, value in asked.items()
            if name not in PROTOCOL and not name.startswith("param_")
        }
        database = asked.get("database", DATABASE)
        names = [database, *settings]
        if not all(map(NAME.fullmatch, names)) or not all(map(VALUE.fullmatch, settings.values())):
            raise QueryError(CANNOT_PARSE, "No such database or setting.")
        return self.server.engine.run(
            sql,
            database=database,
            output=asked.get("default_format", "TabSeparated"),
            settings=settings,
            parameters=parameters,
        )

    def _refuse(self, fault: QueryError, status: int) -> None:
        self._answer(status, str(fault).encode(), code=fault.code)

    def _answer(self, status: int, body: bytes, *, code: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if code is not None:
            self.send_header("X-ClickHouse-Exception-Code", str(code))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    """Listens on loopback, a thread a connection."""

    daemon_threads = True

    def __init__(self, engine: Engine, key: str) -> None:
        super().__init__((HOST, 0), Handler)
        self.engine = engine
        self.key = key

    def handle_error(self, request: object, client_address: object) -> None:
        """Let a connection break without a word: its other end has read of it."""


def main(folder: Path) -> None:
    """Serve until standard input ends."""
    key = secrets.token_urlsafe(32)
    server = Server(Engine(folder / "chdb"), key)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    write_address(folder, server.server_port, key)
    sys.stdout.buffer.write(READY)
    sys.stdout.buffer.flush()
    while sys.stdin.buffer.read(1):
        pass
    # What was acknowledged is on the disk: no need to wait for merges or for who still asks.
    os._exit(0)


def _query(
    connection: Any,  # noqa: ANN401 - a type of the driver, which has no stubs
    sql: str,
    output: str = "Null",
    parameters: Mapping[str, str] | None = None,
) -> bytes:
    try:
        answer: bytes = connection.query(sql, output, params=dict(parameters or {})).bytes()
    except RuntimeError as fault:
        found = _CODE.search(str(fault))
        raise QueryError(int(found.group(1)) if found else UNKNOWN, str(fault)) from None
    return answer


if __name__ == "__main__":
    main(Path(sys.argv[1]))
