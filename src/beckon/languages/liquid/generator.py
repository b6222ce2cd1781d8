"""From our tree to a Python function; static text is joined here, once and for all.

The code has three variables of its own: `o`, the pieces written so far; `t`, for use within one
expression; `rest`, how many nodes may pass before the next look at the clock.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import CodeType
from typing import TypeAlias

from liquid import Token
from liquid.stringify import to_liquid_string

from beckon.languages.liquid.expressions import ExpressionWriter, FilterMaker
from beckon.languages.liquid.meter import Meter
from beckon.languages.liquid.runtime import BUILTINS
from beckon.languages.liquid.tree import (
    Assign,
    Block,
    Case,
    Choice,
    Comparison,
    Constant,
    Leave,
    Loop,
    Print,
    Statement,
    Text,
)
from beckon.languages.statics import statics_of

PIECES_HELD = 64

Lookup: TypeAlias = Callable[[str, object], object]
Render: TypeAlias = Callable[[Lookup, Meter], list[str]]


@dataclass(frozen=True, slots=True)
class Program:
    """A template as a function, and the place in the template of each line of its code.

    `statics` are the texts it holds; each is one object, in the code and here.
    """

    render: Render
    code: CodeType
    places: dict[int, Token]
    statics: frozenset[str]

    def near(self, error: BaseException) -> Token | None:
        """Tell which token of the template an error of `render` came from."""
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code is self.code:
                return self.places.get(trace.tb_lineno)
            trace = trace.tb_next
        return None


def generate(block: Block, make_filter: FilterMaker, *, html: bool) -> Program:
    """Write the Python function for a template and compile it."""
    writer = _Writer(make_filter, html=html)
    writer.function(block)
    source = "\n".join(writer.lines)
    names = BUILTINS | writer.expressions.constants
    exec(compile(source, "<liquid>", "exec"), names)  # noqa: S102 - our own code; text comes in as constants
    render: Render = names["template"]  # type: ignore[assignment]  # the function just compiled
    code = render.__code__
    return Program(render, code, writer.places, statics_of(code, writer.texts))


class _Writer:
    """Writes one line after another, remembering where in the template each comes from."""

    def __init__(self, make_filter: FilterMaker, *, html: bool) -> None:
        self.expressions = ExpressionWriter(make_filter, html=html)
        self.lines: list[str] = []
        self.places: dict[int, Token] = {}
        self.texts: set[str] = set()
        self._indent = 1
        self._cases = 0

    def function(self, block: Block) -> None:
        self._block(block)
        body = self.lines
        head = ["def template(get, meter):"]
        head += [
            f"    {variable} = get({name!r}, UNDEFINED)"
            for name, variable in self.expressions.variables.items()
        ]
        head += ["    o = []", "    rest = 0"]
        self.lines = [*head, *body, "    return o"]
        self.places = {line + len(head): token for line, token in self.places.items()}

    def _line(self, code: str, token: Token | None = None) -> None:
        self.lines.append("    " * self._indent + code)
        if token is not None:
            self.places[len(self.lines)] = token

    def _indented(self, block: Block) -> None:
        self._indent += 1
        before = len(self.lines)
        self._block(block)
        if len(self.lines) == before:
            self._line("pass")
        self._indent -= 1

    def _block(self, block: Block) -> None:
        pieces: list[tuple[str, Token | None]] = []
        text = ""
        for statement in block:
            if isinstance(statement, Text):
                text += statement.text
                continue
            if isinstance(statement, Print):
                if isinstance(statement.value, Constant):
                    # A literal is the author's own text, so it is never escaped.
                    text += to_liquid_string(statement.value.value, autoescape=False)
                    continue
                self._add_text(pieces, text)
                pieces.append((self.expressions.printed(statement.value), statement.token))
            else:
                self._add_text(pieces, text)
                self._write(pieces)
                self._statement(statement)
            text = ""
        self._add_text(pieces, text)
        self._write(pieces)

    def _add_text(self, pieces: list[tuple[str, Token | None]], text: str) -> None:
        if text:
            self.texts.add(text)
            pieces.append((repr(text), None))

    def _write(self, pieces: list[tuple[str, Token | None]]) -> None:
        """Write out pieces, handing them over whenever many have gathered."""
        for start in range(0, len(pieces), PIECES_HELD):
            self._line("o += (")
            for code, token in pieces[start : start + PIECES_HELD]:
                self._line(f"    {code},", token)
            self._line(")")
            if len(pieces) > PIECES_HELD:
                self._line("meter.flush(o)")
        pieces.clear()

    def _statement(self, statement: Statement) -> None:
        match statement:
            case Assign():
                self._assign(statement)
            case Choice():
                self._choice(statement)
            case Case():
                self._case(statement)
            case Loop():
                self._loop(statement)
            case Leave(word):
                self._line(word)

    def _assign(self, assign: Assign) -> None:
        value = self.expressions.value(assign.value)
        variable = self.expressions.variable(assign.name)
        self._line(f"{variable} = {value}", assign.token)
        self._line(f"meter.keep({assign.name!r}, {variable})", assign.token)

    def _choice(self, choice: Choice) -> None:
        word = "if"
        for condition, block in choice.branches:
            self._line(f"{word} {self.expressions.condition(condition)}:", choice.token)
            self._indented(block)
            word = "elif"
        if choice.otherwise:
            self._line("else:")
            self._indented(choice.otherwise)

    def _case(self, case: Case) -> None:
        self._cases += 1
        unmatched = f"c{self._cases}"
        self._line(f"{unmatched} = True")
        for values, block in case.branches:
            tests = [
                self.expressions.condition(Comparison("==", case.subject, value, case.token))
                for value in values
            ]
            self._line(f"if {' or '.join(tests) or unmatched}:", case.token)
            if tests:
                self._line(f"    {unmatched} = False")
            self._indented(block)

    def _loop(self, loop: Loop) -> None:
        number = loop.number
        self._line(f"s{number} = {self._items(loop)}", loop.token)
        if loop.counts:
            self._line(f"z{number} = len(s{number})")
            self._line(f"for n{number}, i{number} in enumerate(s{number}, 1):")
        else:
            self._line(f"for i{number} in s{number}:")
        self._indent += 1
        self._line(f"rest -= {weight(loop.body)}")
        self._line("if rest < 0:")
        self._line("    rest = meter.look()", loop.token)
        self._line(f"if len(o) > {PIECES_HELD}:")
        self._line("    meter.flush(o)", loop.token)
        self._block(loop.body)
        self._indent -= 1
        if loop.otherwise:
            self._line(f"if not s{number}:")
            self._indented(loop.otherwise)

    def _items(self, loop: Loop) -> str:
        items = self.expressions.value(loop.items)
        if loop.limit is None and loop.offset is None and not loop.is_reversed:
            return f"items(meter, {items})"
        bounds = f"is_reversed={loop.is_reversed}"
        if loop.limit is not None:
            bounds += f", limit={self.expressions.unmarked(loop.limit)}"
        if loop.offset is not None:
            bounds += f", offset={self.expressions.unmarked(loop.offset)}"
        return f"window(meter, {items}, {bounds})"


def weight(block: Block) -> int:
    """Count the statements that one pass through a block may take, inner loops apart."""
    return 1 + sum([_weight(statement) for statement in block])


def _weight(statement: Statement) -> int:
    match statement:
        case Choice(branches, otherwise):
            return sum([weight(block) for _, block in branches]) + weight(otherwise)
        case Case(_, branches):
            return sum([weight(block) + len(values) for values, block in branches])
    return 1
