"""Writes a template as Python: one function for its text, more for macros and blocks.

A template without macros and blocks keeps its variables in Python's locals and is one function.
Any other keeps them in a dictionary that all its functions share. Both call the same runtime,
and nothing else: the code runs without Python's builtins.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from beckon.languages.errors import TemplateError
from beckon.languages.velocity.expression_code import ExpressionCode, Options
from beckon.languages.velocity.html import Surroundings
from beckon.languages.velocity.survey import LOOP_DEPTH_MAX, Survey, walk
from beckon.languages.velocity.tree import (
    Body,
    Break,
    Define,
    Evaluate,
    Expression,
    Foreach,
    If,
    Include,
    Index,
    Macro,
    MacroCall,
    MergeTag,
    Node,
    Output,
    Property,
    Reference,
    Set,
    Stop,
    Text,
)

TOOLS = frozenset({"dateTool", "mathTool", "numberTool"})

_BRANCHES_MAX = 500  # Python's parser reads `elif` chains recursively
_PIECES_MAX = 40  # pieces in one tuple: Python keeps them on its stack
_ROW_PIECES_MIN = 6  # from here on joining pieces at once pays
_ROW_LENGTH_MAX = 100_000
_UNITS_BETWEEN_LOOKS = 2_000  # constructs run before a loop looks at the clock again


@dataclass(frozen=True, slots=True)
class MacroNames:
    """The functions written for one macro; a default is None where a parameter has none."""

    function: str
    parameters: tuple[str, ...]
    defaults: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """Python source; its entry is `body(run, names, out)`."""

    source: str
    macros: dict[str, MacroNames]


def generate(body: Body, known: Survey, options: Options) -> Code:
    """Write the code of a whole template. Raises TemplateError for what Python cannot hold."""
    generator = Generator(known, options)
    generator.function("body", body, hoisted=not known.is_shared)
    return Code("\n".join(generator.functions), generator.macros)


class Generator(ExpressionCode):
    """Statements of one template, gathered function by function."""

    def __init__(self, known: Survey, options: Options) -> None:
        super().__init__(known, options)
        self.functions: list[str] = []
        self.macros: dict[str, MacroNames] = {}
        self._lines: list[str] = []
        self._indent = 1
        self._pending: list[str] = []
        self._number = 0

    def function(self, name: str, body: Body, *, hoisted: bool = False) -> str:
        """Write a function that prints a block, and answer its name."""
        kept, self.surroundings = self.surroundings, Surroundings()
        with self._apart(name):
            if hoisted:
                self.getters |= self.known.steady - self.known.assigned
            self._body(body)
            self._flush()
            if hoisted:
                self._hoist()
        self.surroundings = kept
        return name

    def block(self, body: Body) -> str:
        """Write an expression for the text a block prints."""
        return f"captured(run, names, {self.function(self._new('text'), body)})"

    @contextmanager
    def _apart(self, name: str) -> Iterator[None]:
        kept = self._lines, self._indent, self._pending, self.loops
        self._lines, self._indent, self._pending, self.loops = [], 1, [], []
        yield
        self._flush()
        self.functions.append(
            "\n".join([f"def {name}(run, names, out):", *self._lines, "    return"])
        )
        self._lines, self._indent, self._pending, self.loops = kept

    @contextmanager
    def _inside(self, head: str) -> Iterator[None]:
        self._line(head)
        self._indent += 1
        before = len(self._lines)
        yield
        self._flush()
        if len(self._lines) == before:
            self._line("pass")
        self._indent -= 1

    def _line(self, code: str) -> None:
        self._flush()
        self._lines.append("    " * self._indent + code)

    def _print(self, code: str) -> None:
        self._pending.append(code)
        if len(self._pending) == _PIECES_MAX:
            self._flush()

    def _flush(self) -> None:
        pending, self._pending = self._pending, []
        if len(pending) == 1:
            self._line(f"out.append({pending[0]})")
        elif len(pending) >= _ROW_PIECES_MIN:
            # Fewer and longer pieces are quicker to add up at the end.
            self._line(f"row = join(({', '.join(pending)}))")
            self._line("out.append(row)")
            self._line(f"if len(row) > {_ROW_LENGTH_MAX}: run.add_up(out)")
        elif pending:
            self._line(f"out += ({', '.join(pending)})")

    def _new(self, kind: str) -> str:
        self._number += 1
        return f"{kind}_{self._number}"

    def _hoist(self) -> None:
        """Bind the names that were read, ahead of the code that reads them."""
        after, self._lines = self._lines, []
        for name in sorted(self.reads):
            if name == "data":
                self._line("v_data = names.get('data', names)")
            elif name in TOOLS:
                self._line(f"v_{name} = names.get({name!r}, tool_{name})")
            else:
                self._line(f"v_{name} = names.get({name!r})")
            if name in self.known.steady - self.known.assigned:
                self._look_up_get(name)
        self._lines += after

    def _look_up_get(self, name: str) -> None:
        """Look the `get` of a map up ahead, where a name stays what it is."""
        self._line(f"get_{name} = v_{name}.get if v_{name}.__class__ is dict else None")

    def _body(self, body: Body) -> None:
        for node in body:
            self._node(node)

    def _node(self, node: Node) -> None:  # noqa: C901, PLR0912 - one case per construct
        match node:
            case Text(text):
                self.surroundings.pass_text(text)
                self._print(repr(text))
            case Output():
                self._output(node)
            case MergeTag():
                self._print(self.merged(node))
            case Set():
                self._line(self._set(node))
            case If():
                self._if(node)
            case Foreach():
                self._foreach(node)
            case Macro():
                self._macro(node)
            case MacroCall():
                self._macro_call(node)
            case Define(name, body):
                function = self.function(self._new("block"), body)
                self._line(f"names[{name!r}] = make_block(run, names, {function})")
            case Evaluate(source, place, origin):
                self._line(f"evaluate(run, names, out, {self.value(source)}, {place}, {origin})")
            case Include():
                self._include(node)
            case Break():
                self._break(node)
            case Stop():
                self._line("raise Stopped" if self.known.is_shared else "return")

    def _output(self, node: Output) -> None:
        reference = node.reference
        is_bare = not (reference.steps or reference.alternate or node.backslashes)
        if self.known.is_shared and is_bare:
            # The value may be a block, which prints by itself and may end the rendering.
            if node.dollars:
                self._print(repr(node.dollars))
            missing = "" if reference.quiet else reference.written
            self._line(f"write{self.suffix}(run, out, {self.value(reference)}, {missing!r})")
        else:
            self._print(self.printed(node))

    def _set(self, node: Set) -> str:
        value = self.value(node.value)
        target = node.target
        if not target.steps:
            name = target.name
            return f"names[{name!r}] = {value}" if self.known.is_shared else f"v_{name} = {value}"
        *path, last = target.steps
        base = self.value(Reference(target.name, tuple(path), None, target.quiet, ""))
        match last:
            case Property(name):
                return f"set_property(run, {base}, {name!r}, {value})"
            case Index(at, place):
                return f"set_index(run, {base}, {self.value(at)}, {value}, {place})"
            case _:
                raise AssertionError(last)

    def _if(self, node: If) -> None:
        if len(node.branches) > _BRANCHES_MAX:
            raise TemplateError(f"an #if has at most {_BRANCHES_MAX} branches", kind="limit")
        word = "if"
        for condition, body in node.branches:
            with self._inside(f"{word} {self.condition(condition)}:"):
                self._body(body)
            word = "elif"
        if node.otherwise:
            with self._inside("else:"):
                self._body(node.otherwise)

    def _foreach(self, node: Foreach) -> None:
        if self.loops and len(self.loops) % LOOP_DEPTH_MAX == 0:
            name = self._new("part")
            with self._apart(name):
                self._loop(node)
            self._line(f"{name}(run, names, out)")
        else:
            self._loop(node)

    def _loop(self, node: Foreach) -> None:
        self._number += 1
        number = self._number
        weight = 1 + sum(1 for _ in walk(node.body))
        items = f"enter(run, {self.value(node.items)}, {weight}, {node.place})"
        self._line(f"items_{number} = {items}")
        self._line(f"size_{number} = len(items_{number})")
        if self.known.is_shared:
            self._shared_loop(node, number, weight)
        else:
            self._local_loop(node, number, weight)
        if node.otherwise:
            with self._inside(f"if not size_{number}:"):
                self._body(node.otherwise)

    def _local_loop(self, node: Foreach, number: int, weight: int) -> None:
        self._line(f"kept_{number} = {self.name(node.name)}")
        self._line(f"loop_{number} = 0")
        with self._inside(f"for v_{node.name} in {self._paced(node, number, weight)}:"):
            self._line(f"loop_{number} += 1")
            if node.name in self.known.steady:
                self._look_up_get(node.name)
                self.getters.add(node.name)
            self.loops.append(number)
            self._body(node.body)
            self.loops.pop()
            self.getters.discard(node.name)
        self._line(f"v_{node.name} = kept_{number}")

    def _shared_loop(self, node: Foreach, number: int, weight: int) -> None:
        self._line(f"kept_{number} = names.get({node.name!r})")
        self._line(f"loop_{number} = open_loop(names, size_{number})")
        if self.known.has_named_breaks:
            with self._inside("try:"):
                self._shared_steps(node, number, weight)
            with self._inside("except LoopBroken as broken:"):
                self._line(f"close_loop(names, loop_{number}, {node.name!r}, kept_{number})")
                with self._inside(f"if broken.loop is not loop_{number}:"):
                    self._line("raise")
        else:
            self._shared_steps(node, number, weight)
        self._line(f"close_loop(names, loop_{number}, {node.name!r}, kept_{number})")

    def _shared_steps(self, node: Foreach, number: int, weight: int) -> None:
        paced = self._paced(node, number, weight)
        with self._inside(f"for names[{node.name!r}] in {paced}:"):
            self._line(f"loop_{number}.step()")
            self.loops.append(number)
            self._body(node.body)
            self.loops.pop()

    def _paced(self, node: Foreach, number: int, weight: int) -> str:
        items = f"items_{number}"
        if self.known.changes_data:
            return f"watched(run, out, {items}, {weight}, {node.place})"
        few = max(1, _UNITS_BETWEEN_LOOKS // weight)
        return f"{items} if size_{number} < {few} else paced(run, out, {items}, {few})"

    def _macro(self, node: Macro) -> None:
        if node.name in self.macros:
            return
        parameters = tuple(name for name, _ in node.parameters)
        # Its own calls must find the name taken before its body is written.
        self.macros[node.name] = MacroNames("", parameters, ())
        defaults = tuple(self._default(default) for _, default in node.parameters)
        function = self.function(self._new("macro"), node.body)
        self.macros[node.name] = MacroNames(function, parameters, defaults)

    def _default(self, default: Expression | None) -> str | None:
        """Write the function that gives a parameter's default, and answer its name."""
        if default is None:
            return None
        name = self._new("default")
        self.functions.append(f"def {name}(run, names):\n    return {self.value(default)}")
        return name

    def _macro_call(self, node: MacroCall) -> None:
        if not self.known.is_shared:
            self._print(repr(node.written))
            return
        arguments = "".join(f"{self.value(argument)}, " for argument in node.arguments)
        block = "None"
        if node.block is not None:
            block = self.function(self._new("block"), node.block)
        with self._inside(f"if {node.name!r} in run.macros:"):
            call = f"{node.name!r}, ({arguments}), {block}, {node.place}"
            self._line(f"invoke(run, names, out, {call})")
        with self._inside("else:"):
            self._print(repr(node.written))

    def _include(self, node: Include) -> None:
        for name in node.names:
            value = self.value(name)
            if node.how == "parse":
                self._line(f"parse_snippet(run, names, out, {value}, {node.place})")
            else:
                self._print(f"include_snippet(run, {value}, {node.place})")

    def _break(self, node: Break) -> None:
        if node.loop is not None:
            self._line(f"break_loop({self.value(node.loop)}, {node.place})")
        else:
            self._line("break" if self.loops else "return")
