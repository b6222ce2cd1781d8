"""P16: what ten times the stored data costs: single events, sending, due steps, estimates.

    python benchmarks/p16_growth.py [--scale 1] [--rounds 3] [--only P1,P5,P7,P8]

Each is measured at a size and at ten times it, in turns, the best of each; the ratio is of work a
second, by the clock and, for what others on the machine spoil, by CPU time. Sizes at scale 1, the
smaller one: P1 10,000 people and 100,000 events that are there before; P5 1,000 mails of 10 KB; P7
2,000 waiting people; P8 50,000 people and 500,000 events, the work being the events looked at.
Target: 0.7 of the same at the smaller size.
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import p05_sending
import p07_due_steps
import p08_segments
from p01_single_events import Contestant
from smtp_client import a_letter
from support.servers import BECKON, beckon_environ, free_port, running

from beckon.storage.analytics.address import read_address
from beckon.storage.analytics.client import Analytics
from beckon.storage.analytics.supervisor import Supervisor
from beckon.storage.migrate import migrate
from beckon.storage.state import open_engine
from support import report

TARGET = 0.7
GROWTH = 10
CONNECTIONS = 64
EVENTS_A_ROUND = 4000
MAIL_BYTES = 10_240
HERE = Path(__file__).parent

Rates = tuple[float, float]
"""Work a second, of two kinds to compare."""


def main() -> None:
    options = _options()
    rows = []
    for name, measure in MEASURES.items():
        if name in options.only.split(","):
            for what, rates in measure(options):
                rows.append(row(what, rates))
                print(f"{what}: {rows[-1]['ratio']:.2f}", flush=True)
    report.show(f"P16: at a size and at {GROWTH} times it, scale {options.scale:g}", rows)
    missed = [one["what"] for one in rows if one["ratio"] < TARGET]
    print(f"target {TARGET} missed by: {', '.join(missed) or 'none'}")
    report.keep("p16_growth", {"scale": options.scale, "rows": rows, "target": TARGET})


def row(what: str, rates: Rates) -> dict[str, str | float]:
    small, large = rates
    return {
        "what": what,
        "a second": small,
        "a second, grown": large,
        "ratio": large / small,
    }


def events(options: argparse.Namespace) -> Iterator[tuple[str, Rates]]:
    """P1 with a log and people that are there before; also by CPU time."""
    with ExitStack() as opened:
        contestants = [
            opened.enter_context(a_server(int(10_000 * options.scale * times)))
            for times in (1, GROWTH)
        ]
        for one in contestants:
            one.warm_up(CONNECTIONS)
        for _ in range(options.rounds):
            for one in contestants:
                one.run(EVENTS_A_ROUND, CONNECTIONS)
    small, large = contestants
    yield "P1 events", (_fastest(small), _fastest(large))
    taken = EVENTS_A_ROUND * options.rounds
    yield "P1 events a CPU second", (taken / small.cpu_seconds, taken / large.cpu_seconds)


@contextmanager
def a_server(people: int) -> Iterator[Contestant]:
    """Run Beckon on a crowd of so many, with ten events each."""
    with tempfile.TemporaryDirectory(prefix="beckon-bench-") as folder:
        sizes = ["--contacts", str(people), "--events", str(10 * people)]
        command = [sys.executable, str(HERE / "crowd.py"), folder, *sizes]
        filled = subprocess.run(command, capture_output=True, text=True, check=True)
        key = filled.stdout.split()[-1]
        port = free_port()
        with running(
            "beckon",
            [BECKON, "serve", "--port", str(port)],
            port,
            "/ready",
            environ=beckon_environ(Path(folder), CLICKHOUSE_URL="none"),
        ) as process:
            yield Contestant(process, key, "/api/v1/events", users=people)


def sending(options: argparse.Namespace) -> Iterator[tuple[str, Rates]]:
    """P5: a campaign that is ten times as large."""

    def rates(times: int) -> Rates:
        count = int(1000 * options.scale * times)
        letters = [a_letter(number, 100) for number in range(count)]
        way = partial(p05_sending.send_by_engine, size_bytes=MAIL_BYTES, lanes=8)
        seconds, cpu_seconds, _ = p05_sending.measure_way(way, letters)
        return count / seconds, count / cpu_seconds

    yield from _in_turns("P5 mails", rates, options.rounds)


def due_steps(options: argparse.Namespace) -> Iterator[tuple[str, Rates]]:
    """P7: ten times as many people who wait, all due at once."""

    def rates(times: int) -> Rates:
        runs = int(2000 * options.scale * times)
        with tempfile.TemporaryDirectory(prefix="beckon-bench-") as folder:
            engine = open_engine(f"sqlite:///{folder}/state.sqlite")
            migrate(engine)
            p07_due_steps.fill(engine, runs)
            began, cpu_began = time.perf_counter(), time.process_time()
            p07_due_steps.wake_all(engine, p07_due_steps.START + timedelta(days=1))
            seconds = time.perf_counter() - began
            cpu_seconds = time.process_time() - cpu_began
            p07_due_steps.check(engine, runs)
            engine.dispose()
        return runs / seconds, runs / cpu_seconds

    yield from _in_turns("P7 due steps", rates, options.rounds)


def estimates(options: argparse.Namespace) -> Iterator[tuple[str, Rates]]:
    """P8: each kind of rule over ten times as many people and events."""
    sizes = [int(50_000 * options.scale * times) for times in (1, GROWTH)]
    told = [asyncio.run(estimate(people)) for people in sizes]
    for kind in p08_segments.RULES:
        small, large = (
            10 * people / (one[kind] / 1e3) for people, one in zip(sizes, told, strict=True)
        )
        yield f"P8 events for: {kind}", (small, large)


async def estimate(people: int) -> dict[str, float]:
    """Tell how many milliseconds each kind of rule takes, at best."""
    with tempfile.TemporaryDirectory(prefix="beckon-bench-") as folder:
        supervisor = Supervisor(Path(folder))
        supervisor.start()
        analytics = Analytics(lambda: read_address(Path(folder)))
        try:
            await p08_segments.fill(analytics, people, 10 * people)
            rows = [await p08_segments.measure(analytics, kind) for kind in p08_segments.RULES]
        finally:
            await analytics.close()
            await supervisor.stop()
    return {one["rule"]: one["ours ms"] for one in rows}


MEASURES: dict[str, Callable[[argparse.Namespace], Iterator[tuple[str, Rates]]]] = {
    "P1": events,
    "P5": sending,
    "P7": due_steps,
    "P8": estimates,
}


def _in_turns(what: str, rates: Callable[[int], Rates], rounds: int) -> Iterator[tuple[str, Rates]]:
    """Measure both sizes in turns; the best of each, by the clock and by CPU time."""
    told = [(rates(1), rates(GROWTH)) for _ in range(rounds)]
    for place, name in enumerate((what, f"{what} a CPU second")):
        yield name, (max(one[place] for one, _ in told), max(one[place] for _, one in told))


def _fastest(one: Contestant) -> float:
    return max(run.rate for run in one.runs)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="P1,P5,P7,P8")
    return parser.parse_args()


if __name__ == "__main__":
    main()
