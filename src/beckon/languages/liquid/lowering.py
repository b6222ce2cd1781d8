"""From python-liquid's parse tree to ours; what ours has no word for is left to python-liquid.

The grammar has one owner, python-liquid's parser, so both engines read every template alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from liquid.ast import BlockNode, Node
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import (
    BooleanExpression,
    FilteredExpression,
    KeywordArgument,
    Literal,
    LoopExpression,
    Nil,
    Path,
    StringLiteral,
)
from liquid.builtin.expressions.filtered import Filter
from liquid.builtin.expressions.logical import (
    ContainsExpression,
    EqExpression,
    GeExpression,
    GtExpression,
    LeExpression,
    LogicalAndExpression,
    LogicalOrExpression,
    LtExpression,
    NeExpression,
)
from liquid.builtin.expressions.primitive import Blank, Empty, RangeLiteral
from liquid.builtin.output import OutputNode
from liquid.builtin.tags.assign_tag import AssignNode
from liquid.builtin.tags.case_tag import CaseNode, MultiExpressionBlockNode
from liquid.builtin.tags.comment_tag import CommentNode
from liquid.builtin.tags.doc_tag import DocNode
from liquid.builtin.tags.echo_tag import EchoNode
from liquid.builtin.tags.for_tag import BreakNode, ContinueNode, ForNode
from liquid.builtin.tags.if_tag import IfNode
from liquid.builtin.tags.unless_tag import UnlessNode
from liquid.expression import Expression as LiquidExpression

from beckon.languages.liquid.survey import CLOCK_NAMES
from beckon.languages.liquid.tree import (
    Assign,
    Block,
    Call,
    Case,
    Choice,
    Comparison,
    Constant,
    Expression,
    Fact,
    Item,
    Leave,
    Logic,
    Loop,
    Name,
    Not,
    Print,
    Property,
    Span,
    Statement,
    Text,
)

# Python's own compiler gives up on much deeper or longer code; so we do first.
NODES_MAX = 2_000
BRANCHES_MAX = 50
EXPRESSION_DEPTH_MAX = 25
BLOCK_DEPTH_MAX = 40
LOOP_DEPTH_MAX = 15

PLAIN = str | int | float | None
FACTS = frozenset({"index", "index0", "rindex", "rindex0", "first", "last", "length"})
OPERATORS: dict[type[LiquidExpression], str] = {
    EqExpression: "==",
    NeExpression: "!=",
    LtExpression: "<",
    GtExpression: ">",
    LeExpression: "<=",
    GeExpression: ">=",
    ContainsExpression: "contains",
}
JUNCTIONS: dict[type[LiquidExpression], str] = {
    LogicalAndExpression: "and",
    LogicalOrExpression: "or",
}


class NotOursError(Exception):
    """The template holds something that only python-liquid can render; says what."""


@dataclass(slots=True)
class OpenLoop:
    """A loop whose body is being read."""

    number: int
    variable: str
    counts: bool = False


def lower(nodes: Sequence[Node]) -> Block:
    """Translate a parsed template. Raises NotOursError."""
    return _Lowering().block(nodes)


class _Lowering:
    """One walk down python-liquid's tree, knowing which loops are open around."""

    def __init__(self) -> None:
        self._open: list[OpenLoop] = []
        self._loops = 0
        self._nodes = 0
        self._depth = 0

    def block(self, nodes: Sequence[Node], *, is_blank: bool = False) -> Block:
        self._nodes += len(nodes)
        if self._nodes > NODES_MAX:
            raise NotOursError(f"more than {NODES_MAX} nodes")
        statements = [self._statement(node) for node in nodes]
        return tuple(
            statement
            for statement in statements
            # A block of control and blanks alone prints nothing, not even its blanks.
            if statement is not None and not (is_blank and isinstance(statement, Text))
        )

    def _inner(self, block: BlockNode | None) -> Block:
        if block is None:
            return ()
        self._depth += 1
        if self._depth > BLOCK_DEPTH_MAX:
            raise NotOursError(f"blocks nested deeper than {BLOCK_DEPTH_MAX}")
        inner = self.block(block.nodes, is_blank=block.blank)
        self._depth -= 1
        return inner

    def _statement(self, node: Node) -> Statement | None:  # noqa: PLR0911 - one line a kind
        match node:
            case ContentNode():
                return Text(node.text)
            case OutputNode() | EchoNode():
                return Print(self._filtered(node.expression), node.token)
            case AssignNode():
                return Assign(str(node.name), self._filtered(node.expression), node.token)
            case IfNode() | UnlessNode():
                return self._choice(node)
            case CaseNode():
                return self._case(node)
            case ForNode():
                return self._loop(node)
            case BreakNode():
                return Leave("break")
            case ContinueNode():
                return Leave("continue")
            case CommentNode() | DocNode():
                return None
        raise NotOursError(f"the tag '{node.token.value}'")

    def _choice(self, node: IfNode | UnlessNode) -> Choice:
        first = self._value(node.condition)
        if isinstance(node, UnlessNode):
            first = Not(first)
        branches = [(first, self._inner(node.consequence))]
        branches += [
            (self._value(alternative.expression), self._inner(alternative.block))
            for alternative in node.alternatives
        ]
        if len(branches) > BRANCHES_MAX:
            raise NotOursError(f"more than {BRANCHES_MAX} branches")
        return Choice(tuple(branches), self._inner(node.default), node.token)

    def _case(self, node: CaseNode) -> Case:
        branches: list[tuple[tuple[Expression, ...], Block]] = []
        for block in node.blocks:
            if isinstance(block, MultiExpressionBlockNode):
                values = tuple(self._value(value) for value in block.expression.expressions)
                _check_distinct(node, values)
                branches.append((values, self._inner(block.block)))
            else:
                branches.append(((), self._inner(block)))
        return Case(self._value(node.expression), tuple(branches), node.token)

    def _loop(self, node: ForNode) -> Loop:
        asked: LoopExpression = node.expression
        variable = str(asked.identifier)
        if variable == "forloop" or len(self._open) == LOOP_DEPTH_MAX:
            raise NotOursError("an unusual loop")
        items = self._value(asked.iterable)
        limit = self._value(asked.limit) if asked.limit else None
        offset = self._offset(asked.offset)
        self._loops += 1
        loop = OpenLoop(self._loops, variable)
        self._open.append(loop)
        body = self._inner(node.block)
        self._open.pop()
        otherwise = self._inner(node.default)
        return Loop(
            loop.number,
            items,
            limit,
            offset,
            asked.reversed,
            loop.counts,
            body,
            otherwise,
            node.token,
        )

    def _offset(self, offset: LiquidExpression | None) -> Expression | None:
        if offset is None:
            return None
        if isinstance(offset, StringLiteral) and offset.value == "continue":
            raise NotOursError("a loop that continues another")
        return self._value(offset)

    def _filtered(self, expression: LiquidExpression) -> Expression:
        if not isinstance(expression, FilteredExpression):
            raise NotOursError(f"a {type(expression).__name__}")
        value = self._value(expression.left)
        filters = expression.filters or []
        if len(filters) > EXPRESSION_DEPTH_MAX:
            raise NotOursError(f"more than {EXPRESSION_DEPTH_MAX} filters on one value")
        for used in filters:
            value = self._call(value, used)
        return value

    def _call(self, value: Expression, used: Filter) -> Call:
        args: list[Expression] = []
        named: dict[str, Expression] = {}
        for arg in used.args:
            if isinstance(arg, KeywordArgument):
                named[arg.name] = self._value(arg.value)
            else:
                args.append(self._value(arg.value))
        return Call(used.name, value, tuple(args), tuple(named.items()), used.token)

    def _value(  # noqa: PLR0911 - one line a kind
        self, expression: LiquidExpression, depth: int = 0
    ) -> Expression:
        if depth > EXPRESSION_DEPTH_MAX:
            raise NotOursError(f"an expression deeper than {EXPRESSION_DEPTH_MAX}")
        match expression:
            case Path():
                return self._path(expression, depth)
            case Literal():
                return Constant(expression.value)
            case Nil():
                return Constant(None)
            case Empty() | Blank():
                return Constant(expression)
            case RangeLiteral():
                first = self._value(expression.start, depth + 1)
                return Span(first, self._value(expression.stop, depth + 1))
            case BooleanExpression():
                return self._value(expression.expression, depth)
        return self._pair(expression, depth + 1)

    def _pair(self, expression: LiquidExpression, depth: int) -> Expression:
        kind = type(expression)
        if kind not in OPERATORS and kind not in JUNCTIONS:
            raise NotOursError(f"a {kind.__name__}")
        left = self._value(expression.left, depth)  # type: ignore[attr-defined]  # each kind has both
        right = self._value(expression.right, depth)  # type: ignore[attr-defined]  # as above
        if kind in JUNCTIONS:
            return Logic(JUNCTIONS[kind], left, right)
        return Comparison(OPERATORS[kind], left, right, expression.token)

    def _path(self, path: Path, depth: int) -> Expression:
        name, *keys = path.path
        if not isinstance(name, str) or len(keys) > EXPRESSION_DEPTH_MAX:
            raise NotOursError("an unusual path")
        if name == "forloop" and self._open:
            return self._fact(keys)
        value = self._root(name)
        for key in keys:
            step = self._path(key, depth + 1) if isinstance(key, Path) else key
            value = Property(value, step)
        return value

    def _root(self, name: str) -> Expression:
        for loop in reversed(self._open):
            if loop.variable == name:
                return Item(loop.number)
        if name in CLOCK_NAMES:
            raise NotOursError(f"the clock name '{name}'")
        return Name(name)

    def _fact(self, keys: Sequence[object]) -> Fact:
        *parents, about = keys or (None,)
        is_plain = isinstance(about, str) and all(key == "parentloop" for key in parents)
        if not is_plain or about not in FACTS:
            raise NotOursError("an unusual use of 'forloop'")
        if len(parents) >= len(self._open):
            raise NotOursError("a 'parentloop' of the outermost loop")
        loop = self._open[-1 - len(parents)]
        loop.counts = True
        return Fact(loop.number, str(about))


def _check_distinct(node: CaseNode, values: tuple[Expression, ...]) -> None:
    """Refuse a `when` that could match twice: python-liquid renders its block twice, too."""
    marks = {
        (isinstance(value.value, bool), value.value)
        for value in values
        if isinstance(value, Constant) and isinstance(value.value, PLAIN)
    }
    if len(values) > 1 and (len(marks) < len(values) or not isinstance(node.expression, Path)):
        raise NotOursError("a 'when' with several values that may be equal")
