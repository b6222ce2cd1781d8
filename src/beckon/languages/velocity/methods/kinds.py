"""How arguments of methods are converted, and the two ways in which a call does not happen."""

import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeAlias

from beckon.languages.velocity.numbers import INT_BITS, wrap
from beckon.languages.velocity.printing import plain
from beckon.languages.velocity.run import Run
from beckon.languages.velocity.values import Character

Method: TypeAlias = Callable[..., object]
"""Called with the run, the value, and the arguments as given."""

Table: TypeAlias = dict[tuple[str, int], Method]
"""Methods of one kind by name and number of arguments; -1 takes any number."""

ANY_NUMBER = -1

_INT_LIMIT = 1 << (INT_BITS - 1)
_WHOLE_TEXT = re.compile(r"[+-]?[0-9]{1,18}")


class NoMatch(Exception):  # noqa: N818 - not an error: the call answers nothing
    """The arguments fit no method of this name, so the call answers nothing."""


class MethodFault(Exception):  # noqa: N818 - becomes a TemplateError where the place is known
    """The method was called and refuses; the message says why."""


def whole(value: Any) -> int:  # noqa: ANN401 - any value
    """Convert to a whole number: numbers are cut toward zero, true is 1; text must be whole."""
    match value:
        case bool() | int():
            return int(value)
        case float():
            return 0 if math.isnan(value) else int(max(-_INT_LIMIT, min(value, _INT_LIMIT - 1)))
        case Decimal():
            return int(value) if value.is_finite() else 0
        case str() if _WHOLE_TEXT.fullmatch(value):
            return int(value)
        case None:
            raise NoMatch
        case _:
            message = "needs a whole number"
            raise MethodFault(message)


def integer(_run: Run, value: object) -> int:
    """Convert to an Integer of 32 bits."""
    return wrap(whole(value), INT_BITS)


def text(run: Run, value: object) -> str:
    """Convert to text: numbers and booleans by what they print; nothing is refused."""
    if value is None:
        message = "needs a text, and this is nothing"
        raise MethodFault(message)
    if value.__class__ in {str, int, float, bool, Decimal, Character}:
        return plain(run, value)
    raise NoMatch


def characters(_run: Run, value: object) -> str:
    """Take a text as it is; a number does not fit."""
    if value.__class__ is str:
        return value
    if value is None:
        message = "needs a text, and this is nothing"
        raise MethodFault(message)
    raise NoMatch


def anything(_run: Run, value: object) -> object:
    """Take any value."""
    return value


def taking(method: Method, *conversions: Callable[[Run, Any], object]) -> Method:
    """Make a method whose arguments are converted before it is called."""
    match conversions:
        case ():
            return method
        case (one,):
            return lambda run, value, a: method(run, value, one(run, a))
        case _:
            return lambda run, value, *given: method(
                run, value, *(to(run, a) for to, a in zip(conversions, given, strict=True))
            )


def table(*methods: tuple[object, ...]) -> Table:
    """Build a table from rows of name, conversions and method, in that order."""
    built: Table = {}
    for name, *conversions, method in methods:
        assert isinstance(name, str)
        built[name, len(conversions)] = taking(method, *conversions)  # type: ignore[arg-type] # rows are checked by the tests
    return built
