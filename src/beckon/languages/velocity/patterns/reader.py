"""Reads characters and character classes of Java's regular expressions."""

import string
from typing import NoReturn

from beckon.languages.velocity.patterns import classes
from beckon.languages.velocity.patterns.classes import Test

DEPTH_MAX = 20
"""How deep groups, classes and repetitions may nest."""

_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "a": "\a", "e": "\x1b", "0": "\0"}


class PatternInvalid(Exception):  # noqa: N818 - becomes a TemplateError where the place is known
    """A pattern that Java would refuse, or that uses what is not offered here."""


class Reader:
    """A place in a pattern that moves on as it is read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    def fail(self, message: str) -> NoReturn:
        """Refuse the pattern."""
        message = f"{message} in the pattern `{self.text[:80]}`"
        raise PatternInvalid(message)

    def peek(self, length: int = 1) -> str:
        """Look at what follows; shorter at the end."""
        return self.text[self.at : self.at + length]

    def take(self) -> str:
        """Read one character."""
        character = self.peek()
        if not character:
            self.fail("something is missing at the end")
        self.at += 1
        return character

    def accept(self, expected: str) -> bool:
        """Read what is expected, if it follows."""
        if self.text.startswith(expected, self.at):
            self.at += len(expected)
            return True
        return False

    def escaped_test(self, character: str) -> Test:
        """Give the test of an escape whose letter was just read."""
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
            self.fail(f"`\\{character}` is not known")
        return classes.one_of(frozenset(character))

    def _property(self, *, is_negated: bool) -> Test:
        name = self.take()
        if name == "{":
            end = self.text.find("}", self.at)
            name = self.text[self.at : end]
            self.at = end + 1 if end >= 0 else len(self.text)
        test = classes.property_test(name)
        if test is None:
            self.fail(f"the property `{name[:20]}` is not known")
        return classes.negated(test) if is_negated else test

    def _code(self, digits: int) -> str:
        code = self.peek(digits)
        if len(code) < digits or not set(code) <= set(string.hexdigits):
            self.fail(f"a character code needs {digits} hexadecimal digits")
        self.at += digits
        return chr(int(code, 16))

    def read_class(self) -> Test:
        """Read a class behind its `[`, up to its `]`."""
        self.depth += 1
        if self.depth > DEPTH_MAX:
            self.fail("classes are nested too deeply")
        is_negated = self.accept("^")
        test = self._class_part(is_first=True)
        while self.accept("&&"):
            test = classes.both(test, self._class_part(is_first=False))
        if not self.accept("]"):
            self.fail("a class is not closed by `]`")
        self.depth -= 1
        return classes.negated(test) if is_negated else test

    def _class_part(self, *, is_first: bool) -> Test:
        tests: list[Test] = []
        while is_first or (self.peek() != "]" and self.peek(2) != "&&"):
            is_first = False
            tests.append(self._class_item())
        return classes.union(tests)

    def _class_item(self) -> Test:
        character = self.take()
        if character == "[":
            return self.read_class()
        if character == "\\":
            escaped = self.take()
            if escaped.isalnum() and escaped not in _ESCAPES and escaped not in "xu":
                return self.escaped_test(escaped)
            character = self._class_character(escaped)
        if self.peek() == "-" and self.peek(2) not in {"-]", "-["} and len(self.peek(2)) > 1:
            self.at += 1
            last = self.take()
            last = self._class_character(self.take()) if last == "\\" else last
            if last < character:
                self.fail("a range in a class runs backwards")
            return classes.between(character, last)
        return classes.one_of(frozenset(character))

    def _class_character(self, escaped: str) -> str:
        if escaped in "xu":
            return self._code(2 if escaped == "x" else 4)
        return _ESCAPES.get(escaped, escaped)
