"""Methods of texts. Positions count UTF-16 units, as in Java."""

import re
from typing import Any

from beckon.languages.velocity.comparing import text_hash
from beckon.languages.velocity.methods.common import COMMON
from beckon.languages.velocity.methods.formats import format_text
from beckon.languages.velocity.methods.kinds import (
    ANY_NUMBER,
    MethodFault,
    NoMatch,
    Table,
    anything,
    characters,
    integer,
    table,
    text,
)
from beckon.languages.velocity.methods.regexes import matches, replace_found, split
from beckon.languages.velocity.printing import plain
from beckon.languages.velocity.run import Run
from beckon.languages.velocity.values import SEQUENCES, Array, Character, items_of

_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_TRIMMED = "".join(map(chr, range(0x21)))
_WHITE = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006"
    "\u2008\u2009\u200a\u2028\u2029\u205f\u3000"
)
"""White space as Java's `strip` sees it: without the no-break spaces."""
_LINES = re.compile(r"\r\n|\r|\n")
_ESCAPES = re.compile(r"\\(?:([0-3]?[0-7]{1,2})|(\r\n|.)|\Z)", re.DOTALL)
_ESCAPED = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "s": " ", "\n": "", "\r\n": ""}


def units(run: Run, value: str) -> str:
    """Give a text with one character per UTF-16 unit."""
    if value.isascii() or _ASTRAL.search(value) is None:
        return value
    run.has_halves = True
    run.grow_text(2 * len(value))
    return _ASTRAL.sub(lambda pair: _halves(pair.group()), value)


def whole(value: str) -> str:
    """Put the halves of UTF-16 pairs that stand side by side together again."""
    if value.isascii():
        return value
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def _halves(character: str) -> str:
    code = ord(character) - 0x10000
    return chr(0xD800 + (code >> 10)) + chr(0xDC00 + (code & 0x3FF))


def _substring(run: Run, value: str, start: int, end: int | None = None) -> str:
    inside = units(run, value)
    stop = len(inside) if end is None else end
    if not 0 <= start <= stop <= len(inside):
        message = f"{start} to {stop} is outside a text of {len(inside)}"
        raise MethodFault(message)
    return whole(inside[start:stop])


def _unit_at(run: Run, value: str, at: int) -> str:
    inside = units(run, value)
    if not 0 <= at < len(inside):
        message = f"{at} is outside a text of {len(inside)}"
        raise MethodFault(message)
    return inside[at]


def _code_point_at(run: Run, value: str, at: int) -> int:
    first = _unit_at(run, value, at)
    pair = whole(units(run, value)[at : at + 2])
    return ord(pair) if len(pair) == 1 else ord(first)


def _sought(run: Run, value: object) -> str:
    """Read what `indexOf` looks for: a text, or a number that is a character's code."""
    if value.__class__ is int:
        code = int(value)
        return units(run, chr(code)) if 0 <= code <= 0x10FFFF else "\0no such character"
    return units(run, text(run, value))


def _index_of(run: Run, value: str, part: str, start: int = 0) -> int:
    inside = units(run, value)
    run.spend(len(inside) >> 6)
    return inside.find(part, min(max(start, 0), len(inside)))


def _last_index_of(run: Run, value: str, part: str, start: int | None = None) -> int:
    inside = units(run, value)
    run.spend(len(inside) >> 6)
    if start is None:
        return inside.rfind(part)
    return inside.rfind(part, 0, start + len(part)) if start >= 0 else -1


def _compare(run: Run, first: str, second: object) -> int:
    if second.__class__ is not str:
        message = "compares texts only"
        raise MethodFault(message)
    a, b = units(run, first), units(run, str(second))
    for left, right in zip(a, b, strict=False):
        if left != right:
            return ord(left) - ord(right)
    return len(a) - len(b)


def _folded(value: str) -> str:
    return value.upper().lower()


def _equals_ignoring_case(_run: Run, value: str, other: object) -> bool:
    return other.__class__ is str and _folded(value) == _folded(str(other))


def _concat(run: Run, value: str, other: str) -> str:
    run.grow_text(len(value) + len(other))
    return value + other


def _repeat(run: Run, value: str, count: int) -> str:
    if count < 0:
        message = "cannot repeat less than nothing"
        raise MethodFault(message)
    run.grow_text(len(value) * count)
    return value * count


def _replace(run: Run, value: str, old: str, new: str) -> str:
    run.spend(len(value) >> 5)
    found = value.count(old)
    run.grow_text(len(value) + found * (len(new) - len(old)))
    return value.replace(old, new)


def _single(_run: Run, value: object) -> str:
    """Take what `replace` takes: texts and characters, no numbers."""
    return value.text if isinstance(value, Character) else characters(_run, value)


def _pattern(given: tuple[object, ...]) -> str:
    if not given or given[0].__class__ is not str:
        raise NoMatch
    return str(given[0])


def _join(run: Run, _value: str, *given: Any) -> str:  # noqa: ANN401 - any values
    if not given:
        raise NoMatch
    separator, *parts = given
    if len(parts) == 1 and parts[0].__class__ in SEQUENCES:
        parts = list(items_of(parts[0]))
    if any(part.__class__ is not str and part is not None for part in parts):
        message = "joins texts only"
        raise MethodFault(message)
    between = text(run, separator)
    texts = ["null" if part is None else part for part in parts]
    run.grow_text(sum(map(len, texts)) + len(between) * len(texts))
    return between.join(texts)


def _lines(value: str) -> list[str]:
    lines = _LINES.split(value)
    return lines[:-1] if lines[-1] == "" else lines


def _indent(run: Run, value: str, count: int) -> str:
    lines = _lines(value)
    run.grow_text(len(value) + len(lines) * (abs(count) + 1))
    if count >= 0:
        return "".join(f"{' ' * count}{line}\n" for line in lines)
    return "".join(f"{_without_indent(line, -count)}\n" for line in lines)


def _without_indent(line: str, count: int) -> str:
    blanks = len(line) - len(line.lstrip(_WHITE))
    return line[min(blanks, count) :]


def _strip_indent(run: Run, value: str) -> str:
    run.grow_text(len(value))
    lines = _LINES.split(value)
    counted = [line for line in lines[:-1] if line.strip(_WHITE)] + lines[-1:]
    common = min(len(line) - len(line.lstrip(_WHITE)) for line in counted)
    return "\n".join(_without_indent(line, common).rstrip(_WHITE) for line in lines)


def _translate_escapes(run: Run, value: str) -> str:
    run.grow_text(len(value))

    def translated(found: re.Match[str]) -> str:
        if found[1]:
            return chr(int(found[1], 8))
        escaped = found[2] or ""
        if escaped in _ESCAPED:
            return _ESCAPED[escaped]
        if escaped and escaped in "\\'\"":
            return escaped
        message = f"`\\{escaped}` is no escape"
        raise MethodFault(message)

    return _ESCAPES.sub(translated, value)


def _characters_of(run: Run, value: str) -> Array:
    inside = units(run, value)
    run.grow_items(8 * len(inside))
    return Array([Character(unit) for unit in inside])


def _bytes_of(run: Run, value: str) -> Array:
    run.grow_items(4 * len(value))
    return Array([byte - 256 if byte > 127 else byte for byte in value.encode("utf-8", "replace")])


def _region_matches(run: Run, value: str, start: int, other: str, at: int, length: int) -> bool:
    a, b = units(run, value), units(run, other)
    if start < 0 or at < 0 or start + length > len(a) or at + length > len(b):
        return False
    return length <= 0 or a[start : start + length] == b[at : at + length]


def _starts_with(run: Run, value: str, prefix: str, at: int = 0) -> bool:
    inside = units(run, value)
    return 0 <= at <= len(inside) and inside.startswith(units(run, prefix), at)


def _value_of(run: Run, _value: str, other: object) -> str:
    return plain(run, other)


def _changed_case(run: Run, changed: str) -> str:
    run.grow_text(len(changed))
    return changed


STRINGS: Table = {
    **COMMON,
    **table(
        ("length", lambda run, s: len(units(run, s))),
        ("isEmpty", lambda _, s: not s),
        ("isBlank", lambda _, s: not s.strip(_WHITE)),
        ("toString", lambda _, s: s),
        ("intern", lambda _, s: s),
        ("hashCode", text_hash),
        ("charAt", integer, lambda run, s, at: Character(_unit_at(run, s, at))),
        ("codePointAt", integer, _code_point_at),
        ("substring", integer, _substring),
        ("substring", integer, integer, _substring),
        ("subSequence", integer, integer, _substring),
        ("indexOf", _sought, _index_of),
        ("indexOf", _sought, integer, _index_of),
        ("lastIndexOf", _sought, _last_index_of),
        ("lastIndexOf", _sought, integer, _last_index_of),
        ("contains", _single, lambda _, s, part: part in s),
        ("startsWith", text, _starts_with),
        ("startsWith", text, integer, _starts_with),
        ("endsWith", text, lambda _, s, part: s.endswith(part)),
        ("equals", anything, lambda _, s, other: other.__class__ is str and s == other),
        ("equalsIgnoreCase", anything, _equals_ignoring_case),
        ("compareTo", anything, _compare),
        ("compareToIgnoreCase", text, lambda run, s, t: _compare(run, _folded(s), _folded(t))),
        ("contentEquals", _single, lambda _, s, other: s == other),
        ("regionMatches", integer, text, integer, integer, _region_matches),
        ("matches", text, matches),
        ("concat", text, _concat),
        ("repeat", integer, _repeat),
        ("replace", _single, _single, _replace),
        ("replaceAll", text, text, replace_found),
        ("replaceFirst", text, text, lambda run, s, p, t: replace_found(run, s, p, t, 1)),
        ("split", text, split),
        ("split", text, integer, split),
        ("trim", lambda _, s: s.strip(_TRIMMED)),
        ("strip", lambda _, s: s.strip(_WHITE)),
        ("stripLeading", lambda _, s: s.lstrip(_WHITE)),
        ("stripTrailing", lambda _, s: s.rstrip(_WHITE)),
        ("toUpperCase", lambda run, s: _changed_case(run, s.upper())),
        ("toLowerCase", lambda run, s: _changed_case(run, s.lower())),
        ("indent", integer, _indent),
        ("stripIndent", _strip_indent),
        ("translateEscapes", _translate_escapes),
        ("toCharArray", _characters_of),
        ("getBytes", _bytes_of),
        ("valueOf", anything, _value_of),
        ("copyValueOf", anything, _value_of),
    ),
    ("join", ANY_NUMBER): _join,
    ("format", ANY_NUMBER): lambda run, _, *given: format_text(run, _pattern(given), given[1:]),
    ("formatted", ANY_NUMBER): lambda run, pattern, *given: format_text(run, pattern, given),
}
