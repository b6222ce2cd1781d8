"""Definitions as plain JSON values, the one form in which a version is kept and exchanged.

A value is an object of its fields; what has its default is left out. Steps and triggers say what
they are under `do` and `on`. Rules are in the words of the segment language.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime, time
from enum import StrEnum
from functools import cache, partial
from types import MappingProxyType, NoneType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from beckon.domain.segments.model import Rule
from beckon.domain.segments.parsing import parse
from beckon.domain.segments.writing import write
from beckon.domain.workflows import steps, triggers
from beckon.domain.workflows.model import Definition
from beckon.kit import json

STEPS: Mapping[str, type] = MappingProxyType(
    {
        "send": steps.Send,
        "wait": steps.Wait,
        "wait_for_time": steps.WaitForTime,
        "wait_for_date": steps.WaitForDate,
        "wait_for_event": steps.WaitForEvent,
        "condition": steps.Condition,
        "switch": steps.Switch,
        "split": steps.Split,
        "update_contact": steps.UpdateContact,
        "change_tags": steps.ChangeTags,
        "change_list": steps.ChangeList,
        "change_consent": steps.ChangeConsent,
        "fire_event": steps.FireEvent,
        "call_webhook": steps.CallWebhook,
        "write_copy": steps.WriteCopy,
        "goal": steps.Reach,
        "go_to": steps.GoTo,
        "exit": steps.Leave,
    }
)
TRIGGERS: Mapping[str, type] = MappingProxyType(
    {
        "event": triggers.EventTrigger,
        "segment": triggers.SegmentTrigger,
        "contact": triggers.ContactTrigger,
        "date": triggers.DateTrigger,
        "schedule": triggers.ScheduleTrigger,
        "order": triggers.OrderTrigger,
        "call": triggers.CallTrigger,
        "hook": triggers.HookTrigger,
    }
)
T = TypeVar("T")
_WORDS = {kind: ("do", name) for name, kind in STEPS.items()} | {
    kind: ("on", name) for name, kind in TRIGGERS.items()
}
_RULES = get_args(Rule)


def to_stored(definition: Definition) -> dict[str, Any]:
    """Write a definition as plain values."""
    written = _write(definition)
    assert isinstance(written, dict)
    return written


def from_stored(stored: Mapping[str, Any]) -> Definition:
    """Read what `to_stored` wrote."""
    found = _read_object(Definition, stored)
    assert isinstance(found, Definition)
    return found


def write_value(value: object) -> dict[str, Any]:
    """Write any value made of such parts, as those of a dry run are."""
    written = _write(value)
    assert isinstance(written, dict)
    return written


def read_value(kind: type[T], stored: Mapping[str, Any]) -> T:
    """Read what `write_value` wrote."""
    found = _read_object(kind, stored)
    assert isinstance(found, kind)
    return found


def kind_of(value: steps.Step | triggers.Trigger) -> str:
    """Tell by which word a step or a trigger is known."""
    return _WORDS[type(value)][1]


def is_same(one: Definition, other: Definition) -> bool:
    """Tell whether two definitions say the same, to the letter."""
    return json.write(to_stored(one)) == json.write(to_stored(other))


def _write(value: object) -> object:  # noqa: PLR0911 - one short case a kind of value
    if isinstance(value, _RULES):
        return write(value)
    if is_dataclass(value) and not isinstance(value, type):
        word = _WORDS.get(type(value))
        written = {} if word is None else {word[0]: word[1]}
        for part in fields(value):
            found = getattr(value, part.name)
            if found != _default(part):
                written[part.name] = _write(found)  # type: ignore[assignment] # any JSON value
        return written
    if isinstance(value, tuple):
        return [_write(item) for item in value]
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, (time, date)):
        return value.isoformat()
    return value


def _default(part: Any) -> object:  # noqa: ANN401 - a field of any type
    if part.default_factory is not MISSING:
        return part.default_factory()
    return part.default


def _read_object(kind: type, stored: Mapping[str, Any]) -> object:
    readers = _readers(kind)
    return kind(**{name: readers[name](value) for name, value in stored.items() if name in readers})


@cache
def _readers(kind: type) -> dict[str, Callable[[Any], object]]:
    hints = get_type_hints(kind)
    return {part.name: _reader(hints[part.name]) for part in fields(kind)}


def _reader(hint: Any) -> Callable[[Any], object]:  # noqa: ANN401 - a type hint
    """Tell how values of a type are read back."""
    if hint == steps.Step:
        return _read_step
    if hint == triggers.Trigger:
        return _read_trigger
    if isinstance(hint, type):
        return _plain_reader(hint)
    if get_origin(hint) is tuple:
        inner = _reader(get_args(hint)[0])
        return lambda values: tuple(inner(value) for value in values)
    if (inner_hint := _optional(hint)) is not None:
        present = parse if inner_hint == Rule else _reader(inner_hint)
        return lambda value: None if value is None else present(value)
    return lambda value: value


def _plain_reader(kind: type) -> Callable[[Any], object]:
    if is_dataclass(kind):
        return partial(_read_object, kind)
    if issubclass(kind, StrEnum):
        return kind
    if kind in (time, date, datetime):
        return kind.fromisoformat
    return lambda value: value


def _optional(hint: Any) -> Any | None:  # noqa: ANN401 - a type hint
    """Take the type out of `… | None`; None where it is no such hint."""
    inner = tuple(kind for kind in get_args(hint) if kind is not NoneType)
    if len(inner) == len(get_args(hint)):
        return None
    return inner[0] if len(inner) == 1 else Union[inner]  # noqa: UP007 - made of values


def _read_step(stored: Mapping[str, Any]) -> object:
    return _read_object(STEPS[stored["do"]], stored)


def _read_trigger(stored: Mapping[str, Any]) -> object:
    return _read_object(TRIGGERS[stored["on"]], stored)
