"""The migrations make exactly the tables that the code asks: on a fresh store of either kind.

They are written twice, as a history and as they are now; a column in one alone would be found by
the first user who updates.
"""

from importlib import import_module

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from architecture.tree import SOURCE
from beckon.storage.schema import metadata
from beckon.storage.state import open_engine

import_module("beckon.storage.analytics.progress")
import_module("beckon.storage.kept_replies")
import_module("beckon.storage.secret_keys")
for tables in sorted(SOURCE.glob("domain/*/tables.py")):
    import_module(f"beckon.domain.{tables.parent.name}.tables")


def drift(url, *changes):
    """List how a migrated store, after some changes, differs from the tables in the code."""
    engine = open_engine(url)

    def is_meant_for_it(item, _name, kind, _is_stored, _other):
        """Tell whether a thing in the code is for this kind of store; Alembic does not ask."""
        wanted = item._ddl_if if kind == "index" else None
        return wanted is None or wanted.dialect == engine.dialect.name

    with engine.connect() as tx:
        for change in changes:
            tx.execute(text(change))
        migrations = MigrationContext.configure(tx, opts={"include_object": is_meant_for_it})
        found = compare_metadata(migrations, metadata)
    engine.dispose()
    return [difference[0] if isinstance(difference, tuple) else "altered" for difference in found]


def test_the_migrations_make_the_tables_of_the_code(state_url):
    assert len(metadata.tables) > 10
    assert drift(state_url) == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("CREATE TABLE stray (id INTEGER)", ["remove_table"]),
        ("ALTER TABLE event ADD COLUMN stray TEXT", ["remove_column"]),
        ("DROP INDEX ix_event_project_id_type_id_position", ["add_index"]),
    ],
)
def test_a_forgotten_step_is_found(state_url, change, found):
    assert drift(state_url, change) == found
