"""From a rule to the JSON that reads as it: the form in which rules are kept and shown."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, assert_never

from beckon.domain.segments.model import (
    AllOf,
    Anniversary,
    AnyOf,
    Condition,
    During,
    EventRule,
    FieldRule,
    Fixed,
    InDays,
    Instant,
    Last,
    Leaf,
    Match,
    Measure,
    MemberRule,
    MessageRule,
    Next,
    NoneOf,
    Operand,
    Operator,
    OrderRule,
    Property,
    PropertyRule,
    ReachRule,
    RfmRule,
    Rule,
    SequenceRule,
    Shift,
    Standard,
    Step,
    Window,
    Zone,
)
from beckon.domain.segments.operands import UNIT_SECONDS, read_condition
from beckon.domain.segments.reading import Node, RuleInvalid

Written = dict[str, Any]


def write(rule: Rule) -> Written:
    """Write a rule as plain JSON values; parsing them gives the same rule."""
    match rule:
        case AllOf(rules):
            return {"combinator": "and", "rules": [write(inner) for inner in rules]}
        case AnyOf(rules):
            return {"combinator": "or", "rules": [write(inner) for inner in rules]}
        case NoneOf(rules):
            return {"combinator": "or", "not": True, "rules": [write(inner) for inner in rules]}
        case _:
            return _leaf(rule)


def _leaf(rule: Leaf) -> Written:
    match rule:
        case FieldRule(field, condition):
            is_typed = isinstance(field, Property)  # a built-in field has one type only
            written = {"field": _field(field), **_condition(condition, is_typed=is_typed)}
        case EventRule():
            written = _event(rule)
        case SequenceRule():
            written = _sequence(rule)
        case MessageRule():
            written = _message(rule)
        case OrderRule():
            written = _order(rule)
        case MemberRule(segment_id, is_member):
            operator = Operator.IN if is_member else Operator.NOT_IN
            written = {"segment": segment_id, "operator": operator.value}
        case ReachRule(channel, reach):
            written = {"channel": channel.upper(), "state": reach.value}
        case RfmRule(grid, cells):
            names = [f"R{cell.recency}F{cell.frequency}" for cell in cells]
            written = {"rfm": grid.value, "cells": names}
        case _:
            assert_never(rule)
    return written


def duration(seconds: int) -> str:
    """Write a duration in the largest unit that fits, days at most."""
    unit = next(unit for unit in "dhms" if seconds % UNIT_SECONDS[unit] == 0)
    return f"{seconds // UNIT_SECONDS[unit]}{unit}"


def _field(field: Standard | Property) -> str:
    if isinstance(field, Standard):
        return field.value
    return _property(field, is_plain=field.path not in set(Standard))


def _property(field: Property, *, is_plain: bool = True) -> str:
    if is_plain and not field.path.startswith("properties."):
        return field.path
    return f"properties.{field.path}"


def _condition(condition: Condition, *, is_typed: bool = True) -> Written:
    """Write a condition; its type only where a value would not show it."""
    written: Written = {"operator": condition.operator.value}
    if condition.operands:
        values = [_operand(operand) for operand in condition.operands]
        is_list = condition.operator in {Operator.IN, Operator.NOT_IN, Operator.BETWEEN}
        written["value"] = values if is_list else values[0]
    if is_typed and not _shows(written, condition):
        written["type"] = condition.type.value
    return written


def _shows(written: Written, condition: Condition) -> bool:
    """Tell whether a condition is read as it is without its type."""
    try:
        return read_condition(Node(written, "")) == condition
    except RuleInvalid:
        return False


def _operand(operand: Operand) -> object:
    match operand:
        case Last() | Next() | During() | InDays() | Anniversary():
            return _match(operand)
        case bool() | str():
            return operand
        case int() | float():
            return int(operand) if float(operand).is_integer() else operand
        case _:
            return _instant(operand)


def _match(match: Match) -> Written:
    match match:
        case Last(seconds):
            written: Written = {"last": duration(seconds)}
        case Next(seconds):
            written = {"next": duration(seconds)}
        case During(period, zone):
            written = {"during": period.value, **_zone(zone)}
        case InDays(days, zone):
            written = {"in_days": days, **_zone(zone)}
        case Anniversary(days, zone):
            written = {"anniversary": days, **_zone(zone)}
        case _:
            assert_never(match)
    return written


def _instant(instant: Instant) -> object:
    match instant:
        case Shift(seconds) if seconds < 0:
            return {"ago": duration(-seconds)}
        case Shift(seconds):
            return {"ahead": duration(seconds)}
        case datetime():
            return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        case date():
            return instant.isoformat()
        case _:
            assert_never(instant)


def _zone(zone: Zone) -> Written:
    return {} if zone is Zone.PROJECT else {"zone": zone.value}


def _window(window: Window | None) -> Written:
    match window:
        case None:
            return {}
        case Last(seconds):
            return {"within": duration(seconds)}
        case During(period):
            return {"during": period.value}
        case Fixed(start, end):
            edges: Mapping[str, datetime | date | None] = {"from": start, "to": end}
            return {key: _instant(edge) for key, edge in edges.items() if edge is not None}
        case _:
            assert_never(window)


def _event(rule: EventRule) -> Written:
    written: Written = {"event": rule.event, **_condition(rule.condition, is_typed=False)}
    if rule.measure is not Measure.COUNT:
        written["measure"] = rule.measure.value
    if rule.property is not None:
        written["property"] = _property(Property(rule.property))
    return {**written, **_where(rule.where), **_window(rule.window)}


def _where(rules: tuple[PropertyRule, ...]) -> Written:
    written = [{"field": _property(rule.field), **_condition(rule.condition)} for rule in rules]
    return {"where": written} if written else {}


def _sequence(rule: SequenceRule) -> Written:
    steps = [_step(step) for step in rule.steps]
    if rule.lacks_last:
        steps[-1]["not"] = True
    return {"sequence": steps, **_window(rule.window)}


def _step(step: Step) -> Written:
    within = {} if step.within_seconds is None else {"within": duration(step.within_seconds)}
    return {"event": step.event, **_where(step.where), **within}


def _message(rule: MessageRule) -> Written:
    references = {
        "channel": rule.channel and rule.channel.upper(),
        "template": rule.template_id,
        "campaign": rule.campaign_id,
        "workflow": rule.workflow_id,
        "link": rule.link,
    }
    return {
        "message": rule.outcome.value,
        **_condition(rule.condition, is_typed=False),
        **{key: value for key, value in references.items() if value is not None},
        **_window(rule.window),
    }


def _order(rule: OrderRule) -> Written:
    asked = {"currency": rule.currency, "product": rule.product, "category": rule.category}
    return {
        "orders": rule.measure.value,
        **_condition(rule.condition, is_typed=False),
        **({"status": list(rule.statuses)} if rule.statuses else {}),
        **{key: value for key, value in asked.items() if value is not None},
        **_window(rule.window),
    }
