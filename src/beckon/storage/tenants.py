"""Takes a whole project out of the store, told from the tables themselves, a table at a time."""

from sqlalchemy import delete

from beckon.storage.schema import Tx, metadata

KEPT = frozenset({"project", "audit_entry", "sending_hold"})
"""What tells that there was a project, and that nothing of it may leave."""


def erase_project(tx: Tx, project_id: int) -> bool:
    """Empty the first table that still has rows of a project. False when none has."""
    for table in reversed(metadata.sorted_tables):
        if table.name in KEPT or "project_id" not in table.c:
            continue
        if tx.execute(delete(table).where(table.c.project_id == project_id)).rowcount > 0:
            return True
    return False
