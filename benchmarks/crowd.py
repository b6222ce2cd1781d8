"""Fills a data directory with people and what they did in a year, in both stores.

    python benchmarks/crowd.py FOLDER [--contacts 1000000] [--events 10000000]

Afterwards `BECKON_DATA_DIR=FOLDER beckon serve` finds everything read by everybody: nothing is
forwarded, heard or asked about again. The folder must not hold any people yet. A sample of what
analytics was told is compared with what the forwarder itself would have told.
"""

import argparse
import asyncio
import sqlite3
import time
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from support.servers import beckon_command, beckon_environ, family_memory

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.tables import contact_change
from beckon.domain.events.tables import event
from beckon.domain.segments.tables import membership_change
from beckon.domain.segments.touches import LOGS
from beckon.domain.workflows.actions import listening
from beckon.engine.streams.events import EventsAlone
from beckon.engine.streams.every import STREAMS
from beckon.engine.streams.people import snapshots
from beckon.kit import json
from beckon.kit.clock import from_ms, to_ms
from beckon.kit.typed import flatten
from beckon.storage.analytics.address import read_address
from beckon.storage.analytics.client import Analytics, AnalyticsUnavailable
from beckon.storage.analytics.prepare import prepare
from beckon.storage.analytics.progress import (
    Span,
    find_head,
    place,
    set_origin,
    take_number,
)
from beckon.storage.analytics.shipment import reader_of
from beckon.storage.analytics.supervisor import Supervisor
from beckon.storage.analytics.tables import CONTACT, EVENT
from beckon.storage.log_readers import Cursor
from beckon.storage.state import open_engine

CHUNK = 50_000
SAMPLE = 200
YEAR = timedelta(days=365)
YEAR_MS = YEAR // timedelta(milliseconds=1)
KINDS = {"product_viewed": 55, "added_to_cart": 20, "order_paid": 10, "logged_in": 15}
FIRST = ("Ann", "Ben", "Chloe", "Олена", "Jürgen", "Lucía", "Mateo", "Соломія")
LAST = ("Adams", "Baker", "Шевченко", "Müller", "García", "Clarke", "Fischer")
PLACES = (("en", "Europe/London"), ("uk", "Europe/Kyiv"), ("de", "Europe/Berlin"), ("es", None))
PLANS = ("free", "free", "free", "gold", "pro", "team")
LIKES = ("tea", "coffee", "cups", "books", "garden")


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many there are, whose they are, and when the year they lived through began."""

    contacts: int
    events: int
    project_id: ProjectId
    began: datetime


@dataclass(frozen=True, slots=True)
class Properties:
    """Properties as the state store keeps them, and as analytics does."""

    text: str
    maps: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the crowd; `seen_at` in milliseconds."""

    id: int
    first_name: str
    last_name: str
    email: str
    phone: str | None
    language: str
    time_zone: str | None
    what: Properties
    seen_at: int | None


def main() -> None:
    options = _options()
    environ = beckon_environ(options.folder)
    beckon_command(environ, "project", "create", "Crowd")
    key = beckon_command(environ, "key", "create", "--project", "Crowd", "--name", "crowd")
    store = options.folder / "state.sqlite"
    with sqlite3.connect(store, isolation_level=None) as state:
        assert not state.execute("SELECT 1 FROM contact LIMIT 1").fetchall(), "people are here"
        ((project_id,),) = state.execute("SELECT max(id) FROM project")
        now = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 - no part of the product
        crowd = Crowd(options.contacts, options.events, ProjectId(project_id), now - YEAR)
        asyncio.run(fill(options.folder, state, crowd))
    state.close()
    print(f"A secret key of the project: {key}")


async def fill(folder: Path, state: sqlite3.Connection, crowd: Crowd) -> None:
    """Make the crowd in both stores at once."""
    supervisor = Supervisor(folder / "analytics")
    supervisor.start()
    analytics = Analytics(lambda: read_address(folder / "analytics"))
    engine = open_engine(f"sqlite:///{folder / 'state.sqlite'}")
    try:
        origin = await _prepared(analytics)
        assert supervisor.pid is not None
        _tell("idle", 0, supervisor.pid)
        with engine.begin() as tx:
            number = take_number(tx)
        engine.dispose()  # nobody else may have the store open while it is filled
        began = time.perf_counter()
        indexes = open_wide(state)
        seen = await add_events(state, analytics, crowd)
        _tell(f"{crowd.events:,} events", time.perf_counter() - began, supervisor.pid)
        began = time.perf_counter()
        await add_people(state, analytics, crowd, number, seen)
        _tell(f"{crowd.contacts:,} people", time.perf_counter() - began, supervisor.pid)
        began = time.perf_counter()
        close_again(state, indexes)
        _tell("indexes", time.perf_counter() - began, supervisor.pid)
        with engine.begin() as tx:
            set_origin(tx, origin)
            have_all_read(tx)
        with engine.begin() as tx:
            await check(tx, analytics, crowd, number)
    finally:
        engine.dispose()
        await analytics.close()
        await supervisor.stop()


def have_all_read(tx) -> None:
    """Say of everybody who reads a log that all of it was read."""
    readers = {reader_of(stream): stream.log for stream in STREAMS}
    readers |= {log.reader: log.table for log in LOGS}
    readers |= {
        listening.READER: event,
        listening.CONTACT_READER: contact_change,
        listening.SEGMENT_READER: membership_change,
    }
    place(tx, {reader: find_head(tx, log) for reader, log in readers.items()})


def open_wide(state: sqlite3.Connection) -> list[str]:
    """Make the store quick to fill and easy to lose; gives the indexes it had."""
    state.execute("PRAGMA journal_mode=OFF")
    state.execute("PRAGMA synchronous=OFF")
    named = state.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL "
        "AND tbl_name IN ('event', 'contact', 'address', 'contact_change')"
    ).fetchall()
    for name, _ in named:
        state.execute(f"DROP INDEX {name}")
    return [sql for _, sql in named]


def close_again(state: sqlite3.Connection, indexes: list[str]) -> None:
    """Make the store as it was."""
    for sql in indexes:
        state.execute(sql)
    state.execute("ANALYZE")
    state.execute("PRAGMA journal_mode=WAL")


async def add_events(state: sqlite3.Connection, analytics: Analytics, crowd: Crowd) -> "array[int]":
    """Let people do things, some far more than others; gives when each was last seen, in ms."""
    dice = Random(1)
    began = to_ms(crowd.began)
    numbers = {name: number for number, name in enumerate(KINDS, start=1)}
    state.executemany(
        "INSERT INTO event_type (id, project_id, name, name_key, created_at) VALUES (?,?,?,?,?)",
        [(number, crowd.project_id, name, name, began) for name, number in numbers.items()],
    )
    told = [_what(number) for number in range(5000)]
    seen = array("q", bytes(8 * (crowd.contacts + 1)))
    for chunk in _chunks(crowd.events):
        lines, rows = [], []
        names = dice.choices(list(KINDS), KINDS.values(), k=len(chunk))
        for position, name in zip(chunk, names, strict=True):
            person = 1 + int(crowd.contacts * dice.random() ** 2)
            what = told[int(len(told) * dice.random())]
            at = seen[person] = began + YEAR_MS * position // crowd.events
            who = (numbers[name], person, f"user_{person}")
            event_id = f"00000000000070008000{position:012x}"
            lines.append(
                (position, crowd.project_id, bytes.fromhex(event_id), *who, what.text, at, at)
            )
            rows.append(
                (crowd.project_id, name, person, from_ms(at), event_id, position, *what.maps)
            )
        state.execute("BEGIN")
        state.executemany(
            "INSERT INTO event (position, project_id, id, type_id, contact_id, key, properties, "
            "occurred_at, received_at) VALUES (?,?,?,?,?,?,?,?,?)",
            lines,
        )
        state.execute("COMMIT")
        await analytics.insert(EVENT.name, list(EVENT.columns), rows, f"crowd:e{chunk.start}")
    return seen


async def add_people(
    state: sqlite3.Connection, analytics: Analytics, crowd: Crowd, number: int, seen: "array[int]"
) -> None:
    """Let the people be known: names, addresses, properties, and that they came to be."""
    known = [_who(one) for one in range(5000)]
    began = to_ms(crowd.began)
    for chunk in _chunks(crowd.contacts):
        people = [_person(one, known[one % len(known)], seen[one]) for one in chunk]
        state.execute("BEGIN")
        state.executemany(
            "INSERT INTO contact (id, project_id, external_id, first_name, last_name, language, "
            "time_zone, properties, created_at, updated_at, last_seen_at, search_key) "
            "VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
            [_state_row(crowd, person) for person in people],
        )
        state.executemany(
            "INSERT INTO address (project_id, contact_id, kind, value, value_key, updated_at) "
            "VALUES (?,?,?,?,?,?)",
            [
                (crowd.project_id, person.id, kind, value, value, began)
                for person in people
                for kind, value in (("email", person.email), ("phone", person.phone))
                if value is not None
            ],
        )
        state.executemany(
            "INSERT INTO contact_change (project_id, contact_id, kind, fields, at) "
            "VALUES (?,?,'created','[]',?)",
            [(crowd.project_id, person.id, began) for person in people],
        )
        state.execute("COMMIT")
        rows = [_index_row(crowd, person, number) for person in people]
        await analytics.insert(CONTACT.name, list(CONTACT.columns), rows, f"crowd:c{chunk.start}")


def _person(one: int, what: Properties, seen_at: int) -> Person:
    language, zone = PLACES[one % len(PLACES)]
    return Person(
        id=one,
        first_name=FIRST[one % len(FIRST)],
        last_name=LAST[one % len(LAST)],
        email=f"person{one}@example{one % 50}.com",
        phone=f"38050{one:07d}" if one % 3 == 0 else None,
        language=language,
        time_zone=zone,
        what=what,
        seen_at=seen_at or None,
    )


def _state_row(crowd: Crowd, one: Person) -> tuple[object, ...]:
    began = to_ms(crowd.began)
    searched = (f"user_{one.id}", one.email, one.phone, f"{one.first_name} {one.last_name}")
    return (
        *(one.id, crowd.project_id, f"user_{one.id}", one.first_name, one.last_name),
        *(one.language, one.time_zone, one.what.text, began, began, one.seen_at),
        "\n".join(part for part in searched if part).lower(),
    )


def _index_row(crowd: Crowd, one: Person, number: int) -> tuple[object, ...]:
    ways = ["email", "in_app", *(["sms", "viber"] if one.phone else [])]
    return (
        *(crowd.project_id, one.id, number, 0, f"user_{one.id}", one.email, one.phone),
        *(one.first_name, one.last_name, one.language, one.time_zone, crowd.began, crowd.began),
        None if one.seen_at is None else from_ms(one.seen_at),
        *(ways, ["in_app"], ways),
        *one.what.maps,
    )


async def check(tx, analytics: Analytics, crowd: Crowd, number: int) -> None:
    """See that counts agree, and that a sample stands there as the forwarder would have put it."""
    for table, count in ((EVENT, crowd.events), (CONTACT, crowd.contacts)):
        asked = f"SELECT count() FROM {table.name} WHERE project_id = {{project:UInt64}}"
        found = await analytics.ask(asked, {"project": crowd.project_id}, seconds_max=60)
        assert found == [(count,)], (table.name, found)
    middle = Cursor(0, crowd.events // 2)
    span = Span(middle, Cursor(0, middle.position + SAMPLE), number)
    (lines,) = EventsAlone().read(tx, span).rows.values()
    columns = ", ".join(EVENT.columns)
    stored = await analytics.ask(
        f"SELECT {columns} FROM event WHERE position > {{from:UInt64}} "
        "AND position <= {to:UInt64} ORDER BY position",
        {"from": span.after.position, "to": span.until.position},
        seconds_max=60,
    )
    assert _plain(stored) == _plain(lines), (stored[0], lines[0])
    ids = range(1, crowd.contacts + 1, max(1, crowd.contacts // SAMPLE))
    people = snapshots(tx, crowd.project_id, ids, number)
    stored = await analytics.ask(
        f"SELECT {', '.join(CONTACT.columns)} FROM contact FINAL "
        "WHERE has({ids:Array(UInt64)}, contact_id) ORDER BY contact_id",
        {"ids": list(ids)},
        seconds_max=60,
    )
    assert _plain(stored) == _plain(sorted(people, key=lambda row: row[1])), (stored[0], people[0])


def _what(number: int) -> Properties:
    """Make properties of an event: text, whole and broken numbers, truth, a moment, a list."""
    return _properties(
        {
            "sku": f"SKU-{number:04d}",
            "price": round(1 + number * 0.07, 2),
            "quantity": 1 + number % 4,
            "gift": number % 11 == 0,
            "delivery": f"2026-{1 + number % 12:02d}-{1 + number % 28:02d}T12:00:00Z",
            "labels": [LIKES[number % 5], LIKES[(number + 2) % 5]],
            "address": {"city": ("Kyiv", "Berlin", "Madrid")[number % 3]},
        }
    )


def _who(number: int) -> Properties:
    """Make properties of a person."""
    return _properties(
        {
            "plan": PLANS[number % len(PLANS)],
            "age": 18 + number % 60,
            "vip": number % 9 == 0,
            "birthday": f"{1950 + number % 55}-{1 + number % 12:02d}-{1 + number % 28:02d}",
            "interests": [LIKES[number % 5], LIKES[(number + 3) % 5]],
        }
    )


def _properties(told: dict[str, object]) -> Properties:
    typed = flatten(told)
    maps = (typed.strings, typed.numbers, typed.booleans, typed.times, typed.lists)
    return Properties(json.text(told), maps)


def _plain(rows) -> list[list[object]]:
    """Make rows alike that mean the same: inside of maps analytics answers moments as text."""
    return [
        [
            {key: _moment_text(item) for key, item in value.items()}
            if isinstance(value, dict)
            else value
            for value in row
        ]
        for row in rows
    ]


def _moment_text(value: object) -> object:
    if not isinstance(value, datetime):
        return value
    return value.isoformat(" ", "milliseconds").removesuffix("+00:00")


def _chunks(total: int) -> Iterator[range]:
    for start in range(1, total + 1, CHUNK):
        yield range(start, min(start + CHUNK, total + 1))


async def _prepared(analytics: Analytics):
    while True:
        try:
            return await prepare(analytics)
        except AnalyticsUnavailable:
            await asyncio.sleep(0.1)


def _tell(what: str, seconds: float, pid: int) -> None:
    now, peak = family_memory(pid)
    told = f"{what:<22}{seconds:8.1f} s   engine {now:7,.0f} MiB, at most {peak:7,.0f} MiB"
    print(told, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=10_000_000)
    return parser.parse_args()


if __name__ == "__main__":
    main()
