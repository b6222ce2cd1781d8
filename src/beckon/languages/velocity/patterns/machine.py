"""Matches patterns by a machine that backtracks on a stack of its own and counts its steps."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias, assert_never

from beckon.languages.velocity.patterns.classes import LINE_ENDS, is_word
from beckon.languages.velocity.patterns.parser import (
    Anchor,
    Back,
    Choice,
    Group,
    Look,
    One,
    Parsed,
    Pattern,
    Repeat,
    Sequence,
    parse,
)
from beckon.languages.velocity.patterns.reader import PatternInvalid

INSTRUCTIONS_MAX = 4_000
STEPS_MAX = 400_000
STACK_MAX = 100_000

Spend: TypeAlias = Callable[[int], None]
Instruction: TypeAlias = tuple[str, Any, Any]
Slots: TypeAlias = tuple[int, ...]
"""Start and end of each group, -1 where it took no part; then the marks of loops."""


class PatternTooCostly(Exception):  # noqa: N818 - becomes a TemplateError where the place is known
    """Matching takes more steps than a rendering may spend on one text."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A pattern ready to run."""

    program: tuple[Instruction, ...]
    groups: int
    names: dict[str, int]
    slots: int


@dataclass(frozen=True, slots=True)
class Match:
    """Where a pattern was found: spans of the whole (0) and of each group, None if unused."""

    spans: tuple[tuple[int, int] | None, ...]
    names: dict[str, int]


@lru_cache(maxsize=256)
def compiled(text: str) -> Compiled:
    """Compile a pattern. Raises PatternInvalid."""
    parsed = parse(text)
    return _Compiler(parsed).compiled()


def match_whole(pattern: Compiled, text: str, spend: Spend) -> bool:
    """Tell whether a pattern takes a whole text. Raises PatternTooCostly."""
    return _Machine(pattern, text, spend).match(0, whole=True) is not None


def find_all(pattern: Compiled, text: str, spend: Spend) -> Iterator[Match]:
    """Give the matches from left to right; none overlaps another. Raises PatternTooCostly."""
    machine = _Machine(pattern, text, spend)
    start = 0
    while start <= len(text):
        slots = machine.match(start)
        if slots is None:
            start += 1
            continue
        yield _as_match(pattern, slots)
        start = slots[1] if slots[1] > slots[0] else slots[1] + 1


def _as_match(pattern: Compiled, slots: Slots) -> Match:
    pairs = ((slots[2 * n], slots[2 * n + 1]) for n in range(pattern.groups + 1))
    spans = tuple(None if start < 0 or end < 0 else (start, end) for start, end in pairs)
    return Match(spans, pattern.names)


class _Compiler:
    def __init__(self, parsed: Parsed) -> None:
        self._parsed = parsed
        self._slots = 2 * parsed.groups + 2
        self._size = 0

    def compiled(self) -> Compiled:
        program = self._program(self._parsed.pattern)
        return Compiled(program, self._parsed.groups, self._parsed.names, self._slots)

    def _program(self, pattern: Pattern) -> tuple[Instruction, ...]:
        program: list[Instruction] = []
        self._write(program, pattern)
        program.append(("match", None, None))
        return tuple(program)

    def _add(self, program: list[Instruction], kind: str, a: Any = None, b: Any = None) -> int:  # noqa: ANN401 - operands differ by kind
        self._size += 1
        if self._size > INSTRUCTIONS_MAX:
            message = "a pattern repeats too much"
            raise PatternInvalid(message)
        program.append((kind, a, b))
        return len(program) - 1

    def _write(self, program: list[Instruction], pattern: Pattern) -> None:
        match pattern:
            case One(test):
                self._add(program, "one", test)
            case Anchor(kind):
                self._add(program, "anchor", kind)
            case Sequence(parts):
                for part in parts:
                    self._write(program, part)
            case Choice(options):
                self._choice(program, options)
            case Group(number, part):
                self._add(program, "save", 2 * number)
                self._write(program, part)
                self._add(program, "save", 2 * number + 1)
            case Back(number):
                self._add(program, "back", number)
            case Look(kind, part):
                self._add(program, "look", kind, self._program(part))
            case Repeat():
                self._repeat(program, pattern)
            case _:
                assert_never(pattern)

    def _choice(self, program: list[Instruction], options: tuple[Pattern, ...]) -> None:
        jumps = []
        for option in options[:-1]:
            split = self._add(program, "split")
            self._write(program, option)
            jumps.append(self._add(program, "jump"))
            program[split] = ("split", split + 1, len(program))
        self._write(program, options[-1])
        for jump in jumps:
            program[jump] = ("jump", len(program), None)

    def _repeat(self, program: list[Instruction], node: Repeat) -> None:
        if node.how == "possessive":
            greedy = Repeat(node.part, node.least, node.most, "greedy")
            self._add(program, "look", ">", self._program(greedy))
            return
        for _ in range(node.least):
            self._write(program, node.part)
        if node.most is None:
            self._loop(program, node)
            return
        splits = []
        for _ in range(node.most - node.least):
            splits.append(self._add(program, "split"))
            self._write(program, node.part)
        for split in splits:
            program[split] = self._split(split + 1, len(program), node.how)

    def _loop(self, program: list[Instruction], node: Repeat) -> None:
        slot, self._slots = self._slots, self._slots + 1
        split = self._add(program, "split")
        # A turn that takes nothing would go on for ever.
        self._add(program, "save", slot)
        self._write(program, node.part)
        self._add(program, "progress", slot)
        self._add(program, "jump", split)
        program[split] = self._split(split + 1, len(program), node.how)

    def _split(self, inside: int, after: int, how: str) -> Instruction:
        return ("split", after, inside) if how == "lazy" else ("split", inside, after)


class _Machine:
    def __init__(self, pattern: Compiled, text: str, spend: Spend) -> None:
        self._pattern = pattern
        self._text = text
        self._spend = spend
        self._steps = 0

    def match(self, start: int, *, whole: bool = False) -> Slots | None:
        slots = (start,) + (-1,) * (self._pattern.slots - 1)
        found = self._run(self._pattern.program, start, slots, whole=whole)
        return None if found is None else (start, found[0], *found[1][2:])

    def _run(  # noqa: C901, PLR0912 - the machine's one loop: a case per instruction
        self, program: tuple[Instruction, ...], at: int, slots: Slots, *, whole: bool = False
    ) -> tuple[int, Slots] | None:
        text = self._text
        stack: list[tuple[int, int, Slots]] = [(0, at, slots)]
        while stack:
            counter, at, slots = stack.pop()
            while True:
                self._count(len(stack))
                kind, a, b = program[counter]
                counter += 1
                if kind == "one":
                    if at >= len(text) or not a(text[at]):
                        break
                    at += 1
                elif kind == "split":
                    stack.append((b, at, slots))
                    counter = a
                elif kind == "jump":
                    counter = a
                elif kind == "save":
                    slots = (*slots[:a], at, *slots[a + 1 :])
                elif kind == "progress":
                    if slots[a] == at:
                        break
                elif kind == "anchor":
                    if not _stands(a, text, at):
                        break
                elif kind == "match":
                    if whole and at < len(text):
                        break
                    return at, slots
                else:
                    moved = self._special(kind, a, b, at, slots)
                    if moved is None:
                        break
                    at, slots = moved
        return None

    def _count(self, stacked: int) -> None:
        self._steps += 1
        if self._steps % 500 == 0:
            self._spend(500)
        if self._steps > STEPS_MAX or stacked > STACK_MAX:
            message = "matching this pattern takes too long"
            raise PatternTooCostly(message)

    def _special(
        self,
        kind: str,
        a: Any,  # noqa: ANN401 - operands differ by kind
        b: Any,  # noqa: ANN401 - operands differ by kind
        at: int,
        slots: Slots,
    ) -> tuple[int, Slots] | None:
        if kind == "back":
            start, end = slots[2 * a : 2 * a + 2] if 2 * a + 1 < len(slots) else (-1, -1)
            group = self._text[start:end]
            found = start >= 0 <= end and self._text.startswith(group, at)
            return (at + len(group), slots) if found else None
        if a == ">":
            return self._run(b, at, slots)
        inner = self._run(b, at, slots) if a in {"=", "!"} else self._behind(b, at, slots)
        if a in {"!", "<!"}:
            return (at, slots) if inner is None else None
        return None if inner is None else (at, inner[1])

    def _behind(
        self, program: tuple[Instruction, ...], at: int, slots: Slots
    ) -> tuple[int, Slots] | None:
        for start in range(at, -1, -1):
            ahead = _Machine(self._pattern, self._text[:at], self._spend)
            ahead._steps = self._steps
            found = ahead._run(program, start, slots, whole=True)
            self._steps = ahead._steps
            if found is not None:
                return found
        return None


def _stands(kind: str, text: str, at: int) -> bool:
    match kind:
        case "^" | "\\A":
            return at == 0
        case "m^":
            return at == 0 or (text[at - 1] in LINE_ENDS and at < len(text))
        case "\\z":
            return at == len(text)
        case "$" | "\\Z":
            return at == len(text) or (
                text[at] in LINE_ENDS and at + len(_end(text, at)) == len(text)
            )
        case "m$":
            return at == len(text) or text[at] in LINE_ENDS
        case _:
            before = at > 0 and is_word(text[at - 1])
            after = at < len(text) and is_word(text[at])
            return (before != after) == (kind == "\\b")


def _end(text: str, at: int) -> str:
    return "\r\n" if text.startswith("\r\n", at) else text[at]
