"""Quirks of this wire that real clients depend on.

One element stands as an object and several as a list ("collapse"), some scalars are quoted,
a request may give one object where a list is meant, and numbers may come as text.
"""

from typing import Any, TypeVar

from msgspec import Struct

from beckon.api.call import PlainText
from beckon.kit.refusals import Invalid, Unknown

T = TypeVar("T")

ID_DIGITS_MAX = 18
ROWS_MAX = 500
START_MAX = 10**9


class Rows(Struct):
    """Query of a list: rows from `startindex`, counted from 1, at most `maxrows` of up to 500."""

    startindex: int = 1
    maxrows: int = ROWS_MAX

    @property
    def offset(self) -> int:
        """How many rows go before."""
        return self.startindex - 1

    def check(self, rows_max: int = ROWS_MAX) -> None:
        """Raise Invalid for a range that cannot be."""
        if not 1 <= self.startindex <= START_MAX:
            raise Invalid(f"startindex must be from 1 to {START_MAX}.")
        if not 1 <= self.maxrows <= rows_max:
            raise Invalid(f"maxrows must be from 1 to {rows_max}.")


def spelled(name: str) -> str:
    """Spell a field as this wire does: camel case, without the final `_` of Python's own words."""
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(part.capitalize() for part in rest)


def collapse(items: list[T]) -> T | list[T]:
    """Give one element as itself, any other number as a list."""
    return items[0] if len(items) == 1 else items


def quoted(value: bool | int) -> str:  # noqa: FBT001 - the value to quote, no switch
    """Write a number or truth value as the text old clients read."""
    return str(value).lower()


def as_list(value: Any) -> list[Any]:  # noqa: ANN401 - one or many of anything
    """Take one element or a list of them; nothing is an empty list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def find_number(text: str | int) -> int | None:
    """Read the number of a thing, be it text or not; None for what is none."""
    text = str(text).strip()
    if not text.isascii() or not text.isdecimal() or len(text) > ID_DIGITS_MAX:
        return None
    return int(text)


def read_number(text: str | int, place: str) -> int:
    """Read the number of a thing inside a body. Raises Invalid naming its place."""
    found = find_number(text)
    if found is None:
        raise Invalid(f"{place} must be a number.")
    return found


def path_number(text: str, thing: str) -> int:
    """Read the number of a thing in a path. Raises Unknown for what names nothing."""
    found = find_number(text)
    if found is None:
        raise not_found(thing, text)
    return found


def not_found(thing: str, name: object) -> Unknown:
    """Say that there is no such thing, in the words that clients look for."""
    return Unknown(f"{thing} with id='{name}' is not found.")


def updated(thing: str, name: object) -> PlainText:
    """Answer a change, letter by letter as clients compare it."""
    return PlainText(f"{thing} with id='{name}' has been updated")


def deleted(thing: str, name: object) -> PlainText:
    """Answer a deletion, letter by letter as clients compare it."""
    return PlainText(f"{thing} with id='{name}' has been deleted")
