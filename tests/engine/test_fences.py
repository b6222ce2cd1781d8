"""Whoever was given up has no say any more: a late worker neither sends nor settles."""

from functools import partial

import pytest

from beckon.domain.messages import delivery, queries, recovery
from beckon.domain.messages.model import Rejected, Sent, State
from beckon.domain.messages.rules import LEASE
from beckon.domain.messages.writing import write
from support.builders import a_message, a_project
from support.worker import SENDER, all_messages


class Hand:
    """One worker's hand on the queue, a transaction at a time."""

    repeats_safely = False

    def __init__(self, name, state, clock):
        self.name, self._state, self._clock = name, state, clock

    async def claim(self):
        claiming = partial(
            delivery.claim,
            worker=self.name,
            default_sender=SENDER,
            now=self._clock.now(),
            limit=10,
        )
        return [write(draft) for draft in await self._state.write(claiming)]

    async def submit(self, written):
        submitting = partial(
            delivery.submit,
            written=written,
            provider="test",
            now=self._clock.now(),
            is_repeatable=self.repeats_safely,
        )
        return await self._state.write(submitting)

    async def settle(self, letters, outcome):
        settling = partial(
            delivery.settle,
            letters=letters,
            outcomes=[outcome] * len(letters),
            provider="test",
            now=self._clock.now(),
        )
        await self._state.write(settling)

    async def recover(self, *gone):
        recovering = partial(
            recovery.recover,
            workers=gone,
            now=self._clock.now(),
            limit=10,
        )
        return await self._state.write(recovering)


async def two_hands(state, clock):
    """Queue one message for two workers."""

    def begin(tx):
        project_id = a_project(tx)
        a_message(tx, project_id)
        return project_id

    project_id = await state.write(begin)
    return project_id, Hand("slow", state, clock), Hand("quick", state, clock)


def test_what_one_worker_holds_the_other_does_not_get(simulate, clock):
    async def story(state):
        _, slow, quick = await two_hands(state, clock)
        assert len(await slow.claim()) == 1
        assert await quick.claim() == []
        clock.advance(LEASE - LEASE / 100)
        assert await quick.claim() == []
        clock.advance(LEASE / 50)
        assert len(await quick.claim()) == 1

    simulate(story)


def test_who_slept_through_the_lease_may_not_send(simulate, clock):
    async def story(state):
        project_id, slow, quick = await two_hands(state, clock)
        held = await slow.claim()
        clock.advance(LEASE)
        letters = await quick.submit(await quick.claim())
        assert len(letters) == 1
        assert await slow.submit(held) == []
        await quick.settle(letters, Sent("1"))
        assert await slow.submit(held) == []
        found = await all_messages(state, project_id)
        assert [(message.state, message.attempts) for message in found] == [(State.ACCEPTED, 1)]

    simulate(story)


def test_one_claim_is_submitted_once(simulate, clock):
    async def story(state):
        project_id, hand, _ = await two_hands(state, clock)
        held = await hand.claim()
        letters = await hand.submit(held)
        assert len(letters) == 1
        assert await hand.submit(held) == []
        await hand.settle(letters, Sent("1"))
        assert await hand.submit(held) == []
        assert (await all_messages(state, project_id))[0].attempts == 1

    simulate(story)


def test_who_was_released_may_still_send_only_if_nobody_else_took_it(simulate, clock):
    async def story(state):
        _, slow, quick = await two_hands(state, clock)
        held = await slow.claim()
        assert await quick.recover("slow") == 1
        taken = await quick.claim()
        sent = [*await slow.submit(held), *await quick.submit(taken)]
        assert len(sent) == 1

    simulate(story)


@pytest.mark.parametrize("late", [Sent("late"), Rejected("late")])
def test_a_late_settlement_changes_nothing(simulate, clock, late):
    async def story(state):
        project_id, slow, quick = await two_hands(state, clock)
        slow.repeats_safely = quick.repeats_safely = True
        held = await slow.claim()
        letters = await slow.submit(held)
        assert await quick.recover("slow") == 1
        assert await slow.submit(held) == [], "who was given up may not begin again"
        again = await quick.submit(await quick.claim())
        await slow.settle(letters, late)
        assert (await all_messages(state, project_id))[0].state is State.SUBMITTING
        await quick.settle(again, Sent("in time"))
        await slow.settle(letters, late)
        message = (await all_messages(state, project_id))[0]
        assert (message.state, message.provider_id) == (State.ACCEPTED, "in time")
        ledger = await state.read(lambda tx: queries.list_changes(tx, project_id, message.id))
        assert [change.state for change in ledger] == [
            State.QUEUED,
            State.SUBMITTING,
            State.QUEUED,
            State.SUBMITTING,
            State.ACCEPTED,
        ]

    simulate(story)


def test_what_was_in_doubt_stays_listed_whatever_the_late_worker_says(simulate, clock):
    async def story(state):
        project_id, slow, quick = await two_hands(state, clock)
        letters = await slow.submit(await slow.claim())
        assert await quick.recover("slow") == 1
        await slow.settle(letters, Sent("late"))
        message = (await all_messages(state, project_id))[0]
        assert message.state is State.UNKNOWN
        assert message.reason == recovery.IN_DOUBT
        clock.advance(days=400)
        assert await quick.claim() == []

    simulate(story)


def test_a_submitted_message_is_nobody_elses_however_long_it_takes(simulate, clock):
    async def story(state):
        project_id, slow, quick = await two_hands(state, clock)
        letters = await slow.submit(await slow.claim())
        clock.advance(days=400)
        assert await quick.claim() == []
        await slow.settle(letters, Sent("1"))
        assert (await all_messages(state, project_id))[0].state is State.ACCEPTED

    simulate(story)


def test_recovering_touches_only_the_workers_that_are_gone(simulate, clock):
    async def story(state):
        project_id, slow, quick = await two_hands(state, clock)
        await slow.submit(await slow.claim())
        assert await quick.recover("somebody else") == 0
        assert (await all_messages(state, project_id))[0].state is State.SUBMITTING
        assert await state.read(recovery.list_workers) == ["slow"]

    simulate(story)
