"""P1: single events over HTTP, durable, against a bare ASGI app with the same group commit.

    python benchmarks/p01_single_events.py [--events 20000] [--rounds 3] [--connections 64]
        [--without-analytics]

Rounds alternate between the two. Every event that Beckon acknowledged is read back by its id
afterwards and counted: nothing lost, nothing doubled. Target: at least 0.6 of the bare app.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from support.servers import Process, beckon, free_port, running

from support import load, report

HERE = Path(__file__).parent
USERS = 2000
WARM_UP = 1000
STRIDE = 7919  # a prime, so that everybody has their turn
TARGET = 0.6


@dataclass(slots=True)
class Contestant:
    """A server under test and what its rounds brought."""

    process: Process
    key: str
    path: str
    users: int = USERS
    runs: list[load.Outcome] = field(default_factory=list)
    cpu_seconds: float = 0.0

    def warm_up(self, connections: int) -> list[bytes]:
        """Send a few events that are not timed; gives the answers."""
        return self._send(events(WARM_UP, self.users), connections).bodies

    def run(self, count: int, connections: int) -> None:
        """Send events and note what that cost."""
        before = self.process.cpu_seconds()
        self.runs.append(self._send(events(count, self.users), connections))
        self.cpu_seconds += self.process.cpu_seconds() - before

    def figures(self) -> dict[str, str | float]:
        """Sum up the rounds; the rate is the median of theirs."""
        accepted = sum(len(run.bodies) for run in self.runs)
        client = sum(run.client_cpu_seconds for run in self.runs)
        return {
            "server": self.process.name,
            "events/s": statistics.median(run.rate for run in self.runs),
            "p50 ms": statistics.median(run.percentile_ms(50) for run in self.runs),
            "p99 ms": statistics.median(run.percentile_ms(99) for run in self.runs),
            "CPU µs/event": 1e6 * self.cpu_seconds / accepted,
            "client µs/event": 1e6 * client / accepted,
            "RSS MiB": self.process.memory_mib(),
        }

    def _send(self, bodies: Sequence[bytes], connections: int) -> load.Outcome:
        requests = [load.post(self.path, self.key, body) for body in bodies]
        outcome = load.send_all(self.process.port, requests, connections)
        assert not outcome.refused, outcome.refused[0]
        assert len(outcome.bodies) == len(requests)
        self.process.settle()
        return outcome


def events(count: int, users: int = USERS) -> list[bytes]:
    """Write out events of about 200 bytes, of so many people, neighbours far from each other."""
    return [
        json.dumps(
            {
                "userId": f"user_{1 + number * STRIDE % users}",
                "eventName": "product_viewed",
                "properties": {
                    "url": f"https://shop.example.com/products/{number}",
                    "sku": f"SKU-{number:06d}",
                    "price": 19.9,
                    "quantity": 2,
                    "inStock": True,
                },
            }
        ).encode()
        for number in range(count)
    ]


def main() -> None:
    options = _options()
    settings = {"CLICKHOUSE_URL": "none"} if options.without_analytics else {}
    with (
        tempfile.TemporaryDirectory(prefix="beckon-bench-") as folder,
        beckon(**settings) as product,
        _script("bare app", "bare_app", str(Path(folder) / "bare.sqlite")) as bare_process,
    ):
        ours = Contestant(product.process, product.key, "/api/v1/events")
        bare = Contestant(bare_process, "none", "/")
        acknowledged = ours.warm_up(options.connections)
        bare.warm_up(options.connections)
        for _ in range(options.rounds):
            ours.run(options.events, options.connections)
            bare.run(options.events, options.connections)
        acknowledged += [body for run in ours.runs for body in run.bodies]
        check_all_kept(ours, acknowledged, options.connections)
        check_bare_count(bare, len(acknowledged))
        told = [ours.figures(), bare.figures()]
    told.append(generator_alone(options.events, options.connections))
    show(told, options)


def check_all_kept(ours: Contestant, acknowledged: Sequence[bytes], connections: int) -> None:
    """Read back every event that was acknowledged, by its id, and count what is stored."""
    ids = {json.loads(body)["id"] for body in acknowledged}
    assert len(ids) == len(acknowledged), "two events were given the same id"
    asking = [load.get(f"/api/v1/events/{event_id}", ours.key) for event_id in sorted(ids)]
    found = load.send_all(ours.process.port, asking, connections)
    assert not found.refused, f"{len(found.refused)} acknowledged events are lost"
    assert {json.loads(body)["id"] for body in found.bodies} == ids
    counting = [load.get("/api/v1/events?limit=1", ours.key)]
    (counted,) = load.send_all(ours.process.port, counting, 1).bodies
    assert json.loads(counted)["total"] == len(ids), "more is stored than was acknowledged"


def check_bare_count(bare: Contestant, count: int) -> None:
    """See that the yardstick stored as much."""
    (counted,) = load.send_all(bare.process.port, [load.get("/", "none")], 1).bodies
    assert json.loads(counted)["total"] == count


def generator_alone(count: int, connections: int) -> dict[str, str | float]:
    """Send the same load to a server that does nothing: the most the generator can do."""
    with _script("nothing", "null_server") as process:
        nothing = Contestant(process, "none", "/")
        nothing.run(count, connections)
        return nothing.figures()


def show(told: Sequence[dict[str, str | float]], options: argparse.Namespace) -> None:
    ours, bare, _ = told
    ratio = float(ours["events/s"]) / float(bare["events/s"])
    cpu_ratio = float(bare["CPU µs/event"]) / float(ours["CPU µs/event"])
    report.show(
        f"P1: {options.rounds} rounds of {options.events:,} single events, "
        f"{options.connections} connections; every acknowledged event read back",
        told,
    )
    print(f"ratio {ratio:.2f} (target {TARGET}), by CPU time {cpu_ratio:.2f}")
    report.keep(
        "p01_single_events" + ("_without_analytics" if options.without_analytics else ""),
        {"servers": told, "ratio": ratio, "cpu_ratio": cpu_ratio, "target": TARGET},
    )


def _script(name: str, module: str, *arguments: str) -> AbstractContextManager[Process]:
    port = free_port()
    command = [sys.executable, "-m", f"support.{module}", str(port), *arguments]
    return running(name, command, port, "/", folder=HERE)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=20_000, help="in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--without-analytics", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
