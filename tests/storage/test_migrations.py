"""Migrations: from nothing to what the code says, once, however many begin at the same time."""

import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

import beckon.main  # every slice's tables, as the server has them
from beckon.storage.migrate import (
    MIGRATIONS,
    is_current,
    is_empty,
    migrate,
    newest_revision,
)
from beckon.storage.schema import metadata
from beckon.storage.state import open_engine

PROCESSES = 2
MIGRATE = """
import sys
from beckon.storage.migrate import migrate
from beckon.storage.state import open_engine
engine = open_engine(sys.argv[1])
print(migrate(engine))
engine.dispose()
"""


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request, tmp_path):
    """Give the address of a store without a schema, of either kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'state.sqlite'}"
        return
    with request.getfixturevalue("postgres").database(template="template0") as url:
        yield url


@pytest.fixture
def engine(empty_url):
    """Open the empty store."""
    opened = open_engine(empty_url)
    yield opened
    opened.dispose()


def test_from_nothing_to_the_present(engine):
    with engine.begin() as tx:
        assert is_empty(tx)
        assert not is_current(tx)
    assert migrate(engine)
    with engine.begin() as tx:
        assert not is_empty(tx)
        assert is_current(tx)


def test_a_second_time_changes_nothing(engine):
    migrate(engine)
    assert not migrate(engine)


def test_the_steps_make_what_the_code_says(engine):
    assert beckon.main.Server
    migrate(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = compare_metadata(context, metadata)
    assert [
        difference for difference in found if not is_only_for_postgresql(difference, engine)
    ] == []


def is_only_for_postgresql(difference, engine):
    """Tell the indexes of logs apart that are made on PostgreSQL alone, and not on SQLite."""
    return (
        engine.dialect.name == "sqlite"
        and difference[0] == "add_index"
        and difference[1].name.endswith("_epoch_position")
    )


def test_the_log_can_be_read_in_its_order_by_an_index(engine):
    migrate(engine)
    names = {index["name"] for index in inspect(engine).get_indexes("event")}
    assert ("ix_event_epoch_position" in names) is (engine.dialect.name == "postgresql")


def test_of_several_that_start_at_once_one_does_it_and_all_are_well(empty_url):
    running = [
        subprocess.Popen(
            [sys.executable, "-c", MIGRATE, empty_url],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(PROCESSES)
    ]
    told = [process.communicate(timeout=60) for process in running]
    assert [process.returncode for process in running] == [0] * PROCESSES, told
    assert sorted(out.strip() for out, _ in told) == ["False"] * (PROCESSES - 1) + ["True"]


def test_the_newest_step_is_known_by_its_file() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert newest_revision() == ScriptDirectory.from_config(config).get_current_head()


def test_a_server_runs_without_alembic() -> None:
    asked = "import sys, beckon.main; print('alembic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
