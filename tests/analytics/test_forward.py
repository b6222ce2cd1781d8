"""The forwarder: each line once, in order, whatever happens; people as they are now."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from random import Random

import pytest

from beckon.domain.contacts.model import Profile, Who
from beckon.domain.events import actions as events
from beckon.domain.events.model import Identification
from beckon.domain.messages.tables import message_change
from beckon.kit.ids import new_uuid
from beckon.kit.values import replace
from beckon.storage.analytics.client import AnalyticsUnavailable
from support.builders import a_contact, a_message, a_project, an_event, happens
from support.clock import START


def some_events(tx, project_id, count, name="seen", start=0):
    """Let it happen that many people do something, in one call."""
    events = [
        an_event(f"user {number % 7}", name, event_id=new_uuid(), number=number)
        for number in range(start, start + count)
    ]
    happens(tx, project_id, *events)


async def count_events(world):
    return await world.ask("SELECT count(), uniqExact(id), sum(numbers['number']) FROM event")


def test_events_and_people_arrive(simulate):
    async def story(world):
        project_id = await world.state.write(a_project)
        await world.state.write(
            lambda tx: a_contact(tx, project_id, "ann", plan="gold", age=42, born="1990-02-03")
        )
        await world.state.write(
            lambda tx: happens(
                tx, project_id, an_event("ann", "Order Placed", total=12.5, tags=["a", "b"])
            )
        )
        await world.forward_all()
        found = await world.ask(
            "SELECT project_id, name, at, strings, numbers, lists, contact_id > 0 FROM event"
        )
        assert found == [
            (
                project_id,
                "order placed",
                START,
                {"total": "12.5"},
                {"total": 12.5},
                {"tags": ["a", "b"]},
                1,
            )
        ]
        people = await world.ask(
            "SELECT external_id, email, last_seen_at, strings['plan'], numbers['age'], "
            "times['born'], addressed, is_erased FROM contact FINAL"
        )
        assert people == [
            (
                "ann",
                "ann@example.com",
                START,
                "gold",
                42,
                START.replace(year=1990, month=2, day=3, hour=0),
                ["email", "in_app"],
                0,
            )
        ]

    simulate(story)


def test_who_does_something_is_seen_anew(simulate):
    async def story(world):
        project_id = await world.state.write(a_project)
        await world.state.write(lambda tx: some_events(tx, project_id, 7))
        await world.forward_all()
        later = START + timedelta(hours=1)
        await world.state.write(
            lambda tx: happens(tx, project_id, an_event("user 3", "seen", now=later), now=later)
        )
        await world.forward_all()
        seen = await world.ask(
            "SELECT external_id FROM contact FINAL WHERE last_seen_at = {at:DateTime64(3, 'UTC')}",
            at=later,
        )
        assert seen == [("user 3",)]

    simulate(story)


def test_nothing_is_lost_or_doubled_when_an_answer_is_lost(simulate):
    async def story(world):
        project_id = await world.state.write(a_project)
        insert = world.analytics.insert
        dice = Random(7)

        async def unreliable(table, columns, rows, token):
            if dice.random() < 0.3:
                raise AnalyticsUnavailable("lost before it arrived")
            await insert(table, columns, rows, token)
            if dice.random() < 0.3:
                raise AnalyticsUnavailable("lost after it arrived")

        world.analytics.insert = unreliable
        batches = range(5)
        for batch in batches:
            await world.state.write(
                lambda tx, batch=batch: some_events(tx, project_id, 20, start=20 * batch)
            )
            with suppress(AnalyticsUnavailable):
                await world.forward()
            # What comes in after a failure must not join the batch that is tried again.
            await world.state.write(
                lambda tx, batch=batch: some_events(tx, project_id, 3, start=1000 + 10 * batch)
            )
        for _ in range(100):
            try:
                if not await world.forward():
                    break
            except AnalyticsUnavailable:
                continue
        later = [1000 + 10 * batch + number for batch in batches for number in range(3)]
        wanted = sum(range(100)) + sum(later)
        (found,) = await count_events(world)
        assert found == (115, 115, wanted)

    simulate(story)


def test_two_workers_take_turns(simulate):
    async def story(world):
        project_id = await world.state.write(a_project)
        for batch in range(6):
            await world.state.write(
                lambda tx, batch=batch: some_events(tx, project_id, 50, start=50 * batch)
            )
            await asyncio.gather(
                *(world.forward_all(world.a_forwarder(f"worker {n}")) for n in range(3))
            )
        await world.forward_all()
        assert await count_events(world) == [(300, 300, sum(range(300)))]

    simulate(story)


def test_a_worker_that_is_gone_is_followed_at_once_and_one_that_is_slow_is_not(simulate):
    async def story(world):
        project_id = await world.state.write(a_project)
        await world.state.write(lambda tx: some_events(tx, project_id, 10))
        slow = world.a_forwarder("slow")
        entered, leave = asyncio.Event(), asyncio.Event()
        insert = world.analytics.insert

        async def hang(*args):
            entered.set()
            await leave.wait()
            await insert(*args)

        world.analytics.insert = hang
        working = asyncio.create_task(slow())
        await entered.wait()
        world.analytics.insert = insert
        assert not await world.a_forwarder("other")()
        assert await count_events(world) == [(0, 0, 0)]
        heir = world.a_forwarder("heir", gone=["slow"])
        await world.forward_all(heir)
        leave.set()
        await working
        await world.forward_all()
        assert await count_events(world) == [(10, 10, 45)]

    simulate(story)


def test_a_new_analytics_store_gets_everything_again(simulate):
    async def story(world):
        project_id = await world.state.write(a_project)
        await world.state.write(lambda tx: some_events(tx, project_id, 10))
        await world.forward_all()
        for table in ("event", "contact", "origin"):
            await world.analytics.run(f"DROP TABLE {table} SYNC")
        await world.state.write(lambda tx: some_events(tx, project_id, 5, start=10))
        with pytest.raises(AnalyticsUnavailable):
            await world.forward()
        await world.forward_all()
        assert await count_events(world) == [(15, 15, sum(range(15)))]
        assert await world.ask("SELECT count() FROM contact FINAL") == [(7,)]

    simulate(story)


def test_catching_up_waits_for_what_was_committed_before(simulate):
    async def story(world):
        project_id = await world.state.write(a_project)
        await world.state.write(lambda tx: some_events(tx, project_id, 10))
        assert not await world.forward.catch_up(0.05)

        async def step():
            while await count_events(world) != [(10, 10, 45)]:
                await world.forward()

        await world.forward()  # makes the tables
        stepping = asyncio.create_task(step())
        assert await world.forward.catch_up(30)
        assert await count_events(world) == [(10, 10, 45)]
        await stepping
        assert await world.forward.catch_up(0.05)

    simulate(story)


def test_the_lag_is_told(simulate):
    async def story(world):
        project_id = await world.state.write(a_project)
        await world.state.write(lambda tx: some_events(tx, project_id, 10))
        lags = await world.forward.measure()
        assert lags["event"].lines == 10
        assert lags["event"].since == START
        await world.forward_all()
        lags = await world.forward.measure()
        assert [lag.lines for lag in lags.values()] == [0] * len(lags)

    simulate(story)


def test_an_event_taken_out_goes_there_too_and_holds_nobody_up(simulate):
    async def story(world):
        project_id = await world.state.write(a_project)
        known, fresh = an_event("ann", number=1), an_event("ann", number=2)
        await world.state.write(lambda tx: happens(tx, project_id, known))
        await world.forward_all()
        await world.state.write(lambda tx: happens(tx, project_id, fresh))
        for one in (known, fresh):
            await world.state.write(
                lambda tx, one=one: events.delete(tx, project_id, one.id, START)
            )
        await world.forward_all()
        assert await world.forward.catch_up(0.5)
        assert await world.ask("SELECT count() FROM event") == [(0,)]

    simulate(story)


def test_what_becomes_of_messages_arrives(simulate):
    async def story(world):
        project_id = await world.state.write(a_project)
        message_id = await world.state.write(lambda tx: a_message(tx, project_id))
        await world.state.write(lambda tx: note_states(tx, project_id, message_id))
        await world.forward_all()
        found = await world.ask(
            "SELECT kind, message_id, channel, contact_id > 0, reason FROM outcome "
            "ORDER BY at, kind"
        )
        assert [row[0] for row in found] == ["accepted", "queued", "bounced"]
        assert {row[1:4] for row in found} == {(message_id, "email", 1)}
        assert found[-1][4] == "No such mailbox."

    simulate(story)


def note_states(tx, project_id, message_id):
    for state, minutes, reason in (
        ("submitting", 0, None),
        ("accepted", 0, None),
        ("bounced", 5, "No such mailbox."),
    ):
        tx.execute(
            message_change.insert().values(
                project_id=project_id,
                message_id=message_id,
                state=state,
                at=START + timedelta(minutes=minutes),
                reason=reason,
            )
        )


def test_projects_stay_apart(simulate):
    async def story(world):
        projects = [await world.state.write(a_project) for _ in range(2)]
        for number, project_id in enumerate(projects):
            await world.state.write(
                lambda tx, project_id=project_id, number=number: some_events(
                    tx, project_id, 5 + number
                )
            )
        await world.forward_all()
        for table in ("event", "contact FINAL"):
            counts = await world.ask(
                f"SELECT project_id, count() FROM {table} GROUP BY 1 ORDER BY 1"
            )
            assert counts == [(projects[0], 5), (projects[1], 6)]

    simulate(story)


def test_a_visitor_becomes_a_person_there_too(simulate):
    async def story(world):
        project_id = await world.state.write(a_project)

        def visit(tx):
            seen = an_event("x", "seen", number=1)
            happens(tx, project_id, replace(seen, who=Who(anonymous_id="device")))

        await world.state.write(visit)
        await world.forward_all()
        await world.state.write(lambda tx: a_contact(tx, project_id, "ann"))
        await world.forward_all()
        both = Identification(Who(external_id="ann", anonymous_id="device"), Profile())
        await world.state.write(lambda tx: events.record(tx, project_id, [both], START))
        await world.forward_all()
        found = await world.ask(
            "SELECT external_id, count() FROM event JOIN (SELECT * FROM contact FINAL) AS contact "
            "USING (project_id, contact_id) GROUP BY 1"
        )
        assert found == [("ann", 1)]
        assert await world.ask("SELECT count() FROM event") == [(1,)]

    simulate(story)
