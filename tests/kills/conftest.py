"""What every loop of kills needs: its dice, a relay that keeps what it took, servers on a store."""

import pytest

from kills import options
from kills.playing import PLAIN, one_server, servers, untold
from support.postgres import UnavailableError, running_postgres
from support.server import sink_beside


@pytest.fixture
def seed(request):
    """The seed a test asks for, else one nobody has tried, or the one to play again."""
    return getattr(request, "param", None) or options.seed()


@pytest.fixture
def sink():
    with sink_beside() as sink:
        yield sink


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.soak)])
def store(request):
    """Tell where servers keep things; the second kind only in long runs."""
    return request.param


@pytest.fixture
def up(request, store, tmp_path):
    """Start one server on SQLite or two on PostgreSQL, without analytics unless asked for."""

    def start(**around):
        around = PLAIN | around
        if store == "sqlite":
            return one_server(tmp_path, untold, **around)
        return servers(tmp_path, request.getfixturevalue("postgres_url"), untold, **around)

    return start


@pytest.fixture
def own_postgres():
    """Give a PostgreSQL of the test's own, which may end at any moment, and a database in it."""
    try:
        with running_postgres() as server, server.database("template0") as url:
            yield server, url
    except UnavailableError as fault:
        pytest.skip(f"PostgreSQL cannot run here: {fault}")
