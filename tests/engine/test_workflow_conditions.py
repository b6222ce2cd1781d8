"""Each kind of rule asked by a step on the way, and again by the dry run over the same days."""

from datetime import timedelta

import pytest

from beckon.domain.contacts.model import Channel
from beckon.domain.events import actions as events
from beckon.domain.orders import actions as orders
from beckon.domain.segments import actions as segments
from beckon.domain.segments.parsing import parse
from beckon.domain.subscriptions import actions as subscriptions
from beckon.domain.subscriptions.model import Activity, ActivityKind, Proof
from beckon.domain.workflows import runs
from beckon.domain.workflows.conditions import Proviso
from beckon.domain.workflows.steps import ChangeTags, Condition, Send, Wait
from beckon.domain.workflows.triggers import EventTrigger
from support.builders import a_contact, a_message, an_event, an_order, happens
from support.clock import START

LIST = "the number of the list"
"""Stands in a rule for a segment that does not exist before the test runs."""

PEOPLE = ("ann", "bob")


def bring_up(tx, project_id):
    """Give Ann and Bob a past: all that a rule asks is true of Ann alone."""
    ann, bob = [a_contact(tx, project_id, name, email=f"{name}@example.com") for name in PEOPLE]
    for minutes in (1, 2, 60):
        now = START + timedelta(minutes=minutes)
        happens(tx, project_id, an_event("ann", "View", now=now, price="12.50"), now=now)
    bought = START + timedelta(hours=2)
    happens(tx, project_id, an_event("ann", "Cart", now=bought), now=bought)
    message_id = a_message(tx, project_id, contact_id=ann, now=bought)
    opened = Activity(project_id, ann, message_id, ActivityKind.OPENED, bought)
    subscriptions.record_activity(tx, [opened])
    orders.take(tx, project_id, [an_order(placed_at=bought)], bought)
    proof = Proof("a test")
    address = ["bob@example.com"]
    subscriptions.unsubscribe(
        tx, project_id, Channel.EMAIL, address, proof=proof, now=bought, contact_id=bob
    )
    friends = segments.create(tx, project_id, name="Friends", rule=None, now=START)
    segments.add_members(tx, project_id, friends.id, [ann], bought)
    return friends.id


@pytest.mark.parametrize(
    "rule",
    [
        {"field": "id", "operator": "eq", "value": "ann"},
        {"field": "sessionCount", "operator": "gte", "value": 3},
        {"event": "VIEW", "operator": "eq", "value": 3},
        {"event": "view", "measure": "sum", "property": "price", "operator": "gt", "value": 37},
        {"sequence": [{"event": "view"}, {"event": "cart", "within": "2h"}]},
        {"message": "queued"},
        {"message": "opened", "channel": "EMAIL", "operator": "eq", "value": 1},
        {"channel": "EMAIL", "state": "subscribed"},
        {"segment": LIST},
        {"orders": "sum", "currency": "UAH", "operator": "eq", "value": 9950},
        {"rfm": "sales", "cells": ["R1F1"]},
        {"rfm": "campaigns", "cells": ["R1F1"]},
    ],
    ids=str,
)
def test_a_condition_on_the_way_sees_what_the_rule_asks(play, rule):
    async def story(stage):
        friends = await stage.do(bring_up)
        written = {name: friends if value is LIST else value for name, value in rule.items()}
        test = Proviso(parse([written]))
        stage.clock.advance(hours=3)
        workflow = await stage.workflow(
            EventTrigger("asked"),
            Wait(3600),
            Condition(test, then=(ChangeTags(add=("yes",)),), otherwise=(ChangeTags(add=("no",)),)),
        )
        for name in PEOPLE:
            await stage.say("asked", name)
        await stage.wait(hours=2)
        asked = runs.RunFilter(workflow.id)
        notes = {}
        for run in await stage.look(runs.list_runs, asked, offset=0, limit=9):
            steps = await stage.look(runs.list_steps, run.id)
            notes[run.external_id] = [line.note for line in steps if line.note]
        assert notes == {"ann": ["yes"], "bob": ["no"]}
        await stage.check_play(workflow)

    play(story)


def test_what_was_not_yet_so_does_not_count_in_the_dry_run_either(play):
    async def story(stage):
        bought = Proviso(parse([{"event": "purchase"}]))
        workflow = await stage.workflow(
            EventTrigger("asked"), Wait(3600), Condition(bought, then=(ChangeTags(add=("yes",)),))
        )
        await stage.say("asked")
        await stage.wait(hours=2)
        await stage.say("purchase")
        await stage.say("asked")
        await stage.wait(hours=2)
        await stage.check_play(workflow)
        (second, first) = await stage.look(
            runs.list_runs, runs.RunFilter(workflow.id), offset=0, limit=9
        )
        told = [
            [line.note for line in await stage.look(runs.list_steps, run.id)]
            for run in (first, second)
        ]
        assert told == [["", "", "no"], ["", "", "yes", ""]]

    play(story)


def test_a_condition_right_behind_a_mail_knows_of_it(play):
    async def story(stage):
        hello = await stage.template("Hello")
        queued = Proviso(parse([{"message": "queued"}]))
        workflow = await stage.workflow(
            EventTrigger("asked"),
            Send(Channel.EMAIL, hello),
            Condition(queued, then=(ChangeTags(add=("yes",)),)),
        )
        await stage.say("asked")
        (run,) = await stage.look(runs.list_runs, runs.RunFilter(workflow.id), offset=0, limit=9)
        told = [(line.step, line.note) for line in await stage.look(runs.list_steps, run.id)]
        assert told == [("", ""), ("s1", ""), ("s2", "yes"), ("s3", "")]
        await stage.check_play(workflow)

    play(story)


def test_after_an_outage_a_condition_knows_what_happened_meanwhile(play):
    async def story(stage):
        bought = Proviso(parse([{"event": "purchase"}]))
        workflow = await stage.workflow(
            EventTrigger("asked"), Wait(60), Condition(bought, then=(ChangeTags(add=("yes",)),))
        )
        await stage.say("asked")
        now = stage.clock.advance(hours=3)
        await stage.do(events.record, [an_event(name="purchase", now=now)], now)
        await stage.worker.drain()
        (run,) = await stage.look(runs.list_runs, runs.RunFilter(workflow.id), offset=0, limit=9)
        told = [line.note for line in await stage.look(runs.list_steps, run.id)]
        assert told == ["", "", "yes", ""]

    play(story)
