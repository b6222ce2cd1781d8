"""How values print: as Java prints them."""

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from beckon.languages.errors import TemplateError
from beckon.languages.velocity.html import escape, escape_query
from beckon.languages.velocity.run import BITS_MAX, ITEMS_MAX, VALUE_DEPTH_MAX, Out, Run, limit
from beckon.languages.velocity.values import (
    COLLECTIONS,
    Block,
    Character,
    ClassName,
    Cursor,
    Entry,
    Loop,
    entries,
    items_of,
)

BLOCK_DEPTH_MAX = 2
"""A block that prints itself is expanded once more and is null after that."""

FEW = 1 << 62
"""Whole numbers below this print without a question."""

_UNPRINTABLE = frozenset({Cursor, Loop})


def shown(run: Run, value: Any, missing: str) -> str:  # noqa: ANN401 - any value
    """Give the text a reference prints; `missing` stands in for what has none."""
    kind = value.__class__
    if value is None or kind in _UNPRINTABLE or kind in TOOL_KINDS:
        return missing
    if kind is Block:
        out: Out = []
        return run.text(out) if print_block(run, value, out) else missing
    return plain(run, value)


def shown_html(run: Run, value: object, missing: str) -> str:
    """Give the text a reference prints in HTML; a block has escaped its own values."""
    return _escaped(run, value, missing, escape)


def shown_query(run: Run, value: object, missing: str) -> str:
    """Give the text a reference prints in the query of a link."""
    return _escaped(run, value, missing, escape_query)


def write(run: Run, out: Out, value: object, missing: str) -> None:
    """Print a reference that may be a block; what it prints before a `#stop` stays."""
    if isinstance(value, Block):
        if not print_block(run, value, out):
            out.append(missing)
    else:
        out.append(shown(run, value, missing))


def write_html(run: Run, out: Out, value: object, missing: str) -> None:
    """Print a reference in HTML."""
    if isinstance(value, Block):
        write(run, out, value, missing)
    else:
        out.append(shown_html(run, value, missing))


def write_query(run: Run, out: Out, value: object, missing: str) -> None:
    """Print a reference in the query of a link."""
    if isinstance(value, Block):
        write(run, out, value, missing)
    else:
        out.append(shown_query(run, value, missing))


def merged(run: Run, name: str, fallback: str) -> str:
    """Give the text of a merge tag: its value, or the fallback for nothing and empty text."""
    value = run.data.get(name)
    return fallback if value is None else plain(run, value) or fallback


def merged_html(run: Run, name: str, fallback: str) -> str:
    """Give the text of a merge tag in HTML. The fallback is the author's own text."""
    value = run.data.get(name)
    return fallback if value is None or value == "" else escape(plain(run, value))


def merged_query(run: Run, name: str, fallback: str) -> str:
    """Give the text of a merge tag in the query of a link."""
    value = run.data.get(name)
    return fallback if value is None or value == "" else escape_query(plain(run, value))


def print_block(run: Run, block: Block, out: Out) -> bool:
    """Print a block. False, and nothing printed, when it is inside itself too often."""
    if block.depth >= BLOCK_DEPTH_MAX:
        return False
    run.call()
    block.depth += 1
    try:
        block.body(run, block.names, out)
    finally:
        block.depth -= 1
    run.look_at(out)
    return True


def plain(run: Run, value: object) -> str:
    """Give a value as text. Raises TemplateError for what no template may hold."""
    if value.__class__ is str:
        return value
    simple = _SIMPLE.get(value.__class__)
    if simple is not None:
        return simple(value)
    if isinstance(value, Block):
        return shown(run, value, "")
    special = PRINTERS.get(value.__class__)
    if special is not None:
        return str(special(run, value))
    pieces: list[str] = []
    _Printer(run, pieces).add(value, 0)
    run.grow(4 * sum(map(len, pieces)))
    return run.text(pieces)


def decimal_digits(value: float) -> str:
    """Print a double as Java does: shortest digits, always a point, `E` for far magnitudes."""
    if value == 0 or 0.001 <= abs(value) < 10_000_000:
        return repr(value)  # Python turns to exponents only outside this range
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    sign, digits_of, exponent = Decimal(repr(value)).as_tuple()
    assert isinstance(exponent, int), "infinities and NaN were answered above"
    digits = "".join(map(str, digits_of)).rstrip("0") or "0"
    power = exponent + len(digits_of) - 1
    return f"{'-' * sign}{digits[0]}.{digits[1:] or '0'}E{power}"


def _escaped(run: Run, value: object, missing: str, escape_text: Callable[[str], str]) -> str:
    if value is None or isinstance(value, Block):
        return shown(run, value, missing)
    text = shown(run, value, "\0" + missing)
    return missing if text == "\0" + missing else escape_text(text)


def _whole(value: int) -> str:
    if value.bit_length() > BITS_MAX:
        raise limit(f"a number has more than {BITS_MAX} bits")
    return str(value)


_SIMPLE: dict[type, Callable[[Any], str]] = {
    str: lambda value: value,
    bool: lambda value: "true" if value else "false",
    int: _whole,
    float: decimal_digits,
    Decimal: str,
    type(None): lambda _: "null",
    Character: lambda value: value.text,
    ClassName: lambda value: f"class {value.name}",
}

PRINTERS: dict[type, Callable[[Run, Any], object]] = {}
"""How values of tools print; each tool adds its own."""

TOOL_KINDS: set[type] = set()
"""Kinds that print as if undefined; each tool adds its own."""


class _Printer:
    """Prints one nested value, counting entries and depth."""

    def __init__(self, run: Run, pieces: list[str]) -> None:
        self._run = run
        self._pieces = pieces
        self._left = ITEMS_MAX

    def add(self, value: Any, depth: int, *, inside: object = None) -> None:  # noqa: ANN401 - any value
        """Add the text of a value that stands in the collection `inside`."""
        self._left -= 1
        self._run.spend(1)
        if self._left < 0 or depth > VALUE_DEPTH_MAX:
            raise limit("a value to print is too large or nested too deeply")
        kind = value.__class__
        if value is inside and value is not None and kind in {dict, list}:
            self._pieces.append("(this Map)" if kind is dict else "(this Collection)")
        elif kind in _SIMPLE:
            self._pieces.append(_SIMPLE[kind](value))
        elif kind is dict:
            self._add_map(value, depth)
        elif kind in COLLECTIONS:
            self._add_list(value, depth)
        elif kind is Entry:
            self.add(value.key if value.key.__class__ is str else value.key.value, depth + 1)
            self._pieces.append("=")
            self.add(value.value, depth + 1)
        elif kind is Block or kind in PRINTERS:
            self._pieces.append(shown(self._run, value, ""))
        elif kind in _UNPRINTABLE or kind in TOOL_KINDS:
            self._pieces.append(kind.__name__)
        else:
            message = f"templates hold no values of the kind `{kind.__name__}`"
            raise TemplateError(message, kind="value", phase="render")

    def _add_map(self, value: dict[Any, Any], depth: int) -> None:
        before = "{"
        for key, item in entries(value):
            self._pieces.append(before)
            self.add(key, depth + 1, inside=value)
            self._pieces.append("=")
            self.add(item, depth + 1, inside=value)
            before = ", "
        self._pieces.append("}" if value else "{}")

    def _add_list(self, value: Any, depth: int) -> None:  # noqa: ANN401 - one of COLLECTIONS
        before = "["
        for item in items_of(value):
            self._pieces.append(before)
            self.add(item, depth + 1, inside=value)
            before = ", "
        self._pieces.append("]" if len(value) else "[]")
