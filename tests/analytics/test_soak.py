"""Hours of events, changes and erasures while segments follow: right at the end, memory flat.

As long as SOAK_SECONDS says, an hour by itself; `make soak` runs it.
"""

import asyncio
import os
import time
from pathlib import Path
from random import Random

import pytest

from beckon.domain.contacts.tables import contact
from beckon.domain.privacy import actions as privacy
from beckon.domain.segments import actions, queries
from beckon.domain.segments.parsing import parse
from beckon.engine.forward import Forwarder
from beckon.engine.refresh import Refresh
from beckon.engine.streams.every import STREAMS
from beckon.kit.bell import Bell
from beckon.kit.clock import SystemClock
from beckon.storage.analytics.address import read_address
from beckon.storage.analytics.client import Analytics, AnalyticsUnavailable
from beckon.storage.analytics.supervisor import Supervisor
from beckon.storage.state import open_state
from support.builders import a_contact, a_project, an_event, happens

SECONDS = float(os.environ.get("SOAK_SECONDS", "3600"))  # noqa: TID251 - how long, no setting
EVENTS_A_CALL = 50
PAUSE_SECONDS = 0.1
PEOPLE = 5000
WARM_SHARE = 0.3
GROWTH_MAX = 1.35

RULES = {
    "bought": [{"event": "bought"}],
    "twice lately": [{"event": "bought", "operator": "gte", "value": 2, "within": "2m"}],
    "gold": [{"field": "plan", "operator": "eq", "value": "gold"}],
    "looked only": [{"event": "looked"}, {"event": "bought", "operator": "not_exists"}],
}


def memory_bytes(pid):
    """Tell how much memory a process holds, as Linux counts it."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


class Life:
    """One project under load, its stores and the two steps that keep segments right."""

    def __init__(self, state, analytics, clock):
        self.state = state
        self.analytics = analytics
        self.clock = clock
        self.dice = Random(20261121)
        self.stopping = asyncio.Event()
        self.events = 0
        self.erased = 0
        self.waits = 0
        self.project_id = None

        async def nobody(_workers):
            return []

        self.forward = Forwarder(
            state, analytics, clock, STREAMS, bell=Bell(), worker="w", gone=nobody
        )
        self.refresh = Refresh(state, analytics, clock, worker="w", gone=nobody)

    async def begin(self):
        self.project_id = await self.state.write(a_project)
        made = {}
        for name, rule in RULES.items():
            segment = await self.state.write(
                lambda tx, name=name, rule=rule: actions.create(
                    tx, self.project_id, name=name, rule=parse(rule), now=self.clock.now()
                )
            )
            made[name] = segment.id
        return made

    async def load(self):
        while not self.stopping.is_set():
            now = self.clock.now()
            told = [
                an_event(
                    f"user {self.dice.randrange(PEOPLE)}",
                    self.dice.choice(["looked", "looked", "bought"]),
                    now=now,
                    total=self.dice.randrange(1000) / 10,
                )
                for _ in range(EVENTS_A_CALL)
            ]
            await self.state.write(
                lambda tx, told=told, now=now: happens(tx, self.project_id, *told, now=now)
            )
            self.events += len(told)
            if self.dice.random() < 0.3:
                await self.state.write(self._change_somebody)
            if self.dice.random() < 0.05:
                await self.state.write(self._erase_somebody)
            await asyncio.sleep(PAUSE_SECONDS)

    async def step(self, step):
        """Run one as the engine's own loop does, which waits for a store that is too busy."""
        while not self.stopping.is_set():
            try:
                if await step():
                    continue
            except AnalyticsUnavailable:
                self.waits += 1
            await asyncio.sleep(0.2)

    async def finish(self):
        """Take all that is left there, until nothing moves any more."""
        while await self.forward() or await self.refresh():
            pass

    def _change_somebody(self, tx):
        who = f"user {self.dice.randrange(PEOPLE)}"
        plan = self.dice.choice(["gold", "free"])
        a_contact(tx, self.project_id, who, email=None, now=self.clock.now(), plan=plan)

    def _erase_somebody(self, tx):
        people = tx.execute(contact.select().where(contact.c.deleted_at.is_(None)).limit(50)).all()
        one = self.dice.choice(people).id
        now = self.clock.now()
        privacy.erase(tx, self.project_id, [one], actor="a soak", now=now)
        self.erased += 1


async def soak(url, folder):
    state = open_state(url)
    analytics = Analytics(lambda: read_address(folder))
    supervisor = Supervisor(folder)
    supervisor.start()
    try:
        async with asyncio.timeout(60):
            while not analytics.is_located:  # noqa: ASYNC110 - another process writes the address
                await asyncio.sleep(0.1)
        life = Life(state, analytics, SystemClock())
        made = await life.begin()
        tasks = [
            asyncio.create_task(life.load()),
            asyncio.create_task(life.step(life.forward)),
            asyncio.create_task(life.step(life.refresh)),
        ]
        memory = []
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            await asyncio.sleep(SECONDS / 60)
            for task in tasks:
                if task.done():
                    task.result()
            memory.append((memory_bytes(supervisor.pid), memory_bytes(os.getpid())))
        life.stopping.set()
        await asyncio.gather(*tasks)
        await life.finish()
        return life, memory, await compare(life, made)
    finally:
        await supervisor.stop()
        await analytics.close()
        await state.close()


async def compare(life, made):
    """Give who is kept in each segment that time does not touch, and who should be in it."""
    told = {}
    for name in ("bought", "gold", "looked only"):

        def kept(tx, number=made[name]):
            found = queries.list_members_after(
                tx, life.project_id, number, after=0, limit=1_000_000
            )
            segment = queries.get_segment(tx, life.project_id, number)
            return segment.members, {one.contact_id for one in found}

        told[name] = (await life.state.read(kept), await life.state.read(TRUTHS[name]))
    return told


def did(tx, name):
    rows = tx.exec_driver_sql(
        "SELECT DISTINCT e.contact_id FROM event e JOIN event_type t ON t.id = e.type_id "
        f"JOIN contact c ON c.id = e.contact_id WHERE t.name_key = '{name}' "
        "AND c.deleted_at IS NULL"
    )
    return {row[0] for row in rows}


def golden(tx):
    rows = tx.execute(contact.select().where(contact.c.deleted_at.is_(None)))
    return {row.id for row in rows if row.properties.get("plan") == "gold"}


TRUTHS = {
    "bought": lambda tx: did(tx, "bought"),
    "gold": golden,
    "looked only": lambda tx: did(tx, "looked") - did(tx, "bought"),
}


@pytest.mark.soak
def test_events_changes_and_erasures_for_long(state_url, tmp_path):
    life, memory, told = asyncio.run(soak(state_url, tmp_path / "analytics"))
    for name, ((counted, kept), true) in told.items():
        assert kept == true, name
        assert counted == len(true), name
    warm = memory[int(len(memory) * WARM_SHARE)]
    last = [max(column) for column in zip(*memory[-5:], strict=True)]
    figures = [f"{a / 1e6:.0f} MB to {b / 1e6:.0f} MB" for a, b in zip(warm, last, strict=True)]
    told = f"{life.events} events, {life.erased} erased, {life.waits} waits for a busy store"
    print(f"{told}; engine {figures[0]}, own {figures[1]}")  # noqa: T201 - the figures are what a long run is for
    for before, after in zip(warm, last, strict=True):
        assert after < before * GROWTH_MAX, figures
