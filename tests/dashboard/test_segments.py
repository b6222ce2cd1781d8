"""Segments in the dashboard: built by rows, counted on the way, shown with people and reasons."""

import re
from urllib.parse import urlencode

import pytest

from beckon.dashboard.pages.segment_draft import read_rows, rows_of, write_rules
from beckon.dashboard.pages.segment_form import rules_of
from beckon.dashboard.pages.segment_sentences import RuleNames, lines_of
from beckon.dashboard.pages.segments import chart_of
from beckon.domain.accounts.model import Role
from beckon.domain.segments.parsing import parse
from support.server import eventually

GOLD = {"0.kind": "property", "0.field": "plan", "0.operator": "eq", "0.value": "gold"}
RULES = [
    [{"field": "plan", "operator": "in", "value": ["pro", "team"]}],
    [{"field": "age", "operator": "gte", "value": 18}],
    [{"field": "vip", "operator": "eq", "value": True}],
    [{"field": "born", "operator": "matches", "value": {"anniversary": 3}}],
    [{"field": "paid", "operator": "lt", "type": "date", "value": "2026-01-01"}],
    [{"field": "createdAt", "operator": "matches", "value": {"last": "30d"}}],
    [{"event": "bought", "operator": "gte", "value": 2, "within": "30d"}],
    [
        {
            "event": "bought",
            "operator": "not_exists",
            "where": [{"field": "total", "operator": "gt", "value": 9.5}],
        }
    ],
    [{"event": "bought", "measure": "sum", "property": "total", "operator": "gt", "value": 5}],
    [{"sequence": [{"event": "cart"}, {"event": "bought", "within": "1d", "not": True}]}],
    [{"message": "opened", "operator": "exists", "within": "7d"}],
    [{"channel": "EMAIL", "state": "subscribed"}, {"segment": 7, "operator": "not_in"}],
    [{"orders": "count", "operator": "gte", "value": 2}],
    [
        {"orders": "sum", "operator": "gt", "value": 4990, "currency": "EUR", "category": "beans"},
        {"orders": "count", "operator": "eq", "value": 1, "status": ["DELIVERED", "CANCELLED"]},
        {"orders": "last", "operator": "gt", "value": {"ago": "30d"}},
    ],
    [{"rfm": "sales", "cells": ["R1F4"]}],
    [
        {
            "combinator": "or",
            "not": True,
            "rules": [
                {"event": "a", "operator": "exists"},
                {"combinator": "and", "rules": [{"event": "b", "operator": "exists"}]},
            ],
        },
        {"event": "c", "operator": "exists"},
    ],
]


def fields_of(row, path=()):
    """Write rows as a browser sends them."""
    name = ".".join(map(str, path)) or "root"
    sent = [(f"{name}.{key}", value) for key, value in row.typed.items()]
    sent += [(f"{name}.kind", row.kind)] if path else []
    for place, inner in enumerate(row.rows):
        sent += fields_of(inner, (*path, place))
    return sent


@pytest.mark.parametrize("rules", RULES)
def test_whatever_a_rule_says_comes_through_the_form(rules):
    rule = parse(rules)
    root = rows_of(rules_of(rule))
    assert parse(write_rules(read_rows(fields_of(root)))) == rule


@pytest.mark.parametrize("rules", RULES)
def test_every_rule_has_words(rules):
    lines = lines_of(rules_of(parse(rules)), RuleNames())
    assert all(line.words for line in lines)
    assert not re.search(r"[{}\[\]]", " ".join(line.words for line in lines))


def test_events_are_called_as_they_are_spelled():
    rule = parse([{"sequence": [{"event": "orderINITIALIZED"}, {"event": "New One"}]}])
    names = RuleNames(events={"orderinitialized": "orderINITIALIZED"})
    (line,) = lines_of(rules_of(rule), names)
    assert line.words == "did orderINITIALIZED, then new one"


def test_a_chart_goes_from_the_smallest_to_the_largest():
    assert chart_of([0, 5, 10]).points == "0.0,100.0 50.0,50.0 100.0,0.0"
    assert chart_of([4, 4]).points == "0.0,50.0 100.0,50.0"
    assert chart_of([0, 0]).points == "0.0,100.0 100.0,100.0"


@pytest.fixture
def people(project):
    for name, plan in (("ann", "gold"), ("bob", "free")):
        body = {"id": name, "properties": {"plan": plan}}
        assert project.retenshun.post("/api/v1/users", body).status == 200


def test_from_nothing_to_people_and_reasons(ada, people):
    assert "No segments yet" in ada.text("/segments")
    assert "New segment" in ada.text("/segments/new")

    def counted():
        return b"<strong>1</strong> person" in ada.submit("/segments/preview", **GOLD).body

    eventually(counted, "a count of one", within_seconds=30)
    made = ada.submit("/segments/new", name="Gold", kind="dynamic", **GOLD)
    assert made.status == 303
    path = made.headers["location"]
    eventually(lambda: "ann" in ada.text(path), "ann in the segment", within_seconds=30)
    assert "plan is “gold”" in ada.text(path)
    assert "bob" not in ada.text(path)
    why = ada.text(f"{path}/explain?{urlencode({'who': 'bob'})}")
    assert "does not fit" in why
    assert "found: free" in why
    assert "Nobody is known" in ada.text(f"{path}/explain?who=nobody")
    assert ">Gold<" in ada.text("/segments")
    edited = ada.submit(f"{path}/edit", name="Golden", kind="dynamic", **GOLD)
    assert edited.status == 303
    assert "Golden" in ada.text(path)
    assert ada.submit(f"{path}/delete").status == 303
    assert ada.get(path).status == 404


def test_rows_come_and_go(ada):
    reply = ada.submit("/segments/builder", act="add:event@", **GOLD)
    assert reply.status == 200
    page = reply.body.decode()
    assert 'name="0.value" value="gold"' in page
    assert 'name="1.event"' in page
    without = ada.submit("/segments/builder", act="remove:@0", **GOLD).body.decode()
    assert 'name="0.value"' not in without


def test_a_rule_that_cannot_be_is_told_with_what_was_typed(ada):
    wrong = GOLD | {"0.field": "", "name": "Gold"}
    reply = ada.submit("/segments/new", kind="dynamic", **wrong)
    assert reply.status == 400
    page = reply.body.decode()
    assert "rules[0].field" in page
    assert 'value="gold"' in page
    assert b"Say in every condition" in ada.submit("/segments/preview", **wrong).body


def test_a_property_nobody_has_is_told(ada, people):
    wrong = GOLD | {"0.field": "plann"}

    def told():
        return b"plann" in ada.submit("/segments/preview", **wrong).body

    eventually(told, "the property nobody has", within_seconds=30)


def test_who_may_only_look_changes_nothing(ada, door, people):
    made = ada.submit("/segments/new", name="Gold", kind="dynamic", **GOLD)
    path = made.headers["location"]
    viewer = door.signed_in(role=Role.VIEWER)
    assert viewer.submit("/segments/new", name="Mine", kind="dynamic", **GOLD).status == 403
    assert viewer.submit(f"{path}/delete").status == 403
    assert "Gold" in viewer.text(path)
    viewer.close()


def test_what_is_no_segment_is_not_found(ada):
    assert ada.get("/segments/999999").status == 404
    assert ada.get("/segments/x").status == 404
