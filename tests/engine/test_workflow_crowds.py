"""Many at once: a run per key however often its trigger is told, and four workers side by side."""

import asyncio
from collections import Counter
from datetime import timedelta
from functools import partial

import pytest

from beckon.domain.contacts.model import Channel
from beckon.domain.workflows import actions as workflows
from beckon.domain.workflows import runs
from beckon.domain.workflows.actions.calling import Answered, Missed
from beckon.domain.workflows.conditions import Proviso
from beckon.domain.workflows.model import (
    Again,
    Definition,
    Manners,
    ReEntry,
    RunState,
)
from beckon.domain.workflows.rules import is_held_out
from beckon.domain.workflows.steps import CallWebhook, Send, Wait, WaitForEvent
from beckon.domain.workflows.triggers import CallTrigger, EventTrigger
from beckon.engine.call_webhooks import call_webhooks, free_calls
from beckon.storage.state import open_state
from support.builders import a_contact, a_project, a_template, a_text, an_event, happens
from support.clock import START, JumpingClock
from support.providers import HonestProvider
from support.worker import NobodyLeft, Worker, all_messages


def a_programme(tx, project_id, trigger, *steps, **manners):
    return workflows.create(
        tx,
        project_id,
        name="Programme",
        is_active=True,
        definition=Definition(trigger, steps, Manners(**manners)),
        now=START,
    )


async def count(state, project_id, workflow):
    asked = runs.RunFilter(workflow.id)
    found = await state.read(lambda tx: runs.list_runs(tx, project_id, asked, offset=0, limit=1000))
    return Counter(run.state for run in found)


@pytest.mark.parametrize(
    "again",
    [
        ReEntry(Again.NEVER),
        ReEntry(Again.AFTER_EXIT),
        ReEntry(Again.AFTER_PERIOD, 3600),
        ReEntry(Again.ALWAYS),
    ],
)
def test_twenty_identical_triggers_at_once_make_one_run(simulate, again):
    async def story(state):
        project_id = await state.write(a_project)
        contact_id = await state.write(lambda tx: a_contact(tx, project_id))
        workflow = await state.write(
            lambda tx: a_programme(tx, project_id, CallTrigger(), Wait(3600), re_entry=again)
        )
        is_by_key = again.again is Again.ALWAYS
        started = await asyncio.gather(
            *(
                state.write(
                    partial(
                        workflows.start,
                        project_id=project_id,
                        workflow_id=workflow.id,
                        contact_id=contact_id,
                        key="the same" if is_by_key else f"call {number}",
                        data={},
                        now=START,
                    )
                )
                for number in range(20)
            )
        )
        assert await count(state, project_id, workflow) == {RunState.ACTIVE: 1}
        assert len({number for number in started if number is not None}) == 1

    simulate(story)


def test_four_workers_take_each_step_once(state_url):
    people = 40

    async def story():
        clock = JumpingClock()
        provider = HonestProvider(repeats_safely=False)
        states = [open_state(state_url) for _ in range(4)]
        crew = [Worker(f"w{number}", one, clock, provider) for number, one in enumerate(states)]

        def begin(tx):
            project_id = a_project(tx)
            template = a_template(tx, project_id)
            mail = Send(Channel.EMAIL, template.id)
            answer = WaitForEvent("yes", 3600, Proviso(), then=(mail,), otherwise=(Wait(1),))
            workflow = a_programme(
                tx, project_id, EventTrigger("asked"), mail, answer, Wait(60), mail
            )
            return project_id, workflow

        async def drain():
            for _ in range(12):
                await asyncio.gather(*(worker.drain() for worker in crew))

        try:
            project_id, workflow = await states[0].write(begin)
            for number in range(people):
                name = f"person{number}"
                asked = an_event(name, "asked", email=f"{name}@example.com")
                told = [asked, an_event(name, "yes")] if number % 2 else [asked]
                await states[number % 4].write(lambda tx, told=told: happens(tx, project_id, *told))
            await drain()
            clock.advance(timedelta(hours=2))
            await drain()
            assert await count(states[0], project_id, workflow) == {RunState.DONE: people}
            found = await all_messages(states[0], project_id)
            made = Counter(Counter(message.contact_id for message in found).values())
            assert made == {2: people // 2, 3: people // 2}
            assert set(provider.effects.values()) == {1}
        finally:
            for state in states:
                await state.close()

    asyncio.run(story())


def test_a_webhook_is_tried_again_and_its_answer_is_used_later(simulate, clock):
    async def story(state):
        worker = Worker("w", state, clock, HonestProvider(repeats_safely=True))
        project_id = await state.write(a_project)

        def begin(tx):
            template = a_template(tx, project_id, a_text("Your code is {{ promo.code }}"))
            return a_programme(
                tx,
                project_id,
                EventTrigger("asked"),
                CallWebhook("https://example.com/{{ event.name }}", body="{}", save_as="promo"),
                Send(Channel.EMAIL, template.id),
            )

        workflow = await state.write(begin)
        calls = []
        answers = [Missed("busy"), Missed("busy"), Answered({"code": "X1"})]

        async def make_call(call):
            calls.append((call.name, call.request["url"]))
            return answers.pop(0)

        asked = an_event("ann", "asked", email="ann@example.com")
        await state.write(lambda tx: happens(tx, project_id, asked))
        for minutes in (0, 1, 5):
            clock.advance(minutes=minutes)
            await worker.drain()
            await call_webhooks(state, clock, make_call, worker="w")
            await worker.drain()
        assert len(calls) == 3
        assert len(set(calls)) == 1, "the same call by the same name each time"
        assert calls[0][1] == "https://example.com/asked"
        assert [one.subject for one in await all_messages(state, project_id)] == ["Your code is X1"]
        assert await count(state, project_id, workflow) == {RunState.DONE: 1}

    simulate(story)


def test_a_webhook_that_is_refused_for_good_ends_the_run_and_says_why(simulate, clock):
    async def story(state):
        worker = Worker("w", state, clock, HonestProvider(repeats_safely=True))
        project_id = await state.write(a_project)
        call = CallWebhook("https://example.com/")
        workflow = await state.write(
            lambda tx: a_programme(tx, project_id, EventTrigger("asked"), call)
        )
        await state.write(lambda tx: happens(tx, project_id, an_event("ann", "asked")))
        await worker.drain()

        async def make_call(_call):
            return Missed("answered 404", is_final=True)

        await call_webhooks(state, clock, make_call, worker="w")
        asked = runs.RunFilter(workflow.id)
        (run,) = await state.read(
            lambda tx: runs.list_runs(tx, project_id, asked, offset=0, limit=9)
        )
        steps = await state.read(lambda tx: runs.list_steps(tx, project_id, run.id))
        assert run.state is RunState.FAILED
        assert steps[-1].note == "answered 404"

    simulate(story)


def test_a_call_of_a_worker_that_is_gone_is_made_by_another_and_its_late_word_is_void(
    simulate, clock
):
    async def story(state):
        worker = Worker("w", state, clock, HonestProvider(repeats_safely=True))
        project_id = await state.write(a_project)
        call = CallWebhook("https://example.com/", save_as="answer")
        workflow = await state.write(
            lambda tx: a_programme(tx, project_id, EventTrigger("asked"), call)
        )
        await state.write(lambda tx: happens(tx, project_id, an_event("ann", "asked")))
        await worker.drain()
        claim = partial(workflows.claim_calls, now=clock.now(), worker="dead", limit=9)
        (lost,) = await state.write(claim)
        made = []

        async def make_call(call):
            made.append(call.name)
            return Answered({})

        assert not await call_webhooks(state, clock, make_call, worker="w")
        assert not await free_calls(state, clock, NobodyLeft("dead"))
        assert await free_calls(state, clock, NobodyLeft("w"))
        assert await call_webhooks(state, clock, make_call, worker="w")
        assert made == [lost.name]
        late = partial(
            workflows.settle_call, call=lost, outcome=Missed("gone", is_final=True), now=clock.now()
        )
        await state.write(late)
        assert await count(state, project_id, workflow) == {RunState.DONE: 1}
        assert not await free_calls(state, clock, NobodyLeft("w"))

    simulate(story)


def test_who_is_held_out_gets_nothing_and_is_counted(simulate, clock):
    async def story(state):
        worker = Worker("w", state, clock, HonestProvider(repeats_safely=True))
        project_id = await state.write(a_project)

        def begin(tx):
            template = a_template(tx, project_id)
            mail = Send(Channel.EMAIL, template.id)
            return a_programme(tx, project_id, EventTrigger("asked"), mail, holdout_percent=50)

        workflow = await state.write(begin)
        for number in range(30):
            event = an_event(f"p{number}", "asked", email=f"p{number}@example.com")
            await state.write(lambda tx, event=event: happens(tx, project_id, event))
        await worker.drain()
        counted = await count(state, project_id, workflow)
        assert counted[RunState.HELD_OUT] + counted[RunState.DONE] == 30
        got = {message.contact_id for message in await all_messages(state, project_id)}
        assert len(got) == counted[RunState.DONE]
        assert not any(is_held_out(workflow.id, contact_id, 50) for contact_id in got)

    simulate(story)
