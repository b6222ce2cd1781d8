"""What was acknowledged is there: servers are killed, and their database ends without warning.

Gate R3. The long ones are `make soak`. A failure prints its seed; KILL_SEED=… plays it again.
"""

import random

import pytest

from kills.options import often
from kills.playing import PLAIN, is_up, one_server, servers, untold
from kills.process import Process
from kills.story import tell
from kills.writers import Writers
from support.server import eventually

CLIENTS = 32
WITHIN = (0.3, 0.9)
"""When in its share of the work each end comes."""

long = pytest.mark.soak


def write_while(project, processes, seed, wanted, ends):
    """Write while one thing after another ends, each in its share of the work."""
    tell(f"KILL_SEED={seed}")
    dice = random.Random(seed)
    ports = [process.port for process in processes]
    writers = Writers(project, ports, CLIENTS, wanted, seed)
    writers.begin()
    for place, end in enumerate(ends):
        share = (place + dice.uniform(*WITHIN)) / len(ends) * wanted
        eventually(lambda share=share: writers.count() >= share, "more to be written")
        end(dice.choice(processes))
    writers.end()
    eventually(lambda: is_up(project), "the store to be back")
    lost, doubled = writers.find_lost_and_doubled()
    tell(f"{len(ends)} ends, {writers.tell()}: {len(lost)} lost, {len(doubled)} doubled")
    assert writers.unexpected == []
    assert lost == doubled == []


def kill(process: Process):
    process.kill()
    process.start()
    process.wait_until_ready()


@pytest.mark.parametrize(
    ("wanted", "kills"), [(600, 1), pytest.param(20_000, often(20), marks=long)]
)
def test_one_server_is_killed(tmp_path, seed, wanted, kills):
    with one_server(tmp_path, untold, **PLAIN) as (project, processes):
        write_while(project, processes, seed, wanted, [kill] * kills)


@pytest.mark.parametrize(
    ("wanted", "ends"), [(600, 1), pytest.param(20_000, often(10), marks=long)]
)
def test_servers_are_killed_and_their_postgres_ends_too(tmp_path, own_postgres, seed, wanted, ends):
    server, url = own_postgres
    with servers(tmp_path, url, untold, **PLAIN) as (project, processes):
        crash = [kill, lambda _: server.crash()] * ends
        write_while(project, processes, seed, wanted, crash)
