"""Reading the log forward: what is committed late is neither skipped nor read twice."""

import random
from contextlib import ExitStack

import pytest

from beckon.domain.events import queries
from beckon.storage.log_readers import Cursor
from beckon.storage.state import open_engine
from support.builders import a_project, an_event, happens

LIMIT = 3


class Reader:
    """Reads the log forward from where it stopped."""

    def __init__(self, engine):
        self._engine = engine
        self._cursor = Cursor()
        self.read_so_far = []

    def read(self):
        """Read once; give how many lines came."""
        with self._engine.begin() as tx:
            places = queries.list_places_after_any_project(tx, self._cursor, limit=LIMIT)
            for place in places:
                self._cursor = Cursor(place.epoch, place.position)
                events = queries.list_events_at(tx, place.project_id, [place.position])
                self.read_so_far += [event.name for event in events]
        return len(places)

    def read_all(self):
        """Read until nothing comes."""
        while self.read():
            pass
        return self.read_so_far


class Writer:
    """A process with a connection of its own and a project of its own."""

    def __init__(self, engine, project_id, name, resources):
        self._connection = resources.enter_context(engine.connect())
        self._project_id = project_id
        self._name = name
        self._written = 0
        self._open = None

    def write(self):
        """Log one event, not committed yet; give its name."""
        if self._open is None:
            self._open = self._connection.begin()
        self._written += 1
        name = f"{self._name} {self._written}"
        happens(self._connection, self._project_id, an_event(f"user of {self._name}", name))
        return name

    def end(self, *, keeps):
        """Commit or roll back, if anything is open."""
        if self._open is not None:
            _ = self._open.commit() if keeps else self._open.rollback()
            self._open = None


@pytest.fixture
def resources():
    """Close what a test opens."""
    with ExitStack() as stack:
        yield stack


def open_for(resources, url):
    """Open a store for one more process."""
    engine = open_engine(url)
    resources.callback(engine.dispose)
    return engine


def writers(resources, url, count):
    """Make writers, each in a project of its own, so that none waits for another."""
    engines = [open_for(resources, url) for _ in range(count)]
    with engines[0].begin() as tx:
        projects = [a_project(tx, f"P{number}") for number in range(count)]
    return [
        Writer(engine, project_id, f"w{number}", resources)
        for number, (engine, project_id) in enumerate(zip(engines, projects, strict=True))
    ]


def test_an_early_position_that_is_committed_late_is_not_skipped(postgres_url, resources):
    slow, quick = writers(resources, postgres_url, 2)
    reader = Reader(open_for(resources, postgres_url))
    slow.write()
    quick.write()
    quick.end(keeps=True)
    assert reader.read_all() == [], "read past somebody who is still writing"
    slow.end(keeps=True)
    assert reader.read_all() == ["w0 1", "w1 1"]
    quick.write()
    quick.end(keeps=True)
    assert reader.read_all() == ["w0 1", "w1 1", "w1 2"]


def test_who_rolls_back_holds_nobody_up(postgres_url, resources):
    slow, quick = writers(resources, postgres_url, 2)
    reader = Reader(open_for(resources, postgres_url))
    slow.write()
    quick.write()
    quick.end(keeps=True)
    slow.end(keeps=False)
    assert reader.read_all() == ["w1 1"]


@pytest.mark.parametrize("seed", range(12))
def test_however_writers_interleave_each_line_is_read_once(postgres_url, resources, seed):
    dice = random.Random(seed)
    crew = writers(resources, postgres_url, 4)
    reader = Reader(open_for(resources, postgres_url))
    kept, pending = [], {writer: [] for writer in crew}
    for _ in range(60):
        writer = dice.choice(crew)
        act = dice.choice(["write", "write", "end", "read"])
        if act == "write":
            pending[writer].append(writer.write())
        elif act == "end":
            keeps = dice.random() < 0.8
            writer.end(keeps=keeps)
            kept += pending[writer] if keeps else []
            pending[writer] = []
        else:
            reader.read()
    for writer in crew:
        writer.end(keeps=True)
        kept += pending[writer]
    assert sorted(reader.read_all()) == sorted(kept)


def test_on_sqlite_positions_are_enough(sqlite_url, resources):
    (writer,) = writers(resources, sqlite_url, 1)
    reader = Reader(open_for(resources, sqlite_url))
    told = []
    for _ in range(4):
        told += [writer.write() for _ in range(LIMIT + 1)]
        writer.end(keeps=True)
        reader.read()
    assert reader.read_all() == told
