"""Who writes about the same people at once waits in one order for all, and never crosswise."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from sqlalchemy import text

from beckon.domain.contacts import actions as contacts
from beckon.domain.contacts.model import Profile, Who
from beckon.domain.events import actions as events
from beckon.domain.events.model import NewEvent
from beckon.kit.ids import new_uuid
from beckon.storage.state import open_engine
from support.builders import a_contact, a_project
from support.clock import START
from support.server import eventually

WITH_PATIENCE = text("SET LOCAL lock_timeout = '5s'")
WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted")


@pytest.fixture
def engines(postgres_url):
    """Open a store for three who write at once."""
    with ExitStack() as opened:
        engines = [open_engine(postgres_url) for _ in range(3)]
        for engine in engines:
            opened.callback(engine.dispose)
        yield engines


@pytest.fixture
def project_id(engines):
    """Give a project where two people are known, and one kind of events."""
    with engines[0].begin() as tx:
        project_id = a_project(tx)
        for name in ("ann", "bob"):
            a_contact(tx, project_id, name, email=None)
        log(tx, project_id, seen("ann"))
    return project_id


def seen(external_id, name="visit", **more):
    """Make an event of somebody."""
    return NewEvent(new_uuid(), name, Who(external_id=external_id, **more), None, {}, START, START)


def log(tx, project_id, *happenings):
    events.record(tx, project_id, happenings, START)


def is_seen(tx, project_id):
    log(tx, project_id, seen("ann", anonymous_id="2"))


def is_seen_with_an_address(tx, project_id):
    log(tx, project_id, seen("ann", anonymous_id="2", email="ann@example.com"))


def is_changed(tx, project_id):
    who = Who(external_id="ann", anonymous_id="2")
    contacts.identify(tx, project_id, who, Profile(first_name="Ann"), START)


@pytest.mark.parametrize("happens", [is_seen, is_seen_with_an_address, is_changed])
def test_who_only_names_somebody_keeps_nobody_from_changing_them(engines, project_id, happens):
    """Two who both did, and both go on to change them, would wait for each other."""
    with engines[0].begin() as naming, engines[1].begin() as changing:
        contacts.resolve(naming, project_id, [Who(external_id="ann", anonymous_id="of ann")], START)
        changing.execute(WITH_PATIENCE)
        happens(changing, project_id)


@pytest.mark.parametrize(
    ("first", "between", "second"),
    [
        # Kinds nobody knew come before people, and devices nobody knew in the order of their names.
        (
            [seen("bob", "a")],
            [seen("ann", "b", email="ann@example.com"), seen("ann", "a")],
            [seen("ann", "b")],
        ),
        (
            [seen("bob", anonymous_id="a")],
            [seen("ann", anonymous_id="b"), seen("ann", anonymous_id="a")],
            [seen("ann", anonymous_id="b")],
        ),
    ],
    ids=["kinds", "devices"],
)
def test_who_waits_keeps_nobody_waiting(engines, project_id, first, between, second):
    """Else the first could come to wait for the second, who waits for the one between."""

    def write(engine, happenings):
        with engine.begin() as tx:
            tx.execute(WITH_PATIENCE)
            log(tx, project_id, *happenings)

    with ThreadPoolExecutor(1) as crew:
        with engines[0].begin() as tx:
            log(tx, project_id, *first)
            waiting = crew.submit(write, engines[1], between)
            eventually(lambda: tx.execute(WAITING).scalar_one(), "the one between to wait")
            write(engines[2], second)
        waiting.result()
