"""Runs: one welcome sequence as a story, then laws for any sequence and any wake-ups."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel, ContactId
from beckon.domain.messages.model import RunId, WorkflowId
from beckon.domain.templates.model import TemplateId
from beckon.domain.workflows.model import (
    Definition,
    EventTrigger,
    Order,
    Run,
    Send,
    VersionId,
    Wait,
)
from beckon.domain.workflows.rules import (
    DELAY_SECONDS_MAX,
    STEPS_MAX,
    advance,
    check_definition,
    check_name,
    first_due,
    is_over,
)
from beckon.domain.workflows.stored import from_stored, to_stored
from beckon.kit import json
from beckon.kit.refusals import Invalid
from support.clock import START

DAY = 86_400
HELLO, TIPS = TemplateId(1), TemplateId(2)


def send(template_id=HELLO, delay_seconds=0):
    return Send(Channel.EMAIL, template_id, delay_seconds)


def a_run(steps):
    """Begin a run at START."""
    return Run(
        RunId(1),
        ProjectId(1),
        WorkflowId(1),
        VersionId(1),
        ContactId(1),
        0,
        first_due(steps, START),
    )


def test_the_second_letter_leaves_after_three_days_and_not_before():
    welcome = [send(HELLO), Wait(3 * DAY), send(TIPS)]
    run, first = advance(a_run(welcome), welcome, START)
    run, early = advance(run, welcome, START + timedelta(days=3) - timedelta(milliseconds=1))
    assert not is_over(run, welcome)
    run, second = advance(run, welcome, START + timedelta(days=3))
    assert first == [Order("run:1:0", Channel.EMAIL, HELLO)]
    assert early == []
    assert second == [Order("run:1:2", Channel.EMAIL, TIPS)]
    assert is_over(run, welcome)


def test_a_delay_on_the_first_step_puts_the_beginning_off():
    steps = [send(HELLO, 60)]
    assert first_due(steps, START) == START + timedelta(seconds=60)
    assert advance(a_run(steps), steps, START + timedelta(seconds=59))[1] == []


delays = st.integers(0, 9 * DAY)
steps_of_any_kind = st.lists(
    st.builds(send, st.sampled_from([HELLO, TIPS]), delays) | st.builds(Wait, delays),
    min_size=1,
    max_size=12,
)
moments = st.lists(st.timedeltas(timedelta(0), timedelta(days=120)).map(START.__add__))


@given(steps_of_any_kind, moments)
def test_however_workers_wake_each_send_is_ordered_once_in_order_and_never_early(steps, woken):
    run, orders = a_run(steps), []
    due = planned(steps)
    for now in [*sorted(woken), START + timedelta(days=9999)]:
        assert advance(run, steps, now) == advance(run, steps, now), "the same again, the same"
        run, new = advance(run, steps, now)
        for order in new:
            assert due[int(order.key.rpartition(":")[2])] <= now
        orders += new
    sends = [step for step in steps if isinstance(step, Send)]
    assert [order.template_id for order in orders] == [step.template_id for step in sends]
    assert len({order.key for order in orders}) == len(orders)
    assert is_over(run, steps)
    assert run.wake_at == due[-1], "who woke late shifted the plan"


@given(steps_of_any_kind, st.timedeltas(timedelta(0), timedelta(days=120)))
def test_whatever_is_due_is_ordered_at_once(steps, passed):
    now = START + passed
    _, orders = advance(a_run(steps), steps, now)
    due = [
        place
        for place, moment in enumerate(planned(steps))
        if moment <= now and isinstance(steps[place], Send)
    ]
    assert [order.key for order in orders] == [f"run:1:{place}" for place in due]


def planned(steps):
    """Tell when each step is due: its delay after the one before."""
    moments, at = [], START
    for step in steps:
        at += timedelta(seconds=step.delay_seconds)
        moments.append(at)
    return moments


@given(steps_of_any_kind)
def test_a_definition_comes_back_from_the_store_as_it_was(steps):
    definition = Definition(EventTrigger("purchase"), tuple(steps))
    assert from_stored(json.stored(json.text(to_stored(definition)))) == definition


@pytest.mark.parametrize(
    ("steps", "is_taken"),
    [
        ([], False),
        ([Wait(0)], True),
        ([Wait(0)] * STEPS_MAX, True),
        ([Wait(0)] * (STEPS_MAX + 1), False),
        ([Wait(DELAY_SECONDS_MAX)], True),
        ([Wait(DELAY_SECONDS_MAX + 1)], False),
        ([Wait(0), send(HELLO, -1)], False),
    ],
)
def test_which_definitions_are_taken(steps, is_taken):
    definition = Definition(EventTrigger("purchase"), tuple(steps))
    if is_taken:
        assert check_definition(definition) is definition
    else:
        with pytest.raises(Invalid, match="steps"):
            check_definition(definition)


@pytest.mark.parametrize(("name", "taken"), [(" Welcome ", "Welcome"), ("x" * 200, "x" * 200)])
def test_names_are_trimmed(name, taken):
    assert check_name(name) == taken


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "a\nb", "a\x00b", "a\x85b"])
def test_names_that_are_none(name):
    with pytest.raises(Invalid, match="name"):
        check_name(name)
