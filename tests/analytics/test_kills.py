"""The engine is killed at random under load: nothing lost, nothing doubled, up again by itself."""

import asyncio
import os
import signal
from contextlib import suppress
from random import Random

import pytest

from beckon.domain.contacts.tables import contact
from beckon.domain.privacy import actions as privacy
from beckon.engine.forward import Forwarder
from beckon.engine.streams.every import STREAMS
from beckon.kit.bell import Bell
from beckon.kit.clock import SystemClock
from beckon.kit.refusals import Refusal
from beckon.storage.analytics.address import read_address
from beckon.storage.analytics.client import Analytics
from beckon.storage.analytics.supervisor import Supervisor
from beckon.storage.state import open_state
from support.builders import a_project, an_event, happens
from support.clock import START

PAUSE_SECONDS_MAX = 0.6
CATCH_UP_SECONDS = 300
EVENTS_A_CALL = 40
PEOPLE = 400


async def nobody_gone(_workers):
    return []


class Load:
    """Events and erasures that go on until told to stop; knows how many events must be there."""

    def __init__(self, state, project_id, dice):
        self._state = state
        self._project_id = project_id
        self._dice = dice
        self.number = 0

    async def live(self):
        while True:
            numbers = range(self.number, self.number + EVENTS_A_CALL)
            self.number += EVENTS_A_CALL
            events = [an_event(f"user {n % PEOPLE}", number=n) for n in numbers]
            await self._state.write(lambda tx, new=events: happens(tx, self._project_id, *new))
            if self._dice.random() < 0.05:
                await self._state.write(self._erase_somebody)
            await asyncio.sleep(0.01)

    def _erase_somebody(self, tx):
        people = tx.execute(contact.select().where(contact.c.deleted_at.is_(None)).limit(5)).all()
        one = self._dice.choice(people).id
        privacy.erase(tx, self._project_id, [one], actor="a test", now=START)


async def forward_always(forward, stopping):
    while not stopping.is_set():
        with suppress(Refusal):
            await forward()
        await asyncio.sleep(0.02)


async def run_and_kill(url, folder, kills, seed):
    dice = Random(seed)
    state = open_state(url)
    analytics = Analytics(lambda: read_address(folder))
    supervisor = Supervisor(folder)
    project_id = await state.write(a_project)
    load = Load(state, project_id, dice)
    forward = Forwarder(
        state,
        analytics,
        SystemClock(),
        STREAMS,
        bell=Bell(),
        worker="a worker",
        gone=nobody_gone,
    )
    supervisor.start()
    stopping = asyncio.Event()
    tasks = [
        asyncio.create_task(load.live()),
        asyncio.create_task(forward_always(forward, stopping)),
    ]
    try:
        for _ in range(kills):
            await wait_for_answers(analytics)
            await asyncio.sleep(dice.random() * PAUSE_SECONDS_MAX)
            os.kill(supervisor.pid, signal.SIGKILL)
        for task in tasks:
            if task.done():
                task.result()  # the load, or the forwarder, ended by a fault of its own
        tasks[0].cancel()
        await asyncio.gather(tasks[0], return_exceptions=True)
        assert await forward.catch_up(CATCH_UP_SECONDS)
        await wait_for_answers(analytics)
        return await compare(state, analytics)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await supervisor.stop()
        await analytics.close()
        await state.close()


async def wait_for_answers(analytics):
    for _ in range(1000):
        with suppress(Refusal):
            await analytics.ask("SELECT 1")
            return
        await asyncio.sleep(0.02)
    pytest.fail("the engine did not come up again")


async def compare(state, analytics):
    """Give what is there and what is true: events, distinct ones, people."""

    def truth(tx):
        sql = (
            "SELECT (SELECT count(*) FROM event), (SELECT count(DISTINCT id) FROM event), "
            "(SELECT sum(position) FROM event), "
            "(SELECT count(*) FROM contact WHERE deleted_at IS NULL)"
        )
        return tuple(int(value) for value in tx.exec_driver_sql(sql).one())

    (there,) = await analytics.ask(
        "SELECT (SELECT count() FROM event), (SELECT uniqExact(id) FROM event), "
        "(SELECT sum(position) FROM event), "
        "(SELECT count() FROM contact FINAL WHERE is_erased = 0)",
        seconds_max=60,
    )
    return there, await state.read(truth)


def check(url, folder, *, kills, seed):
    there, true = asyncio.run(run_and_kill(url, folder, kills, seed))
    assert there == true, f"{kills} kills, seed {seed}"
    assert true[0] > kills * EVENTS_A_CALL / 2


def test_a_few_kills_lose_and_double_nothing(sqlite_url, tmp_path):
    check(sqlite_url, tmp_path / "analytics", kills=4, seed=1)


@pytest.mark.soak
def test_fifty_kills_lose_and_double_nothing(state_url, tmp_path):
    check(state_url, tmp_path / "analytics", kills=50, seed=int.from_bytes(os.urandom(4)))
