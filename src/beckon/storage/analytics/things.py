"""Goes through a table by its numbers, over all projects: what a rebuild looks at once."""

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import ColumnElement, Table, func, select

from beckon.storage.schema import Tx

T = TypeVar("T")

CHUNK = 1000


def list_after_any_project(
    tx: Tx, table: Table, *, after: int, limit: int
) -> list[tuple[int, int]]:
    """List project and number of the things with greater numbers, the smallest first."""
    rows = tx.execute(
        select(table.c.project_id, table.c.id)
        .where(table.c.id > after)
        .order_by(table.c.id)
        .limit(limit)
    )
    return [(row.project_id, row.id) for row in rows]


def count_any_project(tx: Tx, table: Table) -> int:
    """Count the things."""
    return tx.execute(select(func.count()).select_from(table)).scalar_one()


def find_first_positions(
    tx: Tx, log: Table, column: ColumnElement[T], values: Sequence[T]
) -> dict[T, int]:
    """Map each of these values to the position of the log's first line that has it."""
    found: dict[T, int] = {}
    for start in range(0, len(values), CHUNK):
        rows = tx.execute(
            select(column.label("value"), func.min(log.c.position).label("first"))
            .where(column.in_(values[start : start + CHUNK]))
            .group_by(column)
        )
        found |= {row.value: row.first for row in rows}
    return found
