"""What becomes of a message by what the provider says of it, over simulated days."""

from datetime import timedelta
from email import message_from_bytes, policy
from functools import partial

from beckon.domain.contacts import actions as contacts
from beckon.domain.contacts.model import Profile
from beckon.domain.messages import queries
from beckon.domain.messages.model import Deferred, Rejected, State, Unknown
from beckon.domain.templates import actions as templates
from support.builders import (
    a_contact,
    a_message,
    a_project,
    a_template,
    a_text,
    a_workflow,
    an_event,
    happens,
    send,
)
from support.providers import HonestProvider
from support.worker import Worker, all_messages


async def one_message(state, **more):
    """Queue one message to Ann."""

    def begin(tx):
        project_id = a_project(tx)
        return project_id, a_message(tx, project_id, **more)

    return await state.write(begin)


def test_a_deferred_message_goes_out_again_as_it_was(simulate, clock):
    async def story(state):
        provider = HonestProvider(repeats_safely=False, script=[Deferred("greylisted")])
        worker = Worker("w", state, clock, provider)

        def begin(tx):
            project_id = a_project(tx)
            template = a_template(tx, project_id, a_text("First {{ plan }}"))
            contact_id = a_contact(tx, project_id, plan="pro")
            message_id = a_message(
                tx, project_id, contact_id=contact_id, text=a_text("First {{ plan }}")
            )
            return project_id, contact_id, template, message_id

        project_id, contact_id, template, message_id = await state.write(begin)
        await worker.drain()
        deferred = (await all_messages(state, project_id))[0]
        assert (deferred.state, deferred.reason) == (State.DEFERRED, "greylisted")
        wait = deferred.due_at - clock.now()
        assert timedelta(minutes=5) <= wait <= timedelta(minutes=6)

        # Between the attempts everything it was made of changes.
        changed = Profile(email="other@example.com", properties={"plan": "free"})
        await state.write(
            lambda tx: (
                contacts.change(tx, project_id, contact_id, changed, clock.now()),
                templates.delete(tx, project_id, template.id, clock.now()),
            )
        )
        clock.advance(wait - timedelta(seconds=1))
        await worker.drain()
        assert len(provider.seen) == 1, "sent before its time"
        clock.advance(seconds=1)
        await worker.drain()

        first, second = provider.seen
        assert (second.content, second.recipient) == (first.content, first.recipient)
        parsed = message_from_bytes(first.content, policy=policy.default)
        assert parsed["subject"] == "First pro"
        assert message_id.hex in parsed["message-id"]
        sent = (await all_messages(state, project_id))[0]
        assert (sent.state, sent.attempts) == (State.ACCEPTED, 2)
        kept = await state.read(lambda tx: queries.find_copy(tx, project_id, message_id))
        assert kept == first.content

    simulate(story)


def test_a_provider_that_wants_more_time_gets_it(simulate, clock):
    async def story(state):
        wished = clock.now() + timedelta(hours=7)
        provider = HonestProvider(repeats_safely=False, script=[Deferred("later", wished)])
        project_id, _ = await one_message(state)
        await Worker("w", state, clock, provider).drain()
        assert (await all_messages(state, project_id))[0].due_at == wished

    simulate(story)


def test_what_is_deferred_for_four_days_is_given_up_and_listed(simulate, clock):
    async def story(state):
        provider = HonestProvider(repeats_safely=False, script=[Deferred("full")] * 100)
        worker = Worker("w", state, clock, provider)
        project_id, _ = await one_message(state)
        began = clock.now()
        message = (await all_messages(state, project_id))[0]
        while message.due_at is not None:
            clock.advance(max(message.due_at - clock.now(), timedelta(0)))
            await worker.drain()
            message = (await all_messages(state, project_id))[0]
        assert (message.state, message.reason) == (State.DEAD, "Given up: full")
        assert timedelta(days=3) < clock.now() - began <= timedelta(days=4)
        assert 20 < message.attempts == len(provider.seen) < 40

    simulate(story)


def test_a_refused_message_is_not_tried_again(simulate, clock):
    async def story(state):
        provider = HonestProvider(repeats_safely=True, script=[Rejected("no such user")])
        worker = Worker("w", state, clock, provider)
        project_id, _ = await one_message(state)
        await worker.drain()
        clock.advance(days=30)
        await worker.drain()
        message = (await all_messages(state, project_id))[0]
        assert (message.state, message.reason) == (State.FAILED, "no such user")
        assert len(provider.seen) == 1

    simulate(story)


def test_what_is_in_doubt_is_listed_and_never_sent_again(simulate, clock):
    async def story(state):
        provider = HonestProvider(
            repeats_safely=False, script=[Unknown("no answer"), ZeroDivisionError("a bug of ours")]
        )
        worker = Worker("w", state, clock, provider)

        def begin(tx):
            project_id = a_project(tx)
            for key in ("first", "second", "third"):
                a_message(tx, project_id, key)
            return project_id

        project_id = await state.write(begin)
        await worker.drain()
        clock.advance(days=30)
        await worker.drain()
        found = await all_messages(state, project_id)
        by_reason = {message.reason: message.state for message in found}
        assert by_reason.pop("no answer") is State.UNKNOWN
        assert by_reason.pop("The provider's code failed: ZeroDivisionError('a bug of ours')") is (
            State.UNKNOWN
        )
        assert list(by_reason.values()) == [State.ACCEPTED]
        assert len(provider.seen) == 3

    simulate(story)


def test_one_bad_message_holds_nobody_up(simulate, clock):
    poison = [
        ("divides by zero", a_text("{{ 1 | divided_by: 0 }}")),
        ("never ends", a_text(body="{% for a in (1..9999999) %}{{ a }}{% endfor %}")),
        ("holds too much", a_text(body="{% for a in (1..9999999) %}xxxxxxxxxxxx{% endfor %}")),
    ]

    async def story(state):
        provider = HonestProvider(repeats_safely=False)

        def begin(tx):
            project_id = a_project(tx)
            nobody = a_contact(tx, project_id, "nobody", email=None)
            a_message(tx, project_id, "goes nowhere", contact_id=nobody)
            a_message(tx, project_id, "has a bad sender", sender="no sender")
            for key, text in poison:
                a_message(tx, project_id, key, text=text)
            for number in range(20):
                a_message(tx, project_id, f"good {number}")
            return project_id

        project_id = await state.write(begin)
        await Worker("w", state, clock, provider).drain()
        found = await all_messages(state, project_id)
        dead, good = found[:5], found[5:]
        assert [message.state for message in dead] == [State.SUPPRESSED, *[State.DEAD] * 4]
        assert {message.state for message in good} == {State.ACCEPTED}
        assert dead[0].reason == "The contact has no e-mail address."
        assert dead[1].reason.startswith("The message cannot be written: sender ")
        for message in dead[2:]:
            assert message.reason.startswith("The template failed for this contact: ")
        assert len(provider.seen) == 20

    simulate(story)


def test_values_of_people_end_where_they_belong(simulate, clock):
    async def story(state):
        provider = HonestProvider(repeats_safely=False)
        hostile = "Ann\r\nBcc: spy@example.com\r\n\r\n<script>alert(1)</script>"

        def begin(tx):
            project_id = a_project(tx)
            template = a_template(tx, project_id, a_text("Hi {{ plan }}", "<p>{{ plan }}</p>"))
            a_workflow(tx, project_id, send(template))
            happens(tx, project_id, an_event("ann", email="ann@example.com", plan=hostile))
            return project_id

        await state.write(begin)
        await Worker("w", state, clock, provider).drain()
        mail = message_from_bytes(provider.seen[0].content, policy=policy.default)
        assert mail.keys() == [
            "From",
            "To",
            "Subject",
            "Date",
            "Message-ID",
            "MIME-Version",
            "Content-Type",
        ]
        assert mail["subject"] == "Hi " + " ".join(hostile.split())
        assert "&lt;script&gt;" in mail.get_body(("html",)).get_content()
        assert provider.seen[0].recipient == "ann@example.com"

    simulate(story)


def test_the_ledger_tells_the_whole_life(simulate, clock):
    async def story(state):
        provider = HonestProvider(repeats_safely=False, script=[Deferred("busy")])
        worker = Worker("w", state, clock, provider)
        project_id, message_id = await one_message(state)
        await worker.drain()
        clock.advance(minutes=6)
        await worker.drain()
        ledger = await state.read(
            partial(queries.list_changes, project_id=project_id, message_id=message_id)
        )
        assert [(change.state, change.reason) for change in ledger] == [
            (State.QUEUED, None),
            (State.SUBMITTING, "handed to honest"),
            (State.DEFERRED, "busy"),
            (State.SUBMITTING, "handed to honest"),
            (State.ACCEPTED, f"taken as {message_id.hex}"),
        ]

    simulate(story)
