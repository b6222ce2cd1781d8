"""What a text must look like, and how it becomes the words for one person."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import assert_never

from beckon.domain.templates.model import Language, Rendered, Text
from beckon.domain.templates.plain_text import to_plain_text
from beckon.kit.refusals import Invalid
from beckon.languages import liquid
from beckon.languages.errors import TemplateError

NAME_CHARACTERS_MAX = 200
SUBJECT_CHARACTERS_MAX = 998
BODY_BYTES_MAX = 1_048_576
TAGS_MAX = 50

Render = Callable[[Mapping[str, object]], str]


class TemplateInvalid(Invalid):
    """A text that cannot be read, with line and column."""

    code = "template_invalid"


def check_name(name: str) -> str:
    """Trim a template's name. Raises Invalid unless 1 to 200 printable characters are left."""
    trimmed = name.strip()
    if not 0 < len(trimmed) <= NAME_CHARACTERS_MAX or not trimmed.isprintable():
        raise Invalid(
            f"name must have 1 to {NAME_CHARACTERS_MAX} characters and no control characters."
        )
    return trimmed


def check_tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    """Take up to 50 tags of up to 200 characters. Raises Invalid."""
    if len(tags) > TAGS_MAX:
        raise Invalid(f"tags: at most {TAGS_MAX} tags.")
    for place, tag in enumerate(tags):
        if not 0 < len(tag.strip()) <= NAME_CHARACTERS_MAX:
            raise Invalid(f"tags[{place}] must have 1 to {NAME_CHARACTERS_MAX} characters.")
    return tuple(tag.strip() for tag in tags)


def check_text(text: Text) -> Text:
    """Read every part of a text. Raises TemplateInvalid naming part, line and column."""
    if not text.subject.strip():
        raise Invalid("subject must not be empty.")
    if len(text.subject) > SUBJECT_CHARACTERS_MAX or not text.subject.isprintable():
        raise Invalid(f"subject must be one line of at most {SUBJECT_CHARACTERS_MAX} characters.")
    for part, source, html in _parts(text):
        if len(source.encode()) > BODY_BYTES_MAX:
            raise Invalid(f"{part} must have at most {BODY_BYTES_MAX} bytes.")
        try:
            _compiled(text.language, source, html=html)
        except TemplateError as fault:
            raise TemplateInvalid(f"{part}: {fault}") from None
    return text


def render(text: Text, data: Mapping[str, object]) -> Rendered:
    """Fill the places for one person. Raises TemplateError with line and column.

    Values are HTML-escaped in the body, not in subject and plain text.
    """
    body = _compiled(text.language, text.body, html=True)(data)
    return Rendered(
        subject=" ".join(_compiled(text.language, text.subject, html=False)(data).split()),
        body=body,
        plain=to_plain_text(body)
        if text.plain is None
        else _compiled(text.language, text.plain, html=False)(data),
    )


def _parts(text: Text) -> list[tuple[str, str, bool]]:
    parts = [("subject", text.subject, False), ("body", text.body, True)]
    return parts if text.plain is None else [*parts, ("plainText", text.plain, False)]


@lru_cache(maxsize=4096)
def _compiled(language: Language, source: str, *, html: bool) -> Render:
    match language:
        case Language.LIQUID:
            return liquid.compile_template(source, html=html).render
        case Language.PLAIN:
            return lambda _: source
        case _:
            assert_never(language)
