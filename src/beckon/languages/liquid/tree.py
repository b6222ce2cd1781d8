"""The small tree that becomes Python code: the part of Liquid that most templates are made of."""

from dataclasses import dataclass
from typing import TypeAlias

from liquid import Token


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal; `value` may be an object of python-liquid, such as `empty`."""

    value: object


@dataclass(frozen=True, slots=True)
class Name:
    """A name at the top: assigned by the template, or else taken from the data."""

    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """The variable of a loop, told by the loop's number."""

    loop: int


@dataclass(frozen=True, slots=True)
class Fact:
    """What a loop knows of itself, such as `forloop.index`."""

    loop: int
    about: str


@dataclass(frozen=True, slots=True)
class Property:
    """A step down a path; the key is a text, a whole number, or a path of its own."""

    of: "Expression"
    key: "str | int | Expression"


@dataclass(frozen=True, slots=True)
class Span:
    """A range of whole numbers, (first..last)."""

    first: "Expression"
    last: "Expression"


@dataclass(frozen=True, slots=True)
class Call:
    """A filter at work on a value."""

    name: str
    value: "Expression"
    args: "tuple[Expression, ...]"
    named: "tuple[tuple[str, Expression], ...]"
    token: Token


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two values and one of == != < > <= >= contains."""

    operator: str
    left: "Expression"
    right: "Expression"
    token: Token


@dataclass(frozen=True, slots=True)
class Logic:
    """Two conditions joined by `and` or `or`."""

    operator: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Not:
    """A condition turned round."""

    condition: "Expression"


Expression: TypeAlias = (
    Constant | Name | Item | Fact | Property | Span | Call | Comparison | Logic | Not
)


@dataclass(frozen=True, slots=True)
class Text:
    """Text that comes out as it is."""

    text: str


@dataclass(frozen=True, slots=True)
class Print:
    """A value to print."""

    value: Expression
    token: Token


@dataclass(frozen=True, slots=True)
class Assign:
    """A name and its new value."""

    name: str
    value: Expression
    token: Token


@dataclass(frozen=True, slots=True)
class Choice:
    """The first branch whose condition holds, else the last block."""

    branches: "tuple[tuple[Expression, Block], ...]"
    otherwise: "Block"
    token: Token


@dataclass(frozen=True, slots=True)
class Case:
    """Every branch that has a value equal to the subject; `else` while none has matched before.

    A branch without values is an `else`.
    """

    subject: Expression
    branches: "tuple[tuple[tuple[Expression, ...], Block], ...]"
    token: Token


@dataclass(frozen=True, slots=True)
class Loop:
    """A block for each item; `otherwise` when there is none. `counts` if any Fact is asked."""

    number: int
    items: Expression
    limit: Expression | None
    offset: Expression | None
    is_reversed: bool
    counts: bool
    body: "Block"
    otherwise: "Block"
    token: Token


@dataclass(frozen=True, slots=True)
class Leave:
    """`break` or `continue`."""

    word: str


Statement: TypeAlias = Text | Print | Assign | Choice | Case | Loop | Leave
Block: TypeAlias = tuple[Statement, ...]
