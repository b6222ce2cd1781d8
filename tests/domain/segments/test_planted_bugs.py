"""The comparison of the two readings finds what it is for: a bug planted in either is noticed."""

from bisect import bisect_right
from dataclasses import replace
from itertools import count
from random import Random
from typing import NamedTuple

import pytest

from beckon.domain.segments import comparing, evaluating, facts, following, measuring
from beckon.domain.segments.comparing import SCALE
from beckon.domain.segments.compiling import compile_members
from beckon.domain.segments.model import Outcome, Rule
from beckon.domain.segments.parsing import parse
from beckon.domain.segments.questions import Question
from beckon.domain.segments.spans import TICK, VISIT_GAP
from domain.segments.random_rules import a_rule
from domain.segments.worlds import World, a_world, fill, members

RULES = 2000
WORLDS = 6
NO_GROUPS = 99

projects = count(1001)


class Case(NamedTuple):
    rule: Rule
    world: World
    question: Question
    holds: set[int]


EVALUATOR = {
    "an event at the same moment follows": (following, "bisect_left", bisect_right),
    "the last moment of a step's time is too late": (
        following,
        "_is_soon",
        lambda earlier, later, within: (
            within is None or later - earlier < following._seconds(within)
        ),
    ),
    "what may still follow is missed already": (following, "_seconds", lambda _: TICK),
    "a sum is cut, not rounded": (measuring, "scaled", lambda number: int(number * SCALE)),
    "large numbers are summed": (measuring, "SUMMED_BELOW", 1e300),
    "machines read mail": (
        measuring,
        "_counts",
        lambda one, outcome, span: one.kind in facts.RECORDED[outcome] and span.holds(one.at),
    ),
    "what is dead has not failed": (facts, "RECORDED", {Outcome.FAILED: ("failed",)}),
    "half an hour is still one visit": (evaluating, "VISIT_GAP", VISIT_GAP + TICK),
    "the case of an e-mail address counts": (evaluating, "UPPER_TO_LOWER", {}),
    "nobody has a time zone": (evaluating, "zone_of", lambda _, otherwise: otherwise),
    "29 February is never celebrated else": (
        comparing,
        "anniversary_days",
        lambda day: ((day.month, day.day),),
    ),
    "a negation asks for a value": (comparing, "NEGATIONS", {}),
}

COMPILER = {
    "old versions count": (" FINAL", ""),
    "a missing number is zero": ("(mapContains(numbers", "(1 OR mapContains(numbers"),
    "a missing text is empty": ("(mapContains(strings", "(1 OR mapContains(strings"),
    "a missing date is 1970": ("(mapContains(times", "(1 OR mapContains(times"),
    "NULL is not false": ("ifNull(", "nullIf("),
    "who did nothing is left out": ("contact_id NOT IN (", "contact_id IN ("),
    "a window loses its last moment": ("at < ", "at + INTERVAL 1 MILLISECOND < "),
    "a window has one moment more": ("at >= ", "at + INTERVAL 1 MILLISECOND >= "),
    "opening twice is two messages": ("uniqExact(message_id)", "count()"),
    "machines read mail": ("NOT is_machine", "1"),
    "sums are rounded down": ("toInt128(round(", "toInt128(floor("),
    "half an hour is still one visit": ("gap >= ", "gap > "),
    "the case of an e-mail address counts": ("lower(email)", "email"),
    "an event at the same moment follows": ("2 * at + 1", "2 * at - 1"),
    "the next one is taken for the one before": ("arrayFill", "arrayReverseFill"),
    "a birth is a birthday": ("toYear(", "0 * toYear("),
    "who left is still in": ("AND is_member", ""),
    "days are those of UTC": ("time_zone IN ", "0 AND time_zone IN "),
    "items are not looked at": ("has(lists", "0 AND has(lists"),
    "the youngest order is the oldest": ("max(placed_at)", "min(placed_at)"),
}


@pytest.fixture(scope="module")
def cases(analytics_engine):
    """Give rules with those for whom they hold, on which both readings agree."""
    found = []
    for seed in range(WORLDS):
        random = Random(f"bugs {seed}")
        world = a_world(random, next(projects))
        fill(analytics_engine, world)
        for _ in range(RULES // WORLDS):
            rule = parse(a_rule(random, world.as_of, NO_GROUPS))
            question = compile_members(rule, world.project_id, world.as_of)
            found.append(Case(rule, world, question, members(rule, world)))
    return found


@pytest.mark.parametrize("bug", EVALUATOR)
def test_a_bug_in_the_evaluator_is_found(cases, monkeypatch, bug):
    module, name, planted = EVALUATOR[bug]
    if name == "RECORDED":
        planted = {**facts.RECORDED, **planted}
        module = measuring
    if name == "NEGATIONS":
        monkeypatch.setattr(comparing, "meets", _asking_for_a_value(comparing.meets))
        module, name, planted = evaluating, "meets", comparing.meets
    monkeypatch.setattr(module, name, planted)
    assert any(members(case.rule, case.world) != case.holds for case in cases)


def _asking_for_a_value(meets):
    def planted(condition, typed, path, days):
        return (path in typed.strings or path in typed.lists) and meets(
            condition, typed, path, days
        )

    return planted


@pytest.mark.parametrize("bug", COMPILER)
def test_a_bug_in_the_compiler_is_found(analytics_engine, cases, bug):
    right, wrong = COMPILER[bug]
    touched = [case for case in cases if right in case.question.sql]
    for start in range(0, len(touched), 20):
        some = touched[start : start + 20]
        planted = [
            replace(case.question, sql=case.question.sql.replace(right, wrong)) for case in some
        ]
        answers = analytics_engine.ask_all(planted)
        if any(found != case.holds for found, case in zip(answers, some, strict=True)):
            return
    pytest.fail(f"none of {len(touched)} rules noticed")


def test_without_a_bug_nothing_is_found(analytics_engine, cases):
    answers = analytics_engine.ask_all([case.question for case in cases[::20]])
    assert [
        found for found, case in zip(answers, cases[::20], strict=True) if found != case.holds
    ] == []
