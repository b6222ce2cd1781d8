"""The yardstick of P1: uvicorn and SQLite with nothing between them but a group commit.

It decodes the JSON without looking at it, finds or makes the person, appends the event under two
indexes, and answers after the commit (WAL, synchronous=FULL), as Beckon does. The ratio shows
what Beckon does besides: key, limits, strict JSON, validation, kinds of events, the whole reply.
"""

import asyncio
import sqlite3
import sys
import threading
import time
import uuid
from queue import SimpleQueue

import msgspec
import uvicorn

from support.servers import HOST

SCHEMA = """
PRAGMA journal_mode=WAL;
PRAGMA synchronous=FULL;
CREATE TABLE contact (
  id INTEGER PRIMARY KEY, external_id TEXT NOT NULL UNIQUE, last_seen_at INTEGER NOT NULL
);
CREATE TABLE event (
  position INTEGER PRIMARY KEY, id BLOB NOT NULL, contact_id INTEGER NOT NULL, name TEXT NOT NULL,
  properties TEXT NOT NULL, received_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX event_id ON event (id);
CREATE INDEX event_contact ON event (contact_id, position);
"""
UPSERT = """
INSERT INTO contact (external_id, last_seen_at) VALUES (?, ?)
ON CONFLICT (external_id) DO UPDATE SET last_seen_at = excluded.last_seen_at RETURNING id
"""
INSERT = "INSERT INTO event (id, contact_id, name, properties, received_at) VALUES (?, ?, ?, ?, ?)"

Waiting = tuple[bytes, dict[str, object], asyncio.Future[None]]


class BareApp:
    """Answers every POST with the id of the event it stored, every GET with how many there are."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._waiting: list[Waiting] = []
        self._is_busy = False
        self._batches: SimpleQueue[list[Waiting]] = SimpleQueue()
        self._loop: asyncio.AbstractEventLoop

    async def __call__(self, scope, receive, send) -> None:
        """Take one request, or the start and the end of the server."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        message = await receive()
        body = message["body"]
        while message.get("more_body"):
            message = await receive()
            body += message["body"]
        answer = await self._store(body) if scope["method"] == "POST" else self._count()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(answer)),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def _live(self, receive, send) -> None:
        await receive()
        self._loop = asyncio.get_running_loop()
        self._connection = sqlite3.connect(
            self._path, isolation_level=None, check_same_thread=False
        )
        self._connection.executescript(SCHEMA)
        threading.Thread(target=self._write, daemon=True).start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def _store(self, body: bytes) -> bytes:
        event = msgspec.json.decode(body)
        event_id = uuid.uuid4()  # noqa: TID251 - no part of the product
        done = self._loop.create_future()
        self._waiting.append((event_id.bytes, event, done))
        if not self._is_busy:
            self._is_busy = True
            self._loop.call_soon(self._hand_over)
        await done
        return msgspec.json.encode({"id": event_id.hex})

    def _count(self) -> bytes:
        (count,) = self._connection.execute("SELECT count(*) FROM event").fetchone()
        return msgspec.json.encode({"total": count})

    def _hand_over(self) -> None:
        batch, self._waiting = self._waiting, []
        self._batches.put(batch)

    def _write(self) -> None:
        run = self._connection.execute
        while True:
            batch = self._batches.get()
            now = int(time.time() * 1000)  # noqa: TID251 - no part of the product
            run("BEGIN IMMEDIATE")
            for event_id, event, _ in batch:
                (contact_id,) = run(UPSERT, (event["userId"], now)).fetchone()
                properties = msgspec.json.encode(event["properties"]).decode()
                run(INSERT, (event_id, contact_id, event["eventName"], properties, now))
            run("COMMIT")
            self._loop.call_soon_threadsafe(self._settle, batch)

    def _settle(self, batch: list[Waiting]) -> None:
        for _, _, done in batch:
            done.set_result(None)
        if self._waiting:
            self._hand_over()
        else:
            self._is_busy = False


if __name__ == "__main__":
    uvicorn.run(
        BareApp(sys.argv[2]),
        host=HOST,
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        backlog=4096,
    )
