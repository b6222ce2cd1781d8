"""Retention: what a project no longer keeps leaves both stores, and nobody else's does."""

from datetime import timedelta

import pytest

from beckon.domain.accounts import actions as accounts
from beckon.domain.accounts.queries import find_retentions_any_project
from beckon.domain.events.model import EventFilter
from beckon.domain.events.queries import count_events
from beckon.engine.prune import Prune
from beckon.kit.refusals import Invalid
from support.builders import a_project, an_event, happens


def test_old_events_leave_both_stores(simulate):
    async def story(world):
        kept, pruned = [await world.state.write(a_project) for _ in range(2)]
        await world.state.write(lambda tx: accounts.set_retention(tx, pruned, 30))
        for day in range(0, 60, 10):
            now = world.clock.now()
            for project_id in (kept, pruned):
                event = an_event("ann", now=now, day=day)
                await world.state.write(
                    lambda tx, project_id=project_id, event=event, now=now: happens(
                        tx, project_id, event, now=now
                    )
                )
            world.clock.advance(timedelta(days=10))
        await world.forward_all()
        prune = Prune(world.state, world.analytics, world.clock)
        while await prune():
            pass
        for project_id, wanted in ((kept, 6), (pruned, 3)):
            counted = await world.state.read(
                lambda tx, project_id=project_id: count_events(tx, project_id, EventFilter())
            )
            there = await world.ask(
                "SELECT count(), min(numbers['day']) FROM event WHERE project_id = {p:UInt64}",
                p=project_id,
            )
            assert counted == wanted
            assert there == [(wanted, 60 - 10 * wanted)]

    simulate(story)


def test_all_events_may_go_and_new_ones_stay(simulate):
    async def story(world):
        project_id = await world.state.write(a_project)
        await world.state.write(lambda tx: accounts.set_retention(tx, project_id, 1))
        await world.state.write(lambda tx: happens(tx, project_id, an_event()))
        await world.forward_all()
        now = world.clock.advance(timedelta(days=2))
        prune = Prune(world.state, world.analytics, world.clock)
        while await prune():
            pass
        assert await world.ask("SELECT count() FROM event") == [(0,)]
        await world.state.write(lambda tx: happens(tx, project_id, an_event(now=now), now=now))
        await world.forward_all()
        while await prune():
            pass
        assert await world.ask("SELECT count() FROM event") == [(1,)]

    simulate(story)


def test_retention_is_a_number_of_days(simulate):
    async def story(world):
        project_id = await world.state.write(a_project)
        for days in (0, -1, 3651):
            with pytest.raises(Invalid):
                await world.state.write(
                    lambda tx, days=days: accounts.set_retention(tx, project_id, days)
                )
        await world.state.write(lambda tx: accounts.set_retention(tx, project_id, 7))
        assert await world.state.read(find_retentions_any_project) == {project_id: 7}
        await world.state.write(lambda tx: accounts.set_retention(tx, project_id, None))
        assert await world.state.read(find_retentions_any_project) == {}

    simulate(story)
