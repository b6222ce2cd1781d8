"""Finds where a template is more than plain text, for tools that know nothing of templates."""

from collections.abc import Iterator
from typing import TypeAlias

from liquid import Token
from liquid.exceptions import LiquidError
from liquid.token import TOKEN_COMMENT, TOKEN_CONTENT

from beckon.languages.liquid.faults import template_error
from beckon.languages.liquid.lexer import Pieces
from beckon.languages.liquid.merge_tags import split_at_tags

Span: TypeAlias = tuple[int, int]
"""Offsets of a stretch's first character and of the one behind its last."""


def code_spans(source: str) -> list[Span]:
    """List start and end of each stretch of outputs, tags and merge tags, in order.

    A comment is one stretch with all that is in it, and so are neighbours. Raises TemplateError
    for a merge tag that cannot be read and for too many pieces.
    """
    try:
        plain = list(_plain(source))
    except LiquidError as error:
        raise template_error(error, phase="compile") from None
    spans, at = [], 0
    for start, end in (*plain, (len(source), len(source))):
        if at < start:
            spans.append((at, start))
        at = end
    return spans


def _plain(source: str) -> Iterator[Span]:
    depth = 0
    for piece in Pieces(source):
        depth += (piece.name == TOKEN_COMMENT) - (piece.name == "endcomment")
        if piece.kind == TOKEN_CONTENT and not depth:
            text = Token(TOKEN_CONTENT, piece.content, piece.start, source)
            for token in split_at_tags(text):
                if token.kind == TOKEN_CONTENT:
                    yield token.start_index, token.start_index + len(token.value)
