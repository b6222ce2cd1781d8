"""Methods of texts that take a regular expression."""

import re
from collections.abc import Iterator

from beckon.languages.velocity.methods.kinds import MethodFault
from beckon.languages.velocity.patterns.machine import (
    Compiled,
    Match,
    PatternTooCostly,
    compiled,
    find_all,
    match_whole,
)
from beckon.languages.velocity.patterns.reader import PatternInvalid
from beckon.languages.velocity.run import Run, limit
from beckon.languages.velocity.values import Array

_META = frozenset(".$|()[{^?*+\\")
_REPLACEMENT = re.compile(r"\\(.)|\$(?:([0-9])|\{([A-Za-z][A-Za-z0-9]*)\})|([\\$])", re.DOTALL)


def matches(run: Run, text: str, pattern: str) -> bool:
    """Tell whether a pattern takes the whole text."""
    try:
        return match_whole(_compiled(run, pattern), text, run.spend)
    except PatternTooCostly as error:
        raise limit(str(error)) from None


def replace_found(run: Run, text: str, pattern: str, replacement: str, most: int = -1) -> str:
    r"""Replace what a pattern finds; the replacement knows `$1`, `${name}` and `\`."""
    pieces: list[str] = []
    end = 0
    for found in _found(run, text, pattern):
        if most == 0:
            break
        most -= 1
        start, stop = _span(found, 0)
        pieces += (text[end:start], _filled(replacement, found, text))
        run.grow_text(len(pieces[-1]) + len(pieces[-2]))
        end = stop
    return run.text([*pieces, text[end:]])


def split(run: Run, text: str, pattern: str, most: int = 0) -> Array:
    """Cut a text at what a pattern finds, by Java's rules for empty parts and limits."""
    parts: list[str] = []
    end = 0
    for start, stop in _cuts(run, text, pattern):
        if most > 0 and len(parts) == most - 1:
            break
        if stop == 0:
            continue  # a match of nothing at the start makes no empty part
        parts.append(text[end:start])
        run.grow(72)
        end = stop
    parts.append(text[end:])
    if most == 0 and len(parts) > 1:
        while parts and not parts[-1]:
            parts.pop()
    run.grow_items(len(parts))
    return Array(list(parts))


def _cuts(run: Run, text: str, pattern: str) -> Iterator[tuple[int, int]]:
    literal = _literal(pattern)
    if literal is None:
        for found in _found(run, text, pattern):
            start, stop = _span(found, 0)
            if start == stop == len(text):
                return
            yield start, stop
        return
    start = text.find(literal)
    while start >= 0:
        yield start, start + len(literal)
        start = text.find(literal, start + len(literal))


def _literal(pattern: str) -> str | None:
    """Give the text a pattern stands for, if it is nothing but a text."""
    plain = pattern[1:] if len(pattern) == 2 and pattern[0] == "\\" else pattern
    if len(plain) == 1 and plain is not pattern and plain.isalnum():
        return None
    if plain is pattern and not _META.isdisjoint(pattern):
        return None
    return plain or None


def _found(run: Run, text: str, pattern: str) -> Iterator[Match]:
    try:
        yield from find_all(_compiled(run, pattern), text, run.spend)
    except PatternTooCostly as error:
        raise limit(str(error)) from None


def _compiled(run: Run, pattern: str) -> Compiled:
    run.spend(20 * min(len(pattern), 500))
    try:
        return compiled(pattern)
    except PatternInvalid as error:
        raise MethodFault(str(error)) from None


def _span(found: Match, group: int) -> tuple[int, int]:
    span = found.spans[group]
    return (0, 0) if span is None else span


def _filled(replacement: str, found: Match, text: str) -> str:
    def part(sign: re.Match[str]) -> str:
        if sign[1] is not None:
            return sign[1]
        if sign[4] is not None:
            message = f"a lone `{sign[4]}` in the replacement; write `\\{sign[4]}`"
            raise MethodFault(message)
        group = int(sign[2]) if sign[2] else found.names.get(sign[3], -1)
        if not 0 <= group < len(found.spans):
            message = f"the pattern has no group `{sign[2] or sign[3]}`"
            raise MethodFault(message)
        start, stop = _span(found, group)
        return text[start:stop]

    return _REPLACEMENT.sub(part, replacement)
