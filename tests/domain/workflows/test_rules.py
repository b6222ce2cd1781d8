"""Runs: stories a person can check, then laws for any tree of steps and any wake-ups."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel, ContactId
from beckon.domain.messages.model import RunId, WorkflowId
from beckon.domain.segments.parsing import parse
from beckon.domain.templates.model import TemplateId
from beckon.domain.workflows.conditions import Proviso, Sight
from beckon.domain.workflows.model import Definition, Passing, Run, RunState, VersionId
from beckon.domain.workflows.planning import branches, lay_out, named, walk
from beckon.domain.workflows.rules import advance, begin, hear, is_over, move
from beckon.domain.workflows.steps import (
    Condition,
    Leave,
    Send,
    Share,
    Split,
    Wait,
    WaitForEvent,
)
from beckon.domain.workflows.stored import from_stored, to_stored
from beckon.domain.workflows.triggers import EventTrigger, Signal
from beckon.kit import json
from beckon.kit.values import replace
from support.clock import START

DAY = 86_400
HELLO, TIPS = TemplateId(1), TemplateId(2)
SIGHT = Sight()
IS_PRO = Proviso(data=parse([{"field": "properties.tier", "operator": "eq", "value": "pro"}]))


def send(template_id=HELLO, delay_seconds=0, **more):
    return Send(Channel.EMAIL, template_id, delay_seconds, **more)


def a_plan(*steps):
    return lay_out(named(Definition(EventTrigger("signed_up"), steps)))


def a_run(plan, contact=1, version=1, **data):
    """Begin a run at START."""
    run = Run(
        RunId(1),
        ProjectId(1),
        WorkflowId(1),
        VersionId(version),
        ContactId(contact),
        0,
        START,
        data,
    )
    return begin(run, plan)


def walked(run, plan, moments):
    """Wake a run at each moment; gives it, its orders and its journey."""
    orders, trails, state = [], [], RunState.ACTIVE
    for now in moments:
        if state is not RunState.ACTIVE:
            break
        walk_on = advance(run, plan, SIGHT, now)
        assert walk_on == advance(run, plan, SIGHT, now), "the same again, the same"
        run, state = walk_on.run, walk_on.state
        orders += walk_on.orders
        trails += walk_on.trails
    return run, state, orders, trails


def test_the_second_letter_leaves_after_three_days_and_not_before():
    plan = a_plan(send(HELLO), Wait(3 * DAY), send(TIPS))
    first = advance(a_run(plan), plan, SIGHT, START)
    early = advance(first.run, plan, SIGHT, START + timedelta(days=3, milliseconds=-1))
    second = advance(early.run, plan, SIGHT, START + timedelta(days=3))
    assert [order.key for order in first.orders] == ["run:1:s1"]
    assert (early.run, early.orders, early.trails) == (first.run, (), ())
    assert [(order.key, order.step.template_id) for order in second.orders] == [("run:1:s3", TIPS)]
    assert second.state is RunState.DONE
    assert is_over(second.run, plan)


def test_a_delay_on_the_first_step_puts_the_beginning_off():
    plan = a_plan(send(HELLO, 60))
    assert a_run(plan).wake_at == START + timedelta(seconds=60)
    assert advance(a_run(plan), plan, SIGHT, START + timedelta(seconds=59)).orders == ()


@pytest.mark.parametrize(("plan_name", "note"), [("pro", "yes"), ("free", "no")])
def test_ways_part_and_come_together_again(plan_name, note):
    plan = a_plan(
        Condition(IS_PRO, then=(send(HELLO, id="pro"),), otherwise=(send(TIPS, id="free"),)),
        send(HELLO, id="all"),
    )
    walk_on = advance(a_run(plan, tier=plan_name), plan, SIGHT, START)
    assert [order.step.id for order in walk_on.orders] == [plan_name, "all"]
    assert walk_on.trails[0].note == note


def test_who_leaves_gets_nothing_more():
    plan = a_plan(Condition(IS_PRO, then=(Leave("is pro already"),)), send())
    stays = advance(a_run(plan, tier="free"), plan, SIGHT, START)
    leaves = advance(a_run(plan, tier="pro"), plan, SIGHT, START)
    assert (len(stays.orders), stays.state) == (1, RunState.DONE)
    assert (len(leaves.orders), leaves.state) == (0, RunState.EXITED)
    assert leaves.trails[-1].note == "is pro already"


def waiting():
    return a_plan(
        WaitForEvent("Purchase", 3600, Proviso(), then=(send(HELLO),), otherwise=(send(TIPS),))
    )


def purchase(at):
    return Signal("event:1", ("event:purchase",), ContactId(1), at, {"total": 5})


@pytest.mark.parametrize(
    ("after", "is_heard"),
    [
        (timedelta(milliseconds=-1), False),
        (timedelta(0), True),
        (timedelta(hours=1, milliseconds=-1), True),
        (timedelta(hours=1), False),
    ],
)
def test_an_event_is_waited_for_from_the_arrival_up_to_the_timeout(after, is_heard):
    plan = waiting()
    heard = hear(a_run(plan), plan, purchase(START + after), SIGHT)
    assert (heard is not None) is is_heard
    if heard:
        then = advance(heard.run, plan, SIGHT, START + after)
        assert [order.step.template_id for order in then.orders] == [HELLO]
        assert heard.run.data["s1_event"] == {"total": 5}


def test_what_does_not_come_times_out():
    plan = waiting()
    _, state, orders, trails = walked(
        a_run(plan), plan, [START + timedelta(minutes=59), START + timedelta(hours=1)]
    )
    assert [order.step.template_id for order in orders] == [TIPS]
    assert (trails[0].passing, trails[0].note) == (Passing.BRANCHED, "timed out")
    assert state is RunState.DONE


def test_a_split_is_sticky_and_keeps_its_shares():
    plan = a_plan(Split((Share("a", 30, (send(HELLO),)), Share("b", 70, (send(TIPS),)))))
    drawn = Counter()
    for contact in range(2000):
        walks = [advance(a_run(plan, contact), plan, SIGHT, START) for _ in range(2)]
        assert walks[0].trails == walks[1].trails
        drawn[walks[0].trails[0].note] += 1
    assert 520 < drawn["a"] < 680


def test_a_moved_run_keeps_its_moment_at_the_step_of_the_same_name():
    old = a_plan(Wait(DAY, id="pause"), send(HELLO, id="mail"))
    new = a_plan(send(TIPS, id="first"), Wait(2 * DAY, id="pause"), send(TIPS, id="mail"))
    moved = move(a_run(old), old, new)
    assert (moved.position, moved.wake_at) == (1, START + timedelta(days=1))
    assert move(a_run(old), old, a_plan(send(id="other"))) is None


delays = st.integers(0, 9 * DAY)
leaf_steps = (
    st.builds(send, st.sampled_from([HELLO, TIPS]), delays)
    | st.builds(Wait, delays)
    | st.builds(Leave)
)


def branching(inner):
    ways = st.lists(inner, max_size=3).map(tuple)
    return (
        st.builds(Condition, st.just(IS_PRO), ways, ways)
        | st.builds(WaitForEvent, st.just("never"), delays, st.just(Proviso()), ways, ways)
        | st.builds(
            lambda one, other: Split((Share("a", 50, one), Share("b", 50, other))), ways, ways
        )
    )


trees = st.lists(st.recursive(leaf_steps, branching, max_leaves=12), min_size=1, max_size=8)
moments = st.lists(st.timedeltas(timedelta(0), timedelta(days=400)).map(START.__add__))


@given(trees, moments, st.sampled_from(["pro", "free"]), st.integers(1, 100))
def test_however_workers_wake_each_send_is_ordered_once_in_order_and_never_early(
    steps, woken, plan_name, contact
):
    plan = a_plan(*steps)
    run = a_run(plan, contact, tier=plan_name)
    end = START + timedelta(days=9999)
    late = walked(run, plan, [end])
    often = walked(run, plan, [*sorted(woken), end])
    assert often == late, "it matters when somebody looked"
    _, state, orders, trails = often
    assert state is not RunState.ACTIVE
    assert len({order.key for order in orders}) == len(orders)
    places = [plan.places[order.step.id] for order in orders]
    assert places == sorted(places)
    planned = [trail.at for trail in trails]
    assert planned == sorted(planned)


@given(trees, moments)
def test_nothing_is_ordered_before_its_planned_moment(steps, woken):
    plan = a_plan(*steps)
    run, state = a_run(plan), RunState.ACTIVE
    for now in sorted(woken):
        if state is RunState.ACTIVE:
            walk_on = advance(run, plan, SIGHT, now)
            assert all(order.at <= now for order in walk_on.orders)
            run, state = walk_on.run, walk_on.state


@given(trees)
def test_every_way_leads_onward(steps):
    plan = a_plan(*steps)
    assert len(plan.nodes) == len(list(walk(plan.definition.steps)))
    for place, node in enumerate(plan.nodes):
        assert place < node.follows <= plan.end
        assert all(place < way <= plan.end for way in node.ways)
        assert len(node.ways) == len(branches(node.step))


@given(trees)
def test_a_definition_comes_back_from_the_store_as_it_was(steps):
    definition = named(Definition(EventTrigger("purchase"), tuple(steps)))
    assert from_stored(json.stored(json.text(to_stored(definition)))) == definition


@given(trees, trees, moments)
def test_another_version_changes_nothing_for_those_inside(steps, others, woken):
    plan = a_plan(*steps)
    before = walked(a_run(plan), plan, sorted(woken))
    a_plan(*others)
    again = walked(replace(a_run(plan)), plan, sorted(woken))
    assert again == before
