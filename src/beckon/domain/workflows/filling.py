"""Values of steps with places to fill, written in Liquid as templates are."""

from collections.abc import Mapping
from functools import lru_cache

from beckon.kit import json
from beckon.languages.errors import TemplateError
from beckon.languages.liquid import Template, compile_template

BYTES_MAX = 65_536


def fill(value: object, data: Mapping[str, object]) -> object:
    """Fill every text inside a JSON value. Raises TemplateError.

    A text that is one place and nothing else, `{{ order.total }}`, becomes the value itself, be it
    a number or a list; any other becomes text.
    """
    if isinstance(value, str):
        return fill_text(value, data) if "{" in value else value
    if isinstance(value, Mapping):
        return {name: fill(inner, data) for name, inner in value.items()}
    if isinstance(value, list):
        return [fill(inner, data) for inner in value]
    return value


def fill_text(text: str, data: Mapping[str, object]) -> object:
    """Fill one text, or take the value that its only place names."""
    name = text.strip().removeprefix("{{").removesuffix("}}").strip()
    if text.strip() == f"{{{{ {name} }}}}" and all(part.isidentifier() for part in name.split(".")):
        found: object = data
        for part in name.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
        return found
    return _compiled(text).render(data)


def find_fault(value: object) -> str | None:
    """Tell what is wrong with the places in a JSON value; None when all can be filled."""
    if len(json.write(value)) > BYTES_MAX:
        return f"must have at most {BYTES_MAX} bytes"
    try:
        _compile_all(value)
    except TemplateError as fault:
        return f"cannot be read: {fault}"
    return None


def _compile_all(value: object) -> None:
    if isinstance(value, str):
        _compiled(value)
    elif isinstance(value, Mapping):
        for inner in value.values():
            _compile_all(inner)
    elif isinstance(value, list):
        for inner in value:
            _compile_all(inner)


@lru_cache(maxsize=1000)
def _compiled(text: str) -> Template:
    return compile_template(text)
