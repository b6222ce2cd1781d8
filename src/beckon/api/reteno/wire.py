"""Quirks of this wire that real clients depend on.

One element stands as an object and several as a list ("collapse"), some scalars are quoted,
and a request may give one object where a list is meant.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

T = TypeVar("T")


def collapse(items: Sequence[T]) -> T | Sequence[T]:
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
