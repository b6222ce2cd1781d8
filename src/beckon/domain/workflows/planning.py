"""A definition laid out for walking: its tree as a row of nodes, each knowing what follows.

Invariant: every way leads to a higher place, so no walk goes round for ever.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

from beckon.domain.segments.facts import needs
from beckon.domain.segments.model import AllOf, Rule
from beckon.domain.workflows.conditions import Proviso
from beckon.domain.workflows.model import Definition
from beckon.domain.workflows.steps import (
    CallWebhook,
    ChangeConsent,
    ChangeList,
    ChangeTags,
    Condition,
    FireEvent,
    Reach,
    Send,
    Split,
    Step,
    Switch,
    UpdateContact,
    Wait,
    WaitForDate,
    WaitForEvent,
    WaitForTime,
    WriteCopy,
)

CHANGES = frozenset({UpdateContact, ChangeTags, ChangeList, ChangeConsent, FireEvent})
"""Steps that change what is known of a person."""


@dataclass(frozen=True, slots=True)
class Node:
    """A step in its place. `follows` is what comes behind it, `ways` where its branches begin.

    A place of the number of nodes is the end.
    """

    step: Step
    follows: int
    ways: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """A version laid out. `looks`: some step asks who the person is; `rules` are what they ask.

    Behind the kinds of steps in `changes` a person is to be looked at anew.
    """

    definition: Definition
    nodes: tuple[Node, ...]
    looks: bool
    rules: tuple[Rule, ...]
    changes: frozenset[type]
    places: dict[str, int]
    end: int
    """The place behind the last step."""


def lay_out(definition: Definition) -> Plan:
    """Lay out a definition whose steps have ids."""
    nodes: list[Node] = []
    _lay(definition.steps, _size(definition.steps), nodes)
    manners = definition.manners
    asked = [test for node in nodes for test in tests(node.step)]
    asked += [way_out.where for way_out in manners.exits]
    asked += [manners.goal.where] if manners.goal else []
    rules = tuple(test.contact for test in asked if test.contact is not None)
    looks = bool(rules) or any(_looks(node.step) for node in nodes)
    asks_for_messages = bool(rules) and bool(needs(AllOf(rules)).outcomes)
    return Plan(
        definition,
        tuple(nodes),
        looks,
        rules,
        (CHANGES if looks else frozenset()) | ({Send} if asks_for_messages else frozenset()),
        {node.step.id: place for place, node in enumerate(nodes)},
        len(nodes),
    )


def branches(step: Step) -> tuple[tuple[Step, ...], ...]:
    """List the ways behind a step, in the order in which rules speak of them."""
    match step:
        case Condition() | WaitForEvent():
            return (step.then, step.otherwise)
        case Switch(branches=ways, otherwise=otherwise):
            return (*(way.steps for way in ways), otherwise)
        case Split(shares=shares):
            return tuple(share.steps for share in shares)
        case CallWebhook(otherwise=otherwise):
            return (otherwise,)
        case _:
            return ()


def walk(steps: tuple[Step, ...]) -> Iterator[Step]:
    """Go through all steps of a tree, in the order in which they are laid out."""
    for step in steps:
        yield step
        for way in branches(step):
            yield from walk(way)


def tests(step: Step) -> tuple[Proviso, ...]:
    """List what a step asks."""
    match step:
        case Condition(test) | Reach(test) | WaitForEvent(where=test):
            return (test,)
        case Switch(ways):
            return tuple(way.test for way in ways)
        case _:
            return ()


def named(definition: Definition) -> Definition:
    """Give an id to every step that has none: `s1`, `s2` … in the order of the tree."""
    taken = {step.id for step in walk(definition.steps) if step.id}
    free = (f"s{number}" for number in range(1, 1_000_000) if f"s{number}" not in taken)
    return replace(definition, steps=_named(definition.steps, free))


def _named(steps: tuple[Step, ...], free: Iterator[str]) -> tuple[Step, ...]:
    return tuple(_named_one(step, free) for step in steps)


def _named_one(step: Step, free: Iterator[str]) -> Step:
    changed: dict[str, Any] = {} if step.id else {"id": next(free)}
    for part in fields(step):
        value = getattr(step, part.name)
        if part.name in {"then", "otherwise"}:
            changed[part.name] = _named(value, free)
        elif part.name in {"branches", "shares"}:
            changed[part.name] = tuple(replace(way, steps=_named(way.steps, free)) for way in value)
    return replace(step, **changed)


def _size(steps: tuple[Step, ...]) -> int:
    return sum(1 for _ in walk(steps))


def _lay(steps: tuple[Step, ...], end: int, nodes: list[Node]) -> None:
    for number, step in enumerate(steps):
        ways = branches(step)
        follows = len(nodes) + 1 + sum(map(_size, ways))
        if number == len(steps) - 1:
            follows = end
        begins = len(nodes) + 1
        begun = []
        for way in ways:
            begun.append(begins if way else follows)
            begins += _size(way)
        nodes.append(Node(step, follows, tuple(begun)))
        for way in ways:
            _lay(way, follows, nodes)


def _looks(step: Step) -> bool:
    """Tell whether a step asks for the contact's fields, zone or language."""
    match step:
        case WaitForTime() | WaitForDate() | WriteCopy():
            return True
        case Wait(days=days):
            return days > 0
        case _:
            return False
