"""P10: from telling of an event to the mail at the provider, on an idle server.

    python benchmarks/p10_latency.py [--samples 200] [--per-second 20]

Each event starts a workflow that sends one mail to a local SMTP sink. A sample runs from just
before the request leaves to the moment the sink has the whole mail, which is a little later than
the first byte that the target speaks of. Targets: p50 ≤ 0.3 s, p95 ≤ 1 s.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http.client import HTTPConnection
from pathlib import Path

from support.servers import HOST, Beckon, beckon, free_port, stop

from support import report

SINK = Path(__file__).parents[1] / "tests" / "support" / "smtp_sink.py"
EVENT = "signed_up"
PATIENCE_SECONDS = 30
P50_TARGET_MS = 300
P95_TARGET_MS = 1000


class Client:
    """Speaks Retenshun words over one kept connection."""

    def __init__(self, product: Beckon) -> None:
        self._connection = HTTPConnection(HOST, product.process.port, timeout=PATIENCE_SECONDS)
        self._headers = {"x-api-key": product.key, "content-type": "application/json"}

    def post(self, path: str, body: dict[str, object]) -> dict[str, object]:
        """Send one request; a refusal ends the benchmark."""
        self._connection.request("POST", path, json.dumps(body), self._headers)
        answer = self._connection.getresponse()
        content = answer.read()
        assert answer.status == 200, content
        reply: dict[str, object] = json.loads(content)
        return reply


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="beckon-bench-") as folder:
        log = Path(folder) / "mails"
        with running_sink(log) as port, beckon(SMTP_URL=f"smtp://{HOST}:{port}") as product:
            client = Client(product)
            tell_the_story(client)
            measure(client, log, samples=20, per_second=options.per_second)  # to warm up
            latencies = measure(client, log, samples=options.samples, per_second=options.per_second)
    show(latencies, options)


def tell_the_story(client: Client) -> None:
    """Store a template and the workflow that sends it at once."""
    template = client.post(
        "/api/v1/templates",
        {"name": "Hello", "channel": "EMAIL", "subject": "Hello", "body": "<p>Hello {{name}}</p>"},
    )
    client.post(
        "/api/v1/automations",
        {
            "name": "Hello",
            "triggerType": "EVENT",
            "triggerEvent": EVENT,
            "active": True,
            "steps": [{"type": "SEND_EMAIL", "templateId": template["id"]}],
        },
    )


def measure(client: Client, log: Path, *, samples: int, per_second: float) -> list[float]:
    """Tell of so many events, evenly spread; gives each one's milliseconds until its mail came."""
    known = len(mails(log))
    told_at: dict[str, float] = {}
    began = time.monotonic()
    for number in range(samples):
        time.sleep(max(0.0, began + number / per_second - time.monotonic()))
        address = f"person{known + number}@example.com"
        told_at[address] = time.time()  # noqa: TID251 - compared with the sink's own clock
        client.post(
            "/api/v1/events",
            {"eventName": EVENT, "userId": address, "properties": {"email": address}},
        )
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while len(mails(log)) < known + samples:
        assert time.monotonic() < give_up_at, "mails are missing"
        time.sleep(0.05)
    came_at = mails(log)
    assert len(came_at) == known + samples, "a mail was sent twice"
    return [1000 * (came_at[address] - moment) for address, moment in told_at.items()]


def mails(log: Path) -> dict[str, float]:
    """Read from the sink's log when each recipient's mail came; refuses a second one."""
    came_at: dict[str, float] = {}
    for line in log.read_text().splitlines():
        mail = json.loads(line)
        (recipient,) = mail["recipients"]
        assert recipient not in came_at, "a mail was sent twice"
        came_at[recipient] = datetime.fromisoformat(mail["at"]).timestamp()
    return came_at


def show(latencies: list[float], options: argparse.Namespace) -> None:
    ranked = sorted(latencies)
    row = {
        "samples": len(ranked),
        "p50 ms": ranked[len(ranked) // 2],
        "p95 ms": ranked[int(len(ranked) * 0.95)],
        "max ms": ranked[-1],
    }
    report.show(f"P10: event to mail at the sink, {options.per_second:g} a second", [row])
    targets = {"p50 ms": P50_TARGET_MS, "p95 ms": P95_TARGET_MS}
    met = all(row[name] <= target for name, target in targets.items())
    print(f"targets {targets}: {'met' if met else 'MISSED'}")
    report.keep("p10_latency", {"latency": row, "targets": targets, "met": met})


@contextmanager
def running_sink(log: Path) -> Iterator[int]:
    """Run the counting SMTP sink in a process of its own; gives its port."""
    port = free_port()
    sink = subprocess.Popen(
        [sys.executable, SINK, "--port", str(port), "--quiet", "--log", log],
        stdout=subprocess.PIPE,
    )
    try:
        assert sink.stdout is not None
        assert sink.stdout.readline().startswith(b"listening")
        yield port
    finally:
        stop(sink)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=200)
    parser.add_argument("--per-second", type=float, default=20)
    return parser.parse_args()


if __name__ == "__main__":
    main()
