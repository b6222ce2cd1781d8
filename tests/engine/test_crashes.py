"""A worker may end between any two things it does; who comes after loses and repeats none."""

import pytest

from beckon.domain.messages.model import State as MessageState
from support.builders import a_project, a_template, a_workflow, an_event, happens, send, wait
from support.providers import HonestProvider, Killed, Life, MortalProvider, MortalState
from support.worker import Worker, all_messages

PEOPLE = ("ann", "bo", "cy")
MESSAGES_EACH = 2
WAIT_SECONDS = 3 * 86_400


async def a_story(state, now):
    """Store a workflow of two mails and the events that start it for three people."""

    def begin(tx):
        project_id = a_project(tx)
        template = a_template(tx, project_id)
        a_workflow(tx, project_id, send(template), wait(WAIT_SECONDS), send(template))
        for person in PEOPLE:
            event = an_event(person, now=now, email=f"{person}@example.com")
            happens(tx, project_id, event, now=now)
        return project_id

    return await state.write(begin)


async def live_through(worker, clock):
    """Let a worker do everything until the story has ended."""
    await worker.drain()
    clock.advance(seconds=WAIT_SECONDS)
    await worker.drain()


async def live_and_die(state, clock, provider, moments):
    """Tell the story with a worker that ends after so many moments; a second one carries on.

    Returns the project's messages and whether the first worker met its end at all.
    """
    project_id = await a_story(state, clock.now())
    life = Life(moments)
    mortal = Worker(
        f"mortal {moments}", MortalState(state, life), clock, MortalProvider(provider, life)
    )
    try:
        await live_through(mortal, clock)
        died = life.lived >= moments
    except Killed:
        died = True
    heir = Worker(f"heir {moments}", state, clock, provider)
    await heir.take_over()
    await live_through(heir, clock)
    assert not await heir.take_over()
    return await all_messages(state, project_id), died


@pytest.mark.parametrize("repeats_safely", [True, False])
def test_whenever_a_worker_ends_each_message_is_sent_once_or_listed(
    simulate, clock, repeats_safely
):
    async def story(state):
        provider = HonestProvider(repeats_safely=repeats_safely)
        doubted, moments, died = 0, 0, True
        while died:
            messages, died = await live_and_die(state, clock, provider, moments)
            check_ledger(messages, provider, moments)
            doubted += sum(message.state is MessageState.UNKNOWN for message in messages)
            moments += 1
        return moments, doubted

    moments, doubted = simulate(story)
    assert moments > 30, "the story has fewer moments than it should"
    assert (doubted > 0) is not repeats_safely


def check_ledger(messages, provider, moments):
    """Hold the states against what the provider really took."""
    assert len(messages) == len(PEOPLE) * MESSAGES_EACH, f"died at moment {moments}"
    for message in messages:
        effects = provider.effects[message.id]
        if provider.repeats_safely or message.state is not MessageState.UNKNOWN:
            assert message.state is MessageState.ACCEPTED, f"died at moment {moments}: {message}"
            assert effects == 1, f"died at moment {moments}: {message}"
        else:
            assert effects <= 1, f"died at moment {moments}: {message}"
            assert message.reason


def test_a_worker_that_dies_again_and_again_gets_there_in_the_end(simulate, clock):
    async def story(state):
        provider = HonestProvider(repeats_safely=True)
        project_id = await a_story(state, clock.now())
        for turn in range(200):
            life = Life(turn % 7 + 1)
            worker = Worker(
                f"mayfly {turn}", MortalState(state, life), clock, MortalProvider(provider, life)
            )
            try:
                await worker.take_over()
                await live_through(worker, clock)
            except Killed:
                clock.advance(minutes=1)
        await Worker("last", state, clock, provider).take_over()
        await live_through(Worker("last", state, clock, provider), clock)
        return await all_messages(state, project_id), provider

    messages, provider = simulate(story)
    check_ledger(messages, provider, "many")
