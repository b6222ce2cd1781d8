"""Which rows are about whom, told from the tables themselves, so that no table can be forgotten.

A row is about a person if it has their `contact_id`, if it is their row in `contact`, or if it has
the `message_id` of a message to them. See docs/decisions/0022-erasure-walks-the-tables.md.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Table, delete, select

from beckon.storage.schema import Tx, metadata


def personal_tables() -> list[Table]:
    """List the tables with rows about people, those that refer to others before these."""
    found = [
        table
        for table in reversed(metadata.sorted_tables)
        if table.name == "contact" or {"contact_id", "message_id"} & set(table.c.keys())
    ]
    return sorted(found, key=lambda table: "message_id" not in table.c)


def rows_about(tx: Tx, project_id: int, ids: Sequence[int]) -> dict[str, list[dict[str, object]]]:
    """Give every row about these people, by table; tables without any are named too."""
    return {
        table.name: [
            dict(row)
            for row in tx.execute(
                select(table).where(table.c.project_id == project_id, _is_about(table, ids))
            ).mappings()
        ]
        for table in sorted(personal_tables(), key=lambda table: table.name)
    }


def delete_rows_about(tx: Tx, project_id: int, ids: Sequence[int]) -> None:
    """Take every row about these people out of every table, for good."""
    for table in personal_tables():
        tx.execute(delete(table).where(table.c.project_id == project_id, _is_about(table, ids)))


def _is_about(table: Table, ids: Sequence[int]) -> ColumnElement[bool]:
    if table.name == "contact":
        return table.c.id.in_(ids)
    if "contact_id" in table.c:
        return table.c.contact_id.in_(ids)
    message = metadata.tables["message"]
    return table.c.message_id.in_(select(message.c.id).where(message.c.contact_id.in_(ids)))
