"""What one rendering has used up: loop steps, output, CPU time.

Invariant: every loop, node and filter of a rendering passes one of these checks, so a template
stops soon after its limit whichever engine runs it.
"""

from datetime import datetime
from io import StringIO
from sys import getsizeof
from time import thread_time

from liquid import Undefined

from beckon.languages.errors import Limits

STRING_CHARACTERS_MAX = 1_000_000
LIST_ITEMS_MAX = 100_000
INTEGER_BITS_MAX = 4_096
NAMESPACE_BYTES_MAX = 2_000_000
LONG_TEXT_CHARACTERS = 1_000
LONG_TEXT_FACTOR = 8
SMALL_INTEGER = 10**9
SMALL_CLASSES = frozenset({type(None), bool, float, Undefined})
NODES_BETWEEN_LOOKS = 256


class LimitError(Exception):
    """A template went further than a limit allows."""


class Meter:
    """Counts down one rendering's allowance, and holds the output that is finished.

    `now` is the moment the rendering counts as, for filters that ask. Time is CPU seconds of the
    rendering thread, from the first look at the clock; what comes before is short.
    """

    __slots__ = (
        "_bytes_left",
        "_deadline",
        "_finished",
        "_held",
        "_kept",
        "_limits",
        "_long_text",
        "_nodes",
        "_steps",
        "now",
    )

    def __init__(self, limits: Limits, now: datetime | None = None) -> None:
        self.now = now
        self._limits = limits
        self._steps = limits.loop_steps
        self._bytes_left = limits.output_bytes
        self._long_text = limits.output_bytes * LONG_TEXT_FACTOR
        self._deadline = 0.0
        self._nodes = NODES_BETWEEN_LOOKS
        self._kept: dict[object, int] = {}
        self._held = 0
        self._finished: list[str] = []

    def loop(self, steps: int) -> None:
        """Take the steps of a loop before it starts. Raises LimitError."""
        self._steps -= steps
        if self._steps < 0:
            raise LimitError(
                f"the loops of this template take more than {self._limits.loop_steps} steps"
            )
        self.node()

    def node(self) -> None:
        """Pass one node of the tree; the clock is read at every 256th. Raises LimitError."""
        self._nodes -= 1
        if self._nodes < 0:
            self._nodes = self.look()

    def look(self) -> int:
        """Read the clock; tell how many nodes may pass before the next time. Raises LimitError."""
        now = thread_time()
        if not self._deadline:
            self._deadline = now + self._limits.seconds
        elif now > self._deadline:
            raise LimitError(f"this template takes more than {self._limits.seconds} seconds")
        return NODES_BETWEEN_LOOKS

    def flush(self, pieces: list[str]) -> None:
        """Take pieces of output over, leaving the list empty. Raises LimitError."""
        self._finished.append(self._written(pieces))
        pieces.clear()
        self.look()

    def finish(self, pieces: list[str]) -> list[str]:
        """Take the last pieces and give all of them. Raises LimitError."""
        # A character has at most four bytes, so most outputs need not be put together for this.
        if 4 * sum(map(len, pieces)) > self._bytes_left:
            self._take(sum(map(size_bytes, pieces)))
        return [*self._finished, *pieces] if self._finished else pieces

    def _written(self, pieces: list[str]) -> str:
        text = "".join(pieces)
        self._take(size_bytes(text))
        return text

    def _take(self, output_bytes: int) -> None:
        self._bytes_left -= output_bytes
        if self._bytes_left < 0:
            raise LimitError(f"the output is longer than {self._limits.output_bytes} bytes")

    def computed(self, result: object, *sources: object) -> None:
        """Pass what was made from `sources`. Raises LimitError for too much work or result."""
        if is_small(result) and all(map(is_small, sources)):
            self.node()
            return
        self.look()
        check_size(result)
        if isinstance(result, str):
            self._long_text -= len(result)
            if self._long_text < 0:
                raise LimitError("this template makes too much text out of long values")

    def keep(self, name: object, value: object) -> None:
        """Count what a name keeps alive. Raises LimitError when all names hold too much."""
        if not is_small(value):
            self.look()
        size = size_of(value)
        self._held += size - self._kept.get(name, 0)
        self._kept[name] = size
        if self._held > NAMESPACE_BYTES_MAX:
            raise LimitError(
                f"the names of this template hold more than {NAMESPACE_BYTES_MAX} bytes"
            )


class Output(StringIO):
    """A text buffer that refuses to grow beyond a number of UTF-8 bytes."""

    def __init__(self, bytes_max: int) -> None:
        # No newline translation: the text must come out as it went in.
        super().__init__(newline="")
        self.bytes_left = self._bytes_max = bytes_max

    def write(self, text: str) -> int:
        """Append `text`. Raises LimitError when the buffer would pass its size."""
        self.bytes_left -= size_bytes(text)
        if self.bytes_left < 0:
            raise LimitError(f"the output is longer than {self._bytes_max} bytes")
        return super().write(text)


def size_bytes(text: str) -> int:
    """Count the UTF-8 bytes of a text; a lone surrogate counts three."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def size_of(value: object) -> int:
    """Measure the memory of a value, in bytes: of a list with the texts in it."""
    size = getsizeof(value)
    if isinstance(value, list | tuple):
        size += sum([getsizeof(item) for item in value if isinstance(item, str)])
    return size


def check_size(value: object) -> None:
    """Look at a computed value. Raises LimitError for one too large to go on with."""
    if isinstance(value, str):
        check_characters(len(value))
    elif isinstance(value, list | tuple | range):
        check_items(value)
    elif isinstance(value, int) and value.bit_length() > INTEGER_BITS_MAX:
        raise LimitError(f"a number is longer than {INTEGER_BITS_MAX} bits")


def check_characters(characters: int) -> None:
    """Take a text's length before it is built. Raises LimitError."""
    if characters > STRING_CHARACTERS_MAX:
        raise LimitError(f"a text is longer than {STRING_CHARACTERS_MAX} characters")


def check_items(items: list[object] | tuple[object, ...] | range) -> None:
    """Take a list before it is walked. Raises LimitError."""
    # A slice asks without len(), which overflows on a range beyond 64 bits.
    if items[LIST_ITEMS_MAX:]:
        raise LimitError(f"a list is longer than {LIST_ITEMS_MAX} items")


def is_small(value: object) -> bool:
    """Tell whether work on a value takes about as long as on any other."""
    if isinstance(value, str):
        return len(value) < LONG_TEXT_CHARACTERS
    if value.__class__ is int:
        return -SMALL_INTEGER < value < SMALL_INTEGER
    return value.__class__ in SMALL_CLASSES
