"""What can be done about the writing of copy. Each action runs inside the caller's transaction."""

from datetime import datetime

from beckon.domain.accounts.actions import audit
from beckon.domain.accounts.model import ProjectId
from beckon.domain.ai import queries, writes
from beckon.domain.ai.model import Chosen, Model
from beckon.domain.ai.tables import PURPOSE
from beckon.kit.refusals import Invalid
from beckon.storage.schema import Tx
from beckon.storage.sealed import Vault

MODEL_CHARACTERS_MAX = 200
KEY_CHARACTERS_MAX = 1000


def choose_model(
    tx: Tx,
    project_id: ProjectId,
    *,
    base_url: str,
    name: str,
    key: str | None,
    vault: Vault,
    actor: str,
    now: datetime,
) -> Chosen:
    """Let a model behind a checked address write; its key is kept sealed. Raises Invalid."""
    if not 0 < len(name.strip()) <= MODEL_CHARACTERS_MAX or not name.isprintable():
        raise Invalid(f"model must have 1 to {MODEL_CHARACTERS_MAX} printed characters.")
    if key is not None and not _is_key(key):
        raise Invalid(f"apiKey must have 1 to {KEY_CHARACTERS_MAX} visible ASCII characters.")
    sealed = None if key is None else vault.seal(key.encode(), PURPOSE)
    chosen = Chosen(base_url.strip().rstrip("/"), name.strip(), sealed)
    writes.upsert_model(tx, project_id, chosen, now)
    audit(tx, project_id, actor, "ai_model.chosen", now, base_url=chosen.base_url, model=name)
    return chosen


def forget_model(tx: Tx, project_id: ProjectId, *, actor: str, now: datetime) -> None:
    """Let the built-in composer write again; harmless where it does."""
    if queries.find_model(tx, project_id) is not None:
        writes.delete_model(tx, project_id)
        audit(tx, project_id, actor, "ai_model.forgotten", now)


def open_model(chosen: Chosen, vault: Vault) -> Model:
    """Give what asking a model needs."""
    key = None if chosen.sealed is None else vault.open(chosen.sealed, PURPOSE).decode()
    return Model(chosen.base_url, chosen.name, key)


def _is_key(key: str) -> bool:
    return 0 < len(key) <= KEY_CHARACTERS_MAX and key.isascii() and key.isprintable()
