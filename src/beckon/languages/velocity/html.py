"""Escapes values printed into HTML, and knows when one lands in the query of a link."""

import re
from urllib.parse import quote

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})
_MARKUP = re.compile(
    r"""<!--.*?(?:-->|\Z)
      | <[a-zA-Z/] | >
      | (?P<link>\bhref\s*=\s*)?(?P<quote>["'])
      | \?""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)


def escape(text: str) -> str:
    """Make a text safe between tags and inside quoted attributes."""
    return text.translate(_ESCAPES)


def escape_query(text: str) -> str:
    """Make a text safe inside the query string of a link: percent-encoded UTF-8."""
    return quote(text, safe="", errors="replace")


class Surroundings:
    """Where in a document the text read so far has led, as far as links are concerned."""

    def __init__(self) -> None:
        self._quote = ""
        self._is_link = False
        self._in_tag = False
        self.in_query = False

    def pass_text(self, text: str) -> None:
        """Read on through static text; what values print is taken to hold no markup."""
        for found in _MARKUP.finditer(text):
            self._pass(found)

    def _pass(self, found: re.Match[str]) -> None:
        characters = found.group()
        quote_mark = found["quote"]
        if self._quote:
            if quote_mark == self._quote:
                self._quote, self._is_link, self.in_query = "", False, False
            elif characters == "?" and self._is_link:
                self.in_query = True
        elif characters.startswith("<") and not characters.startswith("<!--"):
            self._in_tag = True
        elif characters == ">":
            self._in_tag = False
        elif quote_mark and self._in_tag:
            self._quote, self._is_link = quote_mark, bool(found["link"])
