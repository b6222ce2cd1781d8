"""Methods every value has."""

from decimal import Decimal
from typing import Any

from beckon.languages.velocity.comparing import equals, hash_of
from beckon.languages.velocity.methods.kinds import Table, anything, table
from beckon.languages.velocity.numbers import INT_BITS, LONG_BITS, fits
from beckon.languages.velocity.printing import plain
from beckon.languages.velocity.run import Run
from beckon.languages.velocity.values import Array, Character, ClassName, Range, SubList

_CLASS_NAMES: dict[type, str] = {
    str: "java.lang.String",
    float: "java.lang.Double",
    Decimal: "java.math.BigDecimal",
    bool: "java.lang.Boolean",
    Character: "java.lang.Character",
    list: "java.util.ArrayList",
    Range: "java.util.ArrayList",
    Array: "java.util.ArrayList",
    SubList: "java.util.ArrayList",
    dict: "java.util.LinkedHashMap",
}


def class_of(_run: Run, value: Any) -> ClassName:  # noqa: ANN401 - any value
    """Give the inert description of a value's kind."""
    if value.__class__ is int:
        if fits(value, INT_BITS):
            return ClassName("java.lang.Integer")
        return ClassName("java.lang.Long" if fits(value, LONG_BITS) else "java.math.BigInteger")
    return ClassName(_CLASS_NAMES.get(value.__class__, "java.lang.Object"))


COMMON: Table = table(
    ("equals", anything, equals),
    ("hashCode", hash_of),
    ("toString", plain),
    ("getClass", class_of),
)

CLASS_NAMES: Table = table(
    ("getName", lambda _, value: value.name),
    ("getSimpleName", lambda _, value: value.name.rpartition(".")[2]),
    ("toString", plain),
)
