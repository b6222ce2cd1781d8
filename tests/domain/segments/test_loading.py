"""One person's facts from the state store: what a rule about them sees, on both stores."""

from datetime import UTC, timedelta

import pytest

from beckon.domain.contacts.model import Channel, ContactId
from beckon.domain.orders import actions as orders
from beckon.domain.segments import actions as segments
from beckon.domain.segments.evaluating import evaluate
from beckon.domain.segments.facts import AsOf, Facts, Needs, needs
from beckon.domain.segments.loading import load_facts
from beckon.domain.segments.parsing import parse
from beckon.domain.subscriptions import actions as subscriptions
from beckon.domain.subscriptions.model import Activity, ActivityKind, Proof, Suppression
from support.builders import a_contact, a_message, an_event, an_order, happens
from support.clock import START

LATER = START + timedelta(days=3)


@pytest.fixture
def ann(tx, project_id):
    """Give somebody of whom everything is known that a rule can ask."""
    contact_id = a_contact(tx, project_id, plan="gold", address={"city": "Lviv"})
    for minutes in (0, 10, 60):
        now = START + timedelta(minutes=minutes)
        happens(tx, project_id, an_event(name="View", now=now, price="12.50"), now=now)
    message_id = a_message(tx, project_id, contact_id=contact_id)
    done = Activity(project_id, contact_id, message_id, ActivityKind.OPENED, START)
    subscriptions.record_activity(tx, [done])
    orders.take(tx, project_id, [an_order()], START)
    segment = segments.create(tx, project_id, name="Friends", rule=None, now=START)
    segments.add_members(tx, project_id, segment.id, [contact_id], START)
    return contact_id


def holds(tx, project_id, contact_id, *written):
    """Tell whether a rule holds for somebody three days after."""
    rule = parse(list(written))
    facts = load_facts(tx, project_id, [contact_id], needs(rule))
    return evaluate(rule, facts[contact_id], AsOf(LATER, UTC))


@pytest.mark.parametrize(
    "written",
    [
        {"field": "plan", "operator": "eq", "value": "gold"},
        {"field": "address.city", "operator": "starts_with", "value": "Lv"},
        {"field": "email", "operator": "eq", "value": "ANN@example.com"},
        {"field": "sessionCount", "operator": "eq", "value": 2},
        {"event": "view", "operator": "eq", "value": 3},
        {
            "event": "VIEW",
            "measure": "sum",
            "property": "price",
            "operator": "eq",
            "value": 37.5,
            "within": "7d",
        },
        {"message": "queued"},
        {"message": "opened", "channel": "EMAIL", "operator": "eq", "value": 1},
        {"message": "clicked", "operator": "not_exists"},
        {"channel": "EMAIL", "state": "addressed"},
        {"orders": "sum", "currency": "UAH", "operator": "eq", "value": 9950},
        {"orders": "count", "category": "Drinks", "product": "p1", "operator": "eq", "value": 1},
        {"rfm": "sales", "cells": ["R1F1"]},
        {"rfm": "campaigns", "cells": ["R1F1"]},
    ],
)
def test_each_kind_of_rule_finds_what_it_asks(tx, project_id, ann, written):
    assert holds(tx, project_id, ann, written)


def test_membership_of_another_segment_is_seen(tx, project_id, ann):
    friends = segments.find_or_create_list(tx, project_id, "Friends", START).id
    assert holds(tx, project_id, ann, {"segment": friends})
    assert not holds(tx, project_id, ann, {"segment": friends + 1})
    segments.delete(tx, project_id, friends, START)
    assert not holds(tx, project_id, ann, {"segment": friends})


def test_only_what_a_rule_needs_is_loaded(tx, project_id, ann):
    facts = load_facts(tx, project_id, [ann], Needs())[ann]
    assert facts == Facts(facts.contact, facts.properties)


def test_of_whom_is_no_more_and_of_other_projects_people_nothing_is_loaded(
    tx, project_id, other_id, ann
):
    everything = needs(parse([{"event": "view"}, {"channel": "EMAIL", "state": "addressed"}]))
    assert load_facts(tx, project_id, [ContactId(ann + 999)], everything) == {}
    assert load_facts(tx, other_id, [ann], everything) == {}


def test_reach_follows_consent(tx, project_id, ann):
    assert holds(tx, project_id, ann, {"channel": "IN_APP", "state": "addressed"})
    open_rule = {"channel": "EMAIL", "state": "subscribed"}
    proof = Proof("a test")
    assert holds(tx, project_id, ann, open_rule)
    subscriptions.suppress(
        tx,
        project_id,
        Channel.EMAIL,
        ["ann@example.com"],
        reason=Suppression.MANUAL,
        proof=proof,
        now=START,
    )
    assert not holds(tx, project_id, ann, open_rule)
