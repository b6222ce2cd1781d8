"""Real servers are killed at random moments, over and over: nothing is lost, nothing is doubled.

The long loops are `make soak`. A failure prints its seed; KILL_SEED=… plays it again.
"""

import os
import random
import time
from contextlib import contextmanager

import pytest

from beckon.main import prepare_store
from beckon.settings import Settings
from kills.crowd import Crowd
from kills.process import Process, free_port, started
from kills.story import LANES, Ending, tell, tell_the_story
from support.server import RunningServer, now, sink_beside
from support.smtp_sink import HOST

FIXED_SEED = 20260401
CLIENTS = 4
UP_SECONDS = (0.05, 1.2)
STOP_SECONDS = 15
SECRET_KEY = "one-key-for-all-who-share-a-database"
SOAK_KILLS = 200

long = pytest.mark.soak


@pytest.fixture
def seed(request):
    """The seed a test asks for, else one nobody has tried, or the one to play again."""
    if asked := getattr(request, "param", None):
        return asked
    given = os.environ.get("KILL_SEED")  # noqa: TID251 - to play a failure again
    return int(given) if given else random.SystemRandom().randrange(10**9)


@pytest.fixture
def sink():
    with sink_beside() as sink:
        yield sink


@contextmanager
def one_server(folder, **settings):
    """Start a server on embedded stores; gives a project in it and the process."""
    process = Process(free_port(), folder / "log", DATA_DIR=str(folder), **settings)
    with started(process), project_in(Settings(data_dir=folder), process, "sqlite") as project:
        yield project, [process]


@contextmanager
def two_servers(folder, database_url, **settings):
    """Start two servers on one PostgreSQL; gives a project in it and the processes."""
    processes = [
        Process(
            free_port(),
            folder / f"log-{name}",
            DATA_DIR=str(folder / name),
            DATABASE_URL=database_url,
            SECRET_KEY=SECRET_KEY,
            **settings,
        )
        for name in ("left", "right")
    ]
    stores = Settings(data_dir=folder, database_url=database_url)
    with started(*processes), project_in(stores, processes[0], "postgres") as project:
        yield project, processes


@contextmanager
def project_in(settings, process, name):
    """Make a project with the story in it."""
    engine = prepare_store(settings)
    server = RunningServer(f"http://{HOST}:{process.port}", name, engine, None)
    try:
        project = server.new_project()
        tell_the_story(project)
        yield project
    finally:
        server.close()
        engine.dispose()


def play(project, processes, seed, times, end_one):
    """Let the crowd talk while one server after another ends and is started again at once."""
    tell(f"KILL_SEED={seed}")
    dice = random.Random(seed)
    ports = [process.port for process in processes]
    crowd = Crowd(ports, project.secret.secret, CLIENTS, seed)
    ends = []
    with crowd.talking():
        for _ in range(times):
            time.sleep(dice.uniform(*UP_SECONDS))
            process = dice.choice(processes)
            ends.append(now())
            end_one(process)
            process.start()
            process.wait_until_ready()
        time.sleep(UP_SECONDS[1])
    ending = Ending(project, crowd, ends)
    ending.check_events()
    ending.wait()
    ending.check_steps()
    return ending


@pytest.mark.parametrize("kills", [10, pytest.param(SOAK_KILLS, marks=long)])
@pytest.mark.parametrize("seed", [FIXED_SEED, None], indirect=True)
def test_by_smtp_no_mail_is_lost_or_doubled_and_what_is_in_doubt_is_listed(
    tmp_path, sink, seed, kills
):
    with one_server(tmp_path, SMTP_URL=f"smtp://{HOST}:{sink.port}") as (project, processes):
        ending = play(project, processes, seed, kills, Process.kill)
    ending.check_sink(sink.mails, in_doubt_max=LANES * kills)
    ending.check_waits(sink.mails)
    ending.check_restarts([mail.at for mail in sink.mails])


@pytest.mark.parametrize("kills", [3, pytest.param(SOAK_KILLS, marks=long)])
def test_where_repeating_is_safe_each_step_is_accepted_once(tmp_path, seed, kills):
    with one_server(tmp_path) as (project, processes):
        ending = play(project, processes, seed, kills, Process.kill)
    ending.check_accepted_once()
    ending.check_restarts([sending.accepted_at for sending in ending.sendings])


@pytest.mark.parametrize("kills", [3, pytest.param(SOAK_KILLS, marks=long)])
def test_two_servers_on_one_postgres_take_over_from_each_other(
    tmp_path, postgres_url, sink, seed, kills
):
    mail = f"smtp://{HOST}:{sink.port}"
    with two_servers(tmp_path, postgres_url, SMTP_URL=mail) as (project, processes):
        ending = play(project, processes, seed, kills, Process.kill)
    ending.check_sink(sink.mails, in_doubt_max=LANES * kills)
    ending.check_waits(sink.mails)
    ending.check_restarts([mail.at for mail in sink.mails])


@pytest.mark.parametrize("stops", [3, pytest.param(20, marks=long)])
def test_a_graceful_stop_under_load_leaves_nothing_in_doubt(tmp_path, sink, stops):
    seconds = []

    def stop(process):
        seconds.append(process.stop())

    with one_server(tmp_path, SMTP_URL=f"smtp://{HOST}:{sink.port}") as (project, processes):
        ending = play(project, processes, FIXED_SEED, stops, stop)
    tell(f"stopped within {max(seconds):.1f} s")
    assert max(seconds) <= STOP_SECONDS
    ending.check_sink(sink.mails, in_doubt_max=0)
