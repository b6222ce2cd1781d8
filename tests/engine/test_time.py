"""Waits end neither early nor because somebody looked; what is late delays nobody else."""

from datetime import timedelta

import pytest

from beckon.domain.workflows import actions as workflows
from support.builders import (
    a_project,
    a_template,
    a_workflow,
    an_event,
    happens,
    send,
    wait,
)
from support.providers import HonestProvider
from support.worker import Worker, all_messages

DAY = 86_400


async def a_run(state, now, *steps):
    """Let Ann enter a workflow; `None` among the steps stands for sending the template."""

    def begin(tx):
        project_id = a_project(tx)
        template = a_template(tx, project_id)
        workflow = a_workflow(
            tx, project_id, *[send(template) if step is None else step for step in steps]
        )
        happens(tx, project_id, an_event(email="ann@example.com", now=now), now=now)
        return project_id, workflow, template

    return await state.write(begin)


@pytest.mark.parametrize("seconds", [1, 59, 3600, 3 * DAY, 31_536_000])
def test_a_wait_ends_on_the_second(simulate, clock, seconds):
    async def story(state):
        provider = HonestProvider(repeats_safely=True)
        worker = Worker("w", state, clock, provider)
        await a_run(state, clock.now(), None, wait(seconds), None)
        await worker.drain()
        assert len(provider.seen) == 1
        clock.advance(timedelta(seconds=seconds) - timedelta(milliseconds=1))
        await worker.drain()
        assert len(provider.seen) == 1, "woke early"
        clock.advance(milliseconds=1)
        await worker.drain()
        assert len(provider.seen) == 2

    simulate(story)


def test_looking_often_wakes_nobody(simulate, clock):
    async def story(state):
        provider = HonestProvider(repeats_safely=True)
        worker = Worker("w", state, clock, provider)
        await a_run(state, clock.now(), wait(DAY), None)
        for _ in range(50):
            await worker.drain()
            clock.advance(minutes=28)
        assert provider.seen == []
        clock.advance(minutes=40)
        await worker.drain()
        assert len(provider.seen) == 1

    simulate(story)


def test_a_worker_that_was_away_sends_at_once_and_shifts_no_plan(simulate, clock):
    async def story(state):
        provider = HonestProvider(repeats_safely=True)
        worker = Worker("w", state, clock, provider)
        began = clock.now()
        await a_run(state, began, wait(DAY), None, wait(2 * DAY), None)
        clock.advance(days=2)
        await worker.drain()
        assert len(provider.seen) == 1
        clock.advance(began + timedelta(days=3) - timedelta(seconds=1) - clock.now())
        await worker.drain()
        assert len(provider.seen) == 1
        clock.advance(seconds=1)
        await worker.drain()
        assert len(provider.seen) == 2

    simulate(story)


def test_a_delay_on_a_send_step_comes_before_it(simulate, clock):
    async def story(state):
        provider = HonestProvider(repeats_safely=True)
        worker = Worker("w", state, clock, provider)

        def begin(tx):
            project_id = a_project(tx)
            a_workflow(tx, project_id, send(a_template(tx, project_id), 30))
            happens(tx, project_id, an_event(email="ann@example.com"))

        await state.write(begin)
        await worker.drain()
        clock.advance(seconds=29)
        await worker.drain()
        assert provider.seen == []
        clock.advance(seconds=1)
        await worker.drain()
        assert len(provider.seen) == 1

    simulate(story)


def test_whoever_is_inside_stays_on_the_version_he_started_with(simulate, clock):
    async def story(state):
        provider = HonestProvider(repeats_safely=True)
        worker = Worker("w", state, clock, provider)
        project_id, workflow, template = await a_run(
            state, clock.now(), None, wait(DAY), None, None
        )
        await worker.drain()
        shorter = type(workflow.definition)(workflow.definition.trigger, (send(template),))
        await state.write(
            lambda tx: workflows.change(
                tx,
                project_id,
                workflow.id,
                name=None,
                is_active=None,
                definition=shorter,
                now=clock.now(),
            )
        )
        clock.advance(days=1)
        await worker.drain()
        assert len(provider.seen) == 3
        later = an_event("bo", email="bo@example.com", now=clock.now())
        await state.write(lambda tx: happens(tx, project_id, later, now=clock.now()))
        await worker.drain()
        clock.advance(days=9)
        await worker.drain()
        assert len(provider.seen) == 4

    simulate(story)


def test_deleting_a_workflow_stops_whoever_is_inside(simulate, clock):
    async def story(state):
        provider = HonestProvider(repeats_safely=True)
        worker = Worker("w", state, clock, provider)
        project_id, workflow, _ = await a_run(state, clock.now(), None, wait(DAY), None)
        await worker.drain()
        await state.write(lambda tx: workflows.delete(tx, project_id, workflow.id, clock.now()))
        clock.advance(days=2)
        await worker.drain()
        assert len(await all_messages(state, project_id)) == 1

    simulate(story)


@pytest.mark.parametrize(
    ("told_late", "starts"),
    [(timedelta(days=1), True), (timedelta(days=1, milliseconds=1), False)],
)
def test_what_is_told_more_than_a_day_late_starts_nothing(simulate, clock, told_late, starts):
    async def story(state):
        provider = HonestProvider(repeats_safely=True)

        def begin(tx):
            project_id = a_project(tx)
            a_workflow(tx, project_id, send(a_template(tx, project_id)))
            late = an_event(email="ann@example.com", occurred_at=clock.now() - told_late)
            happens(tx, project_id, late)

        await state.write(begin)
        await Worker("w", state, clock, provider).drain()
        assert len(provider.seen) == starts

    simulate(story)
