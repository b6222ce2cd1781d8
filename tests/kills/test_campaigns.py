"""Campaigns of real servers: killed while they send, paused, cancelled, unsubscribed from.

Gates R1, R6 and R7. The long ones are `make soak`. A failure prints its seed; KILL_SEED=… plays it
again.
"""

import random
import time
from datetime import timedelta

import pytest

from beckon.domain.messages.model import State
from kills.campaign import Campaign, address_of
from kills.gateways import ByKey, ByLog, open_gateway, way_to
from kills.options import full
from kills.playing import relay, send_and_kill
from kills.story import LANES, check_first_sends, tell
from kills.taken import by_mail
from support.server import eventually, now
from support.smtp_sink import EVERYONE, delay

SETTLED = timedelta(seconds=1)
FULL = 5000
CANCELLED_AT = 0.6
"""When in its share of the work a campaign is cancelled."""


long = pytest.mark.soak


both_stores = pytest.mark.parametrize("store", ["sqlite", "postgres"])


def answer_seconds(store, people):
    """Choose how slow the other side is, so that each kill finds the sending under way.

    Of two servers one goes on while the other starts.
    """
    return 0.3 if store == "postgres" and people == FULL else 0.02


def check_killed(campaign, report, taken, ends, *, in_doubt_max):
    """Hold what is left to every promise."""
    campaign.check(report, taken, in_doubt_max=in_doubt_max)
    moments = [one.at for one in taken]
    check_first_sends([end for end in ends if end < moments[-1]], moments)


@both_stores
@pytest.mark.parametrize(("people", "kills"), [(300, 3), full(FULL, 20)])
def test_killed_while_they_send_by_smtp(up, store, sink, seed, people, kills):
    sink.faults[EVERYONE] = delay(answer_seconds(store, people))
    with up(**relay(sink)) as (project, processes):
        campaign = Campaign(project, people)
        campaign.prepare()
        ends = send_and_kill(campaign, processes, seed, kills)
        report, mails = campaign.wait(), by_mail(sink.mails)
        check_killed(campaign, report, mails, ends, in_doubt_max=LANES * len(ends))


@pytest.mark.parametrize(("people", "kills"), [(200, 1), full(FULL, 20)])
def test_what_can_be_told_again_by_its_key_is_not_in_doubt(up, store, seed, people, kills):
    gateway = ByKey()  # takes sixteen at once a lane, where a relay takes one
    pause = 10 * answer_seconds(store, people)
    with open_gateway(gateway, pause) as sink, up(**way_to(sink)) as (project, processes):
        campaign = Campaign(project, people, channel=gateway.channel)
        campaign.prepare()
        project.retenshun.put("/api/v1/channels", gateway.settings(sink.url)).ok()
        ends = send_and_kill(campaign, processes, seed, kills)
        report = campaign.wait()
        tell(f"{gateway.repeats} told again")
        check_killed(campaign, report, gateway.taken, ends, in_doubt_max=0)


@pytest.mark.soak
@pytest.mark.parametrize(("people", "kills"), [full(FULL, 20)])
def test_what_the_provider_can_be_asked_about_is_settled(up, store, seed, people, kills):
    gateway = ByLog()
    with (
        open_gateway(gateway, answer_seconds(store, people)) as sink,
        up(**way_to(sink)) as (project, processes),
    ):
        campaign = Campaign(project, people, channel=gateway.channel)
        campaign.prepare()
        project.retenshun.put("/api/v1/channels", gateway.settings(sink.url)).ok()
        ends = send_and_kill(campaign, processes, seed, kills)
        report = campaign.wait()
        eventually(
            lambda: not {one.name for one in gateway.taken} & campaign.in_doubt(),
            "all that was taken to be known as taken",
        )
        check_killed(campaign, report, gateway.taken, ends, in_doubt_max=LANES * len(ends))


@pytest.mark.parametrize(
    ("people", "pauses"), [(400, 3), pytest.param(FULL, 10, marks=pytest.mark.soak)]
)
def test_paused_resumed_and_cancelled_at_odd_moments(up, sink, seed, people, pauses):
    tell(f"KILL_SEED={seed}")
    dice = random.Random(seed)
    sink.faults[EVERYONE] = delay(0.1)  # so slow that it is not over before it is cancelled
    with up(**relay(sink)) as (project, processes):
        client, campaign = project.retenshun, Campaign(project, people)
        campaign.prepare()
        client.post(f"{campaign.path}/send").ok()
        eventually(lambda: sink.mails, "the sending to be under way")
        for _ in range(pauses):
            time.sleep(dice.uniform(0.1, 0.6))
            client.post(f"{campaign.path}/pause").ok()
            paused_at = now()
            time.sleep(SETTLED.total_seconds() + 0.2)
            late = [at for at in campaign.submitted_at().values() if at > paused_at + SETTLED]
            assert late == [], "handed over although it was paused"
            client.post(f"{campaign.path}/resume").ok()
        campaign.wait_for(int(people * CANCELLED_AT), State.ACCEPTED)
        # A client of its own: a server hangs up on one that was idle for so long.
        project.retenshun.post(f"{campaign.path}/cancel").ok()
        cancelled_at = now()
        report = campaign.wait()
        late = [at for at in campaign.submitted_at().values() if at > cancelled_at]
        tell(f"{pauses} pauses, {len(late)} handed over after it was cancelled")
        campaign.check(report, by_mail(sink.mails), in_doubt_max=0)
        assert max(campaign.submitted_at().values()) <= cancelled_at + SETTLED
        assert len(late) <= LANES * len(processes)
        assert campaign.count(State.CANCELLED) > 0, "it was over before it was cancelled"


@pytest.mark.parametrize(
    ("people", "leaving"), [(300, 30), pytest.param(FULL, 500, marks=pytest.mark.soak)]
)
def test_who_unsubscribes_meanwhile_gets_nothing_any_more(up, store, sink, seed, people, leaving):
    tell(f"KILL_SEED={seed}")
    sink.faults[EVERYONE] = delay(answer_seconds(store, people))
    leavers = random.Random(seed).sample(range(people), leaving)
    with up(**relay(sink)) as (project, _):
        client, campaign = project.retenshun, Campaign(project, people)
        campaign.prepare()
        client.post(f"{campaign.path}/send").ok()
        eventually(lambda: len(sink.mails) > 20, "the sending to be under way")
        told_at = {}
        for number in leavers:
            choice = {"channels": {"email": "unsubscribed"}}
            client.put(f"/api/v1/users/reader%20{number}/subscriptions", choice).ok()
            told_at[address_of(number)] = now()
        report = campaign.wait()
        campaign.check(report, by_mail(sink.mails), in_doubt_max=0)
        submitted_at = campaign.submitted_at()
        late = [one for one, at in told_at.items() if submitted_at.get(one, at) > at]
        spared = campaign.count(State.SUPPRESSED)
        tell(f"{leaving} unsubscribed, {spared} of them in time, {len(late)} written to after that")
        assert late == []
        assert spared > 0, "everybody had their mail already"
