"""What JSON Schema can say of values beyond their types: the words in which a face tells it.

The checks themselves stand where the values are used; tests ask every operation whether it keeps
to what is told here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Schema = dict[str, Any]

REFERENCE = "#/components/schemas/"
VISIBLE = "[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]"
"""What `kit.texts.is_line` lets pass."""

FREE = "Value"
OBJECT: Schema = {
    "maxProperties": 256,
    "propertyNames": {"maxLength": 255},
    "additionalProperties": {"$ref": REFERENCE + FREE},
}
"""What holds for every object that comes in; fields nobody knows are read and ignored."""

WHOLE: Schema = {"minimum": -(2**63), "maximum": 2**63 - 1}

FREE_VALUE: Schema = {
    "title": FREE,
    "description": "Any JSON value within the limits of `kit/json`.",
    "anyOf": [
        {"type": "null"},
        {"type": "boolean"},
        {"type": "integer", **WHOLE},
        {"type": "number"},
        {"type": "string", "maxLength": 65_536},
        {"type": "array", "items": {"$ref": REFERENCE + FREE}},
        {"type": "object", **OBJECT},
    ],
}

KINDS = {
    "minLength": "string",
    "maxLength": "string",
    "pattern": "string",
    "format": "string",
    "enum": "string",
    "minimum": "integer",
    "maximum": "integer",
    "minItems": "array",
    "maxItems": "array",
    "items": "array",
    "anyOf": "string",
    "propertyNames": "object",
    "additionalProperties": "object",
}
"""The type that a keyword speaks of."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a face tells of what it takes.

    `fields` of bodies and `queries` by a field's name on the wire, wherever it stands; `own` by
    `Struct.field`, which counts instead; `whole` by the struct, of all its fields together, and
    `calls` by the path where several take one struct.
    """

    fields: Mapping[str, Schema]
    queries: Mapping[str, Schema]
    own: Mapping[str, Schema] = field(default_factory=dict)
    whole: Mapping[str, Schema] = field(default_factory=dict)
    calls: Mapping[str, Schema] = field(default_factory=dict)


def text(least: int, most: int, pattern: str | None = None) -> Schema:
    """Ask for a text of so many characters."""
    told: Schema = {"minLength": least, "maxLength": most}
    return told if pattern is None else {**told, "pattern": pattern}


def line(least: int, most: int) -> Schema:
    """Ask for a text of so many characters, none of them a control character."""
    return text(least, most, f"^{VISIBLE}*$")


def name(most: int) -> Schema:
    """Ask for a line that is not blank."""
    seen = VISIBLE.replace("[^", "[^\\s")
    return text(1, most, f"^{VISIBLE}*{seen}{VISIBLE}*$")


def words(*known: str) -> Schema:
    """Take one of these words."""
    return {"enum": list(known)}


def number(least: int, most: int) -> Schema:
    """Ask for a whole number in these bounds, both included."""
    return {"minimum": least, "maximum": most}


def some(least: int, most: int, item: Schema | None = None) -> Schema:
    """Ask for a list of so many items, each as told."""
    return {"minItems": least, "maxItems": most, **({} if item is None else {"items": item})}


def one_of(*fields: str) -> Schema:
    """Want at least one of these fields, and not null."""
    return {"anyOf": [_given(field) for field in fields]}


def both(*fields: str) -> Schema:
    """Want all of these fields, and none null."""
    return {"allOf": [_given(field) for field in fields]}


def _given(field: str) -> Schema:
    return {"required": [field], "properties": {field: {"not": {"type": "null"}}}}


def tell(components: dict[str, Schema], bodies: Iterable[str], told: Told) -> None:
    """Put what a face tells into its bodies, by the names of their kinds, and all inside them."""
    seen: set[str] = set()
    waiting = list(bodies)
    while waiting:
        kind = waiting.pop()
        if kind in seen or kind == FREE:
            continue
        seen.add(kind)
        described = components[kind]
        for wire, schema in described.get("properties", {}).items():
            if rules := told.own.get(f"{kind}.{wire}", told.fields.get(wire)):
                tighten(schema, rules)
            _open(schema)
        described |= told.whole.get(kind, {})
        waiting += _references(described)
        if "properties" in described:
            described |= OBJECT


def tighten(schema: Schema, rules: Schema) -> None:
    """Put each rule where its type stands: in the schema, or in one of its alternatives."""
    for keyword, rule in rules.items():
        for place in schema.get("anyOf", [schema]):
            if place.get("type") != KINDS[keyword]:
                continue
            if keyword == "items":
                tighten(place["items"], rule)
            else:
                place[keyword] = rule


def _open(schema: Schema) -> None:
    """Say what may stand where any JSON may."""
    if not schema.keys() - {"default", "description"}:
        schema["$ref"] = REFERENCE + FREE
    for place in schema.get("anyOf", [schema]):
        if place.get("type") == "object" and "additionalProperties" not in place:
            place.update(OBJECT)
        if place.get("type") == "array":
            place.setdefault("items", {})
        if place.get("type") == "integer":
            place.update({**WHOLE, **place})
        for inside in ("items", "additionalProperties"):
            if isinstance(place.get(inside), dict):
                _open(place[inside])


def _references(schema: object) -> list[str]:
    if isinstance(schema, dict):
        found = schema.get("$ref")
        own = [found.removeprefix(REFERENCE)] if isinstance(found, str) else []
        return own + [name for item in schema.values() for name in _references(item)]
    if isinstance(schema, list):
        return [name for item in schema for name in _references(item)]
    return []
