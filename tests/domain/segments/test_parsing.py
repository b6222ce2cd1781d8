"""Rules as callers write them: what is taken, and what is refused with which path."""

import json
from contextlib import suppress
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beckon.domain.contacts.model import Channel
from beckon.domain.segments.facts import AsOf, needs
from beckon.domain.segments.model import (
    AllOf,
    AnyOf,
    Condition,
    EventRule,
    FieldRule,
    Last,
    MessageRule,
    NoneOf,
    Operator,
    Outcome,
    Property,
    PropertyRule,
    Reach,
    ReachRule,
    Standard,
    Type,
)
from beckon.domain.segments.parsing import parse
from beckon.domain.segments.reading import RuleInvalid
from beckon.domain.segments.writing import write
from beckon.kit.refusals import Invalid
from domain.segments.random_rules import a_rule
from domain.segments.worlds import NOWS, ZoneInfo

PLAN = {"field": "plan", "operator": "eq", "value": "gold"}
PLAN_RULE = FieldRule(Property("plan"), Condition(Operator.EQ, Type.STRING, ("gold",)))
ONCE = Condition(Operator.GTE, Type.NUMBER, (1,))


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ([PLAN], AllOf((PLAN_RULE,))),
        (PLAN, PLAN_RULE),
        ({"combinator": "or", "rules": [PLAN]}, AnyOf((PLAN_RULE,))),
        ({"combinator": "or", "not": True, "rules": [PLAN]}, NoneOf((PLAN_RULE,))),
        ({"combinator": "and", "not": True, "rules": [PLAN]}, NoneOf((AllOf((PLAN_RULE,)),))),
        ({"combinator": "none", "not": True, "rules": [PLAN]}, AnyOf((PLAN_RULE,))),
        (
            {"field": "sessionCount", "operator": "gte", "value": 5},
            FieldRule(Standard.SESSION_COUNT, Condition(Operator.GTE, Type.NUMBER, (5,))),
        ),
        (
            {"field": "properties.email", "operator": "exists"},
            FieldRule(Property("email"), Condition(Operator.EXISTS, Type.ANY)),
        ),
        (
            {"field": "email", "operator": "eq", "value": "Ann@Example.com"},
            FieldRule(Standard.EMAIL, Condition(Operator.EQ, Type.STRING, ("ann@example.com",))),
        ),
        (
            {"field": "age", "operator": "gte", "value": "18"},
            FieldRule(Property("age"), Condition(Operator.GTE, Type.NUMBER, (18,))),
        ),
        ({"event": "Purchase"}, EventRule("purchase", ONCE)),
        (
            {"event": "x", "operator": "not_exists", "within": "2h"},
            EventRule("x", Condition(Operator.EQ, Type.NUMBER, (0,)), window=Last(7200)),
        ),
        (
            {"event": "purchase", "operator": "gte", "value": 1, "where": [PLAN]},
            EventRule(
                "purchase", ONCE, where=(PropertyRule(PLAN_RULE.field, PLAN_RULE.condition),)
            ),
        ),
        (
            {"message": "opened", "channel": "EMAIL"},
            MessageRule(Outcome.OPENED, ONCE, channel=Channel.EMAIL),
        ),
        (
            {"channel": "WEB_PUSH", "state": "subscribed"},
            ReachRule(Channel.WEB_PUSH, Reach.SUBSCRIBED),
        ),
    ],
)
def test_each_kind_of_rule_is_read(written, rule):
    assert parse(written) == rule


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("gold", "rules: must be an object"),
        ([], "rules: must be a list of 1 to 100"),
        ({}, "rules: a rule has one of field, event"),
        ([PLAN, 5], "rules[1]: must be an object"),
        ([{**PLAN, "operator": "like"}], "rules[0].operator: must be one of eq"),
        ([{**PLAN, "operator": 5}], "rules[0].operator: must be one of eq"),
        ([{"field": "plan", "value": 1}], "rules[0]: operator is required"),
        ([{"field": "plan", "operator": "eq"}], "rules[0]: value is required"),
        ([{**PLAN, "value": None}], "rules[0]: value is required"),
        ([{**PLAN, "value": ["a"]}], "rules[0].value: must be a text, a number"),
        ([{**PLAN, "type": "text"}], "rules[0].type: must be one of string"),
        ([{**PLAN, "type": "number"}], "rules[0].value: must be a number"),
        ([{**PLAN, "feild": 1}], "rules[0]: feild is not known here"),
        ([{**PLAN, "operator": "exists"}], "rules[0].value: has no meaning for exists"),
        ([{**PLAN, "operator": "gt"}], "rules[0].value: gt compares numbers and dates"),
        ([{**PLAN, "operator": "in"}], "rules[0].value: must be a list of 1 to 1000"),
        ([{**PLAN, "operator": "in", "value": []}], "rules[0].value: must be a list"),
        ([{**PLAN, "operator": "in", "value": [1, "a"]}], "rules[0].value: must have values of"),
        ([{**PLAN, "operator": "in", "value": ["a", {}]}], "rules[0].value: must have values of"),
        ([{**PLAN, "operator": "contains", "value": ""}], "rules[0].value: must not be empty"),
        ([{**PLAN, "operator": "between", "value": [1]}], "rules[0].value: must be a list of two"),
        ([{**PLAN, "value": "x" * 1025}], "rules[0].value: must be a text of 1 to 1024"),
        ([{**PLAN, "value": 1e300}], "rules[0].value: must be a number within 64 bits"),
        ([{**PLAN, "operator": "matches"}], "rules[0].value: must be an object"),
        ([{**PLAN, "field": ""}], "rules[0].field: must be a text"),
        ([{**PLAN, "field": "properties."}], "rules[0].field: names no property"),
        ([{**PLAN, "field": "createdAt"}], "rules[0].value: must be a day"),
        ([{**PLAN, "field": "createdAt", "type": "string"}], "rules[0].type: must be date"),
        ([{**PLAN, "field": "phone", "operator": "gt"}], "rules[0].operator: gt is not for a str"),
        (
            [{"field": "b", "operator": "matches", "value": {"anniversary": 400}}],
            "rules[0].value.anniversary: must be a whole number of days from 0 to 365",
        ),
        (
            [{"field": "b", "operator": "matches", "value": {"last": "3d", "next": "3d"}}],
            "rules[0].value: must have one of last",
        ),
        (
            [
                {
                    "field": "createdAt",
                    "operator": "matches",
                    "value": {"during": "today", "zone": "contact"},
                }
            ],
            "rules[0].value.zone: is for a contact's properties",
        ),
        ([{"event": "a", "within": "30"}], "rules[0].within: must be a whole number and a unit"),
        ([{"event": "a", "within": 30}], "rules[0].within: must be a text"),
        ([{"event": "a", "within": "11y"}], "rules[0].within: must be a whole number and a unit"),
        ([{"event": "a", "within": "5000d"}], "rules[0].within: must be at most ten years"),
        ([{"event": "a", "within": "1d", "from": "2026-01-01"}], "rules[0]: has more than one"),
        (
            [{"event": "a", "from": "2026-01-02", "to": "2026-01-01"}],
            "rules[0].to: lies before from",
        ),
        ([{"event": "a", "from": "2026-02-30"}], "rules[0].from: must be a day"),
        ([{"event": " "}], "rules[0].event must have 1 to 255 bytes"),
        ([{"event": "a", "value": 3}], "rules[0].value: needs an operator"),
        ([{"event": "a", "operator": "in", "value": [1]}], "rules[0].operator: in is not for"),
        ([{"event": "a", "property": "total"}], "rules[0].property: has no meaning for count"),
        (
            [{"event": "a", "measure": "sum", "operator": "gt", "value": 1}],
            "rules[0]: property is required",
        ),
        (
            [{"event": "a", "where": [PLAN, {**PLAN, "operator": "?"}]}],
            "rules[0].where[1].operator: must be one of",
        ),
        ([{"sequence": [{"event": "a"}]}], "rules[0].sequence: has 2 to 5 steps"),
        (
            [{"sequence": [{"event": "a", "within": "1d"}, {"event": "b"}]}],
            "rules[0].sequence[0].within: has no meaning on the first",
        ),
        (
            [{"sequence": [{"event": "a", "not": True}, {"event": "b"}]}],
            "rules[0].sequence[0].not: is for the last step",
        ),
        ([{"message": "read"}], "rules[0].message: must be one of queued"),
        ([{"message": "opened", "template": "tpl_1"}], "rules[0].template: must be a positive"),
        ([{"channel": "FAX", "state": "subscribed"}], "rules[0].channel: must be one of EMAIL"),
        ([{"segment": "seg_1"}], "rules[0].segment: must be a positive whole number"),
        (
            [{"orders": "sum", "operator": "gt", "value": 1}],
            "rules[0]: sum needs a currency",
        ),
        ([{"rfm": "sales", "cells": ["R7F1"]}], "rules[0].cells[0]: must be a cell"),
        ([{"combinator": "xor", "rules": [PLAN]}], "rules[0].combinator: must be one of"),
        ([{"combinator": "and", "rules": []}], "rules[0].rules: must be a list"),
        ([{"combinator": "and", "not": 1, "rules": [PLAN]}], "rules[0].not: must be true or"),
        ([{"combinator": "and", "rules": [PLAN] * 60}] * 2, "rules: has 120 rules; at most 100"),
    ],
)
def test_what_has_no_meaning_is_refused_with_its_place(written, place):
    with pytest.raises(Invalid) as refused:
        parse(written)
    assert refused.value.message.startswith(place)


def test_groups_nest_eight_deep_and_no_deeper():
    def nested(depth):
        return PLAN if not depth else {"combinator": "and", "rules": [nested(depth - 1)]}

    assert parse(nested(8))
    with pytest.raises(RuleInvalid, match="nest at most 8 deep"):
        parse(nested(9))


@given(random=st.randoms(use_true_random=False), now=st.sampled_from(NOWS))
def test_what_is_written_reads_as_the_same_rule_and_is_json(random, now):
    rule = parse(a_rule(random, AsOf(now, ZoneInfo("UTC"))))
    assert parse(json.loads(json.dumps(write(rule)))) == rule


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(random=st.randoms(use_true_random=False), junk=values)
def test_whatever_is_put_in_a_rule_it_is_read_or_refused(random, junk):
    rule = a_rule(random, AsOf(NOWS[0], ZoneInfo("UTC")), 99)
    for key in rule:
        with suppress(Invalid):
            assert parse({**rule, key: junk})


def test_what_a_rule_needs():
    found = needs(
        parse(
            [
                PLAN,
                {"event": "Cart"},
                {"sequence": [{"event": "cart"}, {"event": "purchase"}]},
                {"message": "received"},
                {"segment": 7, "operator": "not_in"},
                {"combinator": "or", "rules": [{"rfm": "sales", "cells": ["R1F1"]}]},
            ]
        )
    )
    assert found.events == {"cart", "purchase"}
    assert found.outcomes == {"accepted", "delivered"}
    assert found.segments == {7}
    assert found.properties == {"plan"}
    assert found.purchases
    assert not found.visits
    assert not found.reach


def test_the_generator_makes_every_kind_of_rule():
    random = Random("kinds")
    kinds = {type(parse(a_rule(random, AsOf(NOWS[0], ZoneInfo("UTC")), 99))) for _ in range(300)}
    assert len(kinds) == 8
