"""What actions run in: a transaction on either store that is undone after the test."""

import shutil

import pytest

from beckon.storage.state import open_engine
from support.builders import a_project


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def engine(request, tmp_path_factory):
    """Open one store of either kind for all tests here; none of them leaves anything in it."""
    if request.param == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        path = shutil.copy(template, tmp_path_factory.mktemp("domain"))
        opened = open_engine(f"sqlite:///{path}")
        yield opened
        opened.dispose()
        return
    with request.getfixturevalue("postgres").database() as url:
        opened = open_engine(url)
        yield opened
        opened.dispose()


@pytest.fixture
def tx(engine):
    """Open a transaction; it is rolled back at the end."""
    with engine.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()


@pytest.fixture
def project_id(tx):
    """Give a project."""
    return a_project(tx)


@pytest.fixture
def other_id(tx):
    """Give another project."""
    return a_project(tx, "Another")
