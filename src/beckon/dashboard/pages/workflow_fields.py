"""What a trigger, a step or the rules around a run can be told, and how a form's words become it.

Values are those of a stored definition (`domain/workflows/stored`); nothing here decides whether
they make sense together: that is the definition's own check.
"""

import json as standard_json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from beckon.domain.contacts.model import Channel
from beckon.domain.segments.parsing import parse
from beckon.domain.segments.writing import write
from beckon.domain.workflows.steps import Method
from beckon.domain.workflows.triggers import ORDER_STATUSES, Every, Side
from beckon.kit import json
from beckon.kit.refusals import Invalid

UNITS = {"d": 86_400, "h": 3600, "m": 60, "s": 1}
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
NUMBER = re.compile(r"-?\d{1,9}")
DURATION = re.compile(r"(-?)((?:\d{1,9}\s*[dhms]\s*)+)")
PERSONAL, TOLD = "contact", "data"

CHANNELS = tuple(Channel)


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to fill in. `kind` says how it is typed, `options` what there is to choose."""

    name: str
    label: str
    kind: str = "text"
    hint: str = ""
    options: Sequence[str] = ()
    default: Any = None


def _text(name: str, label: str, hint: str = "", default: object = "") -> Field:
    return Field(name, label, "text", hint, default=default)


def _span(name: str, label: str, hint: str = "As in 2d 3h or 45m.") -> Field:
    return Field(name, label, "span", hint, default=0)


_WHERE = Field("where", "Only where", "test")
_AT = Field("at", "At", "time", default="09:00:00")
_DAYS = Field("weekdays", "On these days", "weekdays", "None means any.", default=())
_CATEGORY = _text("category", "Category", "Its key, if people choose categories.", None)
_CHANNEL = Field("channel", "Channel", "choice", options=CHANNELS, default="email")

TRIGGERS: Mapping[str, tuple[Field, ...]] = {
    "event": (_text("event_name", "Name of the event"), _WHERE),
    "segment": (
        Field("segment_id", "Segment", "segment", default=0),
        Field("side", "When somebody has", "choice", options=tuple(Side), default="entered"),
    ),
    "contact": (
        Field("fields", "Changed fields", "words", "Empty: everybody new.", default=()),
        _WHERE,
    ),
    "date": (
        _text("field", "Field with the date"),
        Field("days", "Days after it", "number", "Below 0: before it.", default=0),
        _AT,
        Field("is_yearly", "Every year", "flag", default=False),
    ),
    "schedule": (
        Field("segment_id", "For everybody in", "segment", default=0),
        Field("every", "Every", "choice", options=tuple(Every), default="day"),
        _AT,
        Field("start", "First day", "date", default="2026-01-01"),
        Field("until", "Last day", "date"),
        Field("weekdays", "On these days", "weekdays", "Of a week.", default=()),
        Field("month_day", "Day of the month", "number", default=1),
    ),
    "order": (
        Field("status", "Status", "choice", options=ORDER_STATUSES, default="DELIVERED"),
        _WHERE,
    ),
    "call": (),
    "hook": (
        _text("person", "Where the person's id stands", "As in customer.id", None),
        _text("email", "Or where the e-mail address stands", "", None),
    ),
}

STEPS: Mapping[str, tuple[Field, ...]] = {
    "send": (
        _CHANNEL,
        Field("template_id", "Template", "template", default=0),
        _span("delay_seconds", "Wait before it"),
        _CATEGORY,
        Field("is_transactional", "Transactional: caps and quiet hours do not hold it", "flag"),
    ),
    "wait": (
        Field("days", "Days of their calendar", "number", default=0),
        _span("delay_seconds", "And then"),
    ),
    "wait_for_time": (_AT, Field("to", "Until", "time"), _DAYS),
    "wait_for_date": (
        _text("field", "Field with the date"),
        _span("seconds", "So long after it", "As in 2d; -2d is before it."),
        _AT,
    ),
    "wait_for_event": (
        _text("event_name", "Name of the event"),
        _span("timeout_seconds", "At most"),
        _WHERE,
    ),
    "condition": (Field("test", "Does this hold?", "test"),),
    "switch": (Field("branches", "Ways", "branches"),),
    "split": (Field("shares", "Shares", "shares"),),
    "update_contact": (Field("fields", "Fields", "json", 'As in {"plan": "pro"}.', default={}),),
    "change_tags": (
        Field("add", "Put on", "words", "With commas between.", default=()),
        Field("remove", "Take off", "words", default=()),
    ),
    "change_list": (
        Field("segment_id", "List", "list", default=0),
        Field("is_member", "Put in; else take out", "flag", default=True),
    ),
    "change_consent": (
        _CHANNEL,
        Field("is_subscribed", "Subscribe; else unsubscribe", "flag", default=True),
        _CATEGORY,
    ),
    "fire_event": (
        _text("event_name", "Name of the event"),
        Field("properties", "Its properties", "json", default={}),
    ),
    "call_webhook": (
        _text("url", "Address", "https://…"),
        Field("method", "Method", "choice", options=tuple(Method), default="post"),
        Field("headers", "Headers", "json", default={}),
        Field("body", "Body", "long", "With places to fill, in Liquid.", default=""),
        _text("save_as", "Keep the answer as"),
    ),
    "write_copy": (
        Field("prompt", "What to write", "long", default=""),
        _text("save_as", "Keep the text as"),
        _CHANNEL,
    ),
    "goal": (
        Field("test", "Reached when", "test"),
        Field("exits", "And then leave", "flag", default=True),
    ),
    "go_to": (Field("workflow_id", "Workflow", "workflow", default=0),),
    "exit": (_text("reason", "Why"),),
}

NEW: Mapping[str, Mapping[str, Any]] = {
    "send": {"channel": "email", "template_id": 0},
    "wait": {"days": 1},
    "wait_for_time": {"at": "09:00:00"},
    "wait_for_date": {"field": ""},
    "wait_for_event": {"event_name": "", "timeout_seconds": 86_400, "where": {}},
    "condition": {"test": {}},
    "switch": {"branches": [{"name": "First", "test": {}}]},
    "split": {"shares": [{"name": "A", "percent": 50}, {"name": "B", "percent": 50}]},
    "update_contact": {"fields": {}},
    "change_list": {"segment_id": 0},
    "change_consent": {"channel": "email", "is_subscribed": True},
    "fire_event": {"event_name": ""},
    "call_webhook": {"url": ""},
    "write_copy": {"prompt": "", "save_as": ""},
    "goal": {"test": {}},
    "go_to": {"workflow_id": 0},
    "event": {"event_name": ""},
    "segment": {"segment_id": 0},
    "date": {"field": ""},
    "schedule": {"segment_id": 0, "at": "09:00:00", "start": "2026-01-01"},
    "order": {"status": "DELIVERED"},
}
"""What a new one is told before anybody says anything."""


def read_fields(fields: Sequence[Field], form: Mapping[str, str]) -> dict[str, Any]:
    """Read a form's words. Raises Invalid naming the field by its label."""
    return {field.name: _read(field, form) for field in fields}


def show_fields(fields: Sequence[Field], node: Mapping[str, Any]) -> dict[str, Any]:
    """Write stored values as a form shows them."""
    return {field.name: _show(field, node.get(field.name, field.default)) for field in fields}


def read_span(text: str, label: str) -> int:
    """Read a length of time into seconds; below 0 with a minus before it. Raises Invalid."""
    trimmed = text.strip().lower()
    if not trimmed or trimmed == "0":
        return 0
    found = DURATION.fullmatch(trimmed)
    if found is None:
        raise Invalid(f"{label}: write a time as in 2d 3h, 45m or 30s.")
    parts = re.findall(r"(\d+)\s*([dhms])", found[2])
    return (-1 if found[1] else 1) * sum(int(count) * UNITS[unit] for count, unit in parts)


def show_span(seconds: int) -> str:
    """Write seconds as people do: "2d 3h"; "0" for none."""
    rest, parts = abs(seconds), []
    for unit, size in UNITS.items():
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    return ("-" if seconds < 0 else "") + " ".join(parts) if parts else "0"


def read_test(form: Mapping[str, str], name: str, label: str) -> dict[str, Any]:
    """Read what is asked: a segment or rules about the person, and rules about the data."""
    test: dict[str, Any] = {}
    if (segment := form.get(f"{name}.segment", "")) not in ("", "0"):
        test[PERSONAL] = _checked([{"segment": _number(segment, label)}], label)
    elif rules := form.get(f"{name}.{PERSONAL}", "").strip():
        test[PERSONAL] = _checked(_json(rules, label), label)
    if rules := form.get(f"{name}.{TOLD}", "").strip():
        test[TOLD] = _checked(_json(rules, label), label)
    return test


def show_test(test: Mapping[str, Any]) -> dict[str, str]:
    """Write what is asked as a form shows it; being in one segment has a field of its own."""
    person, told = test.get(PERSONAL), test.get(TOLD)
    segment = _only_segment(person)
    return {
        "segment": "" if segment is None else str(segment),
        PERSONAL: "" if person is None or segment is not None else _printed(person),
        TOLD: "" if told is None else _printed(told),
    }


def _read(field: Field, form: Mapping[str, str]) -> Any:  # noqa: ANN401, C901, PLR0911 - a line a kind
    text = form.get(field.name, "").strip()
    match field.kind:
        case "test":
            return read_test(form, field.name, field.label)
        case "flag":
            return text == "on"
        case "span":
            return read_span(text, field.label)
        case "number" | "template" | "segment" | "list" | "workflow":
            return _number(text or "0", field.label)
        case "words":
            return [word for one in text.split(",") if (word := one.strip())]
        case "json":
            return _object(text or "{}", field.label)
        case "time":
            return _when(time, text, field)
        case "date":
            return _when(date, text, field)
        case "weekdays":
            return [day for day in range(7) if form.get(f"{field.name}.{day}") == "on"]
        case "choice":
            if text not in field.options:
                raise Invalid(f"{field.label}: choose one of those listed.")
            return text
        case _:
            return text or field.default


def _show(field: Field, value: Any) -> Any:  # noqa: ANN401 - any stored value
    match field.kind:
        case "test":
            return show_test(value or {})
        case "span":
            return show_span(value or 0)
        case "words":
            return ", ".join(value or ())
        case "json":
            return _printed(value or {})
        case "time":
            return (value or "")[:5]
        case _:
            return "" if value is None else value


def _number(text: str, label: str) -> int:
    if not NUMBER.fullmatch(text):
        raise Invalid(f"{label} must be a whole number.")
    return int(text)


def _when(kind: type[time] | type[date], text: str, field: Field) -> str | None:
    if not text and field.default is None:
        return None
    try:
        return kind.fromisoformat(text).isoformat()
    except ValueError:
        raise Invalid(f"{field.label}: choose a {kind.__name__}.") from None


def _json(text: str, label: str) -> Any:  # noqa: ANN401 - any JSON
    try:
        return json.read(text.encode())
    except Invalid as refused:
        raise Invalid(f"{label}: {refused.message}") from None


def _object(text: str, label: str) -> dict[str, Any]:
    found = _json(text, label)
    if not isinstance(found, dict):
        raise Invalid(f'{label} must be an object, as in {{"plan": "pro"}}.')
    return found


def _checked(rules: Any, label: str) -> object:  # noqa: ANN401 - any JSON
    return write(parse(rules, label))


def _only_segment(rules: object) -> int | None:
    inner = rules.get("rules") if isinstance(rules, dict) else rules
    if isinstance(inner, list) and len(inner) == 1:
        inner = inner[0]
    if isinstance(inner, dict) and inner.get("operator", "in") == "in" and "segment" in inner:
        return int(inner["segment"])
    return None


def _printed(value: object) -> str:
    return standard_json.dumps(value, ensure_ascii=False, indent=2)
