"""P14: open pixels and click redirects, signed and noted durably, against a raw ASGI answer.

    python benchmarks/p14_links.py [--requests 20000] [--rounds 3] [--connections 64]

Every token is its own message's; each answer comes after the commit that holds the opening or the
click, and the rows are counted afterwards: nothing lost, nothing doubled. The yardstick answers
the same picture and notes nothing. Target: at least 0.5 of it.
"""

import argparse
import sqlite3
import statistics
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from support.servers import BECKON, beckon_command, beckon_environ, free_port, running

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import ContactId
from beckon.domain.subscriptions.tracking import LinkKind, Mark, link, make_track
from beckon.kit.secrets import Vault
from beckon.kit.signing import Signer
from support import load, report

TARGET = 0.5
SECRET = "a secret key for this benchmark only"
WRITTEN_AT = datetime(2026, 4, 1, tzinfo=UTC)
TARGETS = [f"https://shop.example.com/tea/{n}?utm_source=mail" for n in range(20)]
HERE = Path(__file__).parent
AGENT = "user-agent: Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148"


def get(path):
    """Write out a GET as a mail program sends it."""
    return f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{AGENT}\r\n\r\n".encode()


def requests(kind, signer, count):
    """Write out requests, each of a message of its own."""
    for number in range(count):
        mark = Mark(UUID(int=2**100 + number), ProjectId(1), ContactId(number), WRITTEN_AT)
        if kind is LinkKind.OPEN:
            yield get(link(signer, "", mark, kind))
        else:
            yield get(make_track(signer, "", mark)(0, TARGETS[number % len(TARGETS)]))


def send(process, messages, connections):
    """Send requests; gives how many a second were answered as they should be, and what it cost."""
    before = process.cpu_seconds()
    outcome = load.send_all(process.port, messages, connections)
    moved = sum(answer.startswith(b"HTTP/1.1 302 ") for answer in outcome.refused)
    assert len(outcome.bodies) + moved == len(messages), outcome.refused[:1]
    process.settle()
    cost = 1e6 * (process.cpu_seconds() - before) / len(messages)
    return len(messages) / outcome.seconds, outcome.percentile_ms(99), cost


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=20_000, help="in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=64)
    options = parser.parse_args()
    signer = Signer(Vault([SECRET.replace(" ", "-")]).derive("links"))
    opens, clicks = (
        list(requests(kind, signer, options.requests)) for kind in (LinkKind.OPEN, LinkKind.CLICK)
    )
    runs = {"open pixel": [], "click": [], "raw ASGI": []}
    with tempfile.TemporaryDirectory(prefix="beckon-bench-") as folder:
        environ = beckon_environ(
            Path(folder), SECRET_KEY=SECRET.replace(" ", "-"), CLICKHOUSE_URL="none"
        )
        ours, bare = free_port(), free_port()
        with (
            running(
                "beckon", [BECKON, "serve", "--port", str(ours)], ours, "/ready", environ=environ
            ) as product,
            running(
                "raw",
                [sys.executable, "-m", "support.pixel_app", str(bare)],
                bare,
                "/",
                folder=HERE,
            ) as raw,
        ):
            beckon_command(environ, "project", "create", "Bench")
            for _ in range(options.rounds):
                runs["open pixel"].append(send(product, opens, options.connections))
                runs["raw ASGI"].append(send(raw, opens, options.connections))
                runs["click"].append(send(product, clicks, options.connections))
        check(Path(folder) / "state.sqlite", options)
    show(runs, options)


def check(store, options):
    """Count what is noted: one row for each answer."""
    rows = dict(
        sqlite3.connect(store).execute("SELECT kind, count(*) FROM message_activity GROUP BY kind")
    )
    sent = options.requests * options.rounds
    assert rows == {"opened": sent, "clicked": sent}, rows


def show(runs, options):
    told = [
        {
            "what": name,
            "requests/s": statistics.median(rate for rate, _, _ in run),
            "p99 ms": statistics.median(late for _, late, _ in run),
            "CPU µs/request": statistics.median(cost for _, _, cost in run),
        }
        for name, run in runs.items()
    ]
    rates = {one["what"]: one["requests/s"] for one in told}
    costs = {one["what"]: one["CPU µs/request"] for one in told}
    ours = ("open pixel", "click")
    ratios = {name: rates[name] / rates["raw ASGI"] for name in ours}
    by_cpu = {name: costs["raw ASGI"] / costs[name] for name in ours}
    report.show(
        f"P14: {options.rounds} rounds of {options.requests:,}, {options.connections} connections, "
        "each noted before it is answered",
        told,
    )
    print(f"ratios {ratios} (target {TARGET}), by CPU time {by_cpu}")
    report.keep(
        "p14_links", {"figures": told, "ratios": ratios, "cpu_ratios": by_cpu, "target": TARGET}
    )


if __name__ == "__main__":
    main()
