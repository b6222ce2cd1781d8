"""Cuts a template into the tokens that python-liquid parses, in time linear in its length.

Invariant: the tokens are python-liquid's own, to the letter. Its regular expressions would need
quadratic time for an unclosed `raw` or a long run of blanks, and cannot be interrupted.
"""

import re
from collections.abc import Generator, Iterator
from typing import NamedTuple, NoReturn

from liquid.exceptions import LiquidSyntaxError, ResourceLimitError
from liquid.token import (
    TOKEN_COMMENT,
    TOKEN_CONTENT,
    TOKEN_DOC,
    TOKEN_EOF,
    TOKEN_EXPRESSION,
    TOKEN_OUTPUT,
    TOKEN_TAG,
    Token,
)

from beckon.languages.liquid.merge_tags import split_at_tags

EXPRESSION_CHARACTERS_MAX = 10_000
CODE_CHARACTERS_MAX = 200_000
"""Characters in one tag or output, and in all of them."""

PIECES_MAX = 10_000

RAW = "raw"
MARKUP = re.compile(r"\{[{%]")
TAG_NAME = re.compile(r"\{%-?\s*(#|\w+)")
VERBATIM_ENDS = {
    RAW: re.compile(r"\{%-?\s*endraw\s*-?%\}"),
    TOKEN_DOC: re.compile(r"\{%-?\s*enddoc\s*-?%\}"),
}


class Piece(NamedTuple):
    """A stretch of the source: text, an output, a tag, or a whole `raw` or `doc` block.

    `content` is what stands in it, without delimiters and blanks around, from `content_start`
    on. `trims_after` tells whether blanks after the piece go; `trims_end`, of a text, whether
    its own last blanks do.
    """

    kind: str
    start: int
    end: int
    content: str
    content_start: int
    name: str = ""
    name_start: int = 0
    trims_after: bool = False
    trims_end: bool = False


class Pieces:
    """Cuts the source once; what a search has missed is not searched for again."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._absent: set[str] = set()

    def __iter__(self) -> Iterator[Piece]:
        position = count = code = 0
        while position < len(self._source):
            count += 1
            if count > PIECES_MAX:
                self._refuse(f"has at most {PIECES_MAX} tags, outputs and texts", position)
            if code > CODE_CHARACTERS_MAX:
                self._refuse(f"holds at most {CODE_CHARACTERS_MAX} characters in tags", position)
            opening = self._source[position : position + 2]
            piece = None
            if opening == "{%":
                piece = self._tag(position)
            elif opening == "{{":
                piece = self._output(position)
            piece = piece or self._text(position)
            yield piece
            position = piece.end
            if piece.kind in {TOKEN_OUTPUT, TOKEN_TAG}:
                code += len(piece.content)

    def _refuse(self, rule: str, position: int) -> NoReturn:
        place = Token(TOKEN_EOF, "", position, self._source)
        raise ResourceLimitError(f"a template {rule}", token=place)

    def _output(self, start: int) -> Piece | None:
        inner = start + 2
        if self._source.startswith("-", inner):
            inner += 1
        close = self._find("}}", inner)
        if close < 0:
            return None
        content, content_start, trims = _trimmed(self._source, inner, close)
        return Piece(TOKEN_OUTPUT, start, close + 2, content, content_start, trims_after=trims)

    def _tag(self, start: int) -> Piece | None:
        opened = TAG_NAME.match(self._source, start)
        close = self._find("%}", opened.end()) if opened else -1
        if opened is None or close < 0:
            return None
        name = opened.group(1)
        content, content_start, trims = _trimmed(self._source, opened.end(), close)
        if name in VERBATIM_ENDS and not content:
            block = self._verbatim(name, start, close + 2, trims=trims)
            if block:
                return block
        return Piece(
            TOKEN_TAG, start, close + 2, content, content_start, name, opened.start(1), trims
        )

    def _verbatim(self, name: str, start: int, inner: int, *, trims: bool) -> Piece | None:
        if name in self._absent:
            return None
        end = VERBATIM_ENDS[name].search(self._source, inner)
        if end is None:
            self._absent.add(name)
            return None
        # python-liquid takes the mark of `doc` from its end, but that of `raw` from its beginning.
        trims_after = trims if name == RAW else end.group().endswith("-%}")
        content = self._source[inner : end.start()]
        return Piece(name, start, end.end(), content, inner, trims_after=trims_after)

    def _text(self, start: int) -> Piece:
        markup = MARKUP.search(self._source, start + 1)
        if markup:
            end = markup.start()
            trims = self._source.startswith("-", end + 2)
        else:
            end, trims = len(self._source), False
            # python-liquid makes the last line end of a template a text of its own.
            if self._source.endswith("\n") and start < end - 1:
                end -= 1
        return Piece(TOKEN_CONTENT, start, end, self._source[start:end], start, trims_end=trims)

    def _find(self, delimiter: str, start: int) -> int:
        if delimiter in self._absent:
            return -1
        found = self._source.find(delimiter, start)
        if found < 0:
            self._absent.add(delimiter)
        return found


def _trimmed(source: str, start: int, close: int) -> tuple[str, int, bool]:
    """Give what stands between a tag's delimiters, where, and whether it ends in a hyphen."""
    inner = source[start:close]
    trims = inner.endswith("-")
    if trims:
        inner = inner[:-1]
    content = inner.strip()
    return content, start + (inner.index(content) if content else 0), trims


def tokenize(source: str, *, merge_tags: bool = False) -> Iterator[Token]:
    """Yield the tokens of a template; merge tags are outputs, if they are wanted.

    Raises LiquidSyntaxError for markup without an end and ResourceLimitError for an expression
    of more than 10,000 characters.
    """
    trims = False
    pieces = iter(Pieces(source))
    for piece in pieces:
        if piece.kind == TOKEN_CONTENT:
            text = piece.content.lstrip() if trims else piece.content
            text = text.rstrip() if piece.trims_end else text
            if text:
                _check_text(text, piece, source)
                content = Token(TOKEN_CONTENT, text, piece.start, source)
                yield from split_at_tags(content) if merge_tags else (content,)
            continue
        trims = piece.trims_after
        if piece.kind == RAW:
            yield Token(TOKEN_CONTENT, piece.content, piece.start, source)
        elif piece.kind == TOKEN_DOC:
            yield Token(TOKEN_DOC, piece.content, piece.start, source)
        else:
            yield from _markup(piece, source)
        if piece.name == TOKEN_COMMENT:
            trims = yield from _comment(pieces, piece, source)


def _markup(piece: Piece, source: str) -> Iterator[Token]:
    if piece.kind == TOKEN_TAG:
        yield Token(TOKEN_TAG, piece.name, piece.name_start, source)
    else:
        yield Token(TOKEN_OUTPUT, source[piece.start : piece.end], piece.start, source)
    if piece.content or piece.kind == TOKEN_OUTPUT:
        expression = Token(TOKEN_EXPRESSION, piece.content, piece.content_start, source)
        if len(piece.content) > EXPRESSION_CHARACTERS_MAX:
            raise ResourceLimitError(
                f"one tag holds at most {EXPRESSION_CHARACTERS_MAX} characters", token=expression
            )
        yield expression


def _comment(pieces: Iterator[Piece], opened: Piece, source: str) -> Generator[Token, None, bool]:
    """Yield a comment, with those inside it, as one token; tell whether blanks after it go."""
    depth = 1
    text: list[str] = []
    for piece in pieces:
        depth += (piece.name == TOKEN_COMMENT) - (piece.name == "endcomment")
        if not depth:
            yield Token(TOKEN_COMMENT, "".join(text), opened.end, source)
            yield Token(TOKEN_TAG, piece.name, piece.name_start, source)
            return piece.trims_after
        text.append(source[piece.start : piece.end])
    return False


def _check_text(text: str, piece: Piece, source: str) -> None:
    here = Token(TOKEN_EOF, source[piece.start : piece.end], piece.start, source)
    if text.startswith("{{"):
        raise LiquidSyntaxError("this '{{' is never closed; end it with '}}'", token=here)
    if text.startswith("{%"):
        raise LiquidSyntaxError("this '{%' lacks a tag name or its '%}'", token=here)
