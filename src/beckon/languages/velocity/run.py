"""One rendering: its data, its surroundings and how much it may still use.

Time is CPU time of this thread, looked at every few thousand counted units, so that a busy
machine fails no template. A template that never loops and calls nothing costly never looks.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from time import thread_time
from typing import Any, TypeAlias

from beckon.languages.errors import DEFAULT_LIMITS, Limits, TemplateError
from beckon.languages.velocity.source import Place

TEXT_MAX = 1_000_000
"""Characters in one text."""

ITEMS_MAX = 100_000
"""Entries in one list or map, and in one printed value."""

GROWN_BYTES_MAX = 48_000_000
"""Bytes of text, lists and maps built in one rendering, thrown away or not."""

BITS_MAX = 4_096
"""Bits of one whole number."""

VALUE_DEPTH_MAX = 50
"""How deep lists and maps may hold each other where they are printed, compared or copied."""

CALLS_MAX = 10_000
"""Macro, block, #evaluate and #parse calls in one rendering."""

UNITS_BETWEEN_LOOKS = 5_000
_PIECES_MAX = 10_000

_LONE_HALF = re.compile("[\ud800-\udfff]")

Names: TypeAlias = dict[str, Any]
Out: TypeAlias = list[str]
Body: TypeAlias = Callable[["Run", Names, Out], None]


@dataclass(frozen=True, slots=True)
class MacroCode:
    """A macro as compiled: its parameters, their defaults, the function that prints it."""

    parameters: tuple[str, ...]
    defaults: tuple[Callable[["Run", Names], object] | None, ...]
    body: Body


@dataclass(frozen=True, slots=True)
class Program:
    """A template as compiled."""

    body: Body
    macros: Mapping[str, MacroCode]


@dataclass(frozen=True, slots=True)
class Setting:
    """What is the same for all renderings of a call: limits, the moment, zones, the compiler.

    `now` is aware; None where the caller gave no moment. `compile_more` compiles the source of
    an #evaluate or a snippet, given the place its text begins at.
    """

    limits: Limits = DEFAULT_LIMITS
    now: datetime | None = None
    zone: tzinfo = UTC
    contact_zone: tzinfo = UTC
    snippets: Mapping[str, str] = field(default_factory=dict)
    compile_more: Callable[[str, Place, frozenset[str]], Program] | None = None


class Run:
    """What one rendering has used so far. Passing a limit raises TemplateError of kind limit."""

    units = 0
    steps = 0
    grown_bytes = 0
    calls = 0
    macro_depth = 0
    snippet_depth = 0
    evaluations = 0
    has_halves = False
    started: float | None = None

    macros: dict[str, MacroCode]

    def __init__(self, data: Names, setting: Setting) -> None:
        self.data = data
        self.setting = setting

    def spend(self, units: int) -> None:
        """Count work; a unit is about a tenth of a microsecond to a microsecond."""
        self.units += units
        if self.units > UNITS_BETWEEN_LOOKS:
            self.look()

    def look(self) -> None:
        """Look at the clock."""
        self.units = 0
        now = thread_time()
        if self.started is None:
            self.started = now
        seconds = self.setting.limits.seconds
        if now - self.started > seconds:
            raise limit(f"rendering takes longer than {seconds} seconds")

    def look_at(self, out: Out) -> None:
        """Look at the clock and at what was printed so far, which is put together when long."""
        self.look()
        if len(out) > _PIECES_MAX:
            self.add_up(out)

    def add_up(self, out: Out) -> None:
        """Put together what was printed so far, unless it is too much."""
        out[:] = [self.text(out, self.setting.limits.output_bytes)]

    def check_steps(self) -> None:
        """Compare the steps of all loops with the limit, and look at the clock."""
        if self.steps > self.setting.limits.loop_steps:
            raise limit(f"loops run more than {self.setting.limits.loop_steps} steps in all")
        self.look()

    def call(self) -> None:
        """Count a call of a macro, a block, a snippet or an #evaluate."""
        self.calls += 1
        if self.calls > CALLS_MAX:
            raise limit(f"macros and blocks are called more than {CALLS_MAX} times")
        self.spend(20)

    def grow(self, size_bytes: int) -> None:
        """Count memory that is about to be taken, or was just taken by something small."""
        self.grown_bytes += size_bytes
        if self.grown_bytes > GROWN_BYTES_MAX:
            raise limit(f"the template builds more than {GROWN_BYTES_MAX} bytes of values")
        self.spend(1 + (size_bytes >> 8))

    def grow_text(self, length: int) -> None:
        """Count a text of this many characters before it is built."""
        if length > TEXT_MAX:
            raise limit(f"a text is longer than {TEXT_MAX} characters")
        self.grow(4 * length)

    def grow_items(self, length: int) -> None:
        """Count a list or map of this many entries before it is built."""
        if length > ITEMS_MAX:
            raise limit(f"a list or map holds more than {ITEMS_MAX} entries")
        self.grow(64 + 8 * length)

    def text(self, pieces: Out, characters_max: int = TEXT_MAX) -> str:
        """Put pieces together, unless the whole is too long."""
        length = sum(map(len, pieces))
        if length > characters_max:
            raise limit(f"the text is longer than {characters_max} characters")
        return "".join(pieces)

    def checked_output(self, text: str) -> str:
        """Count the bytes of the output. A lone half of a UTF-16 pair in it prints as `?`."""
        if self.has_halves:
            paired = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
            text = _LONE_HALF.sub("?", paired)
        bytes_max = self.setting.limits.output_bytes
        if len(text.encode("utf-8", "replace")) > bytes_max:
            raise limit(f"the output is larger than {bytes_max} bytes")
        return text


def limit(message: str) -> TemplateError:
    """Make the error of a limit that was passed."""
    return TemplateError(message, kind="limit", phase="render")
