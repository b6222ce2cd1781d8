"""What a template language says when a template is wrong, and how far a template may go."""

import re
from dataclasses import dataclass

SNIPPET_CHARACTERS = 60
_LINE_END = re.compile(r"\r\n|\r|\n")


class TemplateError(Exception):
    """A template that cannot be compiled or rendered, with the place and how to mend it.

    `line` and `column` count from 1; None where a fault has no place of its own. `kind` is one of
    parse, method, index, resource, recursion, value, limit; `phase` tells whether the template
    failed when it was compiled or when it was rendered. `opened` is the line and column where
    an unclosed block was opened. `part` and `snippet` are known once somebody who knows the whole
    has said so with `within`.
    """

    def __init__(
        self,
        message: str,
        line: int | None = None,
        column: int | None = None,
        *,
        kind: str = "parse",
        phase: str = "compile",
        opened: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column
        self.kind = kind
        self.phase = phase
        self.opened = opened
        self.part: str | None = None
        self.snippet: str | None = None

    def at(self, place: tuple[int, int]) -> "TemplateError":
        """Say where, unless that is known already; answers itself, to be raised."""
        if self.line is None:
            self.line, self.column = place
        return self

    def within(self, part: str, source: str) -> "TemplateError":
        """Say in which part of a message, and show the place there; answers itself."""
        self.part = part
        if self.line is not None:
            self.snippet = snippet_of(source, self.line, self.column or 1)
        return self

    def __str__(self) -> str:
        if self.line is None:
            return self.message
        if self.column is None:
            return f"line {self.line}: {self.message}"
        return f"line {self.line}, column {self.column}: {self.message}"


def snippet_of(source: str, line: int, column: int) -> str:
    """Cut what is read around a place out of its line, at most 60 characters; … where more is."""
    lines = _LINE_END.split(source, maxsplit=line)
    read = lines[line - 1] if line <= len(lines) else ""
    start = max(0, min(column - 1, len(read)) - SNIPPET_CHARACTERS // 2)
    cut = read[start : start + SNIPPET_CHARACTERS]
    before = "…" if start else ""
    after = "…" if start + SNIPPET_CHARACTERS < len(read) else ""
    return f"{before}{cut.strip()}{after}"


@dataclass(frozen=True, slots=True)
class Limits:
    """How far one rendering may go; passing any of them is a TemplateError."""

    source_bytes: int = 1_048_576
    loop_steps: int = 100_000
    output_bytes: int = 2_097_152
    depth: int = 32
    seconds: float = 1.0


DEFAULT_LIMITS = Limits()
