"""Cuts a template into what the parser asks for: marks in text, tokens in expressions.

The parser knows which of the two it is reading; the same character means different things in
each, so nothing is cut ahead of time.
"""

import re
from dataclasses import dataclass

MARK = re.compile(r"\\|\$(?=[!$\\A-Za-z_]|\{[A-Za-z_])|\#(?=[\#*\[{@A-Za-z_])|%(?=[A-Z])")
"""Where plain text may end."""

BACKSLASHES = re.compile(r"\\+")
BLANKS = re.compile(r"[ \t]*")
SPACE = re.compile(r"[ \t\r\n]*")
SEPARATORS = re.compile(r"[ \t\r\n,]*")
LINE_END = re.compile(r"\r\n|\r|\n")
BLANK_LINE_REST = re.compile(r"[ \t]*(?:\r\n|\r|\n)")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
DIRECTIVE = re.compile(r"#(@?)(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))")
REFERENCE = re.compile(r"\$(!?)(\{?)([A-Za-z_][A-Za-z0-9_]*)")
DOLLARS = re.compile(r"(?:\$!?(?=\$))*+(?=\$!?\{?[A-Za-z_])")
"""Dollars that stand directly before the dollar of a reference: `$$price`."""
DOLLAR_RUN = re.compile(r"(?:\$!?(?=\$))*+")
ESCAPED_BANG = re.compile(r"\$\\+!\{?[A-Za-z_]")
STEP = re.compile(r"\.([A-Za-z_][A-Za-z0-9_]*)")

_TOKEN = re.compile(
    r"""
    (?P<text>"(?:[^"]|"")*"|'(?:[^']|'')*')
  | (?P<unclosed>["'])
  | (?P<decimal>-?(?:[0-9]+\.(?!\.)[0-9]*(?:[eE][+-]?[0-9]+)?
               |\.[0-9]+(?:[eE][+-]?[0-9]+)?
               |[0-9]+[eE][+-]?[0-9]+))
  | (?P<integer>-?[0-9]+)
  | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<reference>\$)
  | (?P<sign>\.\.|&&|\|\||==|!=|<=|>=|[-+*/%<>!()\[\]{},:=|])
  | (?P<end>\Z)
  | (?P<unknown>.)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """One token of an expression: its kind, its characters, where it starts and where it ends."""

    kind: str
    text: str
    start: int
    end: int


def token(text: str, offset: int) -> Token:
    """Cut the token that follows `offset` and any white space. Kind `end` has no characters."""
    match = SPACE.match(text, offset)
    start = match.end() if match else offset
    found = _TOKEN.match(text, start)
    assert found is not None, "the last alternative takes any character"
    return Token(found.lastgroup or "", found.group(), start, found.end())


def past(pattern: re.Pattern[str], text: str, offset: int) -> int:
    """Tell where a pattern that begins at `offset` ends; `offset` itself if it does not match."""
    match = pattern.match(text, offset)
    return match.end() if match else offset
