"""What goes to the analytics store at once, and how: rows, people to move, people to forget."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar
from uuid import UUID

from sqlalchemy import Table

from beckon.storage.analytics.client import Analytics, Row
from beckon.storage.analytics.progress import Span
from beckon.storage.analytics.tables import (
    CONTACT,
    EVENT,
    MEMBERSHIP,
    OUTCOME,
    PURCHASE,
    AnalyticsTable,
)
from beckon.storage.schema import Tx

K = TypeVar("K", int, UUID)

FOLLOWING = (EVENT, OUTCOME, PURCHASE)
"""Rows that belong to another person once two turn out to be one."""

PERSONAL = (EVENT, CONTACT, MEMBERSHIP, OUTCOME, PURCHASE)
"""Rows that go when a person is erased."""


@dataclass(frozen=True, slots=True)
class Shipment:
    """A batch. People are by project: `moved` from a number to another, `erased` for good.

    `removed` has single events, by project as well.
    """

    rows: Mapping[AnalyticsTable, Sequence[Row]] = field(default_factory=dict)
    moved: Mapping[int, Mapping[int, int]] = field(default_factory=dict)
    erased: Mapping[int, Sequence[int]] = field(default_factory=dict)
    removed: Mapping[int, Sequence[UUID]] = field(default_factory=dict)


class Stream(Protocol):
    """One log on its way to the analytics store."""

    @property
    def name(self) -> str:
        """What it is called in metrics and logs."""
        ...

    @property
    def log(self) -> Table:
        """The log, a table with `epoch` and `position`."""
        ...

    @property
    def moment(self) -> str:
        """The log's column of when a line came in."""
        ...

    def read(self, tx: Tx, span: Span) -> Shipment:
        """Give what a span of the log means, from the state as it is now."""
        ...


class Snapshots(Stream, Protocol):
    """A log of changes to things that are shipped whole: a rebuild looks at the things instead."""

    def read_all(
        self, tx: Tx, *, after: int, limit: int, number: int
    ) -> tuple[Shipment, int | None]:
        """Give things with greater numbers than `after`, and the last one's; None: no more."""
        ...

    def count_all(self, tx: Tx) -> int:
        """Tell how many things there are, for a progress bar."""
        ...


def reader_of(stream: Stream) -> str:
    """Name the reader of a stream's log."""
    return f"analytics:{stream.name}"


async def ship(analytics: Analytics, shipment: Shipment, token: str, *, suffix: str = "") -> None:
    """Put a shipment into the store. The same one again under its token changes nothing."""
    for project_id, moved in shipment.moved.items():
        await _move(analytics, project_id, moved, token, suffix)
    for project_id, erased in shipment.erased.items():
        await _forget(analytics, project_id, erased, suffix)
    for project_id, removed in shipment.removed.items():
        await analytics.run(
            f"DELETE FROM {EVENT.name}{suffix} WHERE project_id = {{project:UInt64}} "  # noqa: S608 - our own names
            "AND id IN ({events:Array(UUID)})",
            {"project": project_id, "events": list(removed)},
        )
    for table, rows in shipment.rows.items():
        if rows:
            await analytics.insert(table.name + suffix, list(table.columns), rows, token)


async def _forget(
    analytics: Analytics, project_id: int, contact_ids: Sequence[int], suffix: str
) -> None:
    """Take people out of every table; one statement a table, however many they are."""
    for table in PERSONAL:
        await analytics.run(
            f"DELETE FROM {table.name}{suffix} WHERE project_id = {{project:UInt64}} "  # noqa: S608 - our own names
            "AND contact_id IN ({contacts:Array(UInt64)})",
            {"project": project_id, "contacts": list(contact_ids)},
        )


async def _move(
    analytics: Analytics, project_id: int, moved: Mapping[int, int], token: str, suffix: str
) -> None:
    """Give rows of people who are no more to who they turned out to be.

    Copy, then delete: a copy that comes again is known by its token.
    """
    values = {"project": project_id, "old": list(moved), "new": list(moved.values())}
    mine = "project_id = {project:UInt64} AND contact_id IN ({old:Array(UInt64)})"
    for table in FOLLOWING:
        name = table.name + suffix
        await analytics.run(
            f"INSERT INTO {name} SELECT * REPLACE ("  # noqa: S608 - our own names
            "transform(contact_id, {old:Array(UInt64)}, {new:Array(UInt64)}) AS contact_id) "
            # Inside, where `contact_id` still means the column: outside it is the number they get.
            f"FROM (SELECT * FROM {name} WHERE {mine}) "
            f"ORDER BY ({', '.join(table.order)})",
            values,
            token=f"{token}:{project_id}",
        )
        await analytics.run(f"DELETE FROM {name} WHERE {mine}", values)  # noqa: S608 - our own names


def by_project(pairs: Sequence[tuple[int, K]]) -> dict[int, list[K]]:
    """Gather ids by their project, each once, in order."""
    found: dict[int, set[K]] = defaultdict(set)
    for project_id, named in pairs:
        found[project_id].add(named)
    return {project_id: sorted(ids) for project_id, ids in found.items()}
