"""Equality, order and hashes: `==` as Velocity has it, `equals` and `hashCode` as Java has them."""

import struct
from decimal import Decimal
from typing import Any

from beckon.languages.velocity.numbers import (
    INT_BITS,
    fits,
    is_number,
    numeric_text,
    to_decimal,
    wrap,
)
from beckon.languages.velocity.printing import plain
from beckon.languages.velocity.run import VALUE_DEPTH_MAX, Run, limit
from beckon.languages.velocity.values import (
    COLLECTIONS,
    SEQUENCES,
    Block,
    Character,
    Entry,
    Key,
    entries,
    items_of,
)

_PRIMITIVES = frozenset({str, int, float, bool, Decimal, type(None), Character})


def is_equal(run: Run, left: object, right: object) -> bool:
    """`==`: numbers by value across kinds and numeric texts, else alike kinds, else as printed."""
    if left is None or right is None:
        return left is right
    if is_number(left) or is_number(right):
        order = _order(left, right)
        if order is not None:
            return order == 0
    if _same_kind(left, right):
        return equals(run, left, right)
    return plain(run, left) == plain(run, right)


def is_less(left: object, right: object) -> bool:
    """`<`; false unless both are numbers, or one is and the other is a numeric text."""
    order = _order(left, right)
    return order is not None and order < 0


def is_at_most(left: object, right: object) -> bool:
    """`<=`."""
    order = _order(left, right)
    return order is not None and order <= 0


def is_more(left: object, right: object) -> bool:
    """`>`."""
    order = _order(left, right)
    return order is not None and order > 0


def is_at_least(left: object, right: object) -> bool:
    """`>=`."""
    order = _order(left, right)
    return order is not None and order >= 0


def equals(run: Run, left: Any, right: Any, depth: int = 0) -> bool:  # noqa: ANN401 - any values
    """Java's `equals`: Integer 1, Double 1.0, text "1" and true are four different things."""
    run.spend(1)
    if depth > VALUE_DEPTH_MAX:
        raise limit("values to compare are nested too deeply")
    kind = left.__class__
    if kind in _PRIMITIVES:
        return kind is right.__class__ and bool(_same(left, right))
    if kind in SEQUENCES and right.__class__ in SEQUENCES:
        first, second = items_of(left), items_of(right)
        return len(first) == len(second) and all(
            equals(run, a, b, depth + 1) for a, b in zip(first, second, strict=True)
        )
    if kind is dict and right.__class__ is dict:
        return len(left) == len(right) and all(
            key in right and equals(run, item, right[key], depth + 1) for key, item in left.items()
        )
    if kind is Entry and right.__class__ is Entry:
        return bool(left.key == right.key) and equals(run, left.value, right.value, depth + 1)
    if kind in COLLECTIONS and kind is right.__class__:
        return len(left) == len(right) and all(
            any(equals(run, a, b, depth + 1) for b in items_of(right)) for a in items_of(left)
        )
    return left is right


def key_of(run: Run, value: object) -> object:
    """Give the form in which a value is a key of a map. Text is its own."""
    return value if value.__class__ is str else Key(value, _identity(run, value, 0))


def hash_of(run: Run, value: Any, depth: int = 0) -> int:  # noqa: ANN401 - any value
    """Java's `hashCode`, in signed 32 bits."""
    if depth > VALUE_DEPTH_MAX:
        raise limit("a value to hash is nested too deeply")
    run.spend(1)
    kind = value.__class__
    if kind is dict:
        pairs = entries(value)
        return wrap(sum(_entry_hash(run, key, item, depth) for key, item in pairs), INT_BITS)
    if kind in SEQUENCES:
        total = 1
        for item in items_of(value):
            total = (31 * total + hash_of(run, item, depth + 1)) & 0xFFFFFFFF
        return wrap(total, INT_BITS)
    if kind in COLLECTIONS:
        return wrap(sum(hash_of(run, item, depth + 1) for item in items_of(value)), INT_BITS)
    if kind is Entry:
        key = value.key if value.key.__class__ is str else value.key.value
        return _entry_hash(run, key, value.value, depth)
    return _simple_hash(run, value)


def _entry_hash(run: Run, key: object, item: object, depth: int) -> int:
    return hash_of(run, key, depth + 1) ^ hash_of(run, item, depth + 1)


def _simple_hash(run: Run, value: Any) -> int:  # noqa: ANN401 - any value
    if value is None:
        return 0
    if value.__class__ is bool:
        return 1231 if value else 1237
    if value.__class__ is int:
        return wrap(value if fits(value, INT_BITS) else value ^ (value >> 32), INT_BITS)
    if value.__class__ is float:
        bits = int.from_bytes(struct.pack(">d", value), "big")
        return wrap(bits ^ (bits >> 32), INT_BITS)
    return text_hash(run, plain(run, value))


def text_hash(run: Run, text: str) -> int:
    """Java's hash of a text, over its UTF-16 units."""
    units = text.encode("utf-16-be", "surrogatepass")
    run.spend(len(units) // 2)
    total = 0
    for high, low in zip(units[::2], units[1::2], strict=True):
        total = (31 * total + 256 * high + low) & 0xFFFFFFFF
    return wrap(total, INT_BITS)


def _order(left: Any, right: Any) -> int | None:  # noqa: ANN401 - any values
    if not (is_number(left) or is_number(right)):
        return None
    a, b = _comparable(left), _comparable(right)
    if a is None or b is None:
        return None
    if isinstance(a, Decimal) != isinstance(b, Decimal):
        a, b = to_decimal(a), to_decimal(b)
    return (a > b) - (a < b) if a == a and b == b else None  # noqa: PLR0124 - NaN has no order


def _comparable(value: Any) -> Any:  # noqa: ANN401 - a number or None
    if value.__class__ is str:
        return numeric_text(value)
    return value if is_number(value) else None


def _same(left: Any, right: Any) -> bool:  # noqa: ANN401 - values of one kind
    if left.__class__ is Decimal:
        return bool(left.compare_total(right) == 0)
    return bool(left == right)


def _same_kind(left: object, right: object) -> bool:
    kinds = {left.__class__, right.__class__}
    return (len(kinds) == 1 and Block not in kinds) or kinds <= SEQUENCES


def _identity(run: Run, value: Any, depth: int) -> object:  # noqa: ANN401 - any value
    if depth > VALUE_DEPTH_MAX:
        raise limit("a key is nested too deeply")
    run.spend(1)
    kind = value.__class__
    if kind in _PRIMITIVES:
        return kind, value
    if kind in SEQUENCES:
        return "list", tuple(_identity(run, item, depth + 1) for item in items_of(value))
    if kind is dict:
        pairs = ((key, _identity(run, item, depth + 1)) for key, item in value.items())
        return "map", frozenset(pairs)
    return "other", id(value)
