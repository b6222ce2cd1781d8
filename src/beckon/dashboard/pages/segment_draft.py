"""A rule on its way through a form: fields to rows, rows to the rule's JSON, and back.

Every row is a condition or a group; its fields are named by its path, as in `0.1.operator`. What
has no row of its own is kept as a row of JSON, so nothing of a rule is lost here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from beckon.dashboard.pages import segment_orders
from beckon.kit import json
from beckon.kit.refusals import Invalid

ROOT = "root"
KINDS = ("property", "event", "sequence", "order", "message", "segment", "channel", "group", "json")
TIMES = ("last", "next", "in_days", "anniversary")
"""Operators of the form that are `matches` with one of these words."""

LISTS = ("in", "not_in")
BARE = ("exists", "not_exists")
MARKS = {"add", "remove"}


@dataclass(frozen=True, slots=True)
class Row:
    """One condition or group as it was typed; `rows` are what is in a group or a `where`."""

    kind: str
    typed: Mapping[str, str] = field(default_factory=dict)
    rows: "tuple[Row, ...]" = ()

    def get(self, name: str, default: str = "") -> str:
        """Give what was typed into a field."""
        return self.typed.get(name, default)


def read_rows(pairs: Iterable[tuple[str, str]]) -> Row:
    """Read the fields of a form into the group of all."""
    typed: dict[tuple[int, ...], dict[str, str]] = {(): {}}
    for name, value in pairs:
        path, _, key = name.rpartition(".")
        places = path.split(".") if path and path != ROOT else []
        if not key or any(not place.isdecimal() or len(place) > 2 for place in places):
            continue  # another field of the form
        if path:
            typed.setdefault(tuple(map(int, places)), {})[key] = value.strip()
    return _gather(typed, ())


def act(root: Row, wanted: str) -> Row:
    """Do what a button says: `add:event@0.1` into a row, `remove:@0.1` of one."""
    word, _, rest = wanted.partition(":")
    kind, _, path = rest.partition("@")
    places = [int(place) for place in path.split(".") if place.isdecimal()]
    if word not in MARKS or (word == "add" and kind not in KINDS):
        return root
    return _change(root, places, Row(kind) if word == "add" else None)


def write_rules(root: Row) -> object:
    """Write rows as the JSON of a rule. Raises Invalid for what cannot even be written."""
    rules = [_write(row) for row in root.rows]
    if root.get("combinator") in {"", "and"}:
        return rules
    return [_group(root.get("combinator"), rules)] if rules else []


def is_unfinished(row: Row) -> bool:
    """Tell whether a condition does not say yet what it asks about."""
    asked = {
        "property": "field",
        "event": "event",
        "order": "value",
        "message": "outcome",
        "json": "json",
    }
    if row.kind == "sequence":
        return not (row.get("first") and row.get("second"))
    if row.kind in asked and not row.get(asked[row.kind]):
        return True
    return any(is_unfinished(one) for one in row.rows)


def rows_of(rules: Sequence[Mapping[str, Any]]) -> Row:
    """Turn the JSON of a rule, as a list, into rows."""
    if len(rules) == 1 and "combinator" in rules[0]:
        return _row(rules[0])
    return Row("group", {"combinator": "and"}, tuple(_row(rule) for rule in rules))


def in_short(rule: Mapping[str, Any]) -> Mapping[str, Any]:
    """Say "at least once" and "never" of events and messages as people do: did, and did not."""
    if "measure" in rule or not {"event", "message"} & rule.keys():
        return rule
    for operator, count, short in (("gte", 1, "exists"), ("eq", 0, "not_exists")):
        if rule["operator"] == operator and rule.get("value") == count:
            told = {key: value for key, value in rule.items() if key != "value"}
            return {**told, "operator": short}
    return rule


def _gather(typed: Mapping[tuple[int, ...], dict[str, str]], path: tuple[int, ...]) -> Row:
    own = typed.get(path, {})
    inner = sorted(one for one in typed if len(one) == len(path) + 1 and one[: len(path)] == path)
    kind = own.get("kind", "") if path else "group"
    rows = tuple(_gather(typed, one) for one in inner)
    return Row(kind if kind in KINDS else "json", own, rows)


def _change(row: Row, places: Sequence[int], new: Row | None) -> Row:
    if not places:
        return row if new is None else replace(row, rows=(*row.rows, new))
    place, *others = places
    if place >= len(row.rows):
        return row
    rows = list(row.rows)
    if not others and new is None:
        del rows[place]
    else:
        rows[place] = _change(rows[place], others, new)
    return replace(row, rows=tuple(rows))


def _write(row: Row) -> dict[str, Any]:  # noqa: PLR0911 - a line a kind
    match row.kind:
        case "group":
            return _group(row.get("combinator", "and"), [_write(one) for one in row.rows])
        case "property":
            return _write_property(row)
        case "event":
            return _write_event(row)
        case "sequence":
            return _write_sequence(row)
        case "order":
            return {**segment_orders.write(row.typed), **_within(row)}
        case "message":
            written: dict[str, Any] = {"message": row.get("outcome")}
            return {**written, "operator": row.get("operator", "exists"), **_within(row)}
        case "segment":
            number = row.get("segment")
            told = int(number) if number.isdecimal() else number
            return {"segment": told, "operator": row.get("operator", "in")}
        case "channel":
            return {"channel": row.get("channel"), "state": row.get("state")}
        case _:
            return _read_json(row.get("json"))


def _group(combinator: str, rules: list[dict[str, Any]]) -> dict[str, Any]:
    if combinator == "none":
        return {"combinator": "or", "not": True, "rules": rules}
    return {"combinator": combinator, "rules": rules}


def _write_property(row: Row) -> dict[str, Any]:
    operator, value = row.get("operator", "eq"), row.get("value")
    written: dict[str, Any] = {"field": row.get("field"), "operator": operator}
    if operator in TIMES:
        told = value if operator in {"last", "next"} else _whole(value)
        return {**written, "operator": "matches", "value": {operator: told}}
    if operator in BARE:
        return written
    kind = row.get("type", "text")
    if operator in LISTS:
        return {**written, "value": [_value(one.strip(), kind) for one in value.split(",")]}
    if kind == "date":
        written["type"] = "date"
    return {**written, "value": _value(value, kind)}


def _value(text: str, kind: str) -> object:
    if kind == "number":
        return _number(text)
    return text == "true" if kind == "boolean" else text


def _write_event(row: Row) -> dict[str, Any]:
    operator = row.get("operator", "exists")
    written: dict[str, Any] = {"event": row.get("event"), "operator": operator}
    if operator not in BARE:
        written["value"] = _number(row.get("value"))
    where = [_write_property(one) for one in row.rows]
    return {**written, **({"where": where} if where else {}), **_within(row)}


def _write_sequence(row: Row) -> dict[str, Any]:
    last: dict[str, Any] = {"event": row.get("second")}
    if row.get("soon"):
        last["within"] = row.get("soon")
    if row.get("lacks"):
        last["not"] = True
    return {"sequence": [{"event": row.get("first")}, last], **_within(row)}


def _within(row: Row) -> dict[str, str]:
    return {"within": row.get("within")} if row.get("within") else {}


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise Invalid(f"'{text}' is no number.") from None
    return int(number) if number.is_integer() else number


def _whole(text: str) -> int:
    number = _number(text)
    if not isinstance(number, int):
        raise Invalid(f"'{text}' is no whole number.")
    return number


def _read_json(text: str) -> dict[str, Any]:
    try:
        value = json.read(text.encode())
    except Invalid:
        raise Invalid("A row of JSON is not valid JSON.") from None
    if not isinstance(value, dict):
        raise Invalid("A row of JSON must be an object.")
    return value


def _row(rule: Mapping[str, Any]) -> Row:
    """Turn the JSON of one rule into a row; one of JSON where the row would say something else."""
    plain = in_short(rule)
    made = _made(plain)
    try:
        # What is in a group is looked at row by row.
        is_same = made is not None and (made.kind == "group" or _write(made) == plain)
    except Invalid:
        is_same = False
    return made if made is not None and is_same else Row("json", {"json": json.text(dict(rule))})


def _made(rule: Mapping[str, Any]) -> Row | None:  # noqa: PLR0911 - a line a kind
    told = {key: str(value) for key, value in rule.items() if isinstance(value, str | int | float)}
    if "combinator" in rule:
        combinator = "none" if rule.get("not") else str(rule["combinator"])
        return Row("group", {"combinator": combinator}, tuple(_row(one) for one in rule["rules"]))
    if "field" in rule:
        return _made_property(rule)
    if "event" in rule:
        rows = tuple(one for part in rule.get("where", ()) if (one := _made_property(part)))
        return Row("event", told, rows)
    if "sequence" in rule and len(rule["sequence"]) == len(("first", "second")):
        first, second = rule["sequence"]
        steps = {"first": first.get("event", ""), "second": second.get("event", "")}
        more = {"soon": second.get("within", ""), "lacks": "on" if second.get("not") else ""}
        return Row("sequence", {**told, **steps, **more})
    if "orders" in rule:
        return Row("order", segment_orders.read(rule))
    if "message" in rule:
        return Row("message", {**told, "outcome": str(rule["message"])})
    for kind in ("segment", "channel"):
        if kind in rule:
            return Row(kind, told)
    return None


def _made_property(rule: Mapping[str, Any]) -> Row:
    typed = {"field": str(rule["field"]), "operator": str(rule["operator"])}
    value = rule.get("value")
    if typed["operator"] == "matches" and isinstance(value, dict):
        ((word, told),) = list(value.items())[:1]
        return Row("property", {**typed, "operator": word, "value": str(told)})
    one = value[0] if isinstance(value, list) and value else value
    kind = str(rule.get("type", "text"))
    if isinstance(one, bool):
        kind = "boolean"
    elif isinstance(one, int | float):
        kind = "number"
    shown = ", ".join(map(_shown, value)) if isinstance(value, list) else _shown(value)
    return Row("property", {**typed, "type": kind, "value": shown})


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
