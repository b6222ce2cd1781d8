"""Goes through a table by its numbers, over all projects: what a rebuild looks at once."""

from sqlalchemy import Table, func, select

from beckon.storage.schema import Tx


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
