"""What was acknowledged is there: servers are killed, and their database ends without warning.

The long ones are `make soak`. A failure prints its seed; KILL_SEED=… plays it again.
"""

import random
import time

import pytest

from kills.playing import one_server, two_servers
from kills.process import Process
from kills.story import tell
from kills.writers import Writers
from support.postgres import UnavailableError, running_postgres

CLIENTS = 32
APART_SECONDS = (0.3, 1.5)
PLAIN = {"CLICKHOUSE_URL": "none"}

long = pytest.mark.soak


@pytest.fixture
def own_postgres():
    """Give a PostgreSQL of the test's own, which may end at any moment, and a database in it."""
    try:
        with running_postgres() as server, server.database("template0") as url:
            yield server, url
    except UnavailableError as fault:
        pytest.skip(f"PostgreSQL cannot run here: {fault}")


def untold(_project):
    """Tell no story: what is written is all there is."""


def write_while(project, processes, seed, wanted, ends):
    """Write while one thing after another ends; the last of it when all is up again."""
    tell(f"KILL_SEED={seed}")
    dice = random.Random(seed)
    ports = [process.port for process in processes]
    writers = Writers(project, ports, CLIENTS, wanted, seed)
    writers.begin()
    done = 0
    for end in ends:
        time.sleep(dice.uniform(*APART_SECONDS))
        if not writers.is_busy:
            break
        end(dice.choice(processes))
        done += 1
    writers.end()
    lost, doubled = writers.find_lost_and_doubled()
    tell(f"{done} ends, {writers.tell()}: {len(lost)} lost, {len(doubled)} doubled")
    assert writers.unexpected == []
    assert lost == doubled == []
    assert done > 0


def kill(process: Process):
    process.kill()
    process.start()
    process.wait_until_ready()


@pytest.mark.parametrize(("wanted", "kills"), [(600, 1), pytest.param(20_000, 20, marks=long)])
def test_one_server_is_killed(tmp_path, seed, wanted, kills):
    with one_server(tmp_path, untold, **PLAIN) as (project, processes):
        write_while(project, processes, seed, wanted, [kill] * kills)


@pytest.mark.parametrize(("wanted", "ends"), [(600, 1), pytest.param(20_000, 10, marks=long)])
def test_servers_are_killed_and_their_postgres_ends_too(tmp_path, own_postgres, seed, wanted, ends):
    server, url = own_postgres
    with two_servers(tmp_path, url, untold, **PLAIN) as (project, processes):
        crash = [kill, lambda _: server.crash()] * ends
        write_while(project, processes, seed, wanted, crash)
