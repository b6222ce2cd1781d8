"""Merge tags beside `{{ }}`: `%FIRSTNAME%`, `%FIRSTNAME|fallback%`, `%PERSONAL.BONUS|0%`.

A tag becomes the output of a name with a default. Its value is never read as template text: a
contact whose first name looks like a tag sees that name in the letter.
"""

from collections.abc import Iterator

from liquid import Token
from liquid.exceptions import LiquidSyntaxError
from liquid.token import TOKEN_EXPRESSION, TOKEN_OUTPUT

from beckon.languages.merge_tags import TAG, is_tag


def split_at_tags(text: Token) -> Iterator[Token]:
    """Cut a token of text at its merge tags. Raises LiquidSyntaxError for an unusable fallback."""
    position = begun = 0
    while found := TAG.search(text.value, position):
        if not is_tag(found):
            # The closing sign may open the next tag.
            position = found.end() - 1
            continue
        if found.start() > begun:
            yield _part(text, begun, found.start())
        yield from _output(_part(text, found.start(), found.end()), found[1], found[2] or "")
        position = begun = found.end()
    if begun < len(text.value):
        yield _part(text, begun, len(text.value))


def _part(text: Token, start: int, end: int) -> Token:
    return text._replace(value=text.value[start:end], start_index=text.start_index + start)


def _output(tag: Token, name: str, fallback: str) -> Iterator[Token]:
    quote = '"' if "'" in fallback else "'"
    if quote in fallback:
        raise LiquidSyntaxError("a fallback may hold ' or \", but not both", token=tag)
    yield tag._replace(kind=TOKEN_OUTPUT)
    expression = f"['{name}'] | default: {quote}{fallback}{quote}"
    yield tag._replace(kind=TOKEN_EXPRESSION, value=expression)
