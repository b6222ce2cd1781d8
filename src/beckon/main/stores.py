"""The state store and the vault, as every command and the server open them."""

from sqlalchemy import Engine

from beckon.kit.clock import SystemClock
from beckon.kit.refusals import Invalid
from beckon.kit.secrets import Vault, keep_key, read_keys
from beckon.settings import Settings
from beckon.storage import secret_keys
from beckon.storage.migrate import is_current, is_empty, migrate
from beckon.storage.schema import Tx
from beckon.storage.state import is_postgres, open_engine


class StoreOutdatedError(Exception):
    """The store has an older schema, and only an operator may change it."""


def prepare_store(settings: Settings) -> Engine:
    """Open the state store for one synchronous user, with this version's schema.

    An embedded or empty store is brought up to date by itself. Raises StoreOutdatedError for a
    PostgreSQL database of an older version: that is an operator's decision; Invalid for a data
    directory that cannot be.
    """
    if not is_postgres(settings.state_url):
        make_data_dir(settings)
    engine = open_engine(settings.state_url)
    with engine.connect() as connection:
        # In this order: another process may be making an empty one current just now.
        may_migrate = not is_postgres(settings.state_url) or is_empty(connection)
        outdated = not is_current(connection)
    if outdated and not may_migrate:
        raise StoreOutdatedError
    if outdated:
        migrate(engine)
    return engine


def open_vault(tx: Tx, settings: Settings) -> Vault:
    """Open what seals secrets, and see that its keys fit the store. Raises SecretKeyInvalid.

    Without BECKON_SECRET_KEY the key lies in the data directory, made the first time.
    """
    make_data_dir(settings)
    vault = read_keys(settings.secret_key or keep_key(settings.data_dir / "secret.key"))
    vault.check_known(secret_keys.list_used(tx))
    secret_keys.note_used(tx, vault.key_ids[0], SystemClock().now())
    return vault


def make_data_dir(settings: Settings) -> None:
    """Make the directory of the embedded stores. Raises Invalid where that cannot be."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as fault:
        raise Invalid(
            f"{settings.data_dir} cannot be the data directory: {fault.strerror}. "
            "Give another --data-dir."
        ) from None
