"""Four servers that start in the same second, and twenty who press send: everybody gets it once.

Gate R5. A campaign is due while nobody is there; all servers then find it at once.
"""

import threading
from datetime import timedelta

import pytest

from kills.campaign import Campaign
from kills.playing import PLAIN, one_server, relay, servers, untold
from kills.process import Process, free_port
from kills.taken import by_mail
from support.server import eventually, now
from support.smtp_sink import HOST

CALLERS = 20
SOON = timedelta(seconds=1)

long = pytest.mark.soak


def leave_it_due(campaign, processes):
    """Plan the campaign, and be gone when its moment comes."""
    due_at = now() + SOON
    plan = {"scheduledAt": due_at.isoformat()}
    campaign.project.retenshun.put(campaign.path, plan).ok()
    for process in processes:
        process.kill()
    eventually(lambda: now() > due_at, "the campaign to be due")


def press_send(campaign, processes):
    """Have twenty people press send, each at one of these servers; gives the replies' statuses."""
    replies = []

    def send(number):
        client = campaign.project.retenshun
        client.url = f"http://{HOST}:{processes[number % len(processes)].port}"
        replies.append(client.post(f"{campaign.path}/send").status)

    callers = [threading.Thread(target=send, args=[number]) for number in range(CALLERS)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    return replies


def check(campaign, sink, replies):
    assert set(replies) <= {200, 409}, "under way, or over already"
    campaign.check(campaign.wait(), by_mail(sink.mails), in_doubt_max=0)
    assert len(sink.mails) == campaign.people


@long  # four servers want more than two cores to be ready in time
@pytest.mark.parametrize("people", [300, 5000])
def test_four_servers_on_one_postgres(tmp_path, postgres_url, sink, people):
    with servers(tmp_path, postgres_url, untold, count=4, **PLAIN, **relay(sink)) as (
        project,
        processes,
    ):
        campaign = Campaign(project, people)
        campaign.prepare()
        leave_it_due(campaign, processes)
        for process in processes:
            process.start()
        for process in processes:
            process.wait_until_ready()
        check(campaign, sink, press_send(campaign, processes))


@pytest.mark.parametrize(("people", "count"), [(100, 2), pytest.param(5000, 4, marks=long)])
def test_of_several_on_one_embedded_store_one_serves_and_the_others_say_so(
    tmp_path, sink, people, count
):
    with one_server(tmp_path, untold, **PLAIN, **relay(sink)) as (project, (first,)):
        campaign = Campaign(project, people)
        campaign.prepare()
        leave_it_due(campaign, [first])
        others = [
            Process(
                free_port(),
                tmp_path / f"log-{number}",
                DATA_DIR=str(tmp_path),
                **PLAIN,
                **relay(sink),
            )
            for number in range(1, count)
        ]
        together = [first, *others]
        try:
            for process in together:
                process.start()
            serving = [process for process in together if process.comes_up()]
            assert len(serving) == 1
            refused = [process.said() for process in together if process not in serving]
            assert all("already serves" in one for one in refused), refused
            check(campaign, sink, press_send(campaign, serving))
        finally:
            for process in others:
                process.end()
