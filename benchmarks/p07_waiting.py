"""P7: what 100,000 people who wait cost in memory, beyond their rows.

    python benchmarks/p07_waiting.py [--runs 100000]

A process that only looks after waiting runs, as the engine does (it listens, wakes and looks at
schedules, 50 times each), is started on a store without anybody and on one where so many wait. Its
resident memory is compared. Target: under 100 bytes each.
"""

import argparse
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from p07_due_steps import START, fill

from beckon.domain.workflows import actions as workflows
from beckon.storage.migrate import migrate
from beckon.storage.state import open_engine
from support import report

LOOKS = 50


def main() -> None:
    options = _options()
    if options.look_at:
        print(look_after(options.look_at))
        return
    with tempfile.TemporaryDirectory(prefix="beckon-p07-") as folder:
        empty, full = (
            measure(folder, name, runs) for name, runs in (("a", 1), ("b", options.runs))
        )
    each = (full - empty) / options.runs
    row = {"runs": options.runs, "idle, KiB": empty / 1024, "with them, KiB": full / 1024}
    report.show("P7: memory of people who wait", [{**row, "bytes each": each}])
    report.keep("p07_waiting", {**row, "bytes each": each})


def measure(folder: str, name: str, runs: int) -> int:
    """Let so many wait, and tell what a process that looks after them takes, the least of three."""
    url = f"sqlite:///{folder}/{name}.sqlite"
    engine = open_engine(url)
    migrate(engine)
    fill(engine, runs)
    engine.dispose()
    order = [sys.executable, __file__, "--look-at", url]
    return min(int(subprocess.run(order, check=True, capture_output=True).stdout) for _ in range(3))


def look_after(url: str) -> int:
    """Look as the engine does while nothing is due; tells the resident memory in bytes."""
    engine = open_engine(url)
    for number in range(LOOKS):
        now = START + timedelta(seconds=number)
        for look in (workflows.listen, workflows.wake, workflows.scan):
            with engine.begin() as tx:
                look(tx, now, limit=1000)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--look-at", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
