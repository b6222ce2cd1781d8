"""Reads what a condition compares with: values by type, days and moments, spans of time."""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from beckon.domain.segments.model import (
    Anniversary,
    Condition,
    During,
    InDays,
    Last,
    Match,
    Next,
    Operand,
    Operator,
    Period,
    Shift,
    Type,
    Zone,
)
from beckon.domain.segments.reading import Node
from beckon.kit.typed import moment_of, number_of, text_of

VALUES_MAX = 1000
SECONDS_MAX = 3660 * 86_400
DAYS_MAX = 3660
ANNIVERSARY_DAYS_MAX = 365
MEASURED_BELOW = 10**15
UNIT_SECONDS: Mapping[str, int] = {
    "w": 604_800,
    "d": 86_400,
    "h": 3600,
    "m": 60,
    "s": 1,
}

_DURATION = re.compile(r"([1-9][0-9]{0,9})([smhdw])")
_EQUALITY = (Operator.EQ, Operator.NEQ)
_EXISTENCE = (Operator.EXISTS, Operator.NOT_EXISTS)
_ORDER = (Operator.GT, Operator.GTE, Operator.LT, Operator.LTE, Operator.BETWEEN)
_CHOICE = (Operator.IN, Operator.NOT_IN)
_TEXTUAL = (
    Operator.CONTAINS,
    Operator.NOT_CONTAINS,
    Operator.STARTS_WITH,
    Operator.ENDS_WITH,
)
_OPERATORS: Mapping[Type, tuple[Operator, ...]] = {
    Type.STRING: (*_EQUALITY, *_CHOICE, *_TEXTUAL, *_EXISTENCE),
    Type.NUMBER: (*_EQUALITY, *_ORDER, *_CHOICE, *_EXISTENCE),
    Type.BOOLEAN: (*_EQUALITY, *_EXISTENCE),
    Type.DATE: (*_EQUALITY, *_ORDER, Operator.MATCHES, *_EXISTENCE),
    Type.LIST: (*_EQUALITY, *_CHOICE, *_TEXTUAL, *_EXISTENCE),
    Type.ANY: _EXISTENCE,
}
_NAMED = tuple(kind for kind in Type if kind is not Type.ANY)


def read_condition(
    node: Node, *, only: Type | None = None, has_zones: bool = True, is_measured: bool = False
) -> Condition:
    """Read `operator`, `value` and `type` of a rule.

    `only` is the one type this field has. `has_zones` tells whether a contact's time zone may be
    asked for, `is_measured` that the value is no field's but a measure. Raises RuleInvalid.
    """
    operator = Operator(node["operator"].one_of(tuple(Operator)))
    kind = _kind(node, operator, only)
    allowed = _OPERATORS[kind]
    if is_measured:
        allowed = tuple(one for one in allowed if one not in _CHOICE)
    if operator not in allowed:
        raise node["operator"].refusal(
            f"{operator} is not for a {kind}; possible are {', '.join(allowed)}."
        )
    if operator in _EXISTENCE:
        node.lacks("value", f"has no meaning for {operator}.")
        return Condition(operator, kind)
    value = node["value"]
    if operator is Operator.MATCHES:
        return Condition(operator, kind, (_read_match(value, has_zones=has_zones),))
    operands = tuple(_read_operand(one, kind) for one in _values(value, operator))
    if is_measured and kind is Type.NUMBER:
        _check_measured(value, operands)
    if operator in _TEXTUAL and "" in operands:
        raise value.refusal("must not be empty: every text has nothing inside.")
    return Condition(operator, kind, operands)


def read_seconds(node: Node) -> int:
    """Read a duration such as 30d, 12h, 90m, in seconds."""
    found = _DURATION.fullmatch(node.text())
    if found is None:
        raise node.refusal("must be a whole number and a unit of s, m, h, d, w, such as 30d.")
    seconds = int(found[1]) * UNIT_SECONDS[found[2]]
    if seconds > SECONDS_MAX:
        raise node.refusal("must be at most ten years.")
    return seconds


def read_day_or_moment(node: Node) -> datetime | date:
    """Read a day, or a moment with its time zone."""
    text = node.text()
    moment = moment_of(text)
    if moment is None:
        raise node.refusal("must be a day (2026-03-01) or a moment (2026-03-01T12:00:00Z).")
    return moment.date() if len(text) == len("2026-03-01") else moment


def read_during(node: Node) -> During:
    """Read a period of the project's calendar."""
    return During(Period(node.one_of(tuple(Period))))


def _kind(node: Node, operator: Operator, only: Type | None) -> Type:
    """Tell as what a value is compared: as told, or as the value shows."""
    told = Type(node["type"].one_of(_NAMED)) if node.has("type") else None
    if only is not None and told not in {None, only}:
        raise node["type"].refusal(f"must be {only}.")
    if told is not None or only is not None:
        return told or only or Type.ANY
    if operator in _EXISTENCE:
        return Type.ANY
    if operator is Operator.MATCHES:
        return Type.DATE
    value = node["value"]
    if operator in _TEXTUAL:
        return Type.STRING
    kinds = {_shown(one, operator) for one in _values(value, operator)}
    if len(kinds) > 1:
        raise value.refusal("must have values of one type.")
    return kinds.pop()


def _shown(node: Node, operator: Operator) -> Type:
    """Tell the type a value shows; one that is compared in order is no text."""
    value = node.value
    if isinstance(value, bool):
        return Type.BOOLEAN
    if isinstance(value, (int, float)):
        return Type.NUMBER
    if isinstance(value, dict):
        return Type.DATE
    if not isinstance(value, str):
        raise node.refusal("must be a text, a number, true or false.")
    if operator not in _ORDER:
        return Type.STRING
    if number_of(value) is not None:
        return Type.NUMBER
    if moment_of(value) is not None:
        return Type.DATE
    raise node.refusal(f"{operator} compares numbers and dates; this is neither.")


def _values(node: Node, operator: Operator) -> Sequence[Node]:
    if operator in _CHOICE:
        return node.items(at_most=VALUES_MAX)
    if operator is not Operator.BETWEEN:
        return (node,)
    values = node.items(at_most=2)
    if len(values) != 2:
        raise node.refusal("must be a list of two: the least and the greatest.")
    return values


def _read_operand(node: Node, kind: Type) -> Operand:
    match kind:
        case Type.NUMBER:
            return _read_number(node)
        case Type.BOOLEAN:
            if not isinstance(node.value, bool):
                raise node.refusal("must be true or false.")
            return node.value
        case Type.DATE:
            return _read_shift(node) if isinstance(node.value, dict) else read_day_or_moment(node)
        case _:
            return _read_text(node)


def _read_number(node: Node) -> float:
    value = node.value
    if isinstance(value, str):
        value = number_of(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise node.refusal("must be a number.")
    if not math.isfinite(value) or abs(value) >= 2**63:
        raise node.refusal("must be a number within 64 bits.")
    return float(value) + 0.0  # never -0.0


def _read_text(node: Node) -> str:
    if node.value == "":
        return ""
    text = text_of(node.value)
    return node.text() if text is None or isinstance(node.value, str) else text


def _read_shift(node: Node) -> Shift:
    node.only("ago", "ahead")
    if node.has("ago") == node.has("ahead"):
        raise node.refusal('must be {"ago": "3d"} or {"ahead": "3d"}.')
    if node.has("ago"):
        return Shift(-read_seconds(node["ago"]))
    return Shift(read_seconds(node["ahead"]))


def _read_match(node: Node, *, has_zones: bool) -> Match:
    node.only("last", "next", "during", "in_days", "anniversary", "zone")
    asked = [key for key in ("last", "next", "during", "in_days", "anniversary") if node.has(key)]
    if len(asked) != 1:
        raise node.refusal("must have one of last, next, during, in_days, anniversary.")
    match asked[0]:
        case "last" | "next" as side:
            node.lacks("zone", "has no meaning here: no days are counted.")
            return (Last if side == "last" else Next)(read_seconds(node[side]))
        case "during":
            return During(read_during(node["during"]).period, _read_zone(node, can=has_zones))
        case "in_days":
            days = _read_days(node["in_days"], -DAYS_MAX, DAYS_MAX)
            return InDays(days, _read_zone(node, can=has_zones))
        case _:
            days = _read_days(node["anniversary"], 0, ANNIVERSARY_DAYS_MAX)
            return Anniversary(days, _read_zone(node, can=has_zones))


def _read_days(node: Node, least: int, most: int) -> int:
    if type(node.value) is not int or not least <= node.value <= most:
        raise node.refusal(f"must be a whole number of days from {least} to {most}.")
    return node.value


def _read_zone(node: Node, *, can: bool) -> Zone:
    zone = Zone(node["zone"].one_of(tuple(Zone))) if node.has("zone") else Zone.PROJECT
    if zone is Zone.CONTACT and not can:
        raise node["zone"].refusal("is for a contact's properties; here days are the project's.")
    return zone


def _check_measured(node: Node, operands: Sequence[Operand]) -> None:
    for operand in operands:
        if isinstance(operand, float) and abs(operand) >= MEASURED_BELOW:
            raise node.refusal("must be a number below 10^15.")
