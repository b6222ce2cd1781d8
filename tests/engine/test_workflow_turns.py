"""What happens to runs from outside: people turn out to be others, clocks jump, versions change."""

from datetime import timedelta

import pytest

from beckon.domain.contacts import actions as contacts
from beckon.domain.contacts.model import Channel, Who
from beckon.domain.segments import actions as segments
from beckon.domain.segments.queries import find_members
from beckon.domain.workflows import actions as workflows
from beckon.domain.workflows import runs
from beckon.domain.workflows.actions import doing
from beckon.domain.workflows.model import Definition, Passing, People, RunState
from beckon.domain.workflows.runs import RunFilter
from beckon.domain.workflows.steps import ChangeConsent, FireEvent, GoTo, Send, Wait
from beckon.domain.workflows.triggers import (
    CallTrigger,
    ContactTrigger,
    EventTrigger,
    ScheduleTrigger,
    SegmentTrigger,
    Side,
)
from support.builders import a_contact
from support.clock import START

HOUR = 3600


async def runs_of(stage, workflow):
    return await stage.look(runs.list_runs, RunFilter(workflow.id), offset=0, limit=99)


async def steps_of(stage, run):
    return [
        (line.step, line.passing) for line in await stage.look(runs.list_steps, run.id) if line.step
    ]


def test_a_visitors_run_goes_on_as_the_person_he_turned_out_to_be(play):
    async def story(stage):
        hello = await stage.template("Hello")
        workflow = await stage.workflow(CallTrigger(), Wait(HOUR), Send(Channel.EMAIL, hello))
        visitor = Who(anonymous_id="cookie 1")
        (number,) = await stage.do(contacts.resolve, [visitor], START)
        await stage.do(
            workflows.start, workflow.id, number, key="once", data={"from": "site"}, now=START
        )
        await stage.worker.drain()
        person = await stage.do(a_contact, "ann")
        await stage.do(contacts.join, "ann", "cookie 1", START)
        await stage.wait(hours=2)
        (run,) = await runs_of(stage, workflow)
        assert (run.contact_id, run.state) == (person, RunState.DONE)
        (mail,) = await stage.messages()
        assert (mail.contact_id, mail.state, mail.address) == (
            person,
            "accepted",
            "ann@example.com",
        )

    play(story)


def test_who_takes_a_visitors_place_on_a_list_does_not_enter_it_anew(play):
    async def story(stage):
        hello, bye = [await stage.template(name) for name in ("Hello", "Bye")]
        guests = await stage.do(segments.create, name="Guests", rule=None, now=START)
        workflow = await stage.workflow(
            SegmentTrigger(guests.id),
            Wait(HOUR),
            Send(Channel.EMAIL, hello),
            stays_in=int(guests.id),
        )
        gone = await stage.workflow(SegmentTrigger(guests.id, Side.LEFT), Send(Channel.EMAIL, bye))
        (number,) = await stage.do(contacts.resolve, [Who(anonymous_id="cookie 1")], START)
        await stage.do(segments.add_members, guests.id, [number], START)
        await stage.worker.drain()
        person = await stage.do(a_contact, "ann", email="ann@example.com")
        await stage.do(contacts.join, "ann", "cookie 1", START)
        await stage.wait(hours=2)
        assert await stage.look(find_members, guests.id, [number, person]) == {person}
        (run,) = await runs_of(stage, workflow)
        assert (run.contact_id, run.state) == (person, RunState.DONE)
        assert await runs_of(stage, gone) == []
        assert [subject for subject, _ in await stage.mails()] == ["Hello"]
        now = stage.clock.now()
        await stage.do(segments.remove_members, guests.id, [person], now)
        await stage.worker.drain()
        await stage.do(segments.add_members, guests.id, [person], now)
        await stage.wait(hours=2)
        assert [subject for subject, _ in await stage.mails()] == ["Hello", "Bye", "Hello"]

    play(story)


def test_what_a_visitor_did_starts_runs_of_the_person_if_heard_later(play):
    async def story(stage):
        hello = await stage.template("Hello")
        guests = await stage.do(segments.create, name="Guests", rule=None, now=START)
        entered = await stage.workflow(SegmentTrigger(guests.id), Send(Channel.EMAIL, hello))
        created = await stage.workflow(ContactTrigger(), Send(Channel.EMAIL, hello))
        person = await stage.do(a_contact, "ann", email="ann@example.com")
        await stage.worker.drain()
        (number,) = await stage.do(contacts.resolve, [Who(anonymous_id="cookie 1")], START)
        await stage.do(segments.add_members, guests.id, [number], START)
        await stage.do(contacts.join, "ann", "cookie 1", START)
        await stage.worker.drain()
        assert [run.contact_id for run in await runs_of(stage, entered)] == [person]
        assert {run.contact_id for run in await runs_of(stage, created)} == {person}

    play(story)


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(days=1)])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_clock_that_jumps_takes_no_step_twice_and_leaves_none_out(play, jump, sign):
    async def story(stage):
        hello, tips = [await stage.template(name) for name in ("Hello", "Tips")]
        workflow = await stage.workflow(
            EventTrigger("asked"), Send(Channel.EMAIL, hello), Wait(HOUR), Send(Channel.EMAIL, tips)
        )
        await stage.say("asked")
        stage.clock.advance(sign * jump)
        await stage.worker.drain()
        assert len(await stage.mails()) == (2 if sign > 0 else 1)
        stage.clock.advance(-sign * jump)
        await stage.wait(hours=2)
        assert [subject for subject, _ in await stage.mails()] == ["Hello", "Tips"]
        (run,) = await runs_of(stage, workflow)
        assert run.state is RunState.DONE

    play(story)


@pytest.mark.parametrize(
    ("people", "subjects", "state"),
    [
        (People.STAY, ["Old"], RunState.DONE),
        (People.MOVE, ["New"], RunState.DONE),
        (People.LEAVE, [], RunState.EXITED),
    ],
)
def test_publishing_says_what_becomes_of_those_inside(play, people, subjects, state):
    async def story(stage):
        old, new = [await stage.template(name) for name in ("Old", "New")]
        workflow = await stage.workflow(
            EventTrigger("asked"), Wait(HOUR, id="pause"), Send(Channel.EMAIL, old, id="mail")
        )
        await stage.say("asked")
        changed = Definition(
            EventTrigger("asked"),
            (Wait(60, id="first"), Wait(HOUR, id="pause"), Send(Channel.EMAIL, new, id="mail")),
        )
        await stage.do(
            workflows.change,
            workflow.id,
            name=None,
            is_active=None,
            definition=changed,
            now=stage.clock.now(),
            people=people,
        )
        await stage.wait(minutes=59)
        assert await stage.mails() == []
        await stage.wait(minutes=2)
        assert [subject for subject, _ in await stage.mails()] == subjects
        (run,) = await runs_of(stage, workflow)
        assert run.state is state

    play(story)


def test_who_is_sent_on_begins_the_other_workflow_with_the_same_data(play):
    async def story(stage):
        hello = await stage.template("Hello {{ city }}")
        other = await stage.workflow(CallTrigger(), Send(Channel.EMAIL, hello))
        workflow = await stage.workflow(EventTrigger("asked"), GoTo(other.id))
        await stage.say("asked", city="Lviv")
        assert [subject for subject, _ in await stage.mails()] == ["Hello Lviv"]
        (left,), (done,) = [await runs_of(stage, one) for one in (workflow, other)]
        assert (left.state, done.state) == (RunState.EXITED, RunState.DONE)

    play(story)


def test_consent_is_taken_and_given_back_on_the_way(play):
    async def story(stage):
        hello = await stage.template("Hello")
        workflow = await stage.workflow(
            EventTrigger("asked"),
            ChangeConsent(Channel.EMAIL, is_subscribed=False),
            Send(Channel.EMAIL, hello),
            Wait(HOUR),
            ChangeConsent(Channel.EMAIL, is_subscribed=True),
            Send(Channel.EMAIL, hello),
        )
        await stage.say("asked")
        await stage.wait(hours=2)
        assert [one.state for one in await stage.messages()] == ["suppressed", "accepted"]
        (run,) = await runs_of(stage, workflow)
        assert [passing for _, passing in await steps_of(stage, run)] == [
            Passing.PASSED,
            Passing.PASSED,
            Passing.WAITED,
            Passing.PASSED,
            Passing.PASSED,
        ]

    play(story)


def test_a_schedule_comes_round_for_who_is_in_the_segment_then(play):
    async def story(stage):
        news = await stage.template("News")
        readers = await stage.do(segments.create, name="Readers", rule=None, now=START)
        people = [
            await stage.do(a_contact, one, email=f"{one}@example.com") for one in ("ann", "bob")
        ]
        await stage.do(segments.add_members, readers.id, people, START)
        trigger = ScheduleTrigger(
            int(readers.id), (START + timedelta(hours=1)).time(), START.date()
        )
        workflow = await stage.workflow(trigger, Send(Channel.EMAIL, news))
        await stage.wait(hours=2)
        await stage.do(segments.remove_members, readers.id, people[:1], stage.clock.now())
        await stage.wait(days=1)
        assert [moment for _, moment in await stage.mails()] == [
            timedelta(hours=1),
            timedelta(hours=1),
            timedelta(days=1, hours=1),
        ]
        assert len(await runs_of(stage, workflow)) == 3

    play(story)


async def ends_of(stage, workflow):
    """Tell how the latest run of a workflow ended, and what its last line says."""
    latest = (await runs_of(stage, workflow))[0]
    lines = await stage.look(runs.list_steps, latest.id)
    return latest.state, next(line.note for line in reversed(lines) if line.note)


def test_automations_that_start_themselves_are_stopped_and_it_is_told(play, monkeypatch):
    monkeypatch.setattr(doing, "LOOP_RUNS_MAX", 20)

    async def story(stage):
        again = FireEvent("ring", {"times": "{{ times }}"})
        workflow = await stage.workflow(EventTrigger("ring"), again)
        await stage.say("ring", times=1)
        assert len(await runs_of(stage, workflow)) == 21
        state, note = await ends_of(stage, workflow)
        assert state is RunState.FAILED
        assert "more than 20 times within an hour" in note
        stage.clock.advance(timedelta(hours=2))
        await stage.say("ring", times=2)
        assert len(await runs_of(stage, workflow)) == 42

    play(story)


def test_what_an_automation_tells_has_a_bound(play):
    async def story(stage):
        more = FireEvent("grown", {f"part {n}": "{{ text }}" for n in range(20)})
        workflow = await stage.workflow(EventTrigger("seed"), more)
        await stage.say("seed", text="x" * 60_000)
        state, note = await ends_of(stage, workflow)
        assert state is RunState.FAILED
        assert "tells more than 1048576 bytes" in note

    play(story)
