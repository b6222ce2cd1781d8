"""P7: due workflow steps advanced and their messages queued, against the bare set-based loop.

    python benchmarks/p07_due_steps.py [--runs 50000] [--url postgresql://…]

Every run is due: it ends a wait and queues a mail, two steps, behind which it waits a day more.
Ours is the engine's step, as it runs: rules, journey, ledger, commit a batch. The yardstick claims
the same rows in batches of the same size, updates them and inserts the very rows that ours wrote,
by the raw driver, with no rules at all, on a store of its own. Targets: ratio ≥ 0.3, ≥ 30,000/s on
SQLite, ≥ 10,000/s on PostgreSQL. Where the machine is busy with other things, the time of the
processor tells more than the clock: PostgreSQL's own is not in it. Memory: `p07_waiting.py`.
"""

import argparse
import gc
import tempfile
import time
from datetime import UTC, datetime, timedelta

from beckon.domain.accounts import actions as accounts
from beckon.domain.contacts.model import Channel, Who
from beckon.domain.events import actions as events
from beckon.domain.events.model import EventId, NewEvent
from beckon.domain.messages.tables import message
from beckon.domain.templates import actions as templates
from beckon.domain.templates.model import Language, Text
from beckon.domain.workflows import actions as workflows
from beckon.domain.workflows.model import Definition
from beckon.domain.workflows.steps import Send, Wait
from beckon.domain.workflows.tables import run as run_table
from beckon.domain.workflows.triggers import EventTrigger
from beckon.engine.wake import WOKEN_AT_ONCE
from beckon.kit.clock import to_ms
from beckon.kit.ids import new_uuid
from beckon.storage.migrate import migrate
from beckon.storage.schema import metadata, run, run_many
from beckon.storage.state import open_engine
from support import report

START = datetime(2026, 4, 1, 9, tzinfo=UTC)
DAY = 86_400
STEPS = 2
"""What each run does when it is woken: a wait ends, a mail is queued."""

EVENTS_AT_ONCE = 1000


def main() -> None:
    options = _options()
    gc.set_threshold(50_000, 20, 50)  # as the server does
    with tempfile.TemporaryDirectory(prefix="beckon-p07-") as folder:
        url = options.url or f"sqlite:///{folder}/state.sqlite"
        engine = open_engine(url)
        migrate(engine)
        fill(engine, options.runs)
        later = START + timedelta(days=1)
        began, busy = time.perf_counter(), time.process_time()
        wake_all(engine, later)
        ours, ours_busy = time.perf_counter() - began, time.process_time() - busy
        check(engine, options.runs)
        written = [rows_of(engine, "message"), steps_after_entry(engine)]
        engine.dispose()
        other = open_engine(options.other or f"sqlite:///{folder}/other.sqlite")
        migrate(other)
        fill(other, options.runs)
        busy = time.process_time()
        yardstick = bare(other, written)
        bare_busy = time.process_time() - busy
        check(other, options.runs)
        other.dispose()
    rate, bare_rate = options.runs / ours, options.runs / yardstick
    store = "postgresql" if options.url else "sqlite"
    row = {
        "store": store,
        "mails/s": rate,
        "steps/s": STEPS * rate,
        "bare loop, mails/s": bare_rate,
        "ratio": rate / bare_rate,
        "mails per s of CPU": options.runs / ours_busy,
        "ratio of CPU": bare_busy / ours_busy,
    }
    report.show("P7: due runs woken, each ends a wait and queues a mail", [row])
    report.keep(f"p07_due_steps_{store}", {"runs": options.runs, **row})


def fill(engine, runs: int) -> None:
    """Let so many people enter; each waits a day for the first mail."""
    with engine.begin() as tx:
        project_id = prepare(tx)
    for start in range(0, runs, EVENTS_AT_ONCE):
        people = range(start, min(start + EVENTS_AT_ONCE, runs))
        with engine.begin() as tx:
            events.record(tx, project_id, [signed_up(number) for number in people], START)
    while True:
        with engine.begin() as tx:
            if not workflows.listen(tx, START, limit=2000):
                return


def prepare(tx):
    project = accounts.create_project(
        tx, name="P7", organisation="Bench", time_zone="UTC", now=START
    )
    template = templates.create(
        tx,
        project,
        name="Hello",
        channel=Channel.EMAIL,
        tags=(),
        text=Text(Language.LIQUID, "Hello", "<p>Hello</p>"),
        now=START,
    )
    mail = Send(Channel.EMAIL, template.id)
    definition = Definition(EventTrigger("signed_up"), (Wait(DAY), mail, Wait(DAY), mail))
    workflows.create(tx, project, name="Welcome", is_active=True, definition=definition, now=START)
    return project


def signed_up(number: int) -> NewEvent:
    who = Who(external_id=f"person {number}")
    return NewEvent(EventId(new_uuid()), "signed_up", who, None, {}, START, START)


def steps_after_entry(engine) -> tuple[str, list[tuple]]:
    """Read the lines of journeys that waking wrote."""
    sql, rows = rows_of(engine, "run_step")
    return sql, [row for row in rows if row[6]]


def wake_all(engine, now) -> None:
    while True:
        with engine.begin() as tx:
            if not workflows.wake(tx, now, limit=WOKEN_AT_ONCE):
                return


def check(engine, runs: int) -> None:
    """Each run made one message and waits on."""
    with engine.begin() as tx:
        queued = run(tx, f"SELECT count(*), count(DISTINCT run_id) FROM {message.name}")
        moved = run(tx, f"SELECT count(*) FROM {run_table.name} WHERE position = 2")
    assert queued == [(runs, runs)], queued
    assert moved == [(runs,)], moved


def rows_of(engine, table: str) -> tuple[str, list[tuple]]:
    """Read what ours wrote into a table, and spell the statement that writes it."""
    columns = [column.name for column in metadata.tables[table].columns]
    marks = ", ".join("?" * len(columns))
    with engine.begin() as tx:
        rows = run(tx, f"SELECT {', '.join(columns)} FROM {table} ORDER BY 1")
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows


def bare(engine, written: list[tuple[str, list[tuple]]]) -> float:
    """Move the same runs and write the same rows with no more than SQL; tells the seconds."""
    began = time.perf_counter()
    start = 0
    while move_bare(engine, [(sql, rows[start : start + WOKEN_AT_ONCE]) for sql, rows in written]):
        start += WOKEN_AT_ONCE
    return time.perf_counter() - began


def move_bare(engine, written: list[tuple[str, list[tuple]]]) -> bool:
    later = to_ms(START + timedelta(days=1))
    with engine.begin() as tx:
        locked = "" if tx.dialect.name == "sqlite" else " FOR UPDATE SKIP LOCKED"
        due = run(
            tx,
            "SELECT id, data FROM run WHERE due_at <= ? ORDER BY due_at, id "
            f"LIMIT {WOKEN_AT_ONCE}{locked}",
            [later],
        )
        run_many(
            tx,
            "UPDATE run SET position = 2, due_at = due_at + 86400000 WHERE id = ?",
            [(one,) for one, _ in due],
        )
        for sql, rows in written:
            run_many(tx, sql, rows)
        return bool(due)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=50_000)
    parser.add_argument("--url", help="an empty PostgreSQL database; else SQLite")
    parser.add_argument("--other", help="another one for the yardstick")
    return parser.parse_args()


if __name__ == "__main__":
    main()
