"""Brings a state store to this version's schema.

Alembic is asked only where there is something to do: it would be a tenth of a server's memory.
"""

from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from beckon.storage.schema import lock_names

LOCK_TIMEOUT = "2s"
MIGRATIONS = Path(__file__).with_name("migrations")
VERSION_TABLE = "alembic_version"


def migrate(engine: Engine) -> bool:
    """Apply the steps that are missing, in one transaction. Returns whether there were any.

    Of several processes that start at once one does it and the others wait.
    """
    with engine.begin() as connection:
        lock_names(connection, ["migrations"])
        if is_current(connection):
            return False
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
        _upgrade(connection)
        return True


def is_current(connection: Connection) -> bool:
    """Tell whether every step has been applied."""
    return _revision(connection) == newest_revision()


def is_empty(connection: Connection) -> bool:
    """Tell whether no step was ever applied."""
    return _revision(connection) is None


@cache
def newest_revision() -> str:
    """Tell the last step of all: its number stands in its file's name, as in `v0001_name.py`."""
    newest = max(path.name for path in (MIGRATIONS / "versions").glob("v*.py"))
    return newest[1:].partition("_")[0]


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found = text(f"SELECT version_num FROM {VERSION_TABLE}")  # noqa: S608 - a name of ours
    return connection.execute(found).scalar_one_or_none()


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - see above: most starts do without
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
