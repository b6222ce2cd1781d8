"""Puts servers up, lets a crowd talk to them, and ends them one after another."""

import random
import time
from contextlib import contextmanager

from beckon.main import prepare_store
from beckon.settings import Settings
from kills.crowd import Crowd
from kills.process import Process, free_port, started
from kills.story import Ending, tell, tell_the_story
from support.server import RunningServer, now
from support.smtp_sink import HOST

CLIENTS = 4
UP_SECONDS = (0.05, 1.2)
SECRET_KEY = "one-key-for-all-who-share-a-database"


@contextmanager
def one_server(folder, tell_story=tell_the_story, **settings):
    """Start a server on embedded stores; gives a project in it and the process."""
    process = Process(free_port(), folder / "log", DATA_DIR=str(folder), **settings)
    stores = Settings(data_dir=folder)
    with started(process), project_in(stores, process, "sqlite", tell_story) as project:
        yield project, [process]


@contextmanager
def two_servers(folder, database_url, tell_story=tell_the_story, **settings):
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
