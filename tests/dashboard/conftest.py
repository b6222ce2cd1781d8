"""Servers to visit: one shared and set up, and fresh ones where nobody can sign in yet."""

import pytest

from beckon.domain.accounts import actions as accounts
from beckon.kit.ids import new_token
from dashboard.visitor import Door, a_visitor
from support.fixtures import other, project, server
from support.server import now, serving

__all__ = ["other", "project", "server"]


@pytest.fixture
def door(server, project):
    """Let people into a project of the test's own."""
    return Door(server, project.id)


@pytest.fixture
def visitor(server):
    """Give a browser in which nobody is signed in."""
    browser = a_visitor(server)
    yield browser
    browser.close()


@pytest.fixture
def ada(door):
    """Give a browser in which an administrator is signed in."""
    browser = door.signed_in()
    yield browser
    browser.close()


@pytest.fixture
def fresh(tmp_path):
    """Serve from an empty store."""
    with serving(tmp_path) as running:
        yield running


@pytest.fixture
def setup_link(fresh):
    """Give the one set-up link that counts, as a start prints it."""
    token = new_token()
    assert fresh.write(lambda tx: accounts.offer_setup(tx, token, now()))
    return f"/setup?token={token}"
