"""Parses directives: what follows the word behind a `#`, up to the end of the directive.

White space follows the original's mode `lines`: a directive alone in its line takes the line
with it. The two rules stand in `begin` (blanks before) and `_finish` (the line end after).
"""

import re
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from beckon.languages.errors import DEFAULT_LIMITS, Limits
from beckon.languages.velocity import lexer
from beckon.languages.velocity.expressions import ExpressionParser
from beckon.languages.velocity.lexer import past
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
    Reference,
    Set,
    Stop,
)

BLOCK_WORDS = frozenset({"else", "elseif", "end"})
DIRECTIVES = BLOCK_WORDS | {
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
_BLOCKS_MAX = 64  # whatever the caller's limit: Python itself stops at 99 levels of indentation
_SET_OPENS = re.compile(r"[ \t]*\(")
_OPENS = re.compile(r"[ \t\r\n]*\(")


@dataclass(frozen=True, slots=True)
class Directive:
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


class DirectiveParser(ExpressionParser):
    """Reads the directives of one source, each into one node."""

    def __init__(
        self, source: Source, dialect: Dialect, macros: frozenset[str], depth: int = 0
    ) -> None:
        super().__init__(source, depth, merge_tags=dialect.merge_tags)
        self.dialect = dialect
        self.macros = macros
        self.defined: set[str] = set()
        self.lines = Lines(self.text)
        self.blocks = 0

    @abstractmethod
    def block(self, closing: frozenset[str], opened: int | None) -> Body:
        """Read up to one of the closing words, which is left to be read; or to the end."""

    def is_directive(self, match: re.Match[str]) -> bool:
        """Tell whether a word behind a `#` begins a directive or a macro's call here."""
        word = match[2] or match[3]
        if word == "set" and not match[1]:
            return _SET_OPENS.match(self.text, match.end()) is not None
        if word in DIRECTIVES:
            return not match[1]
        return word in self.macros or _OPENS.match(self.text, match.end()) is not None

    def begin(self, match: re.Match[str], pieces: Pieces, *, can_drop: bool) -> Directive:
        """Take note of a directive and drop the blanks before it if it is the first in its line."""
        word = match[2] or match[3]
        is_known = word in DIRECTIVES or word in self.macros
        indent = self.lines.indent(match.start()) if is_known and can_drop else None
        pieces.drop(indent or 0)
        self.at = match.end()
        return Directive(word, bool(match[1]), match.start(), self.at, indent is not None)

    def _finish(self, *, takes_line: bool) -> None:
        """Drop the rest of the line if it is blank and the directive may take it."""
        rest = lexer.BLANK_LINE_REST.match(self.text, self.at)
        if takes_line and rest is not None:
            self.at = rest.end()
            self.lines.starts(self.at)

    def directive(self, found: Directive, pieces: Pieces) -> None:
        """Read a directive from behind its word, with its block."""
        readers: dict[str, Callable[[Directive, Pieces], None]] = {
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
        blocks_max = min(self.dialect.limits.depth, _BLOCKS_MAX)
        self._check(self.blocks < blocks_max, "blocks are nested too deeply", found.start)
        self.blocks += 1
        readers.get(found.word, self._macro_call)(found, pieces)
        self.blocks -= 1

    def _open(self, found: Directive) -> None:
        self.skip_space()
        self.expect("(", f"`(` after `#{found.word}`")

    def _set(self, found: Directive, pieces: Pieces) -> None:
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

    def _condition(self, found: Directive) -> Expression:
        self._open(found)
        opened = self.at - 1
        condition = self.expression()
        self.expect(")", "an operator or `)`", opened)
        return condition

    def _if(self, found: Directive, pieces: Pieces) -> None:
        branches: list[tuple[Expression, Body]] = []
        otherwise: Body = ()
        closing = BLOCK_WORDS
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
        self, found: Directive, closing: frozenset[str] = frozenset({"end"})
    ) -> tuple[Body, str]:
        """Read a block with its closing word; answer both."""
        self._finish(takes_line=True)
        body = self.block(closing, found.start)
        word = self._closing_word()
        if word == "end":
            self._finish(takes_line=found.is_first)
        return body, word

    def _foreach(self, found: Directive, pieces: Pieces) -> None:
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

    def _directive_arguments(self, found: Directive, *, needed: bool) -> list[Expression]:
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

    def _macro(self, found: Directive, pieces: Pieces) -> None:
        opens = _OPENS.match(self.text, self.at)
        name = lexer.token(self.text, opens.end()) if opens else None
        if name is None or name.kind != "word":
            self.source.fail("write `#macro(name $a $b)`", found.end)
        self.at = name.end
        parameters: list[tuple[str, Expression | None]] = []
        while not self._closes(name.start):
            parameters.append(self._parameter(parameters))
        body, _ = self._block(found)
        if name.text not in DIRECTIVES:
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

    def _define(self, found: Directive, pieces: Pieces) -> None:
        match self._directive_arguments(found, needed=True):
            case [Reference(name, ())]:
                pieces.node(Define(name, self._block(found)[0]))
            case _:
                self.source.fail("write `#define($name)`", found.end)

    def _evaluate(self, found: Directive, pieces: Pieces) -> None:
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

    def _include(self, found: Directive, pieces: Pieces) -> None:
        names = self._directive_arguments(found, needed=True)
        if not names or (found.word == "parse" and len(names) > 1):
            self.source.fail(f"write `#{found.word}('name')`", found.end)
        place = self.source.place(found.start)
        pieces.node(Include(tuple(names), "parse" if found.word == "parse" else "include", place))
        self._finish(takes_line=found.is_first)

    def _break(self, found: Directive, pieces: Pieces) -> None:
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

    def _stop(self, found: Directive, pieces: Pieces) -> None:
        self._directive_arguments(found, needed=False)
        pieces.node(Stop())
        self._finish(takes_line=found.is_first)

    def _macro_call(self, found: Directive, pieces: Pieces) -> None:
        arguments = self._directive_arguments(found, needed=False)
        block = self._block(found)[0] if found.has_at else None
        written = self.text[found.start : self.at]
        place = self.source.place(found.start)
        pieces.node(MacroCall(found.word, tuple(arguments), block, written, place))
        is_known = found.word in self.macros
        if block is None:
            self._finish(takes_line=found.is_first and is_known)
