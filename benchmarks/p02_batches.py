"""P2: batches over HTTP, durable, against bulk inserts of the same rows by the raw driver.

    python benchmarks/p02_batches.py [--rounds 5]

Three calls of the Reteno API: 1,000 orders, 3,000 contacts, 500 past events a request, all of
people nobody knew. The yardstick reads the rows that Beckon stored for a request and writes the
same, with `executemany`, into the same tables of a copy of the store, under the same constraints,
in one commit, in every round after ours; the ratio is the median of these pairs. Target: 0.6 or
more. Both are taken by the clock, and by CPU time, which other work on the machine does not
stretch; the server's holds its loops, and what they do besides.
"""

import argparse
import base64
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from http.client import HTTPConnection
from pathlib import Path

from support.servers import BECKON, beckon_command, beckon_environ, free_port, running

from support import report

TARGET = 0.6
TABLES = (
    *("contact", "address", "contact_change", "contact_import", "contact_import_row"),
    *("event", "purchase", "purchase_change", "event_type"),
)


def contacts(batch: int) -> dict[str, object]:
    return {
        "dedupeOn": "email",
        "contacts": [
            {
                "firstName": "Ann",
                "lastName": "Lee",
                "externalCustomerId": f"c-{batch}-{number}",
                "channels": [
                    {"type": "email", "value": f"p{number}.{batch}@shop.example.com"},
                    {"type": "sms", "value": f"38050{batch % 100:02}{number:05}"},
                ],
                "address": {"town": "Kyiv"},
            }
            for number in range(3000)
        ],
    }


def orders(batch: int) -> dict[str, object]:
    item = {"externalItemId": "sku-1", "name": "Tea", "quantity": 2, "cost": 49.75}
    return {
        "orders": [
            {
                "externalOrderId": f"o-{batch}-{number}",
                "externalCustomerId": f"b-{batch}-{number}",
                "totalCost": 99.5,
                "status": "DELIVERED",
                "date": "2026-03-08T09:30:00+02:00",
                "currency": "UAH",
                "email": f"b{number}.{batch}@shop.example.com",
                "items": [item, {**item, "externalItemId": "sku-2"}],
            }
            for number in range(1000)
        ]
    }


def events(batch: int) -> dict[str, object]:
    return {
        "events": [
            {
                "eventTypeKey": "product_viewed",
                "keyValue": f"e{number}.{batch}@shop.example.com",
                "params": [{"name": "price", "value": 19.9}, {"name": "sku", "value": "SKU-1"}],
                "occurred": "2026-03-08T09:30",
            }
            for number in range(500)
        ]
    }


CALLS: dict[str, tuple[str, int, Callable[[int], dict[str, object]]]] = {
    "3,000 contacts": ("/api/v1/contacts", 3000, contacts),
    "1,000 orders": ("/api/v1/orders", 1000, orders),
    "500 events": ("/api/v2/past_events", 500, events),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="beckon-bench-") as name:
        folder = Path(name)
        # Rows of one request are counted while nothing forwards or reads them meanwhile.
        environ = beckon_environ(folder, CLICKHOUSE_URL="none")
        port = free_port()
        command = [BECKON, "serve", "--port", str(port)]
        with running("beckon", command, port, "/ready", environ=environ) as process:
            beckon_command(environ, "project", "create", "Bench")
            key = beckon_command(environ, "key", "create", "--project", "Bench", "--name", "b")
            told = [measure(folder, process, key, title, rounds) for title in CALLS]
    report.show(f"P2: batches, {rounds} rounds each, every row counted", told)
    for row in told:
        print(f"{row['call']}: {row['ratio']}, by CPU {row['CPU ratio']} (target {TARGET})")


def measure(folder, process, key, title, rounds) -> dict[str, str | float]:
    """Take ours and the yardstick in turns, so that other work on the machine meets both."""
    path, size, make = CALLS[title]
    store = folder / "state.sqlite"
    taken: list[tuple[float, float, float, float]] = []
    for batch in range(rounds + 1):
        body = json.dumps(make(batch)).encode()
        before = last_rows(store)
        began, worked = time.perf_counter(), ran_seconds(process.pid)
        post(process.port, key, path, body)
        ours = time.perf_counter() - began, ran_seconds(process.pid) - worked
        process.settle()
        rows = rows_since(store, before)
        assert sum(map(len, rows.values())) >= size
        if batch:  # the first one finds everything cold
            taken.append((*ours, *write_raw(folder, store, before, rows)))
    own, own_cpu, bare, bare_cpu = (
        round(1000 * statistics.median(column), 1) for column in zip(*taken, strict=True)
    )
    return {
        "call": title,
        "rows": sum(map(len, rows.values())),
        "beckon ms": own,
        "raw ms": bare,
        "ratio": round(statistics.median(one[2] / one[0] for one in taken), 2),
        "beckon CPU ms": own_cpu,
        "raw CPU ms": bare_cpu,
        "CPU ratio": round(statistics.median(one[3] / one[1] for one in taken), 2),
    }


def ran_seconds(pid: int) -> float:
    """Tell how long a process has run on any CPU, its threads together, to the nanosecond."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(one.read_text().split()[0]) for one in threads) / 1e9


def post(port: int, key: str, path: str, body: bytes) -> None:
    """Send one request; everything in it must have been taken."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    basic = base64.b64encode(f"any:{key}".encode()).decode()
    headers = {"authorization": f"Basic {basic}", "content-type": "application/json"}
    connection.request("POST", path, body, headers)
    answer = connection.getresponse()
    told = answer.read()
    assert answer.status == 200, told
    assert b'"error":' not in told, told[:300]
    connection.close()


def last_rows(store: Path) -> dict[str, int]:
    with sqlite3.connect(store) as tx:
        return {
            table: tx.execute(f"SELECT coalesce(max(rowid), 0) FROM {table}").fetchone()[0]
            for table in TABLES
        }


def rows_since(store: Path, before: dict[str, int]) -> dict[str, list[tuple[object, ...]]]:
    with sqlite3.connect(store) as tx:
        return {
            table: tx.execute(f"SELECT * FROM {table} WHERE rowid > ?", (before[table],)).fetchall()
            for table in TABLES
        }


def write_raw(
    folder: Path,
    store: Path,
    before: dict[str, int],
    rows: dict[str, list[tuple[object, ...]]],
) -> tuple[float, float]:
    """Write the same rows into a copy that lacks them; gives the seconds by clock and by CPU."""
    copy = folder / "raw.sqlite"
    with sqlite3.connect(store) as tx, sqlite3.connect(copy) as target:
        tx.backup(target)
    tx = sqlite3.connect(copy, isolation_level=None)
    tx.execute("PRAGMA journal_mode=WAL")
    tx.execute("PRAGMA synchronous=FULL")
    for table in reversed(TABLES):
        tx.execute(f"DELETE FROM {table} WHERE rowid > ?", (before[table],))
    tx.execute("PRAGMA foreign_keys=ON")  # as the store does: rows of nobody's are refused
    tx.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    began, worked = time.perf_counter(), time.process_time()
    tx.execute("BEGIN IMMEDIATE")
    for table, content in rows.items():
        insert_all(tx, table, content)
    tx.execute("COMMIT")
    took = time.perf_counter() - began, time.process_time() - worked
    tx.close()
    for path in folder.glob("raw.sqlite*"):
        path.unlink()
    return took


def insert_all(tx: sqlite3.Connection, table: str, rows: Sequence[tuple[object, ...]]) -> None:
    if rows:
        tx.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * len(rows[0]))})", rows)


if __name__ == "__main__":
    sys.exit(main())
