"""Several workers on one store share the work: nothing is lost, nothing is done twice."""

import asyncio
from collections import Counter

import pytest

from beckon.domain.messages.model import State as MessageState
from beckon.storage.state import open_state
from support.builders import a_project, a_template, a_workflow, an_event, happens, send, wait
from support.clock import JumpingClock
from support.providers import HonestProvider
from support.worker import Worker, all_messages

PEOPLE = 60


@pytest.mark.parametrize("workers", [2, 3])
def test_workers_side_by_side_send_each_message_once(state_url, workers):
    provider = HonestProvider(repeats_safely=False)
    messages = asyncio.run(share_the_work(state_url, provider, workers))
    assert Counter(message.state for message in messages) == {MessageState.ACCEPTED: 2 * PEOPLE}
    assert set(provider.effects.values()) == {1}
    assert len(provider.effects) == 2 * PEOPLE


async def share_the_work(url, provider, count):
    clock = JumpingClock()
    states = [open_state(url) for _ in range(count)]
    crew = [
        Worker(f"worker {number}", state, clock, provider) for number, state in enumerate(states)
    ]
    try:
        project_id = await states[0].write(begin)
        # All are at it from the first event on, while more come in.
        await asyncio.gather(come_in(states[-1], project_id), *map(keep_draining, crew))
        clock.advance(seconds=60)
        await asyncio.gather(*map(keep_draining, crew))
        return await all_messages(states[0], project_id)
    finally:
        for state in states:
            await state.close()


def begin(tx):
    project_id = a_project(tx)
    template = a_template(tx, project_id)
    a_workflow(tx, project_id, send(template), wait(60), send(template))
    return project_id


async def come_in(state, project_id):
    for number in range(PEOPLE):
        event = an_event(f"person {number}", email=f"person{number}@example.com")
        await state.write(lambda tx, event=event: happens(tx, project_id, event))


async def keep_draining(worker):
    """Go on until there was nothing to do for a good while."""
    idle = 0
    while idle < 40:
        worked = await worker.listen() | await worker.wake() | await worker.deliver()
        idle = 0 if worked else idle + 1
        await asyncio.sleep(0.002)
