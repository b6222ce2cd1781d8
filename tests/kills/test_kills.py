"""Real servers are killed at random moments, over and over: nothing is lost, nothing is doubled.

Gate R4, and R1 for mail that workflows send. The long loops are `make soak`. A failure prints its
seed; KILL_SEED=… plays it again.
"""

import pytest

from kills.options import often
from kills.playing import PLAIN, is_up, one_server, play, relay, servers
from kills.process import Process
from kills.story import LANES, tell
from support.server import eventually

FIXED_SEED = 20260401
STOP_SECONDS = 15

long = pytest.mark.soak


@pytest.mark.parametrize("kills", [4, pytest.param(often(200), marks=long)])
@pytest.mark.parametrize("seed", [FIXED_SEED, pytest.param(None, marks=long)], indirect=True)
def test_by_smtp_no_mail_is_lost_or_doubled_and_what_is_in_doubt_is_listed(
    tmp_path, sink, seed, kills
):
    with one_server(tmp_path, **relay(sink)) as (project, processes):
        ending = play(project, processes, seed, kills, Process.kill)
    ending.check_sink(sink.mails, in_doubt_max=LANES * kills)
    ending.check_waits(sink.mails)
    ending.check_restarts([mail.at for mail in sink.mails])


@pytest.mark.parametrize("kills", [3, pytest.param(often(200), marks=long)])
def test_where_repeating_is_safe_each_step_is_accepted_once(tmp_path, seed, kills):
    with one_server(tmp_path) as (project, processes):
        ending = play(project, processes, seed, kills, Process.kill)
    ending.check_accepted_once()
    ending.check_restarts([sending.accepted_at for sending in ending.sendings])


@pytest.mark.parametrize("kills", [3, pytest.param(often(200), marks=long)])
def test_two_servers_on_one_postgres_take_over_from_each_other(
    tmp_path, postgres_url, sink, seed, kills
):
    with servers(tmp_path, postgres_url, **PLAIN, **relay(sink)) as (project, processes):
        ending = play(project, processes, seed, kills, Process.kill)
    ending.check_sink(sink.mails, in_doubt_max=LANES * kills)
    ending.check_waits(sink.mails)
    ending.check_restarts([mail.at for mail in sink.mails])


@long
@pytest.mark.parametrize("cuts", [often(20)])
def test_after_a_power_cut_everything_goes_on_by_itself(tmp_path, own_postgres, sink, seed, cuts):
    database, url = own_postgres
    with servers(tmp_path, url, **PLAIN, **relay(sink)) as (project, processes):

        def cut(first):
            for process in processes:
                process.kill()
            database.crash()
            eventually(lambda: is_up(project), "the database to be back")
            for process in processes:
                if process is not first:
                    process.start()

        ending = play(project, processes, seed, cuts, cut)
    ending.check_sink(sink.mails, in_doubt_max=LANES * len(processes) * cuts)
    ending.check_waits(sink.mails)
    ending.check_restarts([mail.at for mail in sink.mails])


@pytest.mark.parametrize("stops", [3, pytest.param(20, marks=long)])
def test_a_graceful_stop_under_load_leaves_nothing_in_doubt(tmp_path, sink, stops):
    seconds = []

    def stop(process):
        seconds.append(process.stop())

    with one_server(tmp_path, **relay(sink)) as (project, processes):
        ending = play(project, processes, FIXED_SEED, stops, stop)
    tell(f"stopped within {max(seconds):.1f} s")
    assert max(seconds) <= STOP_SECONDS
    ending.check_sink(sink.mails, in_doubt_max=0)
