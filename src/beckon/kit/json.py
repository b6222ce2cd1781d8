"""The one door to JSON: strict reading for what comes in, fast writing for what goes out.

Refused, because one store or the other would lose or choke on it: what is not UTF-8, NaN and
Infinity, lone surrogates, NUL, duplicate keys, more than 32 levels, whole numbers beyond 64 bits,
keys beyond 255 characters, more than 256 properties in an object, strings beyond 64 KiB.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Any, NamedTuple, TypeVar

import msgspec
from msgspec import Meta

from beckon.kit.refusals import Invalid

T = TypeVar("T")

DEPTH_MAX = 32
USUAL_DEPTH = 8
"""Checked as it is read; the kinds to read by double with each level."""
KEY_CHARACTERS_MAX = 255
PROPERTIES_MAX = 256
STRING_CHARACTERS_MAX = 65_536
INTEGER_MAX = 2**63 - 1

_NUL = rb"\u0000"  # it cannot come in otherwise
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')
_PATH = re.compile(r" - at `\$\.?([^`]*)`$")
_WANTS_WHOLE = re.compile(r"Expected `[^`]*\bint\b[^`]*`, got `float`")
EXACT_BELOW = 2**53
"""Up to here a float holds every whole number."""

_TYPES = {
    "str": "a string",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
}

_write = msgspec.json.Encoder().encode
_read = msgspec.json.Decoder().decode


class JsonInvalid(Invalid):
    """Text that is not JSON, or JSON beyond the rules of this door."""

    code = "json_invalid"


def write(value: object) -> bytes:
    """Write plain values, dataclasses and structs as compact UTF-8 JSON."""
    return _write(value)


def text(value: object) -> str:
    """Write a value as JSON text, the form in which the state store keeps it."""
    return _write(value).decode()


def stored(content: str | bytes) -> Any:  # noqa: ANN401 - the shape is the writer's
    """Read back what `text` wrote, or one of our stores; no limits, it was checked before."""
    return _read(content)


def read(
    body: bytes, *, string_max: int = STRING_CHARACTERS_MAX, properties_max: int = PROPERTIES_MAX
) -> Any:  # noqa: ANN401 - any JSON value
    """Read one JSON document from outside. Raises JsonInvalid naming the rule it breaks."""
    bounds = Bounds(string_max, properties_max)
    try:
        value = _reader(bounds)(body)
        is_within = _NUL not in body
    except msgspec.ValidationError:
        value, is_within = _read_unbounded(body), False
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise _unreadable(fault) from None
    if not is_within and (found := _find_fault(value, bounds, "", 0)):
        raise JsonInvalid(found)
    # A key that came twice is read only once, and so not written again.
    if _count_strings(body) != _count_strings(_write(value)):
        raise JsonInvalid("An object in the body has the same key twice.")
    return value


class Bounds(NamedTuple):
    """How long a string and how large an object may be."""

    string_max: int
    properties_max: int


@cache
def _reader(bounds: Bounds) -> Callable[[bytes], Any]:
    """Make what reads JSON within the bounds, and refuses some that nests deep within them."""
    key = Annotated[str, Meta(max_length=KEY_CHARACTERS_MAX)]
    leaf = (
        Annotated[str, Meta(max_length=bounds.string_max)]
        | Annotated[int, Meta(ge=-INTEGER_MAX - 1, le=INTEGER_MAX)]
        | float
        | bool
        | None
    )
    kind: Any = leaf
    for _ in range(USUAL_DEPTH):
        kind = (
            leaf | list[kind] | Annotated[dict[key, kind], Meta(max_length=bounds.properties_max)]
        )
    return msgspec.json.Decoder(kind).decode


def _read_unbounded(body: bytes) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return _read(body)
    except RecursionError:
        raise JsonInvalid(f"JSON may nest at most {DEPTH_MAX} levels deep.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise _unreadable(fault) from None


def _unreadable(fault: Exception) -> JsonInvalid:
    if isinstance(fault, UnicodeDecodeError):
        return JsonInvalid("The body must be UTF-8.")
    return JsonInvalid(f"The body is not valid JSON: {fault}.")


def _count_strings(text: bytes) -> int:
    """Count the strings in JSON text, keys included."""
    return len(_STRING.findall(text)) if b"\\" in text else text.count(b'"') // 2


def _find_fault(value: object, bounds: Bounds, path: str, depth: int) -> str | None:
    """Name the first thing out of bounds, by its path."""
    if isinstance(value, str):
        return _find_string_fault(value, bounds, path)
    if isinstance(value, dict):
        return _find_object_fault(value, bounds, path, depth + 1)
    if isinstance(value, list):
        if depth == DEPTH_MAX:
            return f"JSON may nest at most {DEPTH_MAX} levels deep."
        faults = (
            _find_fault(item, bounds, f"{path}[{place}]", depth + 1)
            for place, item in enumerate(value)
        )
        return next((fault for fault in faults if fault), None)
    if isinstance(value, int) and not -INTEGER_MAX - 1 <= value <= INTEGER_MAX:
        return f"{_named(path)} is beyond 64 bits; send it as a string."
    return None


def _find_object_fault(
    value: dict[str, object], bounds: Bounds, path: str, depth: int
) -> str | None:
    if depth > DEPTH_MAX:
        return f"JSON may nest at most {DEPTH_MAX} levels deep."
    if len(value) > bounds.properties_max:
        return f"{_named(path)} has more than {bounds.properties_max} properties."
    for key, item in value.items():
        if len(key) > KEY_CHARACTERS_MAX or "\0" in key:
            return (
                f"A key in {_named(path)} must have at most {KEY_CHARACTERS_MAX} characters "
                "and no NUL."
            )
        if fault := _find_fault(item, bounds, f"{path}.{key}" if path else key, depth):
            return fault
    return None


def _find_string_fault(value: str, bounds: Bounds, path: str) -> str | None:
    if len(value) > bounds.string_max:
        return f"{_named(path)} is longer than {bounds.string_max} characters."
    if "\0" in value:
        return f"{_named(path)} holds a NUL character, which no store keeps."
    return None


def _named(path: str) -> str:
    return path or "The body"


def shape(value: object, kind: type[T], *, strict: bool = True, whole: str = "The body") -> T:
    """Turn plain values into a struct. Raises Invalid naming the field and the rule.

    `strict=False` reads numbers and booleans from text, as query strings have them. Where a whole
    number is wanted, 3.0 is one, as in JSON Schema 2020-12 (validation, 6.1.1). `whole` is what the
    value is called where it is wrong as such.
    """
    try:
        return msgspec.convert(value, kind, strict=strict)
    except msgspec.ValidationError as fault:
        if not _WANTS_WHOLE.match(str(fault)):
            raise Invalid(_explain(str(fault), whole)) from None
    try:
        return msgspec.convert(_whole(value), kind, strict=strict)
    except msgspec.ValidationError as fault:
        raise Invalid(_explain(str(fault), whole)) from None


def shape_each(values: list[Any], kind: type[T]) -> list[T | Invalid]:
    """Shape every value of a list by itself: what cannot be stands as the refusal of `shape`.

    All at once where nothing is wrong, as nearly always.
    """
    try:
        return list(msgspec.convert(values, list[kind]))  # type: ignore[valid-type] # known when called
    except msgspec.ValidationError:
        return [_shape_or_refuse(value, kind) for value in values]


def _whole(value: object) -> object:
    """Write every number without a fraction as a whole one."""
    match value:
        case dict():
            return {key: _whole(inner) for key, inner in value.items()}
        case list():
            return [_whole(inner) for inner in value]
        case float() if value.is_integer() and abs(value) < EXACT_BELOW:
            return int(value)
        case _:
            return value


def _shape_or_refuse(value: object, kind: type[T]) -> T | Invalid:
    try:
        return shape(value, kind, whole="It")
    except Invalid as refused:
        return refused


def fields_of(kind: type) -> Mapping[str, str]:
    """Tell the wire names of a struct's fields by their Python names."""
    return {found.name: found.encode_name for found in msgspec.structs.fields(kind)}


def schemas_of(kinds: list[Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Give references and components in JSON Schema 2020-12, the dialect of OpenAPI 3.1."""
    schemas, components = msgspec.json.schema_components(
        kinds, ref_template="#/components/schemas/{name}", schema_hook=_schema_of
    )
    return list(schemas), components


def _schema_of(kind: type) -> dict[str, Any]:
    """Describe a type that JSON Schema has no word for: `object` stands for any JSON value."""
    if kind is object:
        return {"description": "Any JSON value."}
    raise TypeError(f"{kind} has no form in JSON Schema.")


def _explain(fault: str, whole: str) -> str:
    """Put msgspec's message into words for the caller: the field first, then the rule."""
    found = _PATH.search(fault)
    path = found.group(1) if found else ""
    rule = fault[: found.start()] if found else fault
    missing = re.fullmatch(r"Object missing required field `([^`]+)`", rule)
    if missing:
        return f"{path + '.' if path else ''}{missing.group(1)} is required."
    wrong = re.fullmatch(r"Expected `([^`]+)`, got `([^`]+)`", rule)
    if wrong:
        return f"{path or whole} must be {_kinds(wrong.group(1))}, not {_kinds(wrong.group(2))}."
    bound = re.fullmatch(r"Expected `(str|array|int|float|object)` (.+)", rule)
    if bound:
        return f"{path or whole} must be {_kinds(bound.group(1))} {bound.group(2)}."
    return f"{path or whole}: {rule[:1].lower()}{rule[1:]}."


def _kinds(names: str) -> str:
    return " or ".join(_TYPES.get(name.strip(), name.strip()) for name in names.split("|"))
