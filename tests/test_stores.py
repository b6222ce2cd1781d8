"""The stores that the fixtures hand out: fresh, migrated, apart from each other, and gone after."""

import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from beckon.storage.migrate import is_current
from beckon.storage.state import open_engine

OWNER = """
import sys, time
from support.postgres import running_postgres
with running_postgres() as server:
    print(server.url("postgres"), flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_gets_a_fresh_store_of_this_version(state_url, turn):
    engine = open_engine(state_url)
    with engine.begin() as tx:
        assert is_current(tx)
        tx.execute(text("CREATE TABLE left_behind (id INTEGER)"))
    engine.dispose()


def test_the_server_goes_when_its_owner_is_killed(postgres):
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER],
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(Path(__file__).parent)},
    )
    with owner:
        address = owner.stdout.readline().strip()
        psycopg.connect(address).close()
        owner.kill()
    give_up_at = time.monotonic() + 10
    folder = Path(psycopg.conninfo.conninfo_to_dict(address)["host"])
    while folder.exists() and time.monotonic() < give_up_at:
        time.sleep(0.02)
    assert not folder.exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(address)
