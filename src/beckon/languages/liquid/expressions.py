"""Python code for expressions: the common case inline, everything else a call of the runtime.

Invariant: text of a template reaches the code only as the repr of a constant.
"""

from collections.abc import Callable
from typing import TypeAlias, assert_never

from liquid import Markup

from beckon.languages.liquid.meter import LONG_TEXT_CHARACTERS
from beckon.languages.liquid.tree import (
    Call,
    Comparison,
    Constant,
    Expression,
    Fact,
    Item,
    Logic,
    Name,
    Not,
    Property,
    Span,
)

FilterMaker: TypeAlias = Callable[[Call], Callable[..., object]]

SPECIAL_KEYS = frozenset({"size", "first", "last"})
FACTS = {
    "index": "n{0}",
    "index0": "(n{0} - 1)",
    "rindex": "(z{0} - n{0} + 1)",
    "rindex0": "(z{0} - n{0})",
    "first": "(n{0} == 1)",
    "last": "(n{0} == z{0})",
    "length": "z{0}",
}
STRING_METHODS = {
    "capitalize": "capitalize",
    "downcase": "lower",
    "lstrip": "lstrip",
    "rstrip": "rstrip",
    "strip": "strip",
    "upcase": "upper",
}
SIMPLE = Name | Item
INLINE: dict[str, tuple[type, ...]] = {
    "==": (str, int),
    "<": (int,),
    ">": (int,),
    "<=": (int,),
    ">=": (int,),
}


class ExpressionWriter:
    """Writes expressions; collects the variables and constants that they need.

    `t` is the one variable that code inside an expression may use for itself.
    """

    def __init__(self, make_filter: FilterMaker, *, html: bool) -> None:
        self._make_filter = make_filter
        self._html = html
        self.variables: dict[str, str] = {}
        self.constants: dict[str, object] = {}

    def variable(self, name: str) -> str:
        """Give the Python name for a top-level name of the template."""
        return self.variables.setdefault(name, f"v{len(self.variables)}")

    def constant(self, value: object) -> str:
        """Give code for an object that is known when the template is compiled."""
        if value is None or value.__class__ in (bool, int, float):
            return repr(value)
        if isinstance(value, str) and not isinstance(value, Markup):
            return repr(value)
        name = f"k{len(self.constants)}"
        self.constants[name] = value
        return name

    def value(self, expression: Expression) -> str:  # noqa: PLR0911 - one line a kind
        """Write code that computes a value."""
        match expression:
            case Constant(str() as text):
                return self.constant(Markup(text) if self._html else text)
            case Constant(value):
                return self.constant(value)
            case Name(text):
                return self.variable(text)
            case Item(loop):
                return f"i{loop}"
            case Fact(loop, about):
                return FACTS[about].format(loop)
            case Property():
                return self._property(expression)
            case Span(first, last):
                return f"span({self.value(first)}, {self.value(last)})"
            case Call():
                return self._call(expression)
            case Comparison() | Logic() | Not():
                return self.condition(expression)
        assert_never(expression)

    def condition(self, expression: Expression) -> str:
        """Write code that tells whether a value counts as true: all but nil and false do."""
        match expression:
            case Constant(value):
                return repr(value is not None and value is not False)
            case Comparison():
                return self._comparison(expression)
            case Logic(operator, left, right):
                return f"({self.condition(left)} {operator} {self.condition(right)})"
            case Not(condition):
                return f"(not {self.condition(condition)})"
        first, again = self._twice(expression)
        return f"({first} is not None and {again} is not False and {again} is not UNDEFINED)"

    def printed(self, expression: Expression) -> str:
        """Write code that gives the text of a value, escaped in HTML."""
        if isinstance(expression, Fact) and expression.about not in ("first", "last"):
            return f"str({self.value(expression)})"
        first, again = self._twice(expression)
        if self._html:
            plain = f"{first}.__class__ is str and to_escape({again}) is None"
            return f"{again} if {plain} else html_of(meter, {again})"
        return f"{again} if {first}.__class__ is str else text_of(meter, {again})"

    def _twice(self, expression: Expression) -> tuple[str, str]:
        """Give code for the first and for further uses of a value, computed once."""
        code = self.value(expression)
        return (code, code) if isinstance(expression, SIMPLE) else (f"(t := {code})", "t")

    def _property(self, expression: Property) -> str:
        key = expression.key
        if not isinstance(key, str):
            code = repr(key) if isinstance(key, int) else self.value(key)
            return f"item({self.value(expression.of)}, {code})"
        if key in SPECIAL_KEYS:
            return f"item({self.value(expression.of)}, {key!r})"
        first, again = self._twice(expression.of)
        found = f"{again}.get({key!r}, UNDEFINED)"
        return f"({found} if {first}.__class__ is dict else item({again}, {key!r}))"

    def _call(self, call: Call) -> str:
        args = [self.value(arg) for arg in call.args]
        named = ", ".join(f"{name!r}: {self.value(value)}" for name, value in call.named)
        if named:
            args.append(f"**{{{named}}}")
        if call.name == "default" and not named:
            first, again = self._twice(call.value)
            filled = f"default({', '.join([again, *args])})"
            return f"({again} if {first}.__class__ is str and {again} else {filled})"
        function = self.constant(self._make_filter(call))
        if call.name in STRING_METHODS:
            first, again = self._twice(call.value)
            quick = f"{first}.__class__ is str and len({again}) < {LONG_TEXT_CHARACTERS}"
            method = f"{again}.{STRING_METHODS[call.name]}()"
            return f"({method} if {quick} else {function}(meter, {again}))"
        return f"{function}(meter, {', '.join([self.value(call.value), *args])})"

    def _comparison(self, comparison: Comparison) -> str:
        operator, left, right = comparison.operator, comparison.left, comparison.right
        if operator == "!=":
            same = Comparison("==", left, right, comparison.token)
            return f"(not {self._comparison(same)})"
        if isinstance(right, Constant) and right.value.__class__ in INLINE.get(operator, ()):
            literal = repr(right.value)
            kind = right.value.__class__.__name__
            first, again = self._twice(left)
            slow = self._compared(comparison, again, literal)
            return f"({again} {operator} {literal} if {first}.__class__ is {kind} else {slow})"
        return self._compared(comparison, self.unmarked(left), self.unmarked(right))

    def _compared(self, comparison: Comparison, left: str, right: str) -> str:
        token = self.constant(comparison.token)
        match comparison.operator:
            case "==":
                return f"equal({left}, {right})"
            case "<":
                return f"less({token}, {left}, {right})"
            case ">":
                return f"less({token}, {right}, {left})"
            case "<=":
                return f"less_or_equal({left}, {right})"
            case ">=":
                return f"less_or_equal({right}, {left})"
        return f"contains(meter, {token}, {left}, {right})"

    def unmarked(self, expression: Expression) -> str:
        """Write code for a value that is not printed, so that no text need be marked as safe."""
        if isinstance(expression, Constant) and isinstance(expression.value, str):
            return repr(expression.value)
        return self.value(expression)
