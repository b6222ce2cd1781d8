# ruff: noqa: INP001 - a script, not a package
"""Leave out of a stylesheet the classes that none of our pages can have; four fifths of Tabler go.

What went is listed in `left_out_styles.txt`; a test fails where a page begins to use some of it.
"""

import re
from collections.abc import Iterator
from pathlib import Path

DASHBOARD = Path(__file__).parents[1] / "src/beckon/dashboard"
LEFT_OUT = Path(__file__).parent / "left_out_styles.txt"
SOURCES = ("templates/*.html", "pages/*.py", "*.py", "static/js/*.js", "static/css/*.css")

_CLASS = re.compile(r"\.(-?[A-Za-z_](?:\\.|[\w-])*)")
_WORD = re.compile(r"[A-Za-z_][\w-]*")
_BEGUN = re.compile(r"([A-Za-z][\w-]*-)\{")
_NEGATED = re.compile(r":(?:not|where|is|has)\([^)]*\)")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_NOTICE = re.compile(r"/\*!.*?\*/", re.DOTALL)
_GROUPS = ("@media", "@supports", "@layer")


def words_of() -> tuple[set[str], tuple[str, ...]]:
    """Collect every word of our sources, and the beginnings of names that they put together.

    Such as `alert-` of `alert-{{ kind }}`.
    """
    words: set[str] = set()
    begun: set[str] = set()
    ours = [path for pattern in SOURCES for path in sorted(DASHBOARD.glob(pattern))]
    for path in ours:
        text = path.read_text()
        words.update(_WORD.findall(text))
        if path.suffix != ".css":
            begun.update(_BEGUN.findall(text))
    return words, tuple(begun)


def trim(styles: str, words: set[str], begun: tuple[str, ...]) -> tuple[str, set[str]]:
    """Give the rules that may matter, and the names of the classes that are in none of them."""
    known = {_plain(name) for name in _CLASS.findall(styles)}
    used = {name for name in known if name in words or name.startswith(begun)}
    notices = "\n".join(_NOTICE.findall(styles))
    kept = "".join(_rules(_COMMENT.sub("", styles), used))
    return f"{kept}\n{notices}\n", known - used


def _rules(styles: str, used: set[str]) -> Iterator[str]:
    for rule in _split(styles):
        head, brace, body = rule.partition("{")
        head = head.strip()
        if not brace or (head.startswith("@") and not head.startswith(_GROUPS)):
            yield rule
        elif head.startswith(_GROUPS):
            if inner := "".join(_rules(body[:-1], used)):
                yield f"{head}{{{inner}}}"
        elif wanted := [one for one in _selectors(head) if _is_wanted(one, used)]:
            yield f"{','.join(wanted)}{{{body}"


def _is_wanted(selector: str, used: set[str]) -> bool:
    return all(_plain(name) in used for name in _CLASS.findall(_NEGATED.sub("", selector)))


def _plain(name: str) -> str:
    return name.replace("\\", "")


def _split(styles: str) -> Iterator[str]:
    """Cut a stylesheet into its outermost rules, each with its closing brace or semicolon."""
    depth = start = place = 0
    while place < len(styles):
        match styles[place]:
            case '"' | "'" as quote:
                place += 1
                while styles[place] != quote:
                    place += 2 if styles[place] == "\\" else 1
            case "{":
                depth += 1
            case "}":
                depth -= 1
        if depth == 0 and styles[place] in "};":
            yield styles[start : place + 1]
            start = place + 1
        place += 1


def _selectors(head: str) -> Iterator[str]:
    """Cut a list of selectors at its outermost commas."""
    depth = start = 0
    for place, character in enumerate(head):
        depth += (character in "([") - (character in ")]")
        if character == "," and depth == 0:
            yield head[start:place]
            start = place + 1
    yield head[start:]
