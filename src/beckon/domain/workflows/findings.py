"""What a dry run finds, as values; lists are cut to what came first, counts are whole."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import itemgetter
from typing import Generic, NamedTuple, TypeVar

from beckon.domain.contacts.model import Channel, ContactId
from beckon.domain.templates.model import Rendered, TemplateId
from beckon.domain.workflows.model import Passing
from beckon.domain.workflows.rehearsal import Told

T = TypeVar("T")

SAMPLES_MAX = 5
LISTED_MAX = 1_000


@dataclass(frozen=True, slots=True)
class WouldSend:
    """One message that would have been made; `stopped` is why it would not have gone out."""

    contact_id: ContactId
    step: str
    channel: Channel
    template_id: TemplateId
    at: datetime
    stopped: str | None = None
    held_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """One of the messages as it would have read; `fault` is why it could not be written."""

    send: WouldSend
    rendered: Rendered | None
    fault: str | None = None


@dataclass(slots=True)
class DryRun:
    """What came of a play."""

    signals: int = 0
    entered: int = 0
    held_out: int = 0
    converted: int = 0
    inside: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    steps: Counter[tuple[str, Passing]] = field(default_factory=Counter)
    sends: Counter[str] = field(default_factory=Counter)
    stopped: Counter[str] = field(default_factory=Counter)
    first_sends: list[WouldSend] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)


class Mark(NamedTuple):
    """By what a message of one version is the same as one of another."""

    contact_id: ContactId
    step: str
    at: datetime

    def __str__(self) -> str:
        """Write it as `<moment> contact <number> step <id>`."""
        moment = self.at.astimezone(UTC).isoformat()
        return f"{moment} contact {self.contact_id} step {self.step}"


@dataclass(frozen=True, slots=True)
class Difference:
    """The sends that only one of two versions would have made: how many, and the first of them."""

    count: int
    first: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of two versions played side by side, and which sends only either would make."""

    one: DryRun
    other: DryRun
    only_one: Difference
    only_other: Difference


class Earliest(Generic[T]):
    """The first few of many, by their moments, kept while they come in any order.

    Of one moment those that came first.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: list[tuple[datetime, T]] = []
        self._last: datetime | None = None

    def add(self, at: datetime, value: T) -> None:
        """Keep a value, if it is among the first."""
        if self._last is not None and at >= self._last:
            return
        self._kept.append((at, value))
        if len(self._kept) >= 2 * self._limit:
            self._cut()
            self._last = self._kept[-1][0]

    def listed(self) -> list[T]:
        """List what was kept, by time."""
        self._cut()
        return [value for _, value in self._kept]

    def _cut(self) -> None:
        self._kept.sort(key=itemgetter(0))
        del self._kept[self._limit :]


class Gap:
    """Gathers what one version has and another has not."""

    def __init__(self) -> None:
        self._count = 0
        self._first: Earliest[Mark] = Earliest(LISTED_MAX)

    def add(self, marks: Iterable[Mark]) -> None:
        """Take marks that are new."""
        for mark in sorted(marks):
            self._count += 1
            self._first.add(mark.at, mark)

    def told(self) -> Difference:
        """Tell what was gathered."""
        return Difference(self._count, tuple(self._first.listed()))
