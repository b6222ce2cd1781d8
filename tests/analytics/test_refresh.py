"""Segments that follow what happens: who enters and leaves, when, in which order, and only once."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import select

from beckon.domain.contacts.model import Profile, Who
from beckon.domain.events import actions as events
from beckon.domain.events.model import Identification
from beckon.domain.orders import actions as orders
from beckon.domain.privacy import actions as privacy
from beckon.domain.segments import actions, queries
from beckon.domain.segments.parsing import parse
from beckon.domain.segments.tables import membership_change
from beckon.engine import refresh as refreshing
from beckon.engine.refresh import Refresh
from beckon.kit.refusals import Refusal
from beckon.storage.analytics.prepare import empty
from beckon.storage.analytics.tables import TABLES, drop_statement
from support.builders import a_contact, a_project, an_event, an_order, happens

BOUGHT = [{"event": "bought"}]
GOLD = [{"field": "plan", "operator": "eq", "value": "gold"}]


class Life:
    """A world with one project whose segments are kept right, and shorter words for stories."""

    def __init__(self, world):
        self.world = world
        self.clock = world.clock
        self.refresh = self.a_refresh()
        self.project_id = None

    async def begin(self):
        self.project_id = await self.world.state.write(a_project)
        return self

    def a_refresh(self, worker="a worker", *, gone=()):
        """Make who refreshes; to it, the workers in `gone` have ended."""

        async def tell_gone(workers):
            return [worker for worker in workers if worker in gone]

        world = self.world
        return Refresh(world.state, world.analytics, world.clock, worker=worker, gone=tell_gone)

    def write(self, action, *more, **named):
        """Run an action of some slice for the project."""
        return self.world.state.write(lambda tx: action(tx, self.project_id, *more, **named))

    async def segment(self, rule, name="A segment"):
        """Make a segment; gives its number."""
        rule = None if rule is None else parse(rule)
        made = await self.write(actions.create, name=name, rule=rule, now=self.clock.now())
        return made.id

    async def happen(self, name, *who, **properties):
        """Let people do something now."""
        now = self.clock.now()
        told = [an_event(one, name, now=now, **properties) for one in who]
        await self.write(happens, *told, now=now)

    async def tell(self, who, **properties):
        """Let something become known of a person."""
        return await self.write(a_contact, who, now=self.clock.now(), email=None, **properties)

    async def settle(self):
        """Forward and refresh until nothing moves any more."""
        await self.world.forward_all()
        while await self.refresh():
            await self.world.forward_all()

    async def members(self, segment_id):
        """Tell who is in, by their own names; the segment's count says the same."""

        def read(tx):
            found = queries.list_members_after(
                tx, self.project_id, segment_id, after=0, limit=100_000
            )
            assert queries.get_segment(tx, self.project_id, segment_id).members == len(found)
            return sorted(names[one.contact_id] for one in found)

        names = await self.world.state.read(names_of_contacts)
        return await self.world.state.read(read)

    async def crossings(self, segment_id):
        """List who crossed the border of a segment, in order: +ann, -bob."""

        def read(tx):
            log = membership_change.c
            rows = tx.execute(
                select(membership_change).where(log.segment_id == segment_id).order_by(log.position)
            )
            return [("+" if row.has_entered else "-") + names[row.contact_id] for row in rows]

        names = await self.world.state.read(names_of_contacts)
        return await self.world.state.read(read)

    async def get(self, segment_id):
        return await self.world.state.read(
            lambda tx: queries.get_segment(tx, self.project_id, segment_id)
        )


def names_of_contacts(tx):
    rows = tx.exec_driver_sql("SELECT id, external_id FROM contact").all()
    return {row[0]: row[1] or "?" for row in rows}


@pytest.fixture
def tell(simulate):
    """Run a story `async def story(life)` on a fresh store of either kind."""

    async def begin(world, story):
        return await story(await Life(world).begin())

    return lambda story: simulate(lambda world: begin(world, story))


def test_a_new_segment_is_computed_and_then_follows_what_happens(tell):
    async def story(life):
        await life.happen("bought", "ann")
        await life.happen("seen", "bob", "cid")
        segment = await life.segment(BOUGHT)
        assert (await life.get(segment)).computed_at is None
        await life.settle()
        assert (await life.get(segment)).computed_at == life.clock.now()
        assert await life.members(segment) == ["ann"]
        life.clock.advance(seconds=1)
        await life.happen("bought", "bob")
        await life.settle()
        assert await life.members(segment) == ["ann", "bob"]
        assert await life.crossings(segment) == ["+ann", "+bob"]

    tell(story)


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        (GOLD, "a property"),
        ([{"channel": "EMAIL", "state": "addressed"}], "an address"),
        ([{"field": "lastSeenAt", "operator": "exists"}], "being seen"),
        ([{"field": "sessionCount", "operator": "gte", "value": 1}], "a visit"),
        ([{"orders": "count", "operator": "gte", "value": 1}], "an order"),
    ],
)
def test_whatever_a_rule_is_about_lets_people_in(tell, rule, name):
    async def story(life):
        await life.tell("ann")
        segment = await life.segment(rule)
        await life.settle()
        assert await life.members(segment) == []
        now = life.clock.now()
        match name:
            case "a property":
                await life.tell("ann", plan="gold")
            case "an address":
                await life.write(a_contact, "ann", email="ann@example.com", now=now)
            case "an order":
                await life.write(orders.take, [an_order(buyer="ann")], now)
            case _:
                await life.happen("seen", "ann")
        await life.settle()
        assert await life.members(segment) == ["ann"]

    tell(story)


def test_whoever_changes_leaves_and_may_come_back(tell):
    async def story(life):
        segment = await life.segment(GOLD)
        await life.settle()
        for plan in ("gold", "free", "gold"):
            life.clock.advance(seconds=1)
            await life.tell("ann", plan=plan)
            await life.settle()
        assert await life.members(segment) == ["ann"]
        assert await life.crossings(segment) == ["+ann", "-ann", "+ann"]

    tell(story)


def test_who_is_new_is_asked_about_what_they_did_not_do(tell):
    async def story(life):
        segment = await life.segment([{"event": "bought", "operator": "not_exists"}])
        await life.settle()
        await life.tell("ann")
        await life.settle()
        assert await life.members(segment) == ["ann"]
        await life.happen("bought", "ann")
        await life.settle()
        assert await life.members(segment) == []

    tell(story)


def test_time_alone_lets_people_out_and_in(tell):
    async def story(life):
        recent = await life.segment([{"event": "bought", "within": "1h"}])
        idle = await life.segment([{"event": "bought", "operator": "not_exists", "within": "1h"}])
        await life.happen("bought", "ann")
        await life.settle()
        assert await life.members(recent) == ["ann"]
        assert await life.members(idle) == []
        life.clock.advance(timedelta(hours=1, seconds=30))
        await life.settle()
        assert await life.members(recent) == []
        assert await life.members(idle) == ["ann"]

    tell(story)


def test_a_clock_that_runs_fast_counts_once_its_time_has_come(tell):
    async def story(life):
        segment = await life.segment(BOUGHT)
        await life.settle()
        now = life.clock.now()
        ahead = an_event("ann", "bought", now=now, occurred_at=now + timedelta(minutes=2))
        await life.write(happens, ahead, now=now)
        await life.settle()
        assert await life.members(segment) == []
        life.clock.advance(minutes=2)
        await life.settle()
        assert await life.members(segment) == ["ann"]

    tell(story)


def test_a_segment_of_a_segment_never_flickers(tell):
    async def story(life):
        buyers = await life.segment(BOUGHT, "buyers")
        lookers = await life.segment(
            [{"event": "bought"}, {"segment": buyers, "operator": "not_in"}], "impossible"
        )
        both = await life.segment([{"segment": buyers}, *GOLD], "golden buyers")
        await life.happen("bought", "ann")
        await life.settle()
        await life.tell("ann", plan="gold")
        await life.happen("bought", "bob")
        await life.settle()
        await life.happen("bought", "ann", "bob", "cid")
        await life.settle()
        assert await life.members(buyers) == ["ann", "bob", "cid"]
        assert await life.members(both) == ["ann"]
        assert await life.crossings(lookers) == []

    tell(story)


def test_another_rule_is_asked_of_everybody(tell):
    async def story(life):
        segment = await life.segment(GOLD)
        await life.tell("ann", plan="gold")
        await life.tell("bob", plan="free")
        await life.settle()
        free = parse([{"field": "plan", "operator": "eq", "value": "free"}])
        await life.write(actions.change, segment, rule=free, now=life.clock.now())
        assert (await life.get(segment)).computed_at is None
        await life.settle()
        assert await life.members(segment) == ["bob"]
        assert sorted(await life.crossings(segment)) == ["+ann", "+bob", "-ann"]

    tell(story)


def test_many_enter_piece_by_piece_and_what_is_left_is_told(tell, monkeypatch):
    monkeypatch.setattr(refreshing, "SWEPT_AT_ONCE", 40)
    monkeypatch.setattr(refreshing, "STORED_AT_ONCE", 15)

    async def story(life):
        people = [f"user {number:03}" for number in range(100)]
        await life.happen("bought", *people)
        segment = await life.segment(BOUGHT)
        await life.world.forward_all()
        told = []
        while (await life.get(segment)).computed_at is None:
            assert await life.refresh()
            now = await life.get(segment)
            told.append(now.pending)
            await life.happen("bought", "user 001", "user 099")  # in the middle of it
            await life.world.forward_all()
        assert told == [60, 20, None]
        await life.settle()
        assert await life.members(segment) == people
        assert len(await life.crossings(segment)) == 100

    tell(story)


def test_while_analytics_is_away_or_new_nobody_leaves(tell):
    async def story(life):
        segment = await life.segment(BOUGHT)
        await life.happen("bought", "ann", "bob")
        await life.settle()
        analytics = life.world.analytics
        for table in TABLES:  # somebody lost the analytics store
            await analytics.run(drop_statement(table))
        await analytics.run("TRUNCATE TABLE origin")
        life.clock.advance(hours=2)
        await life.happen("bought", "cid")
        with suppress(Refusal):
            await life.refresh()
        assert await life.members(segment) == ["ann", "bob"]
        forward = life.world.a_forwarder("another")
        await forward()  # it finds the store new, and begins to fill it
        await life.refresh()
        await life.world.forward_all(forward)
        life.world.forward = forward
        await life.settle()
        assert await life.members(segment) == ["ann", "bob", "cid"]
        assert await life.crossings(segment) == ["+ann", "+bob", "+cid"]

    tell(story)


def test_an_answer_about_an_emptied_store_is_not_believed(tell):
    async def story(life):
        segment = await life.segment(BOUGHT)
        await life.happen("bought", "ann")
        await life.settle()
        await life.happen("bought", "bob")
        await life.world.forward_all()
        await empty(life.world.analytics)
        await life.world.analytics.run("TRUNCATE TABLE origin")
        await life.world.analytics.run("INSERT INTO origin SELECT generateUUIDv4()")
        life.clock.advance(hours=2)
        await life.refresh()
        assert await life.members(segment) == ["ann"]

    tell(story)


def test_one_worker_refreshes_and_another_takes_over_when_it_is_gone(tell):
    async def story(life):
        segment = await life.segment(BOUGHT)
        await life.happen("bought", "ann")
        await life.settle()
        await life.happen("bought", "bob")
        await life.world.forward_all()
        assert not await life.a_refresh("a second")()
        assert await life.members(segment) == ["ann"]
        assert await life.a_refresh("a third", gone=["a worker"])()
        assert await life.members(segment) == ["ann", "bob"]

    tell(story)


def test_two_workers_side_by_side_let_everybody_in_once(tell):
    async def story(life):
        segment = await life.segment(BOUGHT)
        await life.settle()
        second = life.a_refresh("a second", gone=["a worker"])
        people = [f"user {number}" for number in range(60)]
        for start in range(0, 60, 10):
            await life.happen("bought", *people[start : start + 10])
            await life.world.forward_all()
            await asyncio.gather(life.refresh(), second())
        await second()
        await life.settle()
        assert await life.members(segment) == sorted(people)
        assert len(await life.crossings(segment)) == 60

    tell(story)


def test_who_is_erased_or_became_another_is_in_no_segment_as_before(tell):
    async def story(life):
        segment = await life.segment(BOUGHT)
        listed = await life.segment(None, "a list")
        await life.happen("bought", "ann", "bob")
        visitor = Identification(Who(anonymous_id="v1"), Profile())
        await life.write(events.record, [visitor], life.clock.now())
        await life.settle()
        numbers = {name: one for one, name in (await people_of(life)).items()}
        everybody = [numbers["ann"], numbers["bob"], numbers["?"]]
        await life.write(actions.add_members, listed, everybody, life.clock.now())
        await life.write(privacy.erase, [numbers["bob"]], actor="a test", now=life.clock.now())
        became = Identification(Who(external_id="cid", anonymous_id="v1"), Profile())
        await life.write(events.record, [became], life.clock.now())
        await life.settle()
        assert await life.members(segment) == ["ann"]
        assert await life.members(listed) == ["ann", "cid"]

    tell(story)


async def people_of(life):
    return await life.world.state.read(names_of_contacts)


def test_a_rule_that_is_too_heavy_says_so_and_holds_up_nobody(tell, monkeypatch):
    monkeypatch.setattr(refreshing, "SWEEP_SECONDS_MAX", 0.001)

    async def story(life):
        await life.happen("bought", *(f"user {number}" for number in range(2000)))
        await life.world.forward_all()
        heavy = await life.segment([{"event": "bought"}] * 50)
        await life.refresh()
        told = await life.get(heavy)
        assert told.fault is not None
        assert told.computed_at is None
        assert told.due_at > life.clock.now()
        monkeypatch.setattr(refreshing, "SWEEP_SECONDS_MAX", 10.0)
        life.clock.advance(hours=1)
        await life.settle()
        told = await life.get(heavy)
        assert (told.fault, told.members) == (None, 2000)

    tell(story)
