"""Providers that take little or nothing for hours: all goes in the end, and nobody is hammered.

Gate R6. The servers' clock runs ahead, so hours pass in seconds; `tests/simulation` plays the same
in every run of the suite.
"""

import time
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from beckon.domain.messages.model import State
from beckon.domain.messages.tables import message
from beckon.domain.subscriptions.tables import standing
from kills.campaign import Campaign
from kills.gateways import BUSY_SECONDS, ByKey, open_gateway, way_to
from kills.playing import relay
from kills.process import FastClock
from kills.story import tell
from kills.taken import by_mail
from support.server import eventually, now
from support.smtp_sink import EVERYONE, refuse

pytestmark = pytest.mark.soak

PEOPLE = 700
PER_SECOND = 50
BEGINNING = 100
HOUR = timedelta(hours=1)
STEP = timedelta(minutes=5)
STEP_SECONDS = 0.7
ILL_FOR = timedelta(hours=3)
PATIENCE = timedelta(hours=60)
NEVER_STALE = 30 * 86_400
ATTEMPTS_MEAN_MAX = 3
ASKED_AN_HOUR_MAX = 20

TOO_FAST = refuse("454 4.7.0 Throttling failure: maximum sending rate exceeded", "dot")
GOING_DOWN = refuse("421 4.3.2 going down", "mail")


class Busy(dict):
    """The faults of a relay that takes so many mails a second, and finds all more too many."""

    def __init__(self, sink):
        super().__init__()
        self._sink = sink

    def get(self, key, default=None):
        """Give the fault where the last second was full."""
        recent = self._sink.mails[-PER_SECOND:]
        is_full = len(recent) == PER_SECOND and now() - recent[0].at < timedelta(seconds=1)
        return TOO_FAST if is_full and key == EVERYONE else default


@pytest.fixture
def clock(tmp_path):
    return FastClock(tmp_path / "ahead")


def launch(project, **more):
    """Send a campaign that nobody finds stale, however long it takes."""
    project.retenshun.put("/api/v1/sending/policy", {"staleAfterSeconds": NEVER_STALE}).ok()
    campaign = Campaign(project, PEOPLE, **more)
    campaign.prepare()
    project.retenshun.post(f"{campaign.path}/send").ok()
    return campaign


def pass_time(clock, length):
    """Let so much time pass, five minutes a step, with a moment after each for what is due then."""
    for _ in range(length // STEP):
        clock.advance(STEP)
        time.sleep(STEP_SECONDS)


def pass_time_until_taken(campaign, clock):
    """Let time pass until everybody has theirs; tells how much that was."""
    waited = timedelta()
    while campaign.count(State.ACCEPTED) < campaign.people:
        assert waited < PATIENCE, f"stuck: {campaign.states()}"
        pass_time(clock, STEP)
        waited += STEP
    return waited


def check(campaign, taken, waited, *, attempts_mean_max):
    """Everybody got theirs, once, by few attempts, and no address was taken for dead."""
    campaign.check(campaign.wait(), taken, in_doubt_max=0)
    assert len(taken) == campaign.people
    project = campaign.project
    with project.server.engine.begin() as tx:
        mine = message.c.project_id == project.id
        attempts = list(tx.execute(select(message.c.attempts).where(mine)).scalars())
        mine = (standing.c.project_id == project.id) & standing.c.suppression.is_not(None)
        assert tx.execute(select(func.count()).where(mine)).scalar_one() == 0
    mean = sum(attempts) / len(attempts)
    tell(f"all taken {waited} later, {mean:.2f} attempts on average, {max(attempts)} at most")
    assert mean <= attempts_mean_max


def test_a_relay_that_finds_us_too_fast(up, sink, clock):
    sink.faults = Busy(sink)
    with up(clock=clock, **relay(sink)) as (project, _):
        campaign = launch(project)
        eventually(lambda: campaign.count(State.DEFERRED), "it to be found too fast")
        sink.faults = {EVERYONE: TOO_FAST}
        pass_time(clock, ILL_FOR)
        sink.faults = Busy(sink)
        waited = pass_time_until_taken(campaign, clock)
        check(campaign, by_mail(sink.mails), waited, attempts_mean_max=ATTEMPTS_MEAN_MAX)


def test_a_relay_that_goes_down_for_hours_costs_no_attempt(up, sink, clock):
    with up(clock=clock, **relay(sink)) as (project, processes):
        campaign = launch(project)
        eventually(lambda: len(sink.mails) >= BEGINNING, "the sending to be under way")
        before = sink.connected_count
        sink.faults[EVERYONE] = GOING_DOWN
        pass_time(clock, ILL_FOR)
        asked = sink.connected_count - before
        sink.faults.clear()
        waited = pass_time_until_taken(campaign, clock)
        tell(f"{asked} connections in {ILL_FOR}")
        check(campaign, by_mail(sink.mails), waited, attempts_mean_max=1)
        assert asked <= ASKED_AN_HOUR_MAX * (ILL_FOR / HOUR) * len(processes)


def test_the_time_a_provider_names_is_not_undercut(up, clock):
    gateway = ByKey()
    with (
        open_gateway(gateway, 0) as sink,
        up(clock=clock, **way_to(sink)) as (project, _),
    ):
        project.retenshun.put("/api/v1/channels", gateway.settings(sink.url)).ok()
        gateway.is_busy = True
        campaign = launch(project, channel=gateway.channel)
        eventually(lambda: campaign.count(State.DEFERRED), "it to be asked for patience")
        pass_time(clock, STEP)
        asked = len(sink.asked)
        pass_time(clock, timedelta(seconds=BUSY_SECONDS) - 2 * STEP)
        assert len(sink.asked) == asked, "asked before the time it had named"
        gateway.is_busy = False
        waited = pass_time_until_taken(campaign, clock)
        tell(f"{asked} requests until it was left alone")
        check(campaign, gateway.taken, waited, attempts_mean_max=1)
