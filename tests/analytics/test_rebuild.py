"""A rebuild: all that is true, once, whatever happens beside it or in its middle."""

import asyncio

import pytest

from beckon.domain.privacy import actions as privacy
from beckon.engine.rebuild import Rebuild
from beckon.engine.streams.every import HISTORY, STREAMS, THINGS
from beckon.storage.analytics import progress
from beckon.storage.analytics.client import AnalyticsUnavailable
from support.builders import a_contact, a_project, an_event, happens
from support.clock import START


def a_rebuild(world, told=lambda *_: None):
    return Rebuild(
        world.state,
        world.analytics,
        world.clock,
        streams=STREAMS,
        history=HISTORY,
        things=THINGS,
        name="a test",
        told=told,
    )


async def some_events(world, project_id, *numbers):
    events = [an_event(f"user {number % 7}", "seen", number=number) for number in numbers]
    await world.state.write(lambda tx: happens(tx, project_id, *events))


async def count_events(world):
    return await world.ask("SELECT count(), uniqExact(id), sum(numbers['number']) FROM event")


def test_a_rebuild_mends_what_was_damaged(simulate):
    async def story(world):
        project_id = await world.state.write(a_project)
        await some_events(world, project_id, *range(30))
        await world.forward_all()
        await world.analytics.run("DELETE FROM event WHERE numbers['number'] < 10")
        await world.analytics.run("INSERT INTO event SELECT * FROM event")
        await world.analytics.run("TRUNCATE TABLE contact")
        heard = []
        await a_rebuild(world, lambda done, total: heard.append((done, total)))()
        assert await count_events(world) == [(30, 30, sum(range(30)))]
        assert await world.ask("SELECT count() FROM contact FINAL") == [(7,)]
        assert heard[-1][0] == heard[-1][1] == 37
        await some_events(world, project_id, 30)
        await world.forward_all()
        assert await count_events(world) == [(31, 31, sum(range(31)))]

    simulate(story)


def test_what_comes_in_meanwhile_is_there_once(simulate):
    async def story(world):
        project_id = await world.state.write(a_project)
        await some_events(world, project_id, *range(20))
        await world.forward_all()
        gone = await world.state.write(lambda tx: a_contact(tx, project_id, "gone"))
        number = 20
        over = asyncio.Event()

        async def live():
            nonlocal number
            while not over.is_set():
                await some_events(world, project_id, number)
                number += 1
                await world.forward()
                await asyncio.sleep(0)

        living = asyncio.create_task(live())
        rebuilding = asyncio.create_task(a_rebuild(world)())
        await asyncio.sleep(0.1)
        await world.state.write(
            lambda tx: privacy.erase(tx, project_id, [gone], actor="a test", now=START)
        )
        await rebuilding
        over.set()
        await living
        await world.forward_all()
        truth = await world.state.read(lambda tx: progress.find_head(tx, STREAMS[0].log))
        total = truth.position
        assert total > 20
        assert await count_events(world) == [(total, total, sum(range(total)))]
        assert await world.ask("SELECT count() FROM contact FINAL") == [(7,)]

    simulate(story)


@pytest.mark.parametrize("swaps", range(6))
def test_a_rebuild_cut_off_leaves_no_half(simulate, swaps):
    async def story(world):
        project_id = await world.state.write(a_project)
        await some_events(world, project_id, *range(20))
        await world.forward_all()
        run = world.analytics.run
        left = swaps

        async def fails(sql, *args, **kwargs):
            nonlocal left
            if sql.startswith("EXCHANGE"):
                if not left:
                    raise AnalyticsUnavailable("cut off")
                left -= 1
            elif sql.startswith("DROP") and swaps == 5 and not left:
                raise AnalyticsUnavailable("cut off")
            await run(sql, *args, **kwargs)

        world.analytics.run = fails
        with pytest.raises(AnalyticsUnavailable):
            await a_rebuild(world)()
        world.analytics.run = run
        await some_events(world, project_id, 20)
        await world.forward_all()
        assert await count_events(world) == [(21, 21, sum(range(21)))]
        await a_rebuild(world)()
        assert await count_events(world) == [(21, 21, sum(range(21)))]

    simulate(story)


def test_who_is_erased_is_gone_there_too(simulate):
    async def story(world):
        project_id = await world.state.write(a_project)
        await some_events(world, project_id, *range(14))
        await world.forward_all()
        rows = await world.ask("SELECT contact_id FROM contact WHERE external_id = 'user 3'")
        await world.state.write(
            lambda tx: privacy.erase(tx, project_id, [rows[0][0]], actor="a test", now=START)
        )
        await world.forward_all()
        for table in ("event", "contact"):
            found = await world.ask(
                f"SELECT count() FROM {table} WHERE contact_id = {{one:UInt64}} AND "
                + ("external_id IS NOT NULL" if table == "contact" else "1"),
                one=rows[0][0],
            )
            assert found == [(0,)]

    simulate(story)
