"""P17: the pages of the dashboard over one million contacts: p95 of lists, profile and home.

    python benchmarks/p17_pages.py [--folder FOLDER] [--contacts 1000000] [--asks 30]

FOLDER is what `crowd.py` filled before; without one a crowd is made. Messages (one a contact),
orders (one for every third), and a list of half of all are put beside them where there are none
yet. Each page is asked for one after the other over one kept connection, from before the request
leaves until the last byte is here, so the time is the server's and a little more. Every page must
answer 200 and hold what it is about; the CPU time of the server tells what others on the machine
add. Target: 300 ms.
"""

import argparse
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

from support.servers import BECKON, HOST, Process, beckon_environ, free_port, running

from support import report

TARGET_MS = 300
EMAIL, PASSWORD = "pages@example.com", "a sentence to go in by"
HERE = Path(__file__).parent
STATES = ("accepted", "delivered", "accepted", "suppressed", "failed")
FORM = {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A page and a word that must stand on it."""

    name: str
    path: str
    holds: str


def main() -> None:
    options = _options()
    with ExitStack() as opened:
        folder = options.folder or Path(
            opened.enter_context(tempfile.TemporaryDirectory(prefix="beckon-bench-"))
        )
        if options.folder is None:
            sizes = ["--contacts", str(options.contacts), "--events", str(10 * options.contacts)]
            subprocess.run([sys.executable, HERE / "crowd.py", folder, *sizes], check=True)
        environ = beckon_environ(folder, CLICKHOUSE_URL="none")
        subprocess.run([BECKON, "migrate"], env=environ, check=True, capture_output=True)
        pages = furnish(folder / "state.sqlite", environ)
        port = free_port()
        command = [BECKON, "serve", "--port", str(port)]
        server = opened.enter_context(running("beckon", command, port, "/ready", environ=environ))
        server.settle()
        rows = list(measure(server, pages, options.asks))
    report.show("P17: milliseconds a page, one after the other", rows)
    missed = [str(one["page"]) for one in rows if float(one["p95"]) > TARGET_MS]
    print(f"target {TARGET_MS} ms missed by: {', '.join(missed) or 'none'}")
    report.keep("p17_pages", {"rows": rows, "target_ms": TARGET_MS})


def furnish(store: Path, environ: dict[str, str]) -> list[Asked]:
    """Put messages, orders and a list beside the people; give the pages to ask for."""
    with sqlite3.connect(store) as state:
        project_id, first, last = state.execute(
            "SELECT project_id, min(id), max(id) FROM contact GROUP BY project_id"
            " ORDER BY count(*) DESC LIMIT 1"
        ).fetchone()
        if not state.execute("SELECT 1 FROM message LIMIT 1").fetchone():
            _fill(state, project_id)
        segment_id, event_id = (
            state.execute(asked, [project_id]).fetchone()[0]
            for asked in (
                "SELECT id FROM segment WHERE project_id = ?",
                "SELECT max(position) FROM event WHERE project_id = ?",
            )
        )
        has_user = state.execute("SELECT 1 FROM person WHERE email = ?", [EMAIL]).fetchone()
    state.close()
    if not has_user:
        words = ["user", "create", "--project", str(project_id), "--email", EMAIL]
        subprocess.run(
            [BECKON, *words, "--role", "ADMIN"],
            env=environ,
            input=f"{PASSWORD}\n{PASSWORD}\n",
            text=True,
            check=True,
            capture_output=True,
        )
    middle = (first + last) // 2
    return [
        Asked("home", "/", "Get started"),
        Asked("contacts", "/contacts", "All contacts"),
        Asked("contacts, a deep page", f"/contacts?before={first + 5000}", "All contacts"),
        Asked("contacts, a word many have", "/contacts?search=clarke", "Clarke"),
        Asked("contacts, a word nobody has", "/contacts?search=zzyzx", "Nobody"),
        Asked("contacts, by number", f"/contacts?search={middle}", str(middle)),
        Asked("profile", f"/contacts/{middle}", "What happened"),
        Asked("segments", "/segments", "Half of all"),
        Asked("a segment", f"/segments/{segment_id}", "Half of all"),
        Asked("events", "/events", "product_viewed"),
        Asked("events, a deep page", f"/events?before={event_id // 2}", "product_viewed"),
        Asked("events of a kind", "/events?name=order_paid", "order_paid"),
        Asked("messages", "/messages", "Accepted"),
        Asked("messages, failed", "/messages?state=failed", "Failed"),
        Asked("messages, a deep page", "/messages?before=5000", "Accepted"),
        Asked("orders", "/orders", "ORDER"),
        Asked("orders, a deep page", "/orders?before=5000", "ORDER"),
        Asked("orders in a state", "/orders?status=DELIVERED", "ORDER"),
        Asked("suppressions", "/suppressions", "Suppressions"),
        Asked("event types", "/event-types", "order_paid"),
        Asked("search", "/search?q=clarke", "Clarke"),
    ]


def _fill(state: sqlite3.Connection, project_id: int) -> None:
    now = int(datetime.now(UTC).timestamp() * 1000)  # noqa: TID251 - no part of the product
    chosen = " ".join(f"WHEN {place} THEN '{name}'" for place, name in enumerate(STATES))
    state.execute(
        "INSERT INTO message (id, project_id, key, contact_id, channel, purpose, lane, state,"
        " version_id, data, address, subject, attempts, fence, created_at, changed_at, provider)"
        " SELECT randomblob(16), project_id, 'bench:' || id, id, 'email', 'bulk', 1,"
        f" CASE id % {len(STATES)} {chosen} END, 1, '{{}}', 'somebody@example.com', 'A letter', 1,"
        " 1, ? - (id % 1000) * 60000, ? - (id % 1000) * 60000, 'outbox'"
        " FROM contact WHERE project_id = ?",
        [now, now, project_id],
    )
    state.execute(
        "INSERT INTO purchase (project_id, contact_id, external_id, version, status, total,"
        " currency, placed_at, items, details, created_at, updated_at)"
        " SELECT project_id, id, 'ORDER-' || id, 1,"
        " CASE id % 2 WHEN 0 THEN 'DELIVERED' ELSE 'IN_PROGRESS' END, 4200, 'EUR',"
        " ? - (id % 1000) * 60000, '[]', '{}', ?, ? FROM contact"
        " WHERE project_id = ? AND id % 3 = 0",
        [now, now, now, project_id],
    )
    ((segment_id,),) = state.execute(
        "INSERT INTO segment (project_id, name, kind, members, revision, created_at,"
        " updated_at, computed_at) VALUES (?, 'Half of all', 'static', 0, 1, ?, ?, ?)"
        " RETURNING id",
        [project_id, now, now, now],
    ).fetchall()
    state.execute(
        "INSERT INTO segment_member (project_id, segment_id, contact_id, since)"
        " SELECT project_id, ?, id, ? FROM contact WHERE project_id = ? AND id % 2 = 0",
        [segment_id, now, project_id],
    )
    state.execute(
        "UPDATE segment SET members = (SELECT count(*) FROM segment_member WHERE segment_id = ?)"
        " WHERE id = ?",
        [segment_id, segment_id],
    )


def measure(server: Process, pages: list[Asked], asks: int) -> Iterator[dict[str, str | float]]:
    """Sign in, and ask for each page so many times."""
    connection = HTTPConnection(HOST, server.port, timeout=120)
    cookie = _sign_in(connection)
    for page in pages:
        before = server.cpu_seconds()
        took = sorted(_ask(connection, page, cookie) for _ in range(asks))
        cpu_ms = 1000 * (server.cpu_seconds() - before) / asks
        yield {
            "page": page.name,
            "median": took[len(took) // 2],
            "p95": took[min(len(took) - 1, len(took) * 95 // 100)],
            "longest": took[-1],
            "CPU a page": cpu_ms,
        }
        print(f"{page.name}: {took[len(took) // 2]:.0f} ms, CPU {cpu_ms:.0f}", flush=True)
    connection.close()


def _sign_in(connection: HTTPConnection) -> str:
    body = urlencode({"email": EMAIL, "password": PASSWORD})
    connection.request("POST", "/login", body, FORM)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 303, answer.status
    return str(answer.headers["set-cookie"]).partition(";")[0]


def _ask(connection: HTTPConnection, page: Asked, cookie: str) -> float:
    began = time.perf_counter()
    connection.request("GET", page.path, headers={"cookie": cookie})
    answer = connection.getresponse()
    body = answer.read().decode()
    took = 1000 * (time.perf_counter() - began)
    assert answer.status == 200, (page.path, answer.status)
    assert page.holds in body, (page.path, page.holds)
    return took


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--asks", type=int, default=30)
    return parser.parse_args()


if __name__ == "__main__":
    main()
