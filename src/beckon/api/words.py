"""Shapes what was sent into the words that a handler takes."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from beckon.api.answers import Fault
from beckon.api.call import Route
from beckon.kit import json


def shape_words(
    route: Route, values: Mapping[str, str], query_string: bytes, value: object
) -> dict[str, Any]:
    """Shape path, query and body. Raises Fault for a query that is no text, else Invalid."""
    words: dict[str, Any] = dict(values)
    if route.query is not None:
        found = _query(query_string, route.repeats)
        words["query"] = json.shape(found, route.query, strict=False)
    if route.body is not None:
        words["body"] = json.shape(value, route.body)
    return words


def _query(query_string: bytes, repeats: frozenset[str]) -> dict[str, str]:
    """Read a query string; an empty value means "not given", the last of several counts.

    Those of `repeats` are joined by commas.
    """
    try:
        pairs = parse_qsl(query_string.decode(), strict_parsing=False, errors="strict")
    except (UnicodeDecodeError, ValueError):
        raise Fault(HTTPStatus.BAD_REQUEST, "The query string is not UTF-8.") from None
    for name, value in pairs:
        if "\0" in value:
            raise Fault(HTTPStatus.BAD_REQUEST, f"{name} must not hold a NUL character.")
    found = {name: value for name, value in pairs if value}
    joined = {name: ",".join(value for one, value in pairs if one == name) for name in repeats}
    return found | {name: value for name, value in joined.items() if value}
