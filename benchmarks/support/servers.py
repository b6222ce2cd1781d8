"""Servers in processes of their own: started, waited for, weighed, stopped.

Invariant: a process that outlives its block is killed; nothing is left running or on disk.
"""

import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

HOST = "127.0.0.1"
BECKON = Path(sys.executable).with_name("beckon")
START_SECONDS = 60
STOP_SECONDS = 20
LOOK_EVERY_SECONDS = 0.005
QUIET_CPU_SHARE = 0.2
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Process:
    """A server that answers on `port` of 127.0.0.1; `start_seconds` is how long that took."""

    name: str
    pid: int
    port: int
    start_seconds: float

    def cpu_seconds(self) -> float:
        """Tell the CPU time that the process and its threads have used, to 10 ms."""
        return _cpu_seconds(self.pid)

    def memory_mib(self) -> float:
        """Tell the resident memory of the process and of all it started, in MiB."""
        return family_memory(self.pid)[0]

    def settle(self) -> None:
        """Wait until the process has nothing more to do, so that others are measured alone."""
        while True:
            before = self.cpu_seconds()
            time.sleep(0.25)
            if self.cpu_seconds() - before <= 0.25 * QUIET_CPU_SHARE:
                return


@dataclass(frozen=True, slots=True)
class Beckon:
    """A running Beckon, one project in it and its secret key."""

    process: Process
    key: str


@contextmanager
def beckon(**settings: str) -> Iterator[Beckon]:
    """Run `beckon serve` on fresh stores with one project; `SMTP_URL="…"` sets BECKON_SMTP_URL."""
    with tempfile.TemporaryDirectory(prefix="beckon-bench-") as folder:
        environ = beckon_environ(Path(folder), **settings)
        port = free_port()
        command = [BECKON, "serve", "--port", str(port)]
        with running("beckon", command, port, "/ready", environ=environ) as process:
            beckon_command(environ, "project", "create", "Bench")
            key = beckon_command(environ, "key", "create", "--project", "Bench", "--name", "bench")
            yield Beckon(process, key)


def beckon_environ(folder: Path, **settings: str) -> dict[str, str]:
    """Make the environment of a Beckon on these stores; the outer one's settings do not count."""
    outer = {name: value for name, value in os.environ.items() if not name.startswith("BECKON_")}  # noqa: TID251 - handed on to a process
    chosen = {"DATA_DIR": str(folder), "RATE_LIMIT": "0"} | settings
    return outer | {f"BECKON_{name}": value for name, value in chosen.items()}


def beckon_command(environ: dict[str, str], *words: str) -> str:
    """Run a command beside the server; returns what it prints."""
    done = subprocess.run([BECKON, *words], env=environ, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@contextmanager
def running(
    name: str,
    command: list[str | Path],
    port: int,
    path: str,
    *,
    environ: dict[str, str] | None = None,
    folder: Path | None = None,
) -> Iterator[Process]:
    """Run a server and wait until `path` answers 200. Its output is shown only when it fails."""
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        process = subprocess.Popen(command, env=environ, stdout=output, stderr=output, cwd=folder)
        try:
            wait_until_answering(process, port, path)
            yield Process(name, process.pid, port, time.perf_counter() - began)
            assert process.poll() is None, f"{name} ended by itself"
        except BaseException:
            output.seek(0)
            sys.stderr.write(output.read().decode(errors="replace"))
            raise
        finally:
            stop(process)


def wait_until_answering(process: subprocess.Popen[bytes], port: int, path: str) -> None:
    """Ask a server until it answers 200, or fail."""
    give_up_at = time.monotonic() + START_SECONDS
    while not _answers(port, path):
        assert process.poll() is None, f"the server ended with {process.returncode}"
        assert time.monotonic() < give_up_at, f"no answer at {path} after {START_SECONDS} s"
        time.sleep(LOOK_EVERY_SECONDS)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process gracefully, or else for certain."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    """Find a port nobody listens on just now."""
    with socket.create_server((HOST, 0)) as found:
        port: int = found.getsockname()[1]
        return port


def own_cpu_seconds() -> float:
    """Tell the CPU time of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _answers(port: int, path: str) -> bool:
    connection = HTTPConnection(HOST, port, timeout=1)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def family_cpu_seconds(pid: int) -> float:
    """Tell the CPU time of a process and of all it started, to 10 ms each."""
    return sum(_cpu_seconds(one) for one in _family(pid))


def family_memory(pid: int) -> tuple[float, float]:
    """Tell the resident memory of a process and all it started, and the sum of their peaks; MiB."""
    family = _family(pid)
    now = sum(_status_kib(one, "VmRSS") for one in family)
    return now / 1024, sum(_status_kib(one, "VmHWM") for one in family) / 1024


def _family(pid: int) -> list[int]:
    """List a process and everything it started, however deep."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(found for child in children for found in _family(int(child)))]


def _cpu_seconds(pid: int) -> float:
    # The name in parentheses may hold spaces; user and system time are fields 14 and 15.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND


def _status_kib(pid: int, name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    return 0
