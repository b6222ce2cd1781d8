"""What steps ask, in the Retenshun vocabulary: `rules` about the person, `where` about the data."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeAlias, TypeVar

from beckon.domain.segments.parsing import parse
from beckon.domain.segments.writing import write
from beckon.domain.workflows.conditions import Proviso
from beckon.kit.refusals import Invalid

DataWords: TypeAlias = list[object] | dict[str, object] | None

PREFIX = "properties."

E = TypeVar("E", bound=StrEnum)


def read_test(rules: object, where: DataWords, place: str) -> Proviso:
    """Read what is asked. Raises RuleInvalid naming the place inside."""
    about_data = None if where is None else parse(_prefixed(where), f"{place}.where")
    return Proviso(None if rules is None else parse(rules, f"{place}.rules"), about_data)


def write_test(test: Proviso) -> tuple[object, DataWords]:
    """Show what is asked: of the person, and of the data."""
    about_person = None if test.contact is None else write(test.contact)
    return about_person, None if test.data is None else write(test.data)


def read_choice(kind: type[E], name: str, place: str) -> E:
    """Read one of a few words, in upper case on the wire. Raises Invalid listing them."""
    try:
        return kind(name.lower())
    except ValueError:
        words = ", ".join(one.value.upper() for one in kind)
        raise Invalid(f"{place} must be one of {words}.") from None


def _prefixed(value: object) -> object:
    """Say of every field that it is a name in the data: `email` there is not the contact's."""
    if isinstance(value, list):
        return [_prefixed(inner) for inner in value]
    if not isinstance(value, Mapping):
        return value
    found = {name: _prefixed(inner) if name == "rules" else inner for name, inner in value.items()}
    name = found.get("field")
    if isinstance(name, str) and not name.startswith(PREFIX):
        found["field"] = PREFIX + name
    return found
