"""Brings a state store to this version's schema."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from beckon.storage.schema import lock_names

LOCK_TIMEOUT = "2s"


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
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        return True


def is_current(connection: Connection) -> bool:
    """Tell whether every step has been applied."""
    at = MigrationContext.configure(connection).get_current_revision()
    return at == ScriptDirectory.from_config(_config()).get_current_head()


def is_empty(connection: Connection) -> bool:
    """Tell whether no step was ever applied."""
    return MigrationContext.configure(connection).get_current_revision() is None


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    return config
