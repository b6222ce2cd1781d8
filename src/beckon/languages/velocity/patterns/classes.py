"""Character classes of Java's regular expressions, as questions about one character."""

import string
import unicodedata
from collections.abc import Callable
from typing import TypeAlias

Test: TypeAlias = Callable[[str], bool]

LINE_ENDS = frozenset("\n\r\u0085\u2028\u2029")

_WORD = frozenset(string.ascii_letters + string.digits + "_")
_SPACE = frozenset(" \t\n\x0b\f\r")

SHORTHANDS: dict[str, Test] = {
    "d": frozenset(string.digits).__contains__,
    "w": _WORD.__contains__,
    "s": _SPACE.__contains__,
    "h": frozenset(" \t\xa0\u1680\u180e\u202f\u205f\u3000").__contains__,
    "v": frozenset("\n\x0b\f\r\x85\u2028\u2029").__contains__,
}
"""What `\\d` and its like take; the capital letter takes the rest. ASCII only, as in Java."""

_POSIX: dict[str, Test] = {
    "Alnum": frozenset(string.ascii_letters + string.digits).__contains__,
    "Alpha": frozenset(string.ascii_letters).__contains__,
    "ASCII": str.isascii,
    "Blank": frozenset(" \t").__contains__,
    "Cntrl": lambda c: c < " " or c == "\x7f",
    "Digit": frozenset(string.digits).__contains__,
    "Graph": lambda c: "!" <= c <= "~",
    "Lower": frozenset(string.ascii_lowercase).__contains__,
    "Print": lambda c: " " <= c <= "~",
    "Punct": frozenset(string.punctuation).__contains__,
    "Space": _SPACE.__contains__,
    "Upper": frozenset(string.ascii_uppercase).__contains__,
    "XDigit": frozenset(string.hexdigits).__contains__,
    "IsAlphabetic": str.isalpha,
    "IsDigit": str.isdigit,
    "IsLetter": str.isalpha,
    "IsLowercase": str.islower,
    "IsPunctuation": lambda c: unicodedata.category(c).startswith("P"),
    "IsUppercase": str.isupper,
    "IsWhite_Space": str.isspace,
}
_SCRIPTS = frozenset(
    {
        "Arabic",
        "Armenian",
        "Cyrillic",
        "Georgian",
        "Greek",
        "Hebrew",
        "Hiragana",
        "Katakana",
        "Latin",
    }
)


def is_word(character: str) -> bool:
    r"""Tell whether a character is part of a word, for `\b`."""
    return character in _WORD or character.isalpha() or character.isdigit()


def property_test(name: str) -> Test | None:
    r"""Give the test of `\p{name}`: POSIX names, general categories, a few scripts; else None."""
    if name in _POSIX:
        return _POSIX[name]
    script = name.removeprefix("Is").capitalize()
    if name.startswith("Is") and script in _SCRIPTS:
        prefix = script.upper()
        return lambda c: unicodedata.name(c, "").startswith(prefix)
    category = name.removeprefix("Is")
    if len(category) in {1, 2} and category[0] in "LMNPSZC":
        return lambda c: unicodedata.category(c).startswith(category)
    return None


def negated(test: Test) -> Test:
    """Give the opposite of a test."""
    return lambda c: not test(c)


def union(tests: list[Test]) -> Test:
    """Give the test that any of these passes."""
    if len(tests) == 1:
        return tests[0]
    return lambda c: any(test(c) for test in tests)


def both(first: Test, second: Test) -> Test:
    """Give the test that both of these pass."""
    return lambda c: first(c) and second(c)


def one_of(characters: frozenset[str]) -> Test:
    """Give the test of standing in a set."""
    return characters.__contains__


def between(first: str, last: str) -> Test:
    """Give the test of standing in a range, both ends included."""
    return lambda c: first <= c <= last


def caseless(test: Test) -> Test:
    """Give the test that holds for either case of a character."""
    return lambda c: test(c) or test(c.lower()) or test(c.upper())
