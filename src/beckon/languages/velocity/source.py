"""A template's text, and where in it something stands."""

import re
from bisect import bisect_left, bisect_right
from typing import NoReturn, TypeAlias

from beckon.languages.errors import TemplateError

Place: TypeAlias = tuple[int, int]
"""Line and column, both from 1; columns count UTF-16 units, as editors and Java do."""

_LINE_END = re.compile(r"\r\n|\r|\n")
_WIDE = re.compile("[\U00010000-\U0010ffff]")
"""Characters of two UTF-16 units."""


class Source:
    """A text and the place its first character has in the template it was cut from."""

    def __init__(self, text: str, origin: Place = (1, 1)) -> None:
        self.text = text
        self._origin = origin
        self._starts = [0, *(end.end() for end in _LINE_END.finditer(text))]
        self._wide = [] if text.isascii() else [wide.start() for wide in _WIDE.finditer(text)]

    def place(self, offset: int) -> Place:
        """Tell line and column of a character; an offset past the end counts on in its line."""
        index = bisect_right(self._starts, offset) - 1
        start = self._starts[index]
        wide = bisect_left(self._wide, offset) - bisect_left(self._wide, start)
        column = 1 + offset - start + wide
        line, first = self._origin
        return (line + index, column if index else column + first - 1)

    def fail(self, message: str, offset: int, *, opened: int | None = None) -> NoReturn:
        """Raise what is wrong with the character at `offset`, before anything is rendered."""
        since = None if opened is None else self.place(opened)
        raise TemplateError(message, *self.place(offset), opened=since)
