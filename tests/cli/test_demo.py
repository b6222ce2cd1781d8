"""The demo shop: ninety days of it, all in the outbox, and nobody else's mail touched."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from beckon.cli import demo
from beckon.demo.opening import Owner
from beckon.domain.accounts import queries as projects
from beckon.domain.campaigns import queries as campaigns
from beckon.domain.campaigns.model import Status
from beckon.domain.contacts import queries as contacts
from beckon.domain.messages import queries as messages
from beckon.domain.messages.model import OUTBOX, State
from beckon.domain.messages.queries import MessageFilter
from beckon.domain.workflows import queries as workflows
from beckon.domain.workflows import runs
from beckon.domain.workflows.model import RunState
from beckon.domain.workflows.runs import RunFilter
from beckon.kit.clock import SystemClock
from beckon.kit.refusals import Conflict
from beckon.main import prepare_store
from beckon.settings import read
from support.builders import a_message, a_project

OWNER = Owner("demo@example.com", "hash")


@pytest.fixture
def settings(tmp_path):
    """Name a data directory of its own."""
    return replace(read({}), data_dir=tmp_path / "data")


@pytest.fixture
def engine(settings):
    """Open its store, as large as a new one is."""
    opened = prepare_store(settings)
    yield opened
    opened.dispose()


def fill(settings, *, is_forced=False):
    demo.run(settings, people=60, name="Shop", owner=OWNER, is_forced=is_forced)


def test_a_demo_has_people_campaigns_with_outcomes_and_runs_under_way(settings, engine):
    fill(settings)
    with engine.connect() as tx:
        project_id = projects.find_projects_any_project(tx, "Shop")[0].id
        assert contacts.count_contacts(tx, project_id) == 60
        states = messages.count_by_state(tx, project_id)
        sent = messages.list_messages(tx, project_id, MessageFilter(), offset=0, limit=1000)
        told = campaigns.list_campaigns(tx, project_id, offset=0, limit=10)
        inside = runs.count_runs(tx, project_id, RunFilter(state=RunState.ACTIVE))
        made = workflows.count_workflows(tx, project_id)
    assert states[State.DELIVERED] > 20
    assert {letter.provider for letter in sent} <= {OUTBOX, None}
    assert any("Juniper," in letter.subject for letter in sent if letter.subject)
    assert not any(", there" in letter.subject for letter in sent if letter.subject)
    assert sorted(one.status for one in told) == [
        Status.DRAFT,
        *[Status.FINISHED] * 4,
        Status.SCHEDULED,
    ]
    assert inside > 0
    assert made == 5


def test_a_demo_made_at_night_sent_its_campaigns_the_next_morning(settings, engine, monkeypatch):
    monkeypatch.setattr(SystemClock, "now", lambda _: datetime(2026, 3, 10, 23, tzinfo=UTC))
    fill(settings)
    with engine.connect() as tx:
        project_id = projects.find_projects_any_project(tx, "Shop")[0].id
        told = campaigns.list_campaigns(tx, project_id, offset=0, limit=10)
    ran = [one for one in told if one.status is Status.FINISHED]
    assert len(ran) == 4
    assert all(one.finished_at - one.started_at < timedelta(days=2) for one in ran)


def test_a_store_with_projects_is_left_alone(settings, engine):
    with engine.begin() as tx:
        a_project(tx)
    with pytest.raises(Conflict, match="--force"):
        fill(settings)
    with engine.connect() as tx:
        assert len(projects.list_projects_any_project(tx)) == 1


def test_forced_beside_others_it_sends_none_of_their_mail(settings, engine):
    with engine.begin() as tx:
        other = a_project(tx)
        waiting = a_message(tx, other)
    fill(settings, is_forced=True)
    with engine.connect() as tx:
        assert messages.get_message(tx, other, waiting).state is State.QUEUED
        assert messages.find_hold(tx, other) is None
