"""What one rendering has used up: loop steps, output, CPU time.

Invariant: every loop, node and filter of a rendering passes one of these checks, so a template
stops soon after its limit whichever engine runs it.
"""

from io import StringIO
from time import thread_time

from beckon.languages.errors import Limits

STRING_CHARACTERS_MAX = 1_000_000
LIST_ITEMS_MAX = 100_000
INTEGER_BITS_MAX = 4_096
NAMESPACE_BYTES_MAX = 2_000_000
NODES_BETWEEN_LOOKS = 256


class LimitError(Exception):
    """A template went further than a limit allows."""


class Meter:
    """Counts down one rendering's allowance; time is CPU seconds of the rendering thread."""

    __slots__ = ("_deadline", "_nodes", "_seconds", "_steps", "_steps_max")

    def __init__(self, limits: Limits) -> None:
        self._steps = self._steps_max = limits.loop_steps
        self._seconds = limits.seconds
        self._deadline = thread_time() + limits.seconds
        self._nodes = NODES_BETWEEN_LOOKS

    def loop(self, steps: int) -> None:
        """Take the steps of a loop before it starts. Raises LimitError."""
        self._steps -= steps
        if self._steps < 0:
            raise LimitError(f"the loops of this template take more than {self._steps_max} steps")
        self.look()

    def node(self) -> None:
        """Pass one node of the tree; the clock is read at every 256th. Raises LimitError."""
        self._nodes -= 1
        if self._nodes < 0:
            self._nodes = NODES_BETWEEN_LOOKS
            self.look()

    def look(self) -> None:
        """Read the clock. Raises LimitError when the time is up."""
        if thread_time() > self._deadline:
            raise LimitError(f"this template takes more than {self._seconds} seconds")


class Output(StringIO):
    """A text buffer that refuses to grow beyond a number of UTF-8 bytes."""

    def __init__(self, bytes_max: int) -> None:
        # No newline translation: the text must come out as it went in.
        super().__init__(newline="")
        self.bytes_left = bytes_max

    def write(self, text: str) -> int:
        """Append `text`. Raises LimitError when the buffer would pass its size."""
        self.bytes_left -= size_bytes(text)
        if self.bytes_left < 0:
            raise LimitError("this template writes more than the output limit")
        return super().write(text)


def size_bytes(text: str) -> int:
    """Count the UTF-8 bytes of a text; a lone surrogate counts three."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def bounded(value: object) -> object:
    """Hand a computed value through. Raises LimitError for one too large to go on with."""
    if isinstance(value, str):
        check_characters(len(value))
    elif isinstance(value, list | tuple | range):
        check_items(value)
    elif isinstance(value, int) and value.bit_length() > INTEGER_BITS_MAX:
        raise LimitError(f"a number is longer than {INTEGER_BITS_MAX} bits")
    return value


def check_characters(characters: int) -> None:
    """Take a string's length before it is built. Raises LimitError."""
    if characters > STRING_CHARACTERS_MAX:
        raise LimitError(f"a string is longer than {STRING_CHARACTERS_MAX} characters")


def check_items(items: list[object] | tuple[object, ...] | range) -> None:
    """Take a list before it is walked. Raises LimitError."""
    # A slice asks without len(), which overflows on a range beyond 64 bits.
    if items[LIST_ITEMS_MAX:]:
        raise LimitError(f"a list is longer than {LIST_ITEMS_MAX} items")
