"""From JSON to a rule, strictly: whatever is not in docs/segments.md is refused with its path."""

from collections.abc import Callable, Mapping
from datetime import datetime

from beckon.domain.contacts.model import Channel
from beckon.domain.events.rules import check_name, name_key
from beckon.domain.segments.model import (
    AllOf,
    AnyOf,
    Cell,
    Condition,
    EventRule,
    FieldRule,
    Fixed,
    Grid,
    Last,
    Measure,
    MemberRule,
    MessageRule,
    NoneOf,
    Operator,
    OrderRule,
    Outcome,
    Property,
    PropertyRule,
    Reach,
    ReachRule,
    RfmRule,
    Rule,
    SegmentId,
    SequenceRule,
    Standard,
    Step,
    Type,
    Window,
)
from beckon.domain.segments.operands import (
    read_condition,
    read_day_or_moment,
    read_during,
    read_seconds,
)
from beckon.domain.segments.reading import (
    Node,
    RuleInvalid,
)
from beckon.domain.segments.spans import RFM_FREQUENCIES, RFM_RECENCY_DAYS

RULES_MAX = 100
DEPTH_MAX = 8
WHERE_MAX = 20
STEPS = range(2, 6)
SUMS = {Measure.SUM, Measure.AVERAGE, Measure.SMALLEST, Measure.LARGEST}
MOMENTS = {Measure.FIRST, Measure.LATEST}

_STANDARD_TYPES: Mapping[Standard, Type] = {
    Standard.CONTACT_ID: Type.NUMBER,
    Standard.SESSION_COUNT: Type.NUMBER,
    Standard.CREATED_AT: Type.DATE,
    Standard.UPDATED_AT: Type.DATE,
    Standard.LAST_SEEN_AT: Type.DATE,
}
_GROUPS: Mapping[str, type[AllOf | AnyOf | NoneOf]] = {
    "and": AllOf,
    "all": AllOf,
    "or": AnyOf,
    "any": AnyOf,
    "none": NoneOf,
}
_ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def parse(value: object, path: str = "rules") -> Rule:
    """Read a rule: a list of which all must hold, or one rule or group.

    Raises RuleInvalid naming the place inside by its path, which begins with `path`.
    """
    node = Node(value, path)
    rule = AllOf(_parse_all(node, 1)) if isinstance(value, list) else _parse_rule(node, 0)
    if (count := _count(rule)) > RULES_MAX:
        raise node.refusal(f"has {count} rules; at most {RULES_MAX} are possible.")
    return rule


def _parse_all(node: Node, depth: int) -> tuple[Rule, ...]:
    if depth > DEPTH_MAX:
        raise node.refusal(f"groups nest at most {DEPTH_MAX} deep.")
    return tuple(_parse_rule(item, depth) for item in node.items(at_most=RULES_MAX))


def _parse_rule(node: Node, depth: int) -> Rule:
    for key, read in _KINDS.items():
        if node.has(key):
            return read(node)
    if node.has("combinator"):
        return _parse_group(node, depth)
    raise node.refusal(
        f"a rule has one of {', '.join(_KINDS)}, or is a group with combinator and rules."
    )


def _parse_group(node: Node, depth: int) -> Rule:
    node.only("combinator", "not", "rules")
    group = _GROUPS[node["combinator"].one_of(tuple(_GROUPS))]
    rules = _parse_all(node["rules"], depth + 1)
    if not node.flag("not"):
        return group(rules)
    if group is AnyOf:
        return NoneOf(rules)
    return AnyOf(rules) if group is NoneOf else NoneOf((AllOf(rules),))


def _parse_field(node: Node) -> FieldRule:
    node.only("field", "operator", "value", "type")
    field = _field(node["field"])
    if isinstance(field, Property):
        return FieldRule(field, read_condition(node))
    kind = _STANDARD_TYPES.get(field, Type.STRING)
    condition = read_condition(node, only=kind, has_zones=False)
    if field is Standard.EMAIL:
        lowered = tuple(
            one.translate(_ASCII_LOWER) if isinstance(one, str) else one
            for one in condition.operands
        )
        condition = Condition(condition.operator, condition.type, lowered)
    return FieldRule(field, condition)


def _field(node: Node) -> Standard | Property:
    name = node.text()
    return Standard(name) if name in set(Standard) else _property(node)


def _property(node: Node) -> Property:
    path = node.text().removeprefix("properties.")
    if not path:
        raise node.refusal("names no property.")
    return Property(path)


def _parse_event(node: Node) -> EventRule:
    node.only("event", "operator", "value", "measure", "property", "where", *_WINDOW)
    measure = _measure(node, "measure")
    if measure in SUMS:
        path = _property(node["property"]).path
    else:
        path = None
        node.lacks("property", f"has no meaning for {measure}; it is for sum, avg, min and max.")
    return EventRule(
        _event(node["event"]),
        _measured(node, measure),
        measure,
        path,
        _where(node),
        _window(node),
    )


def _event(node: Node) -> str:
    return name_key(node.checked(lambda text: check_name(text, node.path)))


def _where(node: Node) -> tuple[PropertyRule, ...]:
    if not node.has("where"):
        return ()
    return tuple(_parse_where(item) for item in node["where"].items(at_most=WHERE_MAX))


def _parse_where(node: Node) -> PropertyRule:
    node.only("field", "operator", "value", "type")
    return PropertyRule(_property(node["field"]), read_condition(node, has_zones=False))


def _measure(node: Node, key: str) -> Measure:
    return Measure(node[key].one_of(tuple(Measure))) if node.has(key) else Measure.COUNT


def _measured(node: Node, measure: Measure) -> Condition:
    """Read what is asked of a measure; of a count, by default, that there is one."""
    once = Condition(Operator.GTE, Type.NUMBER, (1,))
    if measure is not Measure.COUNT:
        kind = Type.DATE if measure in MOMENTS else Type.NUMBER
        return read_condition(node, only=kind, has_zones=False, is_measured=True)
    if not node.has("operator"):
        node.lacks("value", "needs an operator beside it.")
        return once
    condition = read_condition(node, only=Type.NUMBER, has_zones=False, is_measured=True)
    match condition.operator:
        case Operator.EXISTS:
            return once
        case Operator.NOT_EXISTS:
            return Condition(Operator.EQ, Type.NUMBER, (0,))
        case _:
            return condition


def _parse_sequence(node: Node) -> SequenceRule:
    node.only("sequence", *_WINDOW)
    items = node["sequence"].items(at_most=STEPS[-1])
    if len(items) not in STEPS:
        raise node["sequence"].refusal(f"has {STEPS[0]} to {STEPS[-1]} steps.")
    items[0].lacks("within", "has no meaning on the first step; beside `sequence` it is a window.")
    for item in items[:-1]:
        item.lacks("not", "is for the last step.")
    steps = tuple(_parse_step(item) for item in items)
    return SequenceRule(steps, items[-1].flag("not"), _window(node))


def _parse_step(node: Node) -> Step:
    node.only("event", "where", "within", "not")
    within = read_seconds(node["within"]) if node.has("within") else None
    return Step(_event(node["event"]), _where(node), within)


def _parse_message(node: Node) -> MessageRule:
    references = ("channel", "template", "campaign", "workflow", "link")
    node.only("message", "operator", "value", *references, *_WINDOW)
    return MessageRule(
        Outcome(node["message"].one_of(tuple(Outcome))),
        _measured(node, Measure.COUNT),
        _channel(node["channel"]) if node.has("channel") else None,
        _optional_number(node, "template"),
        _optional_number(node, "campaign"),
        _optional_number(node, "workflow"),
        _optional_text(node, "link"),
        _window(node),
    )


def _parse_reach(node: Node) -> ReachRule:
    node.only("channel", "state")
    return ReachRule(_channel(node["channel"]), Reach(node["state"].one_of(tuple(Reach))))


def _channel(node: Node) -> Channel:
    name = node.text().lower()
    if name not in set(Channel):
        raise node.refusal(f"must be one of {', '.join(channel.upper() for channel in Channel)}.")
    return Channel(name)


def _parse_member(node: Node) -> MemberRule:
    node.only("segment", "operator")
    operators = (Operator.IN, Operator.NOT_IN)
    operator = node["operator"].one_of(operators) if node.has("operator") else Operator.IN
    return MemberRule(SegmentId(node["segment"].number()), operator == Operator.IN)


def _parse_order(node: Node) -> OrderRule:
    node.only("orders", "operator", "value", "status", "currency", "product", "category", *_WINDOW)
    measure = _measure(node, "orders")
    if measure in SUMS and not node.has("currency"):
        raise node.refusal(f"{measure} needs a currency: amounts of several cannot be compared.")
    statuses = node["status"].items(at_most=20) if node.has("status") else []
    return OrderRule(
        _measured(node, measure),
        measure,
        tuple(status.text() for status in statuses),
        _optional_text(node, "currency"),
        _optional_text(node, "product"),
        _optional_text(node, "category"),
        _window(node),
    )


def _parse_rfm(node: Node) -> RfmRule:
    node.only("rfm", "cells")
    cells = tuple(_cell(item) for item in node["cells"].items(at_most=len(_CELLS)))
    return RfmRule(Grid(node["rfm"].one_of(tuple(Grid))), cells)


_CELLS: Mapping[str, Cell] = {
    f"R{recency}F{frequency}": Cell(recency, frequency)
    for recency in range(1, len(RFM_RECENCY_DAYS) + 2)
    for frequency in range(1, len(RFM_FREQUENCIES) + 1)
}


def _cell(node: Node) -> Cell:
    found = _CELLS.get(node.text())
    if found is None:
        raise node.refusal("must be a cell from R1F1 to R6F5.")
    return found


_WINDOW = ("within", "from", "to", "during")


def _window(node: Node) -> Window | None:
    given = [key for key in _WINDOW if node.has(key)]
    if len(given) > 1 and given != ["from", "to"]:
        raise node.refusal("has more than one window: within, during, or from and to.")
    if "within" in given:
        return Last(read_seconds(node["within"]))
    if "during" in given:
        return read_during(node["during"])
    if not given:
        return None
    start, end = (
        read_day_or_moment(node[key]) if node.has(key) else None for key in ("from", "to")
    )
    if start is not None and end is not None and _is_backwards(start, end):
        raise node["to"].refusal("lies before from.")
    return Fixed(start, end)


def _is_backwards(start: object, end: object) -> bool:
    """Tell whether a window ends before it begins; a day and a moment are not compared."""
    if isinstance(start, datetime) and isinstance(end, datetime):
        return end <= start
    if isinstance(start, datetime) or isinstance(end, datetime):
        return False
    return end < start  # type: ignore[operator,no-any-return] # two days


def _optional_text(node: Node, key: str) -> str | None:
    return node[key].text() if node.has(key) else None


def _optional_number(node: Node, key: str) -> int | None:
    return node[key].number() if node.has(key) else None


def _count(rule: Rule) -> int:
    match rule:
        case AllOf(rules) | AnyOf(rules) | NoneOf(rules):
            return sum(_count(inner) for inner in rules)
        case _:
            return 1


# Which key makes an object which kind of rule; `message` before `channel`, which narrows it.
_KINDS: Mapping[str, Callable[[Node], Rule]] = {
    "field": _parse_field,
    "event": _parse_event,
    "sequence": _parse_sequence,
    "message": _parse_message,
    "channel": _parse_reach,
    "segment": _parse_member,
    "orders": _parse_order,
    "rfm": _parse_rfm,
}

__all__ = ["RuleInvalid", "parse"]
