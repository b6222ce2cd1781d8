"""Runs with a wait, a condition and a webhook: everything is killed, and each step is taken once.

Gate R2. The long loops are `make soak`.
"""

from functools import partial

import pytest

from kills.journey import Journeys, answer, tell_the_journey
from kills.options import often
from kills.playing import one_server, play, servers
from kills.process import Process
from kills.story import LANES
from support.background import Background
from support.http_sink import HttpSink
from support.smtp_sink import HOST

FIXED_SEED = 20260401
CALLS_AT_ONCE = 20

long = pytest.mark.soak


@pytest.fixture
def service():
    """Answer webhooks in a thread of its own."""
    with Background() as background:
        service = background.run(HttpSink(answer).__aenter__())
        yield service
        background.run(service.__aexit__())


def check(project, ending, sink, service, kills):
    """Hold what is left to every promise."""
    journeys = Journeys(project, ending.crowd)
    journeys.wait()
    journeys.check_steps()
    journeys.check_calls(service.asked, repeated_max=CALLS_AT_ONCE * kills)
    journeys.check_codes(sink.mails)
    ending.check_sink(sink.mails, in_doubt_max=LANES * kills)
    ending.check_waits(sink.mails)


@pytest.mark.parametrize("kills", [3, pytest.param(often(20), marks=long)])
@pytest.mark.parametrize("seed", [FIXED_SEED, pytest.param(None, marks=long)], indirect=True)
def test_one_server_killed_over_and_over(tmp_path, sink, service, seed, kills):
    around = {"SMTP_URL": f"smtp://{HOST}:{sink.port}", "PRIVATE_TARGETS": f"{HOST}:{service.port}"}
    story = partial(tell_the_journey, url=service.url)
    with one_server(tmp_path, story, **around) as (project, processes):
        ending = play(project, processes, seed, kills, Process.kill)
        check(project, ending, sink, service, kills)


@pytest.mark.parametrize("kills", [2, pytest.param(often(20), marks=long)])
def test_two_servers_on_one_postgres_killed_over_and_over(
    tmp_path, postgres_url, sink, service, seed, kills
):
    around = {"SMTP_URL": f"smtp://{HOST}:{sink.port}", "PRIVATE_TARGETS": f"{HOST}:{service.port}"}
    story = partial(tell_the_journey, url=service.url)
    with servers(tmp_path, postgres_url, story, **around) as (project, processes):
        ending = play(project, processes, seed, kills, Process.kill)
        check(project, ending, sink, service, kills)
