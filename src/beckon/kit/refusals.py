"""Refusals: what the domain says no to, in words that say how to mend it.

A refusal is neither a result nor a bug. It knows nothing of HTTP; a face gives it a status.
"""

from enum import StrEnum
from typing import ClassVar


class Kind(StrEnum):
    """Why something is refused; a face maps each to one answer."""

    INVALID = "invalid"
    UNKNOWN = "unknown"
    CONFLICT = "conflict"
    FORBIDDEN = "forbidden"
    UNPROVEN = "unproven"
    LIMITED = "limited"
    TOO_LARGE = "too_large"
    UNAVAILABLE = "unavailable"
    UPSTREAM = "upstream"
    UPSTREAM_LATE = "upstream_late"


class Refusal(Exception):  # noqa: N818 - a refusal is no error: nobody has to repair Beckon
    """Base of all refusals; subclasses stand beside the function that raises them."""

    kind: ClassVar[Kind] = Kind.INVALID
    code: ClassVar[str] = "refused"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Invalid(Refusal):
    """A value that cannot be taken; the message names the field and the rule."""

    kind = Kind.INVALID
    code = "invalid"

    def within(self, place: str) -> "Invalid":
        """Say the same with the place before it: names are spelled only where something failed."""
        return Invalid(place + self.message)


class Unknown(Refusal):
    """Nothing of that name in this project; another project's is just as unknown."""

    kind = Kind.UNKNOWN
    code = "unknown"


class Conflict(Refusal):
    """Possible in general, but not in the present state."""

    kind = Kind.CONFLICT
    code = "conflict"
