"""What every test may ask for: a fresh, migrated state store of either kind."""

import shutil

import pytest
from hypothesis import settings

from beckon.storage.migrate import migrate
from beckon.storage.state import open_engine
from support.postgres import UnavailableError, running_postgres

# A shared machine may be slow; that is no fault of the code. A failure prints how to repeat it.
settings.register_profile("soak", deadline=None, print_blob=True)
# What passes here must pass there: the suite tries the same examples every time, the soak new ones.
settings.register_profile("suite", settings.get_profile("soak"), derandomize=True)


def pytest_configure(config):
    """Choose where the laws' examples come from, before any law is imported."""
    settings.load_profile("soak" if config.option.markexpr == "soak" else "suite")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Leave to the soak what asks the second store something that stands before every store."""
    for item in items:
        spec = getattr(item, "callspec", None)
        if item.get_closest_marker("before_the_store") and spec.params.get("server") == "postgres":
            item.add_marker(pytest.mark.soak)


@pytest.fixture(scope="session")
def postgres():
    """One PostgreSQL server for the whole run; it starts when the first test asks."""
    try:
        with running_postgres() as server:
            server.prepare_template(_migrate)
            yield server
    except UnavailableError as fault:
        pytest.skip(f"PostgreSQL cannot run here, so half of the suite is not shown: {fault}")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory):
    """One migrated file; copying it is quicker than migrating again."""
    path = tmp_path_factory.mktemp("sqlite") / "state.sqlite"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def postgres_url(postgres):
    """Address of a fresh, migrated PostgreSQL database."""
    with postgres.database() as url:
        yield url


@pytest.fixture
def sqlite_url(sqlite_template, tmp_path):
    """Address of a fresh, migrated SQLite file."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path)}"


@pytest.fixture(params=["sqlite", "postgres"])
def state_url(request):
    """Address of a fresh, migrated state store: the test runs once on each kind."""
    return request.getfixturevalue(f"{request.param}_url")


def _migrate(url):
    engine = open_engine(url)
    migrate(engine)
    engine.dispose()
