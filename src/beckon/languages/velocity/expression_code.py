"""Writes Python expressions for what has a value.

Template text enters the code only as `repr()` of a constant, names only behind a prefix. The
usual paths are written out (`t.get('k') if … is dict`), the rest calls the runtime. `t` is the
one temporary: each use is over before the next assignment, in Python's order of evaluation.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import assert_never

from beckon.languages.errors import TemplateError
from beckon.languages.velocity.html import Surroundings
from beckon.languages.velocity.survey import OLD_COUNTERS, Survey, counter
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
    MergeTag,
    Negative,
    Not,
    Output,
    Property,
    RangeLiteral,
    Reference,
    Step,
    Text,
)

GENERIC_TOOLS = frozenset({"date", "display", "esc", "math", "number", "sorter"})

_DEPTH_MAX = 45  # Python's own parser stops at 200 open parentheses; a level here opens up to four
_INLINE_PRINTS_MAX = 500  # beyond them code grows long, and Python's compiler stops all threads
_FUNCTIONS = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "%": "remainder"}
_ORDERS = {"<": "is_less", "<=": "is_at_most", ">": "is_more", ">=": "is_at_least"}


@dataclass(frozen=True, slots=True)
class Options:
    """What changes the code: whether values are escaped, whether the generic tools are bound."""

    html: bool = False
    generic_tools: bool = True


class ExpressionCode(ABC):
    """Expressions of one template.

    `loops` holds the numbers of the loops being written, `reads` the names read so far, `getters`
    those whose `get` was looked up ahead because they are read more than once.
    """

    def __init__(self, known: Survey, options: Options) -> None:
        self.known = known
        self.options = options
        self.loops: list[int] = []
        self.getters: set[str] = set()
        self.reads: set[str] = set()
        self.surroundings = Surroundings()
        self._depth = 0
        self._prints = 0

    def value(self, node: Expression) -> str:
        """Write an expression that gives the node's value."""
        with self._deeper():
            return self._value(node)

    def condition(self, node: Expression) -> str:
        """Write an expression that is as true in Python as the node is in Velocity.

        Nothing, false, zero, empty text, lists and maps are false in both.
        """
        with self._deeper():
            match node:
                case Binary("or" | "and" as word):
                    return f"({f' {word} '.join(map(self.condition, _operands(node, word)))})"
                case Not(operand):
                    return f"(not {self.condition(operand)})"
                case _:
                    return self._value(node)

    @contextmanager
    def _deeper(self) -> Iterator[None]:
        if self._depth > _DEPTH_MAX:
            message = "an expression is nested too deeply; use #set for a part of it"
            raise TemplateError(message, kind="limit")
        self._depth += 1
        yield
        self._depth -= 1

    def name(self, name: str) -> str:
        """Write a read of a top-level name."""
        self.reads.add(name)
        return f"names.get({name!r})" if self.known.is_shared else f"v_{name}"

    def printed(self, output: Output, *, escaped: bool = True) -> str:
        """Write an expression for the text a reference prints, with what stands before it.

        `escaped` is about HTML: values inside strings are escaped when the string is printed.
        """
        reference, count, dollars = output.reference, output.backslashes, output.dollars
        if count % 2:
            shown = "\\" * (count // 2) + reference.written
            hidden = "\\" * count + reference.written
            return f"({hidden!r} if {self.value(reference)} is None else {shown!r})"
        missing = "" if reference.quiet else reference.written
        shown = self._shown(reference, missing, escaped=escaped)
        before, hidden = "\\" * (count // 2) + dollars, "\\" * count + dollars
        if before == hidden:
            return f"{before!r} + {shown}" if before else shown
        inner = self.value(reference)
        return f"({hidden + missing!r} if {inner} is None else {before!r} + {shown})"

    def merged(self, tag: MergeTag, *, escaped: bool = True) -> str:
        """Write an expression for the text a merge tag prints."""
        function = f"merged{self.suffix}" if escaped else "merged"
        return f"{function}(run, {tag.name!r}, {tag.fallback!r})"

    @property
    def suffix(self) -> str:
        """Tell which kind of printing function suits this place: plain, for HTML, for a query."""
        if not self.options.html:
            return ""
        return "_query" if self.surroundings.in_query else "_html"

    def _shown(self, reference: Reference, missing: str, *, escaped: bool) -> str:
        kind = self._counter_kind(reference)
        if kind in {"count", "index"} and reference.alternate is None:
            return f"f'{{{self._counter(kind)}}}'"
        value = self.value(reference)
        if self.options.html and escaped:
            return f"shown{self.suffix}(run, {value}, {missing!r})"
        self._prints += 1
        if self._prints > _INLINE_PRINTS_MAX:
            return f"shown(run, {value}, {missing!r})"
        return (
            f"(t if (t := {value}).__class__ is str else {missing!r} if t is None"
            f" else f'{{t}}' if t.__class__ is int and -few < t < few"
            f" else f'{{t!r}}' if t.__class__ is float and 0.001 <= t < 1e7"
            f" else shown(run, t, {missing!r}))"
        )

    def _value(self, node: Expression) -> str:  # noqa: PLR0911 - one case per construct
        match node:
            case Constant(value):
                return _constant(value)
            case Interpolation(body):
                return self._interpolation(body)
            case ListLiteral(items):
                return f"make_list(run, [{', '.join(map(self.value, items))}])"
            case RangeLiteral(first, last):
                return f"make_range(run, {self.value(first)}, {self.value(last)})"
            case MapLiteral(entries):
                pairs = (f"({self.value(key)}, {self.value(item)})" for key, item in entries)
                return f"make_map(run, [{', '.join(pairs)}])"
            case Reference():
                return self._reference(node)
            case Not() | Binary("or" | "and"):
                return f"(not not {self.condition(node)})"
            case Negative(operand):
                return f"negate(run, {self.value(operand)})"
            case Binary():
                return self._binary(node)
            case _:
                assert_never(node)

    def _interpolation(self, body: Body) -> str:
        pieces = []
        for piece in body:
            match piece:
                case Text(text):
                    pieces.append(repr(text))
                case Output():
                    pieces.append(self.printed(piece, escaped=False))
                case MergeTag():
                    pieces.append(self.merged(piece, escaped=False))
                case _:
                    return self.block(body)
        return f"joined(run, ({', '.join(pieces)},))"

    @abstractmethod
    def block(self, body: Body) -> str:
        """Write an expression for the text a block prints; needs functions of its own."""

    def _binary(self, node: Binary) -> str:
        left, right = self.value(node.left), self.value(node.right)
        operator = node.operator
        if operator == "+":
            return f"add(run, {left}, {right}, {node.left_written!r}, {node.right_written!r})"
        if operator in _FUNCTIONS:
            return f"{_FUNCTIONS[operator]}(run, {left}, {right})"
        constant = node.right.value if isinstance(node.right, Constant) else None
        if operator in {"==", "!="}:
            return self._equality(operator, left, right, constant)
        if constant.__class__ is int:
            fallback = f"{_ORDERS[operator]}(t, {right})"
            return f"(t {operator} {right} if (t := {left}).__class__ is int else {fallback})"
        return f"{_ORDERS[operator]}({left}, {right})"

    def _equality(self, operator: str, left: str, right: str, constant: object) -> str:
        negation = "not " if operator == "!=" else ""
        if constant.__class__ is str or constant.__class__ is int:
            kind = constant.__class__.__name__
            fallback = f"{negation}is_equal(run, t, {right})"
            return f"(t {operator} {right} if (t := {left}).__class__ is {kind} else {fallback})"
        return f"({negation}is_equal(run, {left}, {right}))"

    def _reference(self, node: Reference) -> str:
        kind = self._counter_kind(node)
        code = self._counter(kind) if kind else self._path(node)
        if node.alternate is not None:
            # Two temporaries would meet here: the alternate uses `t` only after it was read.
            code = f"(t if (t := {code}) else {self.value(node.alternate)})"
        return code

    def _path(self, node: Reference) -> str:
        code = self._base(node)
        depth = self._depth
        for step in node.steps:
            self._depth += 1
            code = self._step(code, step)
        self._depth = depth
        return code

    def _base(self, node: Reference) -> str:
        name = self.name(node.name)
        if node.name in OLD_COUNTERS and not node.steps:
            return f"old_counter(names, {node.name!r})" if self.known.is_shared else name
        if self.options.generic_tools and node.name in GENERIC_TOOLS and node.steps:
            return f"(t if (t := {name}) is not None else tool_{node.name})"
        return name

    def _counter_kind(self, node: Reference) -> str | None:
        return counter(node) if self.loops and not self.known.is_shared else None

    def _counter(self, kind: str) -> str:
        number = self.loops[-1]
        codes = {
            "count": f"loop_{number}",
            "index": f"(loop_{number} - 1)",
            "hasNext": f"(loop_{number} < size_{number})",
            "first": f"(loop_{number} == 1)",
            "last": f"(loop_{number} == size_{number})",
        }
        return codes[kind]

    def _step(self, base: str, step: Step) -> str:
        match step:
            case Property("class"):
                return f"get_property(run, {base}, 'class')"
            case Property(name):
                quick, again = self._entry(base, name)
                return f"({quick} else get_property(run, {again}, {name!r}))"
            case Index(at, place):
                return f"get_index(run, {base}, {self.value(at)}, {place})"
            case Call():
                return self._call(base, step)
            case _:
                assert_never(step)

    def _call(self, base: str, step: Call) -> str:
        arguments = "".join(f", {self.value(argument)}" for argument in step.arguments)
        match step.name, step.arguments:
            case "get", (Constant(str(key)),):
                quick, again = self._entry(base, key)
            case "equals", (Constant(str(text)),):
                first, again = _twice(base)
                quick = f"{again} == {text!r} if {first}.__class__ is str"
            case _:
                return f"call(run, {base}, {step.name!r}, {step.place}{arguments})"
        return f"({quick} else call(run, {again}, {step.name!r}, {step.place}{arguments}))"

    def _entry(self, base: str, key: str) -> tuple[str, str]:
        """Write the look-up of a map's entry, with its condition; and the value once more."""
        name = base.removeprefix("v_")
        if name != base and name in self.getters:
            return f"get_{name}({key!r}) if get_{name} is not None", base
        first, again = _twice(base)
        return f"{again}.get({key!r}) if {first}.__class__ is dict", again


def _operands(node: Expression, word: str) -> list[Expression]:
    """Give the operands of a chain of `and` or `or`, which needs one pair of parentheses only."""
    operands: list[Expression] = []
    while isinstance(node, Binary) and node.operator == word:
        operands.append(node.right)
        node = node.left
    return [node, *reversed(operands)]


def _twice(code: str) -> tuple[str, str]:
    """Write a value for its first use and for those after it."""
    return (code, code) if code.isidentifier() else (f"(t := {code})", "t")


def _constant(value: str | float | None) -> str:
    # Python has no literal for what a number too large to read becomes.
    return "infinity" if value == float("inf") else repr(value)
