"""Reads the note a letter of any channel but e-mail holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from beckon.domain.messages.model import Letter
from beckon.kit import json


@dataclass(frozen=True, slots=True)
class Note:
    """A short message; None is what it does not have."""

    title: str | None = None
    text: str = ""
    image_url: str | None = None
    link_url: str | None = None
    button: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


def read_note(letter: Letter) -> Note:
    """Read a letter's note; it was written by `domain/messages`, so nothing is checked again."""
    return Note(**json.stored(letter.content.decode()))


def phone_of(letter: Letter) -> str:
    """Write the recipient's number as E.164 does, with its plus."""
    return "+" + letter.recipient.removeprefix("+")
