"""One walk over a parsed template: which names it reads, and what can be refused before data."""

from collections.abc import Callable, Iterable
from functools import cache
from inspect import Signature, signature

from liquid import Environment, RenderContext
from liquid.ast import Node
from liquid.builtin.expressions import FilteredExpression, KeywordArgument, Path
from liquid.builtin.expressions.filtered import Filter
from liquid.builtin.expressions.primitive import Blank, Empty, RangeLiteral
from liquid.builtin.tags.for_tag import BreakNode, ContinueNode, ForNode
from liquid.exceptions import FilterArgumentError, LiquidSyntaxError, UnknownFilterError
from liquid.expression import Expression

from beckon.languages.liquid.meter import check_items

CLOCK_NAMES = frozenset({"now", "today"})
ENGINES_OWN = ("context", "environment")
LOOP_NAMES = frozenset({"forloop", "tablerowloop"})


class BoundedRange(RangeLiteral):
    """A range such as (1..n) that refuses to be longer than any list may be."""

    __slots__ = ()

    def evaluate(self, context: RenderContext) -> range:
        """Make the range. Raises LimitError."""
        result = super().evaluate(context)
        check_items(result)
        return result


class QuietEmpty(Empty):
    """The word `empty`, which shows no Python object when a filter puts it into a list."""

    __slots__ = ()

    def __repr__(self) -> str:
        return ""


class QuietBlank(Blank):
    """The word `blank`, likewise."""

    __slots__ = ()

    def __repr__(self) -> str:
        return ""


BETTER: dict[type[Expression], type[Expression]] = {
    RangeLiteral: BoundedRange,
    Empty: QuietEmpty,
    Blank: QuietBlank,
}
"""Expressions of python-liquid, and what takes their place in every tree."""


class Survey:
    """Reads a tree once; afterwards `names` holds the top-level names taken from the data.

    Raises LiquidSyntaxError for a `break` outside loops, UnknownFilterError for a filter that does
    not exist, FilterArgumentError for one with the wrong number or names of arguments. The
    expressions in BETTER are replaced by theirs.
    """

    def __init__(self, context: RenderContext, nodes: Iterable[Node]) -> None:
        self._context = context
        self._assigned: set[str] = set()
        self.names: set[str] = set()
        for node in nodes:
            self._visit(node, frozenset())
        self.names -= CLOCK_NAMES

    def _visit(self, node: Node, block_names: frozenset[str]) -> None:
        if isinstance(node, BreakNode | ContinueNode) and not block_names & LOOP_NAMES:
            raise LiquidSyntaxError(f"'{node.token.value}' stands in no loop", token=node.token)
        for expression in node.expressions():
            self._read(expression, block_names)
        self._assigned.update(node.template_scope())
        inner = block_names.union(node.block_scope())
        # What stands for an empty list is outside of the loop.
        outside = node.default if isinstance(node, ForNode) else None
        for child in node.children(self._context, include_partials=False):
            self._visit(child, block_names if child is outside else inner)

    def _read(self, expression: Expression, block_names: frozenset[str]) -> None:
        if isinstance(expression, Path):
            name = expression.head()
            if isinstance(name, str) and name not in block_names and name not in self._assigned:
                self.names.add(name)
        elif type(expression) in BETTER:
            expression.__class__ = BETTER[type(expression)]
        elif isinstance(expression, FilteredExpression):
            for used in expression.filters or ():
                check_filter(self._context.env, used)
        for child in expression.children():
            self._read(child, block_names)


@cache
def _signature(function: Callable[..., object]) -> Signature:
    return signature(function)


def check_filter(env: Environment, used: Filter) -> None:
    """Hold a filter against its signature. Raises UnknownFilterError or FilterArgumentError."""
    function = env.filters.get(used.name)
    if function is None:
        raise UnknownFilterError(f"unknown filter '{used.name}'", token=used.token)
    named = {arg.name: None for arg in used.args if isinstance(arg, KeywordArgument)}
    positional = [None for arg in used.args if not isinstance(arg, KeywordArgument)]
    wanted = _signature(function)
    engines_own = {name: None for name in ENGINES_OWN if name in wanted.parameters}
    if named.keys() & engines_own.keys():
        raise FilterArgumentError(f"filter '{used.name}': an unknown argument", token=used.token)
    try:
        wanted.bind(None, *positional, **named, **engines_own)
    except TypeError as error:
        raise FilterArgumentError(f"filter '{used.name}': {error}", token=used.token) from None
