"""Parses a template into a tree: text, escapes, comments and what begins with a mark."""

import re
from dataclasses import dataclass
from typing import TypeAlias

from beckon.languages.velocity import lexer
from beckon.languages.velocity.directives import (
    BLOCK_WORDS,
    DIRECTIVES,
    Dialect,
    DirectiveParser,
)
from beckon.languages.velocity.lexer import past
from beckon.languages.velocity.merge_tags import find_tag
from beckon.languages.velocity.pieces import Pieces
from beckon.languages.velocity.source import Source
from beckon.languages.velocity.tree import Body, Output

Span: TypeAlias = tuple[int, int]
"""Offsets of a stretch's first character and of the one behind its last."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A tree, and the macros defined anywhere in it."""

    body: Body
    macros: frozenset[str]


def parse(source: Source, dialect: Dialect, known_macros: frozenset[str] = frozenset()) -> Parsed:
    """Parse a whole template. Raises TemplateError at the first character that cannot stand.

    `known_macros` are names defined elsewhere. Macros hold before their definition too, and a
    call is laid out differently from plain text: a template that defines any is read twice.
    """
    parsed = _parse_once(source, dialect, known_macros)
    if parsed.macros <= known_macros:
        return parsed
    again = _parse_once(source, dialect, known_macros | parsed.macros)
    return Parsed(again.body, parsed.macros)


def _parse_once(source: Source, dialect: Dialect, macros: frozenset[str]) -> Parsed:
    parser = TemplateParser(source, dialect, macros)
    body = parser.block(frozenset(), None)
    return Parsed(body, frozenset(parser.defined))


def code_spans(text: str) -> list[Span]:
    """List where a template is more than plain text: start and end of each stretch, in order.

    Escapes, comments and raw blocks count as code; neighbouring constructs are one stretch.
    Raises TemplateError as `parse` does.
    """
    source = Source(text)
    macros = _parse_once(source, Dialect(), frozenset()).macros
    parser = TemplateParser(source, Dialect(), macros)
    parser.block(frozenset(), None)
    spans, at = [], 0
    for start, end in (*parser.plain, (len(text), len(text))):
        if at < start:
            spans.append((at, start))
        at = max(at, end)
    return spans


class TemplateParser(DirectiveParser):
    """Reads one source from its first character to its last; `plain` is where it is just text."""

    def __init__(
        self, source: Source, dialect: Dialect, macros: frozenset[str], depth: int = 0
    ) -> None:
        super().__init__(source, dialect, macros, depth)
        self.plain: list[Span] = []
        self._no_reference_before = 0

    def parse_inner(self, inner: Source) -> Body:
        """Parse the content of a double-quoted string."""
        parser = TemplateParser(inner, self.dialect, self.macros, self.depth)
        parser.nodes, parser.blocks, parser.defined = self.nodes, self.blocks, self.defined
        body = parser.block(frozenset(), None)
        self.nodes = parser.nodes
        return body

    def block(self, closing: frozenset[str], opened: int | None) -> Body:
        """Read up to one of the closing words, which is left to be read; or to the end."""
        pieces = Pieces()
        while True:
            mark = lexer.MARK.search(self.text, self.at)
            end = mark.start() if mark else len(self.text)
            pieces.text(self.text[self.at : end])
            self.lines.passed(self.at, end)
            if self.at < end:
                self.plain.append((self.at, end))
            self.at = end
            if mark is None:
                break
            if self._mark(pieces, closing):
                return pieces.body()
        if closing:
            message = "a block is open at the end of the template: its `#end` is missing"
            self.source.fail(message, len(self.text), opened=opened)
        return pieces.body()

    def _mark(self, pieces: Pieces, closing: frozenset[str]) -> bool:
        """Read what stands at a mark. True when it is a closing word."""
        match self.text[self.at]:
            case "\\":
                return self._backslashes(pieces, closing)
            case "$":
                self._dollar(pieces, 0)
                return False
            case "#":
                return self._hash(pieces, closing, 0)
            case _:
                self._percent(pieces)
                return False

    def _backslashes(self, pieces: Pieces, closing: frozenset[str]) -> bool:
        end = past(lexer.BACKSLASHES, self.text, self.at)
        count, self.at = end - self.at, end
        if self.text.startswith("$", end):
            self._dollar(pieces, count)
        elif self.text.startswith("#", end):
            return self._hash(pieces, closing, count)
        else:
            pieces.text("\\" * count)
        return False

    def _percent(self, pieces: Pieces) -> None:
        found = find_tag(self.text, self.at) if self.merge_tags else None
        if found is None:
            pieces.text("%")
            self._is_plain(self.at + 1)
        else:
            tag, self.at = found
            self._count(self.at)
            pieces.node(tag)

    def _dollar(self, pieces: Pieces, backslashes: int) -> None:
        start = self.at
        before = self._dollars()
        if before is not None:
            self.at = before.end()
            reference = self.reference()
            assert reference is not None, "the pattern looked ahead"
            pieces.node(Output(reference, backslashes, before.group()))
        elif escaped := lexer.ESCAPED_BANG.match(self.text, start):
            # `$\!x` prints `$!x`: one backslash goes, the rest is text.
            pieces.text("\\" * backslashes + "$" + escaped.group()[2:])
            self.at = escaped.end()
        else:
            end = max(start + 1, past(lexer.DOLLAR_RUN, self.text, start))
            pieces.text("\\" * backslashes + self.text[start:end])
            self._is_plain(end)
            self._lost_bang()

    def _dollars(self) -> re.Match[str] | None:
        """Match the dollars before that of a reference; a run without one is looked at once."""
        if self.at < self._no_reference_before:
            return None
        found = lexer.DOLLARS.match(self.text, self.at)
        if found is None:
            self._no_reference_before = past(lexer.DOLLAR_RUN, self.text, self.at) + 1
        return found

    def _is_plain(self, end: int) -> None:
        """Pass marks that begin nothing."""
        self.plain.append((self.at, end))
        self.at = end

    def _lost_bang(self) -> None:
        """Skip the `!` of a `$!` that begins no reference, as the original does."""
        rest = self.text[self.at : self.at + 2]
        if len(rest) > 1 and rest[0] == "!" and rest[1] not in "{$":
            self.at += 1

    def _hash(self, pieces: Pieces, closing: frozenset[str], backslashes: int) -> bool:
        if self.text.startswith(("##", "#*", "#[["), self.at):
            pieces.text("\\" * backslashes)
            self._comment_or_raw(pieces)
            return False
        match = lexer.DIRECTIVE.match(self.text, self.at)
        if match is None or not self.is_directive(match):
            pieces.text("\\" * backslashes + "#")
            self._is_plain(self.at + 1)
            return False
        word = match[2] or match[3]
        if backslashes and word not in DIRECTIVES and word not in self.macros:
            pieces.text("\\" * backslashes + match.group())
            self.at = match.end()
            return False
        if backslashes % 2:
            pieces.text("\\" * (backslashes // 2) + match.group())
            self.at = match.end()
            return False
        pieces.text("\\" * (backslashes if word == "set" else backslashes // 2))
        found = self.begin(match, pieces, can_drop=not backslashes)
        if word in BLOCK_WORDS and not match[1]:
            if word not in closing:
                self.source.fail(f"`#{word}` closes nothing here", found.start)
            self.at = found.start
            return True
        self._count(found.start)
        self.directive(found, pieces)
        return False

    def _comment_or_raw(self, pieces: Pieces) -> None:
        start = self.at
        if self.text.startswith("##", start):
            end = lexer.LINE_END.search(self.text, start)
            self.at = end.end() if end else len(self.text)
            self.lines.starts(self.at)
            return
        closing = "*#" if self.text.startswith("#*", start) else "]]#"
        end_at = self.text.find(closing, start + 2)
        if closing == "]]#":
            if end_at < 0:
                message = "`#[[` is not closed by `]]#`"
                self.source.fail(message, len(self.text) + 1, opened=start)
            pieces.text(self.text[start + 3 : end_at])
        self.at = len(self.text) if end_at < 0 else end_at + len(closing)
