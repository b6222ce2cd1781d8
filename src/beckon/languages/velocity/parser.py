"""Parses text and directives into a tree: escapes, comments and white space are settled here.

White space follows the original's mode `lines`: a directive alone in its line takes the line
with it. The two rules stand in `_begin` (blanks before) and `_finish` (the line end after).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from beckon.languages.errors import DEFAULT_LIMITS, Limits
from beckon.languages.velocity import lexer
from beckon.languages.velocity.expressions import ExpressionParser
from beckon.languages.velocity.lexer import past
from beckon.languages.velocity.merge_tags import find_tag
from beckon.languages.velocity.pieces import Lines, Pieces
from beckon.languages.velocity.source import Source
from beckon.languages.velocity.tree import (
    Body,
    Break,
    Call,
    Constant,
    Define,
    Evaluate,
    Expression,
    Foreach,
    If,
    Include,
    Interpolation,
    Macro,
    MacroCall,
    Output,
    Reference,
    Set,
    Stop,
)

_BLOCK_WORDS = frozenset({"else", "elseif", "end"})
_DIRECTIVES = _BLOCK_WORDS | {
    "break",
    "define",
    "evaluate",
    "foreach",
    "if",
    "include",
    "macro",
    "parse",
    "set",
    "stop",
}
_SET_OPENS = re.compile(r"[ \t]*\(")
_OPENS = re.compile(r"[ \t\r\n]*\(")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A tree, and the macros defined anywhere in it."""

    body: Body
    macros: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Directive:
    """A directive as found: its word, whether it had an `@`, its offsets, whether a line is its."""

    word: str
    has_at: bool
    start: int
    end: int
    is_first: bool


@dataclass(frozen=True, slots=True)
class Dialect:
    """What is read besides the original's grammar, and how much of it."""

    limits: Limits = DEFAULT_LIMITS
    merge_tags: bool = True


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


class TemplateParser(ExpressionParser):
    """Reads one source from its first character to its last."""

    def __init__(
        self, source: Source, dialect: Dialect, macros: frozenset[str], depth: int = 0
    ) -> None:
        super().__init__(source, depth, merge_tags=dialect.merge_tags)
        self.dialect = dialect
        self.macros = macros
        self.defined: set[str] = set()
        self.lines = Lines(self.text)
        self.blocks = 0

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
            self.at += 1
        else:
            tag, self.at = found
            self._count(self.at)
            pieces.node(tag)

    def _dollar(self, pieces: Pieces, backslashes: int) -> None:
        start = self.at
        before = lexer.DOLLARS.match(self.text, start)
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
            pieces.text("\\" * backslashes + "$")
            self.at = start + 1
            self._lost_bang()

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
        if match is None or not self._is_directive(match):
            pieces.text("\\" * backslashes + "#")
            self.at += 1
            return False
        word = match[2] or match[3]
        if backslashes and word not in _DIRECTIVES and word not in self.macros:
            pieces.text("\\" * backslashes + match.group())
            self.at = match.end()
            return False
        if backslashes % 2:
            pieces.text("\\" * (backslashes // 2) + match.group())
            self.at = match.end()
            return False
        pieces.text("\\" * (backslashes if word == "set" else backslashes // 2))
        found = self._begin(match, pieces, can_drop=not backslashes)
        if word in _BLOCK_WORDS and not match[1]:
            if word not in closing:
                self.source.fail(f"`#{word}` closes nothing here", found.start)
            self.at = found.start
            return True
        self._count(found.start)
        self._directive(found, pieces)
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

    def _is_directive(self, match: re.Match[str]) -> bool:
        word = match[2] or match[3]
        if word == "set" and not match[1]:
            return _SET_OPENS.match(self.text, match.end()) is not None
        if word in _DIRECTIVES:
            return not match[1]
        return word in self.macros or _OPENS.match(self.text, match.end()) is not None

    def _begin(self, match: re.Match[str], pieces: Pieces, *, can_drop: bool) -> _Directive:
        word = match[2] or match[3]
        is_known = word in _DIRECTIVES or word in self.macros
        indent = self.lines.indent(match.start()) if is_known and can_drop else None
        pieces.drop(indent or 0)
        self.at = match.end()
        return _Directive(word, bool(match[1]), match.start(), self.at, indent is not None)

    def _finish(self, *, takes_line: bool) -> None:
        """Drop the rest of the line if it is blank and the directive may take it."""
        rest = lexer.BLANK_LINE_REST.match(self.text, self.at)
        if takes_line and rest is not None:
            self.at = rest.end()
            self.lines.starts(self.at)

    def _directive(self, found: _Directive, pieces: Pieces) -> None:
        readers: dict[str, Callable[[_Directive, Pieces], None]] = {
            "if": self._if,
            "set": self._set,
            "foreach": self._foreach,
            "macro": self._macro,
            "define": self._define,
            "evaluate": self._evaluate,
            "parse": self._include,
            "include": self._include,
            "break": self._break,
            "stop": self._stop,
        }
        self._check(
            self.blocks < self.dialect.limits.depth, "blocks are nested too deeply", found.start
        )
        self.blocks += 1
        readers.get(found.word, self._macro_call)(found, pieces)
        self.blocks -= 1

    def _open(self, found: _Directive) -> None:
        self.skip_space()
        self.expect("(", f"`(` after `#{found.word}`")

    def _set(self, found: _Directive, pieces: Pieces) -> None:
        self._open(found)
        opened = self.at - 1
        first = self.peek()
        if first.kind != "reference":
            self.unexpected(first, "the name to set, as in `#set($name = 1)`")
        target = self._expect_reference(first)
        if target.alternate is not None:
            self.source.fail("a name with an alternate cannot be set", first.start)
        if target.steps and isinstance(target.steps[-1], Call):
            self.source.fail("what a method gives cannot be set", first.start)
        self.expect("=", "`=`")
        value = self.expression()
        self.expect(")", "an operator or `)`", opened)
        pieces.node(Set(target, value))
        self._finish(takes_line=found.is_first)

    def _condition(self, found: _Directive) -> Expression:
        self._open(found)
        opened = self.at - 1
        condition = self.expression()
        self.expect(")", "an operator or `)`", opened)
        return condition

    def _if(self, found: _Directive, pieces: Pieces) -> None:
        branches: list[tuple[Expression, Body]] = []
        otherwise: Body = ()
        closing = _BLOCK_WORDS
        word = "if"
        while word != "end":
            if word == "else":
                closing = frozenset({"end"})
                self._finish(takes_line=True)
                otherwise = self.block(closing, found.start)
            else:
                condition = self._condition(found)
                if word == "if" and found.is_first:
                    self.lines.starts(self.at)
                self._finish(takes_line=True)
                branches.append((condition, self.block(closing, found.start)))
            word = self._closing_word()
        self._finish(takes_line=found.is_first)
        pieces.node(If(tuple(branches), otherwise))

    def _closing_word(self) -> str:
        match = lexer.DIRECTIVE.match(self.text, self.at)
        assert match is not None, "block() stops at a directive or at the end"
        self.at = match.end()
        return match[2] or match[3]

    def _block(
        self, found: _Directive, closing: frozenset[str] = frozenset({"end"})
    ) -> tuple[Body, str]:
        """Read a block with its closing word; answer both."""
        self._finish(takes_line=True)
        body = self.block(closing, found.start)
        word = self._closing_word()
        if word == "end":
            self._finish(takes_line=found.is_first)
        return body, word

    def _foreach(self, found: _Directive, pieces: Pieces) -> None:
        arguments = self._directive_arguments(found, needed=True)
        match arguments:
            case [Reference(name, ()), _, items, *_]:
                pass
            case _:
                self.source.fail("write `#foreach($item in $items)`", found.end)
        body, word = self._block(found, frozenset({"else", "end"}))
        otherwise: Body = ()
        if word == "else":
            otherwise, _ = self._block(found)
        place = self.source.place(found.start)
        pieces.node(Foreach(name, items, body, otherwise, place))

    def _directive_arguments(self, found: _Directive, *, needed: bool) -> list[Expression]:
        """Read values separated by blanks or commas; a bare word is a Constant of None."""
        opens = _OPENS.match(self.text, self.at)
        if opens is None:
            if needed:
                self.source.fail(f"`#{found.word}` needs its arguments in `(…)`", found.end)
            return []
        self.at = opens.end()
        arguments: list[Expression] = []
        with self.nested(found.start):
            while not self._closes(opens.end() - 1):
                arguments.append(self._word_or_argument())
        return arguments

    def _closes(self, opened: int) -> bool:
        self.at = past(lexer.SEPARATORS, self.text, self.at)
        found = self.peek()
        if found.kind == "end":
            self.unexpected(found, "`)`", opened)
        if found.text == ")":
            self.at = found.end
        return found.text == ")"

    def _word_or_argument(self) -> Expression:
        found = self.peek()
        if found.kind == "word" and found.text not in {"true", "false"}:
            self.at = found.end
            return Constant(None)
        return self.argument()

    def _macro(self, found: _Directive, pieces: Pieces) -> None:
        opens = _OPENS.match(self.text, self.at)
        name = lexer.token(self.text, opens.end()) if opens else None
        if name is None or name.kind != "word":
            self.source.fail("write `#macro(name $a $b)`", found.end)
        self.at = name.end
        parameters: list[tuple[str, Expression | None]] = []
        while not self._closes(name.start):
            parameters.append(self._parameter(parameters))
        body, _ = self._block(found)
        if name.text not in _DIRECTIVES:
            self.defined.add(name.text)
            pieces.node(Macro(name.text, tuple(parameters), body))

    def _parameter(
        self, before: list[tuple[str, Expression | None]]
    ) -> tuple[str, Expression | None]:
        found = self.peek()
        if found.kind != "reference":
            self.unexpected(found, "a parameter such as `$name`")
        reference = self._expect_reference(found)
        if reference.steps or reference.alternate:
            self.source.fail("a parameter is a plain name", found.start)
        if self.peek().text != "=":
            has_default = bool(before) and before[-1][1] is not None
            self._check(not has_default, "parameters with a default come last", found.start)
            return reference.name, None
        self.at = self.peek().end
        return reference.name, self.argument()

    def _define(self, found: _Directive, pieces: Pieces) -> None:
        match self._directive_arguments(found, needed=True):
            case [Reference(name, ())]:
                pieces.node(Define(name, self._block(found)[0]))
            case _:
                self.source.fail("write `#define($name)`", found.end)

    def _evaluate(self, found: _Directive, pieces: Pieces) -> None:
        opens = _OPENS.match(self.text, self.at)
        at = lexer.token(self.text, opens.end()).start if opens else found.start
        if opens is None or self.text.startswith(")", at):
            self.source.fail('write `#evaluate("…")`', found.start)
        arguments = self._directive_arguments(found, needed=True)
        if len(arguments) != 1:
            self.source.fail('write `#evaluate("…")`, with one value', found.start)
        match arguments[0]:
            case Reference() | Interpolation() | Constant(str()):
                places = self.source.place(found.start), self.source.place(at + 1)
                pieces.node(Evaluate(arguments[0], *places))
            case _:
                self.source.fail("`#evaluate` takes a string or a reference", at)
        self._finish(takes_line=found.is_first)

    def _include(self, found: _Directive, pieces: Pieces) -> None:
        names = self._directive_arguments(found, needed=True)
        if not names or (found.word == "parse" and len(names) > 1):
            self.source.fail(f"write `#{found.word}('name')`", found.end)
        how = "parse" if found.word == "parse" else "include"
        pieces.node(Include(tuple(names), how, self.source.place(found.start)))
        self._finish(takes_line=found.is_first)

    def _break(self, found: _Directive, pieces: Pieces) -> None:
        arguments = self._directive_arguments(found, needed=False)
        match arguments:
            case []:
                loop = None
            case [Reference(), *_]:
                loop = arguments[0]
            case _:
                self.source.fail("`#break` takes a loop, as in `#break($foreach)`", found.end)
        pieces.node(Break(loop, self.source.place(found.start)))
        self._finish(takes_line=found.is_first)

    def _stop(self, found: _Directive, pieces: Pieces) -> None:
        self._directive_arguments(found, needed=False)
        pieces.node(Stop())
        self._finish(takes_line=found.is_first)

    def _macro_call(self, found: _Directive, pieces: Pieces) -> None:
        arguments = self._directive_arguments(found, needed=False)
        block = self._block(found)[0] if found.has_at else None
        written = self.text[found.start : self.at]
        place = self.source.place(found.start)
        pieces.node(MacroCall(found.word, tuple(arguments), block, written, place))
        is_known = found.word in self.macros
        if block is None:
            self._finish(takes_line=found.is_first and is_known)
