"""What the additional fields hold: values read as their kind wants them, and shown again. Pure."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from beckon.domain.contacts.model import Field, FieldKind
from beckon.kit.refusals import Invalid

TEXT_CHARACTERS_MAX = 1000
AREA_CHARACTERS_MAX = 5000
INT32 = range(-(2**31), 2**31)

FIRST_FIELDS: Sequence[tuple[str, str, FieldKind, Sequence[str]]] = (
    ("BIRTHDAY", "Birthday", FieldKind.DATE, ()),
    ("GENDER", "Gender", FieldKind.CHOICE, ("M", "F")),
)
"""Key, label, kind and choices of the fields that every project begins with."""

_DATES = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%y", "%d.%m.%Y")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?")
_DECIMAL = re.compile(r"[+-]?\d{1,15}(\.\d{1,15})?")


def read_value(field: Field, value: object, place: str) -> object:
    """Read a value as the field's kind wants it; None and empty text mean none.

    Dates come back as `2026-03-09`, choices as a list. Raises Invalid naming `place` and the rule.
    """
    if isinstance(value, list):
        value = ",".join(map(str, value))
    if value is None or isinstance(value, dict):
        if value is None:
            return None
        raise Invalid(f"{place} must be a string.")
    text = str(value).lower() if isinstance(value, bool) else str(value).strip()
    if not text:
        return None
    return _READERS[field.kind](field, text, place)


def show_value(value: object) -> str:
    """Show a value as text: several by commas."""
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def show_values(
    fields: Sequence[Field], properties: Mapping[str, object]
) -> list[tuple[Field, str]]:
    """List the fields somebody has a value of, by number, with the values as text."""
    return [
        (field, show_value(properties[field.key]))
        for field in fields
        if properties.get(field.key) is not None and not isinstance(properties[field.key], dict)
    ]


def _text(field: Field, text: str, place: str) -> object:
    is_area = field.kind is FieldKind.TEXT_AREA
    limit = AREA_CHARACTERS_MAX if is_area else TEXT_CHARACTERS_MAX
    if len(text) > limit:
        raise Invalid(f"{place} must have at most {limit} characters.")
    return text


def _number(_: Field, text: str, place: str) -> object:
    if not re.fullmatch(r"[+-]?\d{1,10}", text) or int(text) not in INT32:
        raise Invalid(f"{place} must be a whole number of 32 bits.")
    return int(text)


def _decimal(_: Field, text: str, place: str) -> object:
    if not _DECIMAL.fullmatch(text):
        raise Invalid(f"{place} must be a number.")
    return float(text)


def _date(_: Field, text: str, place: str) -> object:
    for form in _DATES:
        try:
            return _read_date(text, form).isoformat()
        except ValueError:
            continue
    raise Invalid(f"{place} must be a date such as 2026-03-09, 09/03/2026 or 09.03.2026.")


def _read_date(text: str, form: str) -> date:
    return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone


def _date_time(_: Field, text: str, place: str) -> object:
    try:
        if _MOMENT.fullmatch(text):
            return datetime.fromisoformat(text).isoformat()
    except ValueError:
        pass
    raise Invalid(f"{place} must be a date and time such as 2026-03-09T12:00.")


def _choice(field: Field, text: str, place: str) -> object:
    if text not in field.allowed:
        raise Invalid(f"{place} must be one of {', '.join(field.allowed)}.")
    return text


def _choices(field: Field, text: str, place: str) -> object:
    chosen = _split(text)
    for one in chosen:
        if one not in field.allowed:
            raise Invalid(f"{place}: '{one}' is none of {', '.join(field.allowed)}.")
    return chosen


def _tags(_: Field, text: str, place: str) -> object:
    tags = _split(text)
    if any(len(tag) > TEXT_CHARACTERS_MAX for tag in tags):
        raise Invalid(f"{place}: a tag must have at most {TEXT_CHARACTERS_MAX} characters.")
    return tags


def _split(text: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


_READERS = {
    FieldKind.TEXT: _text,
    FieldKind.TEXT_AREA: _text,
    FieldKind.NUMBER: _number,
    FieldKind.DECIMAL: _decimal,
    FieldKind.DATE: _date,
    FieldKind.DATE_TIME: _date_time,
    FieldKind.CHOICE: _choice,
    FieldKind.CHOICES: _choices,
    FieldKind.TAGS: _tags,
}
