"""What a project's mail shows of its sender: signing keys, and a postal address."""

import re
from datetime import datetime

from beckon.domain.accounts.model import ProjectId
from beckon.domain.subscriptions import queries, writes
from beckon.kit.keypairs import KeyPair
from beckon.kit.refusals import Conflict, Invalid
from beckon.kit.secrets import Vault
from beckon.storage.schema import Tx

DKIM = "dkim"
"""The purpose that keys of sending domains are sealed for."""


DOMAIN_CHARACTERS_MAX = 253


POSTAL_CHARACTERS_MAX = 500


_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"


_DOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})+")


_SELECTOR = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def set_postal_address(
    tx: Tx, project_id: ProjectId, postal_address: str | None, now: datetime
) -> None:
    """Set the postal address that mail to many must show. Raises Invalid beyond 500 characters."""
    text = (postal_address or "").strip()
    if len(text) > POSTAL_CHARACTERS_MAX or "\0" in text:
        raise Invalid(f"postal_address must have at most {POSTAL_CHARACTERS_MAX} characters.")
    writes.upsert_postal_address(tx, project_id, text or None, now)


def add_domain(
    tx: Tx,
    project_id: ProjectId,
    *,
    domain: str,
    selector: str,
    pair: KeyPair,
    vault: Vault,
    now: datetime,
) -> None:
    """Sign the mail of a domain from now on; its record in DNS is to be published first.

    Several keys may sign side by side under selectors of their own. Raises Invalid, Conflict.
    """
    named = domain.strip().lower()
    if not _DOMAIN.fullmatch(named) or len(named) > DOMAIN_CHARACTERS_MAX:
        raise Invalid("domain must be a name such as mail.example.com.")
    if not _SELECTOR.fullmatch(selector):
        raise Invalid("selector must have 1 to 63 letters, digits and hyphens.")
    if not writes.insert_domain(
        tx,
        project_id,
        domain=named,
        selector=selector,
        algorithm=pair.algorithm,
        sealed_key=vault.seal(pair.private, DKIM),
        public_key=pair.public,
        now=now,
    ):
        raise Conflict(f"{named} has a key under the selector {selector} already.")


def remove_domain(tx: Tx, project_id: ProjectId, domain: str) -> None:
    """Sign a domain's mail no more. Raises Unknown."""
    if not writes.delete_domain(tx, project_id, domain.strip().lower()):
        raise queries.DomainUnknown(f"There is no sending domain '{domain}'.")


def reseal(tx: Tx, vault: Vault) -> int:
    """Seal the keys of all domains with the vault's first key; tells how many were due."""
    due = [
        one for one in queries.list_domains_any_project(tx) if not vault.is_current(one.sealed_key)
    ]
    for one in due:
        sealed = vault.seal(vault.open(one.sealed_key, DKIM), DKIM)
        writes.update_sealed_any_project(tx, one.id, sealed)
    return len(due)
