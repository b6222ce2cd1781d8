"""Parses references and expressions: the half of the grammar inside directives.

Precedence, loosest first: or, and, equality, order, sum, product, sign. A minus directly
followed by a digit belongs to the number, so `$x-1` misses an operator, as in the original.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from beckon.languages.velocity import lexer
from beckon.languages.velocity.lexer import Token, past
from beckon.languages.velocity.merge_tags import split_tags
from beckon.languages.velocity.source import Source
from beckon.languages.velocity.tree import (
    Binary,
    Body,
    Call,
    Constant,
    Expression,
    Index,
    Interpolation,
    ListLiteral,
    MapLiteral,
    Negative,
    Not,
    Property,
    RangeLiteral,
    Reference,
    Step,
    Text,
)

DEPTH_MAX = 30
"""How deep expressions may nest, and how many operands one level may have."""

NODES_MAX = 10_000
"""How many constructs a template may hold."""

_OPERATORS = (
    {"||": "or", "or": "or"},
    {"&&": "and", "and": "and"},
    {"==": "==", "eq": "==", "!=": "!=", "ne": "!="},
    {"<": "<", "lt": "<", "<=": "<=", "le": "<=", ">": ">", "gt": ">", ">=": ">=", "ge": ">="},
    {"+": "+", "-": "-"},
    {"*": "*", "/": "/", "%": "%"},
)
_WORDS = frozenset({"or", "and", "eq", "ne", "lt", "le", "gt", "ge", "not", "true", "false"})
_UNICODE_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})")
_HINTS = {
    "null": "there is no `null`; test `!$name`",
    "AND": "write `and` or `&&`",
    "OR": "write `or` or `||`",
    "NOT": "write `not` or `!`",
    "=": "write `==` to compare",
    "&": "write `&&`",
    "|": "write `||`",
    "\u2018": "use straight quotes",
    "\u2019": "use straight quotes",
    "\u201c": "use straight quotes",
    "\u201d": "use straight quotes",
    "\u2013": "use `-`",
    "\u2014": "use `-`",
}


class ExpressionParser(ABC):
    """Reads expressions of one source from `self.at` on, and moves `self.at` past them."""

    def __init__(self, source: Source, depth: int = 0, *, merge_tags: bool = True) -> None:
        self.source = source
        self.merge_tags = merge_tags
        self.text = source.text
        self.at = 0
        self.depth = depth
        self.nodes = 0

    @abstractmethod
    def parse_inner(self, inner: Source) -> Body:
        """Parse the content of a double-quoted string as a template of its own."""

    def expression(self, level: int = 0) -> Expression:
        """Read an expression with operators of this level and all tighter ones."""
        if level == len(_OPERATORS):
            return self._signed()
        start = lexer.token(self.text, self.at).start
        left = self.expression(level + 1)
        operands = 1
        while (operator := self._operator(level)) is not None:
            operands += 1
            self._check(operands <= DEPTH_MAX, "too many operands; use #set for a part", start)
            left_written = self.text[start : self.at]
            self.at = operator.end
            right_start = lexer.token(self.text, self.at).start
            right = self.expression(level + 1)
            left = Binary(
                _OPERATORS[level][operator.text],
                left,
                right,
                left_written,
                self.text[right_start : self.at],
            )
        return left

    def argument(self) -> Expression:
        """Read a single value without operators, as macros, loops, lists and maps take."""
        found = self.peek()
        self._count(found.start)
        match found.kind:
            case "reference":
                return self._expect_reference(found)
            case "text" | "integer" | "decimal" | "unclosed":
                return self._literal(found)
            case "word" if found.text in {"true", "false"}:
                self.at = found.end
                return Constant(found.text == "true")
            case "sign" if found.text in {"[", "{"}:
                with self.nested(found.start):
                    return self._list_or_range() if found.text == "[" else self._map()
            case _:
                return self.unexpected(found, "a value")

    def reference(self) -> Reference | None:
        """Read the reference whose `$` stands at `self.at`; None, nothing read, if none does."""
        match = lexer.REFERENCE.match(self.text, self.at)
        if match is None:
            return None
        start, brace = self.at, match[2]
        self._count(start)
        self.at = match.end()
        steps = self._steps()
        alternate = None
        if brace:
            if self.text.startswith("|", self.at):
                alternate = self._alternate()
            self.expect("}", "`}`, which closes the reference opened with `${`", start)
        written = self.text[start : self.at]
        return Reference(match[3], steps, alternate, match[1] == "!", written)

    def peek(self) -> Token:
        """Look at the token that follows, without reading it."""
        return lexer.token(self.text, self.at)

    def expect(self, sign: str, expected: str, opened: int | None = None) -> None:
        """Read the sign given, or fail at what stands in its place."""
        found = self.peek()
        if found.text != sign:
            self.unexpected(found, expected, opened)
        self.at = found.end

    def unexpected(self, found: Token, expected: str, opened: int | None = None) -> NoReturn:
        """Fail at a token that cannot stand here, with a hint where a usual slip is seen."""
        if found.kind == "unclosed":
            message, offset = "this text is not closed: its quote is missing", len(self.text) + 1
            self.source.fail(message, offset, opened=found.start)
        shown = f"`{found.text}`" if found.text else "the end of the template"
        hint = _HINTS.get(found.text)
        if found.kind in {"integer", "decimal"} and found.text.startswith("-"):
            hint = "put a space after the minus"
        message = f"{shown} cannot stand here; expected {expected}"
        self.source.fail(f"{message} ({hint})" if hint else message, found.start, opened=opened)

    @contextmanager
    def nested(self, offset: int) -> Iterator[None]:
        """Count one level of nesting, and one construct, while the block runs."""
        self._count(offset)
        self._check(self.depth < DEPTH_MAX, "expressions are nested too deeply", offset)
        self.depth += 1
        yield
        self.depth -= 1

    def _check(self, holds: bool, message: str, offset: int) -> None:  # noqa: FBT001 - an assertion
        if not holds:
            self.source.fail(message, offset)

    def _count(self, offset: int) -> None:
        self.nodes += 1
        self._check(self.nodes <= NODES_MAX, "the template holds too many constructs", offset)

    def _operator(self, level: int) -> Token | None:
        found = self.peek()
        return found if found.text in _OPERATORS[level] else None

    def _signed(self) -> Expression:
        found = self.peek()
        if found.text in {"!", "not", "-"}:
            with self.nested(found.start):
                self.at = found.end
                operand = self._signed()
            return Negative(operand) if found.text == "-" else Not(operand)
        if found.text == "(":
            with self.nested(found.start):
                self.at = found.end
                inner = self.expression()
                self.expect(")", "an operator or `)`", found.start)
            return inner
        return self.argument()

    def _expect_reference(self, found: Token) -> Reference:
        self.at = found.start
        reference = self.reference()
        if reference is None:
            self.unexpected(found, "a name after `$`")
        return reference

    def _steps(self) -> tuple[Step, ...]:
        steps: list[Step] = []
        first = self.at
        while True:
            self._check(len(steps) <= DEPTH_MAX, "too many steps; use #set for a part", first)
            if self.text.startswith("[", self.at):
                steps.append(self._index())
            elif match := lexer.STEP.match(self.text, self.at):
                self.at = match.end()
                steps.append(self._property(match[1], match.start(1)))
            else:
                return tuple(steps)

    def _property(self, name: str, offset: int) -> Step:
        if not self.text.startswith("(", self.at) or self.at + 1 == len(self.text):
            return Property(name)
        opened = self.at
        self.at += 1
        with self.nested(opened):
            arguments = self._arguments(opened)
        return Call(name, arguments, self.source.place(offset))

    def _arguments(self, opened: int) -> tuple[Expression, ...]:
        arguments: list[Expression] = []
        if self.peek().text != ")":
            arguments.append(self._call_argument())
            while self.peek().text == ",":
                self.at = self.peek().end
                arguments.append(self._call_argument())
        self.expect(")", "`,` or `)`", opened)
        return tuple(arguments)

    def _call_argument(self) -> Expression:
        found = self.peek()
        if found.kind == "word" and found.text not in _WORDS:
            self.at = found.end
            return Constant(None)
        return self.expression()

    def _index(self) -> Index:
        opened = self.at
        with self.nested(opened):
            self.at += 1
            at = self.expression()
            self.expect("]", "an operator or `]`", opened)
        return Index(at, self.source.place(opened))

    def _alternate(self) -> Expression:
        opened = self.at
        self.at += 1
        found = self.peek()
        if found.text == "(":
            self.unexpected(found, "a value; an alternate cannot begin with a parenthesis")
        with self.nested(opened):
            return self.expression()

    def _literal(self, found: Token) -> Expression:
        self.at = found.end
        match found.kind:
            case "integer":
                self._check(len(found.text) <= 1000, "this number is too long", found.start)
                return Constant(int(found.text))
            case "decimal":
                return Constant(float(found.text))
            case "text" if found.text[0] == "'":
                content = found.text[1:-1].replace("''", "'")
                return _constant(split_tags(content)) if self.merge_tags else Constant(content)
            case "text":
                return self._quoted(found)
            case _:
                return self.unexpected(found, "a closing quote")

    def _quoted(self, found: Token) -> Expression:
        content = found.text[1:-1].replace('""', '"')
        content = _UNICODE_ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), content)
        if lexer.MARK.search(content) is None:
            return Constant(content)
        with self.nested(found.start):
            body = self.parse_inner(Source(content, self.source.place(found.start + 1)))
        return _constant(body)

    def _list_or_range(self) -> Expression:
        opened = self.at = self.peek().end
        if self.peek().text == "]":
            self.at = self.peek().end
            return ListLiteral(())
        items = [self.argument()]
        if self.peek().text == "..":
            self.at = self.peek().end
            last = self.argument()
            self.expect("]", "`]`", opened)
            return RangeLiteral(items[0], last)
        while self.peek().text == ",":
            self.at = self.peek().end
            items.append(self.argument())
        self.expect("]", "`,` or `]`", opened)
        return ListLiteral(tuple(items))

    def _map(self) -> Expression:
        opened = self.at = self.peek().end
        if self.peek().text == "}":
            self.at = self.peek().end
            return MapLiteral(())
        entries = [self._entry()]
        while self.peek().text == ",":
            self.at = self.peek().end
            entries.append(self._entry())
        self.expect("}", "`,` or `}`", opened)
        return MapLiteral(tuple(entries))

    def _entry(self) -> tuple[Expression, Expression]:
        key = self.argument()
        self.expect(":", "`:` between a key and its value")
        return key, self.argument()

    def skip_space(self) -> None:
        """Move past white space and line ends."""
        self.at = past(lexer.SPACE, self.text, self.at)


def _constant(body: Body) -> Expression:
    """Fold a string that holds nothing to fill in."""
    match body:
        case ():
            return Constant("")
        case (Text(text),):
            return Constant(text)
        case _:
            return Interpolation(body)
