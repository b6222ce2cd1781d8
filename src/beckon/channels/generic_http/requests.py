"""Writes a request from its description: places such as `{{text}}` become values.

Values are put into a JSON body as values and into a form or an address percent-encoded, so none
can change the shape of the request.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import quote, urlencode

_PLACE = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")


class Coding(StrEnum):
    """How the body is written."""

    JSON = "json"
    FORM = "form"


@dataclass(frozen=True, slots=True)
class Description:
    """A request for one message, and how its answer is understood.

    `id_path` leads to the provider's name for the message, `success_path` to a value that must
    read as `success_value`; both go through objects and lists by dots: `messages.0.id`.
    """

    url: str
    body: Any
    method: str = "POST"
    coding: Coding = Coding.JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    token: str | None = field(default=None, repr=False)
    id_path: str | None = None
    success_path: str | None = None
    success_value: str | None = None
    idempotency_header: str | None = None


def fill(value: Any, values: Mapping[str, str]) -> Any:  # noqa: ANN401 - any JSON value
    """Put values into the places of every text in a JSON value."""
    if isinstance(value, str):
        return _PLACE.sub(lambda found: values.get(found[1], ""), value)
    if isinstance(value, Mapping):
        return {key: fill(item, values) for key, item in value.items()}
    if isinstance(value, list):
        return [fill(item, values) for item in value]
    return value


def fill_address(url: str, values: Mapping[str, str]) -> str:
    """Put values into the places of an address."""
    return _PLACE.sub(lambda found: quote(values.get(found[1], ""), safe=""), url)


def write_form(body: Mapping[str, Any], values: Mapping[str, str]) -> bytes:
    """Write a form whose fields hold filled texts."""
    return urlencode({key: str(fill(item, values)) for key, item in body.items()}).encode()


def find(value: object, path: str) -> str | None:
    """Follow a path into a JSON value; None where it leads nowhere or to no plain value."""
    for step in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None
