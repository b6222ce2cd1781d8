"""Six programmes as they are run in practice, over simulated weeks, on both stores.

Each is also played over its own history afterwards: the dry run must tell the same steps.
"""

from datetime import time, timedelta

from beckon.domain.contacts import actions as contacts
from beckon.domain.contacts.model import Channel, Profile
from beckon.domain.segments import actions as segments
from beckon.domain.segments.parsing import parse
from beckon.domain.workflows import queries, runs
from beckon.domain.workflows.conditions import Proviso
from beckon.domain.workflows.model import (
    Again,
    Exit,
    Goal,
    Passing,
    ReEntry,
    RunState,
)
from beckon.domain.workflows.steps import (
    ChangeTags,
    Condition,
    Send,
    UpdateContact,
    Wait,
    WaitForEvent,
    WaitForTime,
)
from beckon.domain.workflows.triggers import (
    DateTrigger,
    EventTrigger,
    OrderTrigger,
    SegmentTrigger,
)
from support.builders import a_contact

DAY = 86_400


def test_welcome_series_ends_with_the_first_purchase(play):
    async def story(stage):
        hello, tips, offer = [await stage.template(name) for name in ("Hello", "Tips", "Offer")]
        workflow = await stage.workflow(
            EventTrigger("signed_up"),
            Send(Channel.EMAIL, hello),
            Wait(3 * DAY),
            Send(Channel.EMAIL, tips),
            WaitForTime(time(10), weekdays=(0,)),
            Send(Channel.EMAIL, offer),
            re_entry=ReEntry(Again.NEVER),
            exits=(Exit("purchase"),),
            goal=Goal("purchase", 30 * DAY),
        )
        await stage.say("signed_up", "ann")
        await stage.say("signed_up", "bob")
        await stage.say("signed_up", "ann")
        await stage.wait(days=4)
        await stage.say("purchase", "bob")
        await stage.wait(days=5)
        # 1 April 2026 is a Wednesday: the Monday after the third day is the 6th, 10:00.
        assert await stage.mails() == [
            ("Hello", timedelta(0)),
            ("Hello", timedelta(0)),
            ("Tips", timedelta(days=3)),
            ("Tips", timedelta(days=3)),
            ("Offer", timedelta(days=5, hours=1)),
        ]
        counts = await stage.state.read(
            lambda tx: queries.count_runs(tx, stage.project_id, [workflow.id])
        )
        assert counts == {
            (workflow.id, RunState.DONE): 1,
            (workflow.id, RunState.EXITED): 1,
        }
        steps = await stage.state.read(
            lambda tx: runs.count_steps(tx, stage.project_id, workflow.id)
        )
        assert steps["", Passing.REFUSED] == 1
        assert steps["", Passing.CONVERTED] == 1
        await stage.check_play(workflow)

    play(story)


def test_abandoned_cart_waits_for_the_purchase_of_the_same_cart(play):
    async def story(stage):
        cart, last = [await stage.template(name) for name in ("Your cart", "Last call")]
        workflow = await stage.workflow(
            EventTrigger("cart_changed"),
            WaitForEvent(
                "purchase",
                3600,
                Proviso(),
                otherwise=(
                    Send(Channel.EMAIL, cart),
                    Wait(DAY),
                    Send(Channel.EMAIL, last),
                ),
            ),
            re_entry=ReEntry(Again.AFTER_EXIT, key="cart"),
            exits=(Exit("purchase", key="cart"),),
        )
        await stage.say("cart_changed", "ann", cart="a1")
        await stage.say("cart_changed", "ann", cart="a1")
        await stage.say("cart_changed", "bob", cart="b1")
        await stage.wait(minutes=30)
        await stage.say("purchase", "ann", cart="a1")
        await stage.wait(hours=2)
        await stage.say("purchase", "bob", cart="b1")
        await stage.wait(days=2)
        assert await stage.mails() == [("Your cart", timedelta(hours=1))]
        await stage.check_play(workflow)

    play(story)


def test_win_back_by_segment_stops_for_who_leaves_it(play):
    async def story(stage):
        miss, gift = [await stage.template(name) for name in ("We miss you", "A gift")]
        asleep = await stage.do(segments.create, name="Asleep", rule=None, now=stage.clock.now())
        workflow = await stage.workflow(
            SegmentTrigger(asleep.id),
            Send(Channel.EMAIL, miss),
            Wait(7 * DAY),
            Send(Channel.EMAIL, gift),
            stays_in=int(asleep.id),
        )
        people = [
            await stage.do(a_contact, name, email=f"{name}@example.com") for name in ("ann", "bob")
        ]
        await stage.do(segments.add_members, asleep.id, people, stage.clock.now())
        await stage.worker.drain()
        await stage.wait(days=2)
        await stage.do(segments.remove_members, asleep.id, people[:1], stage.clock.now())
        await stage.worker.drain()
        await stage.wait(days=6)
        assert await stage.mails() == [
            ("We miss you", timedelta(0)),
            ("We miss you", timedelta(0)),
            ("A gift", timedelta(days=7)),
        ]
        counts = await stage.look(queries.count_runs, [workflow.id])
        assert counts == {(workflow.id, RunState.EXITED): 1, (workflow.id, RunState.DONE): 1}
        await stage.check_play(workflow)

    play(story)


def test_order_status_messages_go_out_for_each_order(play):
    async def story(stage):
        sent = await stage.template("On its way: {{ event.key }}")
        workflow = await stage.workflow(
            OrderTrigger("IN_PROGRESS"), Send(Channel.EMAIL, sent, is_transactional=True)
        )
        await stage.say("orderINITIALIZED")
        await stage.say("orderIN_PROGRESS")
        await stage.wait(hours=3)
        await stage.say("orderIN_PROGRESS")
        assert len(await stage.mails()) == 2
        await stage.check_play(workflow)

    play(story)


def test_birthday_mail_comes_at_nine_where_the_person_is(play):
    async def story(stage):
        happy = await stage.template("Happy birthday")
        workflow = await stage.workflow(
            DateTrigger("birthday", at=time(9), is_yearly=True),
            Send(Channel.EMAIL, happy),
            re_entry=ReEntry(Again.AFTER_PERIOD, 300 * DAY),
        )
        for name, zone, born in (
            ("ann", "Asia/Tokyo", "1990-04-04"),
            ("bob", "America/New_York", "1990-04-04"),
            ("eve", "UTC", "1990-04-05"),
            ("kim", "UTC", "1990-05-04"),
        ):
            number = await stage.do(a_contact, name, email=f"{name}@example.com", birthday=born)
            await stage.do(contacts.change, number, Profile(time_zone=zone), stage.clock.now())
        await stage.wait(days=6)
        # Nine in Tokyo is midnight UTC, nine in New York (summer time) 13:00 UTC.
        assert [moment for _, moment in await stage.mails()] == [
            timedelta(days=2, hours=15),
            timedelta(days=3, hours=4),
            timedelta(days=4),
        ]
        await stage.check_play(workflow)

    play(story)


def test_re_permission_tags_who_says_yes_and_lets_the_others_go(play):
    async def story(stage):
        ask, still = [await stage.template(name) for name in ("Still with us?", "Really?")]
        is_vip = Proviso(parse([{"field": "tier", "operator": "eq", "value": "vip"}]))
        workflow = await stage.workflow(
            EventTrigger("asleep_for_a_year"),
            UpdateContact({"asked": "{{ event.name }}", "tier": "{{ tier }}"}),
            Send(Channel.EMAIL, ask),
            WaitForEvent(
                "stay",
                14 * DAY,
                Proviso(),
                then=(ChangeTags(add=("stays",)),),
                otherwise=(
                    Condition(is_vip, then=(Send(Channel.EMAIL, still),)),
                    ChangeTags(add=("gone",)),
                ),
            ),
        )
        await stage.say("asleep_for_a_year", "ann", tier="plain")
        await stage.say("asleep_for_a_year", "bob", tier="plain")
        await stage.say("asleep_for_a_year", "vic", tier="vip")
        await stage.wait(days=3)
        await stage.say("stay", "ann")
        await stage.wait(days=12)
        found = {}
        for name in ("ann", "bob", "vic"):
            person = await stage.do(contacts.get_by_external_id, name)
            found[name] = (tuple(person.tags), person.properties["asked"])
        assert found == {
            "ann": (("stays",), "asleep_for_a_year"),
            "bob": (("gone",), "asleep_for_a_year"),
            "vic": (("gone",), "asleep_for_a_year"),
        }
        assert await stage.mails() == [
            *[("Still with us?", timedelta(0))] * 3,
            ("Really?", timedelta(days=14)),
        ]
        await stage.check_play(workflow)

    play(story)
