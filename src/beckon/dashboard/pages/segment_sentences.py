"""Rules in words that people read: one line a condition, groups before what is in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from beckon.dashboard.pages import segment_orders
from beckon.dashboard.pages.segment_draft import in_short
from beckon.domain.accounts.model import ProjectId
from beckon.domain.events.queries import list_types
from beckon.domain.segments import queries
from beckon.domain.segments.model import SegmentId
from beckon.storage.schema import Tx

OPERATORS = {
    "eq": "is",
    "neq": "is not",
    "gt": "is more than",
    "gte": "is at least",
    "lt": "is less than",
    "lte": "is at most",
    "between": "is between",
    "contains": "contains",
    "not_contains": "does not contain",
    "starts_with": "starts with",
    "ends_with": "ends with",
    "in": "is one of",
    "not_in": "is none of",
    "exists": "is known",
    "not_exists": "is not known",
    "matches": "is",
}
TIMES = {"gte": "at least", "gt": "more than", "eq": "exactly", "lte": "at most", "lt": "less than"}
TYPES_MAX = 1_000
GROUPS = {"and": "All of these", "or": "Any of these", "none": "None of these"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line, and how many groups it stands in."""

    words: str
    depth: int = 0


@dataclass(frozen=True, slots=True)
class RuleNames:
    """What a rule may speak of: segments by number, events as they are spelled by how a rule does.

    What is not there is called as the rule calls it.
    """

    segments: Mapping[SegmentId, str] = field(default_factory=dict)
    events: Mapping[str, str] = field(default_factory=dict)

    def event(self, key: str) -> str:
        """Spell an event."""
        return self.events.get(key, key)


def read_names(tx: Tx, project_id: ProjectId) -> RuleNames:
    """Name what rules of a project may speak of."""
    found = queries.list_segments(tx, project_id, offset=0, limit=queries.LIST_MAX)
    kinds = list_types(tx, project_id, limit=TYPES_MAX)
    return RuleNames({one.id: one.name for one in found}, {one.key: one.name for one in kinds})


def lines_of(rules: Sequence[Mapping[str, Any]], names: RuleNames, depth: int = 0) -> list[Line]:
    """Write a rule, as a list of JSON, in lines."""
    lines: list[Line] = []
    for rule in rules:
        if "combinator" in rule:
            word = "none" if rule.get("not") else str(rule["combinator"])
            lines.append(Line(f"{GROUPS[word]}:", depth))
            lines += lines_of(rule["rules"], names, depth + 1)
        else:
            lines.append(Line(sentence(rule, names), depth))
    return lines


def sentence(written: Mapping[str, Any], names: RuleNames) -> str:  # noqa: PLR0911 - a line a kind
    """Say one condition, which is no group, in words."""
    rule = in_short(written)
    if "field" in rule:
        return _field(rule)
    if "event" in rule:
        return f"{_event(rule, names)}{_where(rule)}{_window(rule)}"
    if "sequence" in rule:
        return f"{_sequence(rule['sequence'], names)}{_window(rule)}"
    if "message" in rule:
        verb = "has no message" if rule["operator"] == "not_exists" else "has a message"
        return f"{verb} {rule['message']}{_window(rule)}"
    if "segment" in rule:
        named = names.segments.get(SegmentId(rule["segment"]), f"seg_{rule['segment']}")
        return f"is {'not ' if rule['operator'] == 'not_in' else ''}in segment “{named}”"
    if "channel" in rule:
        return f"{rule['channel'].replace('_', ' ').lower()} is {rule['state']}"
    if "orders" in rule:
        asked = f"{OPERATORS[rule['operator']]} {_value(rule.get('value'))}"
        told = segment_orders.in_words(rule) or f"{rule['orders']} of orders {asked}"
        return f"{told}{_window(rule)}"
    return f"buys or opens like {', '.join(rule['cells'])} ({rule['rfm']})"


def _field(rule: Mapping[str, Any]) -> str:
    told = f"{rule['field']} {OPERATORS[rule['operator']]}"
    return f"{told} {_value(rule['value'])}" if "value" in rule else told


def _event(rule: Mapping[str, Any], names: RuleNames) -> str:
    name, operator = names.event(rule["event"]), rule["operator"]
    if "measure" in rule:
        of = f" of {rule['property']}" if "property" in rule else " time"
        asked = f"{OPERATORS[operator]} {_value(rule.get('value'))}"
        return f"{rule['measure']}{of} in {name} {asked}"
    if operator == "exists":
        return f"did {name}"
    if operator == "not_exists":
        return f"did not {name}"
    times = TIMES.get(operator, OPERATORS[operator])
    word = "time" if rule.get("value") == 1 else "times"
    return f"did {name} {times} {_value(rule.get('value'))} {word}"


def _sequence(steps: Sequence[Mapping[str, Any]], names: RuleNames) -> str:
    told = f"did {names.event(steps[0]['event'])}{_where(steps[0])}"
    for step in steps[1:]:
        verb = "did not follow with" if step.get("not") else "then"
        soon = f" within {step['within']}" if "within" in step else ""
        told += f", {verb} {names.event(step['event'])}{_where(step)}{soon}"
    return told


def _where(rule: Mapping[str, Any]) -> str:
    asked = [_field(one) for one in rule.get("where", ())]
    return f" where {' and '.join(asked)}" if asked else ""


def _window(rule: Mapping[str, Any]) -> str:
    if "within" in rule:
        return f" in the last {rule['within']}"
    if "during" in rule:
        return f" during {rule['during'].replace('_', ' ')}"
    start = f" from {rule['from']}" if "from" in rule else ""
    return f"{start} to {rule['to']}" if "to" in rule else start


def _value(value: object) -> str:
    match value:
        case list():
            return ", ".join(_value(one) for one in value)
        case dict():
            return ", ".join(f"{key.replace('_', ' ')} {told}" for key, told in value.items())
        case bool():
            return "true" if value else "false"
        case None:
            return "nothing"
        case str():
            return f"“{value}”"
        case _:
            return str(value)
