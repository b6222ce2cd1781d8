"""The command that seals all stored secrets anew after the secret key changed."""

from beckon.kit.secrets import Vault
from beckon.storage import secret_keys
from beckon.storage.schema import Tx
from beckon.storage.sealed import seal_anew


def rotate(tx: Tx, vault: Vault) -> int:
    """Seal under the first key whatever an older one sealed; then the older ones may go.

    Returns how many secrets were sealed anew.
    """
    count = seal_anew(tx, vault)
    present = vault.key_ids[0]
    for key_id in secret_keys.list_used(tx):
        if key_id != present:
            secret_keys.forget(tx, key_id)
    return count
