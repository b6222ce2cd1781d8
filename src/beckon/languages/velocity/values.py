"""The values a template sees besides Python's own str, int, float, bool, None, list and dict.

Invariant: kinds are told apart by `value.__class__ is …` and by nothing else; no attribute of a
value is ever looked up by a name from a template.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Map: TypeAlias = dict[Any, Any]
"""Keys that are no text are wrapped in `Key`: in Python 1, 1.0 and True would be one key."""


@dataclass(frozen=True, slots=True)
class Character:
    """One UTF-16 unit, from `charAt`."""

    text: str


@dataclass(frozen=True, slots=True)
class ClassName:
    """What `getClass()` gives: a name, and nothing that could be done with it."""

    name: str


@dataclass(eq=False, slots=True)
class Range:
    """`[first..last]`; read-only, never spelled out."""

    items: range

    def __len__(self) -> int:
        return len(self.items)


@dataclass(eq=False, slots=True)
class Array:
    """A list of fixed length, from `split`, `toArray` and the like."""

    items: list[Any]

    def __len__(self) -> int:
        return len(self.items)


@dataclass(eq=False, slots=True)
class SubList:
    """A view of a stretch of a list: changes show in both."""

    parent: "list[Any] | SubList"
    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start

    @property
    def items(self) -> list[Any]:
        """The entries, in a list of their own."""
        return list(items_of(self.parent)[self.start : self.stop])


@dataclass(eq=False, slots=True)
class Keys:
    """`keySet()`: a live view."""

    map: Map

    def __len__(self) -> int:
        return len(self.map)

    @property
    def items(self) -> list[Any]:
        """The keys, in a list of their own."""
        return [unwrapped(key) for key in self.map]


@dataclass(eq=False, slots=True)
class Values:
    """`values()`: a live view."""

    map: Map

    def __len__(self) -> int:
        return len(self.map)

    @property
    def items(self) -> list[Any]:
        """The values, in a list of their own."""
        return list(self.map.values())


@dataclass(eq=False, slots=True)
class Entry:
    """One key of a map with its value."""

    map: Map
    key: object

    @property
    def value(self) -> object:
        """The value the map holds now."""
        return self.map.get(self.key)


@dataclass(eq=False, slots=True)
class Entries:
    """`entrySet()`: a live view."""

    map: Map

    def __len__(self) -> int:
        return len(self.map)

    @property
    def items(self) -> list[Any]:
        """The entries, in a list of their own."""
        return [Entry(self.map, key) for key in self.map]


@dataclass(eq=False, slots=True)
class Cursor:
    """An iterator over a list or a view; `at` is the entry that comes next."""

    owner: Any
    items: list[Any]
    at: int = 0


@dataclass(eq=False, slots=True)
class Loop:
    """`$foreach`: where its loop stands, and what was stored on it."""

    size: int
    parent: object
    count: int = 0
    stored: dict[str, object] = field(default_factory=dict)

    def step(self) -> None:
        """Move to the next entry."""
        self.count += 1


@dataclass(eq=False, slots=True)
class Block:
    """A `#define` block or the content of a macro call: prints anew each time."""

    names: dict[str, Any]
    body: Any
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Moment:
    """A date of the generic `$date` tool: milliseconds since 1970 in UTC."""

    milliseconds: int


@dataclass(frozen=True, slots=True)
class Measure:
    """What `$display.measure` gives: lines and the longest line's length."""

    width: int
    height: int


SEQUENCES = frozenset({list, Range, Array, SubList})
"""Kinds with positions; equal when their entries are."""

COLLECTIONS = SEQUENCES | {Keys, Values, Entries}
"""Kinds a loop can walk over, besides maps and cursors."""


def items_of(value: Any) -> list[Any] | range:  # noqa: ANN401 - any of COLLECTIONS
    """Give the entries of one of COLLECTIONS; of a list, the list itself."""
    return value if value.__class__ is list else value.items


class Key:
    """A map key that is no text, with the equality of Java: type and value."""

    __slots__ = ("_identity", "value")

    def __init__(self, value: object, identity: object) -> None:
        self.value = value
        self._identity = identity

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)


def unwrapped(key: object) -> object:
    """Give the value of a map key as the template wrote it."""
    return key.value if isinstance(key, Key) else key


def entries(value: Map) -> Iterator[tuple[object, object]]:
    """Give keys and values of a map, in order."""
    return ((unwrapped(key), item) for key, item in value.items())
