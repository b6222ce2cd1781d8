"""Every kind of step, trigger and rule comes back from the wire and from the store as it was.

Each has every field set to something else than its default.
"""

from dataclasses import MISSING, fields
from datetime import date, time

import msgspec
import pytest

from beckon.api.retenshun.automations import CreateAutomation, read_definition
from beckon.api.retenshun.automations_rules import write_rules, write_trigger
from beckon.api.retenshun.automations_words import write_steps
from beckon.domain.contacts.model import Channel
from beckon.domain.messages.model import WorkflowId
from beckon.domain.segments.parsing import parse
from beckon.domain.templates.model import TemplateId
from beckon.domain.workflows import steps, triggers
from beckon.domain.workflows.conditions import Proviso
from beckon.domain.workflows.model import (
    Again,
    Definition,
    Exit,
    Goal,
    Limit,
    Manners,
    ReEntry,
)
from beckon.domain.workflows.stored import STEPS, TRIGGERS, from_stored, to_stored
from beckon.kit import json

TEST = Proviso(
    parse([{"event": "purchase", "operator": "gte", "value": 2}]),
    parse([{"field": "properties.total", "operator": "gt", "value": 5}]),
)
LEAVE = steps.Leave("enough", id="out")
MAIL = steps.Send(
    Channel.EMAIL, TemplateId(7), 60, category="news", is_transactional=True, id="mail"
)

EVERY_STEP = (
    MAIL,
    steps.Wait(3600, 2, id="wait"),
    steps.WaitForTime(time(10, 30), (0, 4), time(18), id="until"),
    steps.WaitForDate("birthday", -86400, time(8, 15), id="date"),
    steps.WaitForEvent("purchase", 600, TEST, (MAIL,), (LEAVE,), id="event"),
    steps.Condition(TEST, (MAIL,), (LEAVE,), id="ask"),
    steps.Switch((steps.Branch("big", TEST, (MAIL,)),), (LEAVE,), id="switch"),
    steps.Split((steps.Share("a", 30, (MAIL,)), steps.Share("b", 70, (LEAVE,))), id="split"),
    steps.UpdateContact({"tier": "{{ event.tier }}", "seen": True}, id="update"),
    steps.ChangeTags(("vip",), ("guest",), id="tags"),
    steps.ChangeList(4, is_member=False, id="list"),
    steps.ChangeConsent(Channel.SMS, is_subscribed=True, category="news", id="consent"),
    steps.FireEvent("won", {"total": "{{ total }}"}, id="fire"),
    steps.CallWebhook(
        "https://example.com/{{ id }}",
        steps.Method.PUT,
        {"x-key": "1"},
        '{"a": 1}',
        "answer",
        (LEAVE,),
        id="call",
    ),
    steps.WriteCopy("A short hello", "copy", Channel.SMS, id="copy"),
    steps.Reach(TEST, exits=False, id="goal"),
    steps.GoTo(WorkflowId(9), id="go"),
    LEAVE,
)
EVERY_TRIGGER = (
    triggers.EventTrigger("signed_up", TEST),
    triggers.SegmentTrigger(3, triggers.Side.LEFT),
    triggers.SegmentTrigger(3),
    triggers.ContactTrigger((), TEST),
    triggers.ContactTrigger(("tier", "email"), TEST),
    triggers.DateTrigger("birthday", -3, time(7, 45), is_yearly=True),
    triggers.ScheduleTrigger(
        3,
        time(9, 5),
        date(2026, 4, 1),
        triggers.Every.WEEK,
        weekdays=(1, 3),
        until=date(2027, 1, 1),
    ),
    triggers.ScheduleTrigger(3, time(9), date(2026, 4, 1), triggers.Every.MONTH, month_day=31),
    triggers.ScheduleTrigger(3, time(9), date(2026, 4, 1), triggers.Every.ONCE),
    triggers.OrderTrigger("DELIVERED", TEST),
    triggers.CallTrigger(),
    triggers.HookTrigger("customer.id", "customer.email"),
)
EVERY_MANNERS = [
    Manners(
        TEST,
        ReEntry(again, seconds, "order.id"),
        Limit(3, 86400),
        (Exit("purchase", TEST, "order.id"), Exit("left")),
        5,
        Goal("purchase", 3600, TEST, exits=True),
        20,
    )
    for again, seconds in (
        (Again.NEVER, 0),
        (Again.AFTER_EXIT, 0),
        (Again.AFTER_PERIOD, 60),
        (Again.ALWAYS, 0),
    )
]


def over_the_wire(definition):
    """Write a definition as a reply shows it, and read it as a request that says the same."""
    started = write_trigger(definition.trigger)
    shown = CreateAutomation(
        name="Round",
        trigger_type=started.trigger_type,
        trigger_event=started.trigger_event,
        segment_id=started.segment_id,
        property=started.property,
        trigger=started.trigger,
        rules=write_rules(definition.manners),
        steps=write_steps(definition.steps),
    )
    sent = msgspec.json.decode(msgspec.json.encode(shown), type=CreateAutomation)
    return read_definition(sent)


def through_the_store(definition):
    return from_stored(json.stored(json.text(to_stored(definition))))


@pytest.mark.parametrize("trip", [over_the_wire, through_the_store])
@pytest.mark.parametrize("step", EVERY_STEP, ids=lambda step: step.id)
def test_every_step(step, trip):
    definition = Definition(triggers.CallTrigger(), (step,))
    assert trip(definition) == definition


@pytest.mark.parametrize("trip", [over_the_wire, through_the_store])
@pytest.mark.parametrize("trigger", EVERY_TRIGGER, ids=str)
def test_every_trigger(trigger, trip):
    definition = Definition(trigger, (LEAVE,))
    assert trip(definition) == definition


@pytest.mark.parametrize("trip", [over_the_wire, through_the_store])
@pytest.mark.parametrize("manners", EVERY_MANNERS, ids=lambda one: one.re_entry.again)
def test_every_rule_around_a_run(manners, trip):
    definition = Definition(triggers.CallTrigger(), (LEAVE,), manners)
    assert trip(definition) == definition


def test_no_kind_and_no_field_is_left_out():
    assert {type(step) for step in EVERY_STEP} == set(STEPS.values())
    assert {type(trigger) for trigger in EVERY_TRIGGER} == set(TRIGGERS.values())
    tried = {
        (type(one), part.name)
        for one in (*EVERY_STEP, *EVERY_TRIGGER, *EVERY_MANNERS)
        for part in fields(one)
        if getattr(one, part.name) != default_of(part)
    }
    assert {
        (kind, part.name)
        for kind in (*STEPS.values(), *TRIGGERS.values(), Manners)
        for part in fields(kind)
    } == tried


def default_of(part):
    return part.default_factory() if part.default_factory is not MISSING else part.default
