"""One rule, two readings: random rules over random people, asked of each and of everybody."""

from itertools import count
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from beckon.domain.segments.compiling import compile_count, compile_members
from beckon.domain.segments.evaluating import evaluate, explain
from beckon.domain.segments.parsing import parse
from beckon.domain.segments.writing import write
from domain.segments.random_rules import a_rule
from domain.segments.worlds import a_world, fill, members

WORLDS = 20
RULES = 100

projects = count(1)


@pytest.mark.parametrize("seed", range(WORLDS))
def test_random_rules_mean_the_same_in_both_readings(analytics_engine, seed):
    random = Random(seed)
    world = a_world(random, next(projects))
    fill(analytics_engine, world)
    written = [a_rule(random, world.as_of) for _ in range(RULES)]
    rules = [parse(one) for one in written]
    asked = [compile_members(rule, world.project_id, world.as_of) for rule in rules]
    for one, rule, found in zip(written, rules, analytics_engine.ask_all(asked), strict=True):
        assert parse(write(rule)) == rule, one
        assert found ^ members(rule, world) == set(), one


@pytest.fixture(scope="module")
def crowd(analytics_engine):
    """Give people that all the rules of a test are asked of."""
    world = a_world(Random("crowd"), next(projects))
    fill(analytics_engine, world)
    return world


@given(random=st.randoms(use_true_random=False))
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_rule_is_thought_up_means_the_same(analytics_engine, crowd, random):
    written = a_rule(random, crowd.as_of)
    rule = parse(written)
    [found] = analytics_engine.ask_all([compile_members(rule, crowd.project_id, crowd.as_of)])
    assert found ^ members(rule, crowd) == set(), written


def test_a_count_is_the_number_of_members_and_a_few_can_be_asked_alone(analytics_engine, crowd):
    random = Random("few")
    for _ in range(30):
        rule = parse(a_rule(random, crowd.as_of))
        few = random.sample([person.contact.id for person in crowd.people], 7)
        counted, among = analytics_engine.ask_all(
            [
                compile_count(rule, crowd.project_id, crowd.as_of),
                compile_members(rule, crowd.project_id, crowd.as_of, few),
            ]
        )
        everybody = members(rule, crowd)
        assert counted == {len(everybody)}
        assert among == everybody & set(few)


def test_an_explanation_ends_in_what_the_evaluator_says(crowd):
    random = Random("why")
    for _ in range(100):
        rule = parse(a_rule(random, crowd.as_of))
        for person in crowd.people[:5]:
            assert explain(rule, person, crowd.as_of).holds is evaluate(rule, person, crowd.as_of)
