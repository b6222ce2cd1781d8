"""Parses Java's regular expressions into a small tree."""

import string
from dataclasses import dataclass
from typing import NoReturn, TypeAlias

from beckon.languages.velocity.patterns import classes
from beckon.languages.velocity.patterns.classes import Test

LENGTH_MAX = 500
"""Characters of a pattern."""

DEPTH_MAX = 20
REPEATS_MAX = 1_000

_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "a": "\a", "e": "\x1b", "0": "\0"}
_ANCHORS = frozenset("bBAzZ")


class PatternInvalid(Exception):  # noqa: N818 - becomes a TemplateError where the place is known
    """A pattern that Java would refuse, or that uses what is not offered here."""


@dataclass(frozen=True, slots=True)
class One:
    """One character that passes the test."""

    test: Test


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place: `^ $ \\b \\B \\A \\z \\Z`, and `m^ m$` for lines."""

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


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._groups = 0
        self._names: dict[str, int] = {}
        self._flags = frozenset[str]()
        self._depth = 0

    def parsed(self) -> Parsed:
        pattern = self._choice()
        if self._at < len(self._text):
            self._fail("a `)` closes nothing")
        return Parsed(pattern, self._groups, self._names)

    def _fail(self, message: str) -> NoReturn:
        message = f"{message} in the pattern `{self._text[:80]}`"
        raise PatternInvalid(message)

    def _peek(self, length: int = 1) -> str:
        return self._text[self._at : self._at + length]

    def _take(self) -> str:
        character = self._peek()
        if not character:
            self._fail("something is missing at the end")
        self._at += 1
        return character

    def _accept(self, expected: str) -> bool:
        if self._text.startswith(expected, self._at):
            self._at += len(expected)
            return True
        return False

    def _choice(self) -> Pattern:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            self._fail("groups are nested too deeply")
        flags = self._flags
        options = [self._sequence()]
        while self._accept("|"):
            options.append(self._sequence())
        self._flags = flags
        self._depth -= 1
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def _sequence(self) -> Pattern:
        parts: list[Pattern] = []
        while self._peek() not in {"", "|", ")"}:
            if self._accept("\\Q"):
                end = self._text.find("\\E", self._at)
                quoted = self._text[self._at : end if end >= 0 else len(self._text)]
                self._at = min(len(self._text), self._at + len(quoted) + 2)
                parts.extend(self._literal(character) for character in quoted)
                continue
            part = self._atom()
            if part is not None:
                parts.append(self._repeated(part))
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _repeated(self, part: Pattern) -> Pattern:
        while (bounds := self._bounds()) is not None:
            how = "lazy" if self._accept("?") else "possessive" if self._accept("+") else "greedy"
            part = Repeat(part, *bounds, how)
            self._depth += 1
            if self._depth > DEPTH_MAX:
                self._fail("too many repetitions of repetitions")
        return part

    def _bounds(self) -> tuple[int, int | None] | None:
        if self._accept("*"):
            return 0, None
        if self._accept("+"):
            return 1, None
        if self._accept("?"):
            return 0, 1
        if not self._accept("{"):
            return None
        least = self._number()
        most: int | None = least
        if self._accept(","):
            most = None if self._peek() == "}" else self._number()
        if not self._accept("}") or (most is not None and most < least):
            self._fail("a repetition is written `{2}`, `{2,}` or `{2,5}`")
        return least, most

    def _number(self) -> int:
        start = self._at
        while self._peek() in string.digits and self._peek():
            self._at += 1
        digits = self._text[start : self._at]
        if not digits or len(digits) > 4 or int(digits) > REPEATS_MAX:
            self._fail(f"a repetition needs a number up to {REPEATS_MAX}")
        return int(digits)

    def _atom(self) -> Pattern | None:
        character = self._take()
        match character:
            case "(":
                return self._group()
            case "[":
                return One(self._cased(self._class()))
            case "\\":
                return self._escape()
            case ".":
                test = classes.negated(classes.one_of(classes.LINE_ENDS))
                return One((lambda _: True) if "s" in self._flags else test)
            case "^" | "$":
                return Anchor(f"m{character}" if "m" in self._flags else character)
            case "*" | "+" | "?":
                self._fail(f"`{character}` repeats nothing")
            case _:
                return self._literal(character)

    def _literal(self, character: str) -> Pattern:
        return One(self._cased(classes.one_of(frozenset(character))))

    def _cased(self, test: Test) -> Test:
        return classes.caseless(test) if "i" in self._flags else test

    def _group(self) -> Pattern | None:
        if not self._accept("?"):
            return self._captured()
        for kind in ("<=", "<!", "=", "!", ">"):
            if self._accept(kind):
                return Look(kind, self._closed())
        if self._accept("<"):
            end = self._text.find(">", self._at)
            name = self._text[self._at : end]
            if end < 0 or not name.isidentifier() or name in self._names:
                self._fail("a group's name is written `(?<name>…)`")
            self._at = end + 1
            self._names[name] = self._groups + 1
            return self._captured()
        return self._flagged()

    def _captured(self) -> Pattern:
        self._groups += 1
        number = self._groups
        return Group(number, self._closed())

    def _flagged(self) -> Pattern | None:
        flags, turned_on = set(self._flags), True
        while (character := self._take()) not in {":", ")"}:
            if character == "-":
                turned_on = False
            elif character not in "imsu":
                self._fail(f"the flag `{character}` is not known")
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
        if not self._accept(")"):
            self._fail("a group is not closed")
        return part

    def _escape(self) -> Pattern:
        character = self._take()
        if character in _ANCHORS:
            return Anchor(f"\\{character}")
        if character in "123456789":
            return Back(int(character))
        if character == "k" and self._accept("<"):
            end = self._text.find(">", self._at)
            name = self._text[self._at : end]
            if name not in self._names:
                self._fail("no group of that name stands before")
            self._at = end + 1
            return Back(self._names[name])
        return One(self._cased(self._escaped_test(character)))

    def _escaped_test(self, character: str) -> Test:
        if character.lower() in classes.SHORTHANDS:
            test = classes.SHORTHANDS[character.lower()]
            return classes.negated(test) if character.isupper() else test
        if character in "pP":
            return self._property(is_negated=character == "P")
        if character in _ESCAPES:
            return classes.one_of(frozenset(_ESCAPES[character]))
        if character in "xu":
            return classes.one_of(frozenset(self._code(2 if character == "x" else 4)))
        if character.isascii() and character.isalpha():
            self._fail(f"`\\{character}` is not known")
        return classes.one_of(frozenset(character))

    def _property(self, *, is_negated: bool) -> Test:
        name = self._take()
        if name == "{":
            end = self._text.find("}", self._at)
            name = self._text[self._at : end]
            self._at = end + 1 if end >= 0 else len(self._text)
        test = classes.property_test(name)
        if test is None:
            self._fail(f"the property `{name[:20]}` is not known")
        return classes.negated(test) if is_negated else test

    def _code(self, digits: int) -> str:
        code = self._peek(digits)
        if len(code) < digits or not set(code) <= set(string.hexdigits):
            self._fail(f"a character code needs {digits} hexadecimal digits")
        self._at += digits
        return chr(int(code, 16))

    def _class(self) -> Test:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            self._fail("classes are nested too deeply")
        is_negated = self._accept("^")
        test = self._class_part(is_first=True)
        while self._accept("&&"):
            test = classes.both(test, self._class_part(is_first=False))
        if not self._accept("]"):
            self._fail("a class is not closed by `]`")
        self._depth -= 1
        return classes.negated(test) if is_negated else test

    def _class_part(self, *, is_first: bool) -> Test:
        tests: list[Test] = []
        while is_first or (self._peek() != "]" and self._peek(2) != "&&"):
            is_first = False
            tests.append(self._class_item())
        return classes.union(tests)

    def _class_item(self) -> Test:
        character = self._take()
        if character == "[":
            return self._class()
        if character == "\\":
            escaped = self._take()
            if escaped.isalnum() and escaped not in _ESCAPES and escaped not in "xu":
                return self._escaped_test(escaped)
            character = self._class_character(escaped)
        if self._peek() == "-" and self._peek(2) not in {"-]", "-["} and len(self._peek(2)) > 1:
            self._at += 1
            last = self._take()
            last = self._class_character(self._take()) if last == "\\" else last
            if last < character:
                self._fail("a range in a class runs backwards")
            return classes.between(character, last)
        return classes.one_of(frozenset(character))

    def _class_character(self, escaped: str) -> str:
        if escaped in "xu":
            return self._code(2 if escaped == "x" else 4)
        return _ESCAPES.get(escaped, escaped)
