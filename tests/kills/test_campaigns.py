"""Campaigns of real servers: killed, sent by many at once, paused, cancelled, unsubscribed from.

The long ones are `make soak`. A failure prints its seed; KILL_SEED=… plays it again.
"""

import random
import threading
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest

from beckon.domain.messages.model import State
from beckon.settings import Settings
from kills.campaign import Campaign, address_of
from kills.playing import SECRET_KEY, one_server, project_in, two_servers
from kills.process import Process, free_port, started
from kills.story import LANES, tell
from support.server import eventually, now
from support.smtp_sink import EVERYONE, HOST, delay

FIXED_SEED = 20260401
SERVERS = 4
CALLERS = 20
SETTLED = timedelta(seconds=1)

long = pytest.mark.soak


def around(sink):
    """Choose how servers run: mail into the sink, no analytics, which campaigns do not need."""
    return {"SMTP_URL": f"smtp://{HOST}:{sink.port}", "CLICKHOUSE_URL": "none"}


def untold(_project):
    """Tell no story: the campaign is all there is."""


@contextmanager
def four_servers(folder, database_url, **settings):
    """Start four servers on one PostgreSQL: as many workers, schedulers and senders."""
    processes = [
        Process(
            free_port(),
            folder / f"log-{number}",
            DATA_DIR=str(folder / f"{number}"),
            DATABASE_URL=database_url,
            SECRET_KEY=SECRET_KEY,
            **settings,
        )
        for number in range(SERVERS)
    ]
    stores = Settings(data_dir=folder, database_url=database_url)
    with started(*processes), project_in(stores, processes[0], "postgres", untold) as project:
        yield project, processes


@pytest.fixture
def slow_sink(sink):
    """Take each mail at once, and say so a little later: what a kill interrupts is in doubt."""
    sink.faults[EVERYONE] = delay(0.02)
    return sink


def kill_while_sending(campaign, processes, seed, kills):
    """Send it, and kill one server after another while it is under way; tells how often."""
    tell(f"KILL_SEED={seed}")
    dice = random.Random(seed)
    campaign.project.retenshun.post(f"{campaign.path}/send").ok()
    for kill in range(kills):
        process = dice.choice(processes)
        process.wait_until_ready()
        time.sleep(dice.uniform(0.02, 0.4))
        if campaign.count(State.ACCEPTED, State.UNKNOWN) == campaign.people:
            return kill
        process.kill()
        process.start()
    return kills


@pytest.mark.parametrize(
    ("people", "kills"), [(500, 4), pytest.param(5000, 40, marks=long)], ids=("500", "5000")
)
def test_one_server_killed_while_it_sends(tmp_path, slow_sink, seed, people, kills):
    with one_server(tmp_path, untold, **around(slow_sink)) as (project, processes):
        campaign = Campaign(project, people)
        campaign.prepare()
        happened = kill_while_sending(campaign, processes, seed, kills)
        report = campaign.wait()
        tell(f"{happened} kills")
        campaign.check(report, slow_sink.mails, in_doubt_max=LANES * happened)
        assert happened > 0


@pytest.mark.parametrize(
    ("people", "kills"), [(500, 3), pytest.param(5000, 40, marks=long)], ids=("500", "5000")
)
def test_two_servers_killed_while_they_send(tmp_path, postgres_url, slow_sink, seed, people, kills):
    with two_servers(tmp_path, postgres_url, untold, **around(slow_sink)) as (project, processes):
        campaign = Campaign(project, people)
        campaign.prepare()
        happened = kill_while_sending(campaign, processes, seed, kills)
        report = campaign.wait()
        tell(f"{happened} kills")
        campaign.check(report, slow_sink.mails, in_doubt_max=LANES * happened)
        assert happened > 0


@long  # four servers want more than two cores to be ready in time
@pytest.mark.parametrize("people", [300, 5000])
def test_four_servers_and_twenty_who_send_it_at_once(tmp_path, postgres_url, sink, people):
    with four_servers(tmp_path, postgres_url, **around(sink)) as (project, processes):
        campaign = Campaign(project, people)
        campaign.prepare()
        replies = []

        def send(number):
            client = project.retenshun
            client.url = f"http://{HOST}:{processes[number % SERVERS].port}"
            replies.append(client.post(f"{campaign.path}/send").status)

        callers = [threading.Thread(target=send, args=[number]) for number in range(CALLERS)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        assert replies == [200] * CALLERS
        report = campaign.wait()
        campaign.check(report, sink.mails, in_doubt_max=0)
        assert len(sink.mails) == people


@pytest.mark.parametrize("people", [400, pytest.param(5000, marks=long)])
def test_paused_resumed_and_cancelled_at_odd_moments(tmp_path, slow_sink, seed, people):
    tell(f"KILL_SEED={seed}")
    dice = random.Random(seed)
    slow_sink.faults[EVERYONE] = delay(0.1)  # so slow that it is not over before it is cancelled
    with one_server(tmp_path, untold, **around(slow_sink)) as (project, _):
        client, campaign = project.retenshun, Campaign(project, people)
        campaign.prepare()
        client.post(f"{campaign.path}/send").ok()
        eventually(lambda: slow_sink.mails, "the sending to be under way")
        for _ in range(3):
            time.sleep(dice.uniform(0.1, 0.6))
            client.post(f"{campaign.path}/pause").ok()
            paused_at = now()
            time.sleep(SETTLED.total_seconds() + 0.2)
            late = [at for at in campaign.submitted_at().values() if at > paused_at + SETTLED]
            assert late == [], "handed over although it was paused"
            client.post(f"{campaign.path}/resume").ok()
        time.sleep(dice.uniform(0.05, 0.3))
        client.post(f"{campaign.path}/cancel").ok()
        cancelled_at = now()
        report = campaign.wait()
        campaign.check(report, slow_sink.mails, in_doubt_max=0)
        assert max(campaign.submitted_at().values()) <= cancelled_at + SETTLED
        assert campaign.count(State.CANCELLED) > 0, "it was over before it was cancelled"


@pytest.mark.parametrize(("people", "leaving"), [(600, 60), pytest.param(2000, 200, marks=long)])
def test_who_unsubscribes_meanwhile_gets_nothing_any_more(
    tmp_path, slow_sink, seed, people, leaving
):
    tell(f"KILL_SEED={seed}")
    leavers = random.Random(seed).sample(range(people), leaving)
    with one_server(tmp_path, untold, **around(slow_sink)) as (project, _):
        client, campaign = project.retenshun, Campaign(project, people)
        campaign.prepare()
        client.post(f"{campaign.path}/send").ok()
        eventually(lambda: len(slow_sink.mails) > 20, "the sending to be under way")
        told_at = {}
        for number in leavers:
            choice = {"channels": {"email": "unsubscribed"}}
            client.put(f"/api/v1/users/reader%20{number}/subscriptions", choice).ok()
            told_at[address_of(number)] = now()
        report = campaign.wait()
        campaign.check(report, slow_sink.mails, in_doubt_max=0)
        submitted_at = campaign.submitted_at()
        late = [one for one, at in told_at.items() if submitted_at.get(one, at) > at]
        spared = campaign.count(State.SUPPRESSED)
        tell(f"{leaving} unsubscribed, {spared} of them in time, {len(late)} written to after that")
        assert late == []
        assert spared > 0, "everybody had their mail already"
