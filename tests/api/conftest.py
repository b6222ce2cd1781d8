"""What the faces are asked on: a server on either store, and projects in it."""

import pytest

from support import promised
from support.fixtures import other, project, server
from support.http import WATCHERS

__all__ = ["other", "project", "server"]

# The matrices ask what stands before the store: one store tells, the other is for `make soak`.
MATRICES = ("test_access.py", "test_bad_input.py")


@pytest.fixture(scope="module", autouse=True)
def _promises():
    """Hold every reply of these tests to what the description of the API promises."""
    WATCHERS.append(promised.check)
    yield
    WATCHERS.remove(promised.check)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Leave the matrices on PostgreSQL to the long runs."""
    for item in items:
        if item.path.name in MATRICES and "[postgres" in item.name:
            item.add_marker(pytest.mark.soak)
