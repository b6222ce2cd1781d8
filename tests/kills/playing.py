"""Puts servers up, lets a crowd talk to them, and ends them one after another."""

import random
import time
from contextlib import contextmanager

from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from beckon.domain.messages.model import State
from beckon.main import prepare_store
from beckon.settings import Settings
from kills.crowd import Crowd
from kills.process import Process, free_port, started
from kills.story import Ending, tell, tell_the_story
from support.server import RunningServer, now
from support.smtp_sink import HOST

CLIENTS = 4
UP_SECONDS = (0.05, 1.2)
SENDING_SECONDS = (0.02, 0.4)
TOGETHER = 0.25
"""How often all servers end in the same moment, instead of one."""
PLAIN = {"CLICKHOUSE_URL": "none"}
"""No analytics, where they have no part in what is shown: servers start sooner."""
SECRET_KEY = "one-key-for-all-who-share-a-database"


@contextmanager
def one_server(folder, tell_story=tell_the_story, **settings):
    """Start a server on embedded stores; gives a project in it and the process."""
    process = Process(free_port(), folder / "log", DATA_DIR=str(folder), **settings)
    stores = Settings(data_dir=folder)
    with started(process), project_in(stores, process, "sqlite", tell_story) as project:
        yield project, [process]


@contextmanager
def servers(folder, database_url, tell_story=tell_the_story, *, count=2, **settings):
    """Start so many servers on one PostgreSQL; gives a project in it and the processes."""
    processes = [
        Process(
            free_port(),
            folder / f"log-{number}",
            DATA_DIR=str(folder / f"{number}"),
            DATABASE_URL=database_url,
            SECRET_KEY=SECRET_KEY,
            **settings,
        )
        for number in range(count)
    ]
    stores = Settings(data_dir=folder, database_url=database_url)
    with started(*processes), project_in(stores, processes[0], "postgres", tell_story) as project:
        yield project, processes


@contextmanager
def project_in(settings, process, name, tell_story):
    """Make a project with the story in it."""
    engine = prepare_store(settings)
    server = RunningServer(f"http://{HOST}:{process.port}", name, engine, None)
    try:
        project = server.new_project()
        tell_story(project)
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


def send_and_kill(campaign, processes, seed, times):
    """Send a campaign and kill servers while it is under way; tells when each process ended.

    They are fewer than `times` where the campaign is over first.
    """
    tell(f"KILL_SEED={seed}")
    dice = random.Random(seed)
    ends = []
    campaign.project.retenshun.post(f"{campaign.path}/send").ok()
    while len(ends) < times:
        doomed = processes if dice.random() < TOGETHER else [dice.choice(processes)]
        for process in doomed:
            process.wait_until_ready()
        time.sleep(dice.uniform(*SENDING_SECONDS))
        if campaign.count(State.ACCEPTED, State.UNKNOWN) == campaign.people:
            break
        for process in doomed:
            ends.append(now())
            process.kill()
        for process in doomed:
            process.start()
    tell(f"{len(ends)} kills")
    assert ends, "it was over before anything was killed"
    return ends


def relay(sink):
    """Write the settings with which servers hand mail to a sink."""
    return {"SMTP_URL": f"smtp://{HOST}:{sink.port}"}


def is_up(project):
    """Tell whether the store answers; what was kept open to one that ended is thrown away."""
    try:
        with project.server.engine.begin() as tx:
            return tx.execute(select(1)).scalar_one()
    except OperationalError:
        return False


def untold(_project):
    """Tell no story: what the test does is all there is."""
