"""Finds what a template means otherwise than its author thinks, though it can be read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from beckon.languages.velocity.parser import code_spans
from beckon.languages.velocity.source import Source

_WORDS = "if|elseif|else|end|foreach|set|macro|define|stop|break"
_IN_TEXT = (
    (re.compile(rf"#[ \t]+(?:{_WORDS})\b"), "this is text; no blank may stand after `#`"),
    (re.compile(r"#else(?!if)[A-Za-z0-9_]+"), "this is text; write `#{else}` before a letter"),
    (re.compile(r"#endif\b"), "this is text; a block ends with `#end`"),
    (re.compile(r"#(?:IF|ELSEIF|ELSE|END|FOREACH|SET)\b"), "this is text; write it in lower case"),
)
_METHOD = re.compile(r"\$!?\{?[A-Za-z_]\w*(?:\.\w+(?:\([^()]*\))?)*\.\w+$")
_ARGUMENTS = re.compile(r"[ \t]+\((?=['\"$\d)])")
_SUBTRACTED = re.compile(r"-\d")
_CUTS = re.compile(r"(?:<!--\s*|https?://\S*)$")


@dataclass(frozen=True, slots=True)
class Slip:
    """What is worth a look, and where: line and column, both from 1."""

    message: str
    line: int
    column: int


def find_slips(text: str) -> list[Slip]:
    """List probable slips in a template that compiles, in order. Raises TemplateError."""
    source = Source(text)
    return [Slip(message, *source.place(at)) for at, message in sorted(_found(text))]


def _found(text: str) -> Iterator[tuple[int, str]]:
    done = 0
    for start, end in code_spans(text):
        yield from _in_text(text, done, start)
        yield from _in_code(text, start, end)
        done = end
    yield from _in_text(text, done, len(text))


def _in_text(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    for pattern, message in _IN_TEXT:
        for found in pattern.finditer(text, start, end):
            yield found.start(), message


def _in_code(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    code = text[start:end]
    if code.startswith("##") and _CUTS.search(text, max(0, start - 200), start):
        yield start, "from here to the end of the line is a comment"
    opened = code.rfind("#*")
    if end == len(text) and opened >= 0 and not re.search(r"\*#|\]\]#|['\"]", code[opened:]):
        yield start + opened, "this comment is never closed and hides the rest; close it with `*#`"
    if _METHOD.search(code[-200:]):
        if _ARGUMENTS.match(text, end):
            yield end, "this is text; no blank may stand before `(`"
        elif _SUBTRACTED.match(text, end):
            yield end, "this is text; calculate with #set and blanks around the minus"
