"""P15: how long Beckon takes to be ready, and how much memory it holds when it has nothing to do.

    python benchmarks/p15_footprint.py [--starts 5]

The first start makes the stores; the others are what an operator sees every day. Memory is the
resident size of the whole process tree after ten idle seconds. Targets: ready in 3 s; 150 MB
without the analytics engine.
"""

import argparse
import statistics
import tempfile
import time
from contextlib import AbstractContextManager
from pathlib import Path

from support.servers import BECKON, Process, beckon_environ, free_port, running

from support import report

IDLE_SECONDS = 10
READY_TARGET_SECONDS = 3.0
MEMORY_TARGET_MIB = 150.0


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="beckon-bench-") as folder:
        first = start(Path(folder))
        later = [start(Path(folder)) for _ in range(options.starts)]
        memory, cpu = idle(Path(folder))
    row = {
        "first start s": first,
        "later starts s (median)": statistics.median(later),
        "slowest s": max(later),
        "idle RSS MiB": memory,
        "idle CPU %": cpu,
    }
    report.show("P15: start to /ready, and the idle process tree", [row])
    met = max(first, *later) <= READY_TARGET_SECONDS and memory <= MEMORY_TARGET_MIB
    print(
        f"targets {READY_TARGET_SECONDS:g} s and {MEMORY_TARGET_MIB:g} MiB: "
        f"{'met' if met else 'MISSED'}"
    )
    report.keep("p15_footprint", {**row, "met": met})


def start(folder: Path) -> float:
    """Start and stop a server; tells how many seconds it took to be ready."""
    with server(folder) as process:
        return process.start_seconds


def idle(folder: Path) -> tuple[float, float]:
    """Leave a server alone; gives its memory in MiB, and its CPU use in percent of one core."""
    with server(folder) as process:
        process.settle()
        before = process.cpu_seconds()
        time.sleep(IDLE_SECONDS)
        used = process.cpu_seconds() - before
        return process.memory_mib(), 100 * used / IDLE_SECONDS


def server(folder: Path) -> AbstractContextManager[Process]:
    port = free_port()
    command = [BECKON, "serve", "--port", str(port)]
    return running("beckon", command, port, "/ready", environ=beckon_environ(folder))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--starts", type=int, default=5)
    return parser.parse_args()


if __name__ == "__main__":
    main()
