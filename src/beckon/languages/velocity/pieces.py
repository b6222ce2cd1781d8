"""Gathers what a block of text is made of, and keeps count of where its lines begin."""

from beckon.languages.velocity import lexer
from beckon.languages.velocity.tree import Body, Node, Text


class Pieces:
    """The nodes of one block in order; neighbouring text becomes one node."""

    def __init__(self) -> None:
        self._nodes: list[Node] = []
        self._text: list[str] = []

    def text(self, characters: str) -> None:
        """Add characters that come out as they are."""
        self._text.append(characters)

    def node(self, node: Node) -> None:
        """Add a construct."""
        self._join()
        self._nodes.append(node)

    def drop(self, count: int) -> None:
        """Take back the last `count` characters of the text just added."""
        if count:
            joined = "".join(self._text)
            self._text = [joined[:-count]]

    def body(self) -> Body:
        """Hand over everything added."""
        self._join()
        return tuple(self._nodes)

    def _join(self) -> None:
        joined = "".join(self._text)
        if joined:
            self._nodes.append(Text(joined))
        self._text = []


class Lines:
    """Whether a place is the first in its line, by the original's mode `lines`.

    A line starts at the start of the source, after a line end in text, after a line end that was
    dropped with a directive, and after a comment to the end of the line; not after line ends
    inside block comments, raw blocks and arguments.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._start = 0

    def starts(self, offset: int) -> None:
        """Take note that a line starts here."""
        self._start = offset

    def passed(self, start: int, end: int) -> None:
        """Take note of plain text: it may hold line ends."""
        last = max(self._source.rfind("\n", start, end), self._source.rfind("\r", start, end))
        if last >= 0:
            self._start = last + 1

    def indent(self, offset: int) -> int | None:
        """Count the blanks between the line start and `offset`; None if more stands there."""
        blanks = lexer.past(lexer.BLANKS, self._source, self._start)
        return offset - self._start if blanks >= offset else None
