"""Fixtures that several folders share: a running server on either store, and projects in it."""

from contextlib import nullcontext

import pytest

from support.server import NOBODY, serving, sink_beside


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def server(request, tmp_path_factory):
    """Serve from one store for the whole test run; projects keep the tests apart."""
    folder = tmp_path_factory.mktemp(f"server-{request.param}")
    if request.param == "postgres":
        database = request.getfixturevalue("postgres").database()
    else:
        database = nullcontext(None)
    with (
        database as url,
        sink_beside() as sink,
        serving(
            folder, name=request.param, database_url=url, sink=sink, private_targets=NOBODY
        ) as running,
    ):
        yield running


@pytest.fixture
def project(server):
    """Give a test its own tenant."""
    yield server.new_project()
    server.close()


@pytest.fixture
def other(server):
    """Give a second tenant, who must see nothing of the first."""
    return server.new_project()
