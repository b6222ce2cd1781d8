"""P15: how long Beckon takes to be ready, and how much memory it holds when it has nothing to do.

    python benchmarks/p15_footprint.py [--starts 5]

With the analytics engine and without it. The first start makes the stores; the others are what an
operator sees every day. Memory is the resident size of the whole process tree after ten idle
seconds, the engine being up. Targets: ready in 3 s; 500 MB with the engine, 150 MB without.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from http.client import HTTPConnection
from pathlib import Path

from support.servers import (
    BECKON,
    HOST,
    Process,
    beckon_environ,
    family_cpu_seconds,
    free_port,
    running,
)

from support import report

IDLE_SECONDS = 10
ENGINE_SECONDS = 60
READY_TARGET_SECONDS = 3.0
MIB = 2**20 / 1e6
"""How many megabytes a mebibyte is: the targets are in megabytes."""


def main() -> None:
    options = _options()
    rows = [
        measure("with analytics", 500, {}, options.starts),
        measure("without", 150, {"CLICKHOUSE_URL": "none"}, options.starts),
    ]
    report.show("P15: start to /ready, and the idle process tree", rows)
    met = all(
        row["idle MB"] <= row["target MB"]
        and max(row["first start s"], row["slowest s"]) <= READY_TARGET_SECONDS
        for row in rows
    )
    print(f"targets, and ready in {READY_TARGET_SECONDS:g} s: {'met' if met else 'MISSED'}")
    report.keep("p15_footprint", {"rows": rows, "met": met})


def measure(
    name: str, target: float, settings: Mapping[str, str], starts: int
) -> dict[str, str | float]:
    """Start often, then leave one alone."""
    with tempfile.TemporaryDirectory(prefix="beckon-bench-") as folder:
        environ = beckon_environ(Path(folder), **settings)
        first = start(environ)
        later = [start(environ) for _ in range(starts)]
        memory, cpu = idle(environ, "down" if settings else "up")
    return {
        "": name,
        "first start s": first[0],
        "later starts s (median)": statistics.median(seconds for seconds, _ in later),
        "slowest s": max(seconds for seconds, _ in later),
        "CPU s a start": statistics.median(cpu for _, cpu in later),
        "idle MB": memory * MIB,
        "target MB": target,
        "idle CPU %": cpu,
    }


def start(environ: dict[str, str]) -> tuple[float, float]:
    """Start and stop a server; tells how many seconds it took to be ready, and how many of CPU."""
    with server(environ) as process:
        return process.start_seconds, process.cpu_seconds()


def idle(environ: dict[str, str], analytics: str) -> tuple[float, float]:
    """Leave a server alone; gives its memory in MiB, and its CPU use in percent of one core."""
    with server(environ) as process:
        wait_for_engine(process, analytics)
        process.settle()
        before = family_cpu_seconds(process.pid)
        time.sleep(IDLE_SECONDS)
        used = family_cpu_seconds(process.pid) - before
        return process.memory_mib(), 100 * used / IDLE_SECONDS


def wait_for_engine(process: Process, wanted: str) -> None:
    """Wait until /ready says of analytics what it should."""
    give_up_at = time.monotonic() + ENGINE_SECONDS
    while True:
        connection = HTTPConnection(HOST, process.port, timeout=1)
        connection.request("GET", "/ready")
        told = json.loads(connection.getresponse().read())
        connection.close()
        if told["analytics"] == wanted:
            return
        assert time.monotonic() < give_up_at, told
        time.sleep(0.1)


def server(environ: dict[str, str]) -> AbstractContextManager[Process]:
    port = free_port()
    command = [BECKON, "serve", "--port", str(port)]
    return running("beckon", command, port, "/ready", environ=environ)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--starts", type=int, default=5)
    return parser.parse_args()


if __name__ == "__main__":
    main()
