"""The syntax tree: frozen values, one class per construct, two closed unions.

Offsets count characters of the template from 0; places are line and column for messages.
"""

from dataclasses import dataclass
from typing import Literal as OneOf
from typing import TypeAlias

from beckon.languages.velocity.source import Place


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal whose value is known: text, number, true, false; None is a bare word."""

    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Interpolation:
    """A string literal with something to fill in."""

    body: "Body"


@dataclass(frozen=True, slots=True)
class ListLiteral:
    """`[a, b, c]`."""

    items: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class RangeLiteral:
    """`[first..last]`, both ends included, up or down."""

    first: "Expression"
    last: "Expression"


@dataclass(frozen=True, slots=True)
class MapLiteral:
    """`{key: value}`, in the order written."""

    entries: tuple[tuple["Expression", "Expression"], ...]


@dataclass(frozen=True, slots=True)
class Property:
    """`.name` after a value."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """`.name(arguments)` after a value."""

    name: str
    arguments: tuple["Expression", ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Index:
    """`[expression]` after a value."""

    at: "Expression"
    place: Place


Step: TypeAlias = Property | Call | Index


@dataclass(frozen=True, slots=True)
class Reference:
    """`$name` with its steps; `written` is the source text, printed when there is no value."""

    name: str
    steps: tuple[Step, ...]
    alternate: "Expression | None"
    quiet: bool
    written: str


@dataclass(frozen=True, slots=True)
class Not:
    """`!a`: true or false."""

    operand: "Expression"


@dataclass(frozen=True, slots=True)
class Negative:
    """`-a`: a number, or null."""

    operand: "Expression"


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands. The written forms stand in for a null beside a text in `+`."""

    operator: str
    left: "Expression"
    right: "Expression"
    left_written: str
    right_written: str


Expression: TypeAlias = (
    Constant
    | Interpolation
    | ListLiteral
    | RangeLiteral
    | MapLiteral
    | Reference
    | Not
    | Negative
    | Binary
)


@dataclass(frozen=True, slots=True)
class Text:
    """Characters that come out as they are."""

    text: str


@dataclass(frozen=True, slots=True)
class Output:
    """A reference in the text; `backslashes` and `dollars` are what stands directly before it."""

    reference: Reference
    backslashes: int = 0
    dollars: str = ""


@dataclass(frozen=True, slots=True)
class MergeTag:
    """`%NAME|fallback%`."""

    name: str
    fallback: str


@dataclass(frozen=True, slots=True)
class Set:
    """`#set( $target = value )`."""

    target: Reference
    value: Expression


@dataclass(frozen=True, slots=True)
class If:
    """`#if`, `#elseif`, `#else`: the first branch whose condition holds."""

    branches: tuple[tuple[Expression, "Body"], ...]
    otherwise: "Body"


@dataclass(frozen=True, slots=True)
class Foreach:
    """`#foreach`; `otherwise` runs when there is nothing to walk over."""

    name: str
    items: Expression
    body: "Body"
    otherwise: "Body"
    place: Place


@dataclass(frozen=True, slots=True)
class Macro:
    """`#macro`: a definition. Parameters carry their default or None."""

    name: str
    parameters: tuple[tuple[str, "Expression | None"], ...]
    body: "Body"


@dataclass(frozen=True, slots=True)
class MacroCall:
    """`#name(arguments)`, or `#@name(arguments) block #end`; printed as `written` if unknown."""

    name: str
    arguments: tuple[Expression, ...]
    block: "Body | None"
    written: str
    place: Place


@dataclass(frozen=True, slots=True)
class Define:
    """`#define( $name )`: a block rendered each time it is printed."""

    name: str
    body: "Body"


@dataclass(frozen=True, slots=True)
class Evaluate:
    """`#evaluate( source )`; `origin` is where the inner source begins, for its messages."""

    source: Expression
    place: Place
    origin: Place


@dataclass(frozen=True, slots=True)
class Include:
    """`#parse( name )`, which runs a stored snippet, or `#include( names )`, which prints them."""

    names: tuple[Expression, ...]
    how: OneOf["parse", "include"]
    place: Place


@dataclass(frozen=True, slots=True)
class Break:
    """`#break`, of the nearest loop or block, or of the loop named."""

    loop: Expression | None
    place: Place


@dataclass(frozen=True, slots=True)
class Stop:
    """`#stop`: ends the rendering, keeps what was printed."""


Node: TypeAlias = (
    Text
    | Output
    | MergeTag
    | Set
    | If
    | Foreach
    | Macro
    | MacroCall
    | Define
    | Evaluate
    | Include
    | Break
    | Stop
)
Body: TypeAlias = tuple[Node, ...]
