"""Which columns hold sealed secrets, told from the tables themselves: so none is forgotten.

A column says so by `info=sealed_for(purpose)`; when the secret key changes, what it holds is sealed
anew.
"""

from collections.abc import Iterator
from typing import Any, Protocol

from sqlalchemy import Column, Table, and_, select, update

from beckon.storage.schema import Tx, metadata

_PURPOSE = "sealed_for"


class Vault(Protocol):
    """What seals and opens secrets; `kit.secrets.Vault` is the one in use."""

    def seal(self, plain: bytes, purpose: str) -> bytes:
        """Seal under the present key, for one purpose."""
        ...

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """Open what any known key sealed for this purpose."""
        ...

    def is_current(self, sealed: bytes) -> bool:
        """Tell whether the present key sealed this."""
        ...


def sealed_for(purpose: str) -> dict[str, str]:
    """Mark a column as sealed for a purpose."""
    return {_PURPOSE: purpose}


def sealed_columns() -> Iterator[tuple[Table, Column[Any], str]]:
    """List the sealed columns of all tables with their purposes."""
    for table in metadata.sorted_tables:
        for column in table.columns:
            if _PURPOSE in column.info:
                yield table, column, column.info[_PURPOSE]


def seal_anew(tx: Tx, vault: Vault) -> int:
    """Seal under the present key whatever an older one sealed. Returns how many values.

    One that changed meanwhile is left alone: whoever changed it sealed it with a present key.
    """
    return sum(
        _seal_anew(tx, vault, table, column, purpose) for table, column, purpose in sealed_columns()
    )


def _seal_anew(tx: Tx, vault: Vault, table: Table, column: Column[Any], purpose: str) -> int:
    keys = list(table.primary_key.columns)
    rows = tx.execute(select(*keys, column.label("content")).where(column.is_not(None))).all()
    stale = [row for row in rows if not vault.is_current(bytes(row.content))]
    for row in stale:
        plain = vault.open(bytes(row.content), purpose)
        named = and_(*(key == getattr(row, key.name) for key in keys), column == row.content)
        tx.execute(update(table).where(named).values({column: vault.seal(plain, purpose)}))
    return len(stale)
