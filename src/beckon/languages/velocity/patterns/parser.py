"""Parses Java's regular expressions into a small tree."""

import string
from dataclasses import dataclass
from typing import TypeAlias

from beckon.languages.velocity.patterns import classes
from beckon.languages.velocity.patterns.classes import Test
from beckon.languages.velocity.patterns.reader import DEPTH_MAX, PatternInvalid, Reader

LENGTH_MAX = 500
"""Characters of a pattern."""

REPEATS_MAX = 1_000

_ANCHORS = frozenset("bBAzZ")


@dataclass(frozen=True, slots=True)
class One:
    """One character that passes the test."""

    test: Test


@dataclass(frozen=True, slots=True)
class Anchor:
    r"""A place: `^ $ \b \B \A \z \Z`, and `m^ m$` for lines."""

    kind: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """Parts one after the other."""

    parts: tuple["Pattern", ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """The first alternative that leads to a match."""

    options: tuple["Pattern", ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part several times; `how` is greedy, lazy or possessive; no `most` means no end."""

    part: "Pattern"
    least: int
    most: int | None
    how: str


@dataclass(frozen=True, slots=True)
class Group:
    """A part whose text is remembered."""

    number: int
    part: "Pattern"


@dataclass(frozen=True, slots=True)
class Look:
    """What must or must not follow or precede; `kind` is `=`, `!`, `<=`, `<!` or `>` (atomic)."""

    kind: str
    part: "Pattern"


@dataclass(frozen=True, slots=True)
class Back:
    """The text of a group once more."""

    number: int


Pattern: TypeAlias = One | Anchor | Sequence | Choice | Repeat | Group | Look | Back


@dataclass(frozen=True, slots=True)
class Parsed:
    """A pattern, how many groups it has, and the names of some."""

    pattern: Pattern
    groups: int
    names: dict[str, int]


def parse(text: str) -> Parsed:
    """Parse a pattern. Raises PatternInvalid."""
    if len(text) > LENGTH_MAX:
        message = f"a pattern is longer than {LENGTH_MAX} characters"
        raise PatternInvalid(message)
    return _Parser(text).parsed()


class _Parser(Reader):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._groups = 0
        self._names: dict[str, int] = {}
        self._flags = frozenset[str]()

    def parsed(self) -> Parsed:
        pattern = self._choice()
        if self.at < len(self.text):
            self.fail("a `)` closes nothing")
        return Parsed(pattern, self._groups, self._names)

    def _choice(self) -> Pattern:
        self.depth += 1
        if self.depth > DEPTH_MAX:
            self.fail("groups are nested too deeply")
        flags = self._flags
        options = [self._sequence()]
        while self.accept("|"):
            options.append(self._sequence())
        self._flags = flags
        self.depth -= 1
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def _sequence(self) -> Pattern:
        parts: list[Pattern] = []
        while self.peek() not in {"", "|", ")"}:
            if self.accept("\\Q"):
                end = self.text.find("\\E", self.at)
                quoted = self.text[self.at : end if end >= 0 else len(self.text)]
                self.at = min(len(self.text), self.at + len(quoted) + 2)
                parts.extend(self._literal(character) for character in quoted)
                continue
            part = self._atom()
            if part is not None:
                parts.append(self._repeated(part))
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _repeated(self, part: Pattern) -> Pattern:
        while (bounds := self._bounds()) is not None:
            how = "lazy" if self.accept("?") else "possessive" if self.accept("+") else "greedy"
            part = Repeat(part, *bounds, how)
            self.depth += 1
            if self.depth > DEPTH_MAX:
                self.fail("too many repetitions of repetitions")
        return part

    def _bounds(self) -> tuple[int, int | None] | None:
        if self.accept("*"):
            return 0, None
        if self.accept("+"):
            return 1, None
        if self.accept("?"):
            return 0, 1
        if not self.accept("{"):
            return None
        least = self._number()
        most: int | None = least
        if self.accept(","):
            most = None if self.peek() == "}" else self._number()
        if not self.accept("}") or (most is not None and most < least):
            self.fail("a repetition is written `{2}`, `{2,}` or `{2,5}`")
        return least, most

    def _number(self) -> int:
        start = self.at
        while self.peek() in string.digits and self.peek():
            self.at += 1
        digits = self.text[start : self.at]
        if not digits or len(digits) > 4 or int(digits) > REPEATS_MAX:
            self.fail(f"a repetition needs a number up to {REPEATS_MAX}")
        return int(digits)

    def _atom(self) -> Pattern | None:  # noqa: PLR0911 - one case per sign
        character = self.take()
        match character:
            case "(":
                return self._group()
            case "[":
                return One(self._cased(self.read_class()))
            case "\\":
                return self._escape()
            case ".":
                test = classes.negated(classes.one_of(classes.LINE_ENDS))
                return One((lambda _: True) if "s" in self._flags else test)
            case "^" | "$":
                return Anchor(f"m{character}" if "m" in self._flags else character)
            case _ if character not in "*+?":
                return self._literal(character)
            case _:
                return self.fail(f"`{character}` repeats nothing")

    def _literal(self, character: str) -> Pattern:
        return One(self._cased(classes.one_of(frozenset(character))))

    def _cased(self, test: Test) -> Test:
        return classes.caseless(test) if "i" in self._flags else test

    def _group(self) -> Pattern | None:
        if not self.accept("?"):
            return self._captured()
        for kind in ("<=", "<!", "=", "!", ">"):
            if self.accept(kind):
                return Look(kind, self._closed())
        if self.accept("<"):
            end = self.text.find(">", self.at)
            name = self.text[self.at : end]
            if end < 0 or not name.isidentifier() or name in self._names:
                self.fail("a group's name is written `(?<name>…)`")
            self.at = end + 1
            self._names[name] = self._groups + 1
            return self._captured()
        return self._flagged()

    def _captured(self) -> Pattern:
        self._groups += 1
        number = self._groups
        return Group(number, self._closed())

    def _flagged(self) -> Pattern | None:
        flags, turned_on = set(self._flags), True
        while (character := self.take()) not in {":", ")"}:
            if character == "-":
                turned_on = False
            elif character not in "imsu":
                self.fail(f"the flag `{character}` is not known")
            elif turned_on:
                flags.add(character)
            else:
                flags.discard(character)
        if character == ")":
            self._flags = frozenset(flags)
            return None
        outside, self._flags = self._flags, frozenset(flags)
        part = self._closed()
        self._flags = outside
        return part

    def _closed(self) -> Pattern:
        part = self._choice()
        if not self.accept(")"):
            self.fail("a group is not closed")
        return part

    def _escape(self) -> Pattern:
        character = self.take()
        if character in _ANCHORS:
            return Anchor(f"\\{character}")
        if character in "123456789":
            return Back(int(character))
        if character == "k" and self.accept("<"):
            end = self.text.find(">", self.at)
            name = self.text[self.at : end]
            if name not in self._names:
                self.fail("no group of that name stands before")
            self.at = end + 1
            return Back(self._names[name])
        return One(self._cased(self.escaped_test(character)))
