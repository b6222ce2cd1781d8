"""Tokens that stand for a key, or for a contact, for two days.

For callers that cannot send Basic, or must not hold a key. Nothing of them is stored: a token says
whose it is and until when, signed; one of a revoked key is void.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from struct import Struct
from struct import error as StructError  # noqa: N812 - its own name says nothing

from beckon.domain.accounts.model import Key, KeyId, ProjectId
from beckon.domain.contacts.model import ContactId
from beckon.kit.clock import from_ms, to_ms
from beckon.kit.secrets import Vault
from beckon.kit.signing import Signer

LIFE = timedelta(seconds=172_800)
"""Source: Reteno, the life of an access token."""

_KEY = b"key token"
_CONTACT = b"contact token"
_PAYLOAD = Struct(">QQQ")


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who a token stands for."""

    project_id: ProjectId
    number: int


class Tokens:
    """Gives out tokens and reads them back."""

    def __init__(self, vault: Vault) -> None:
        self._signer = Signer(vault.derive("tokens"))

    def of_key(self, key: Key, now: datetime) -> str:
        """Make the token of a key."""
        return self._sign(_KEY, key.project_id, key.id, now)

    def of_contact(self, project_id: ProjectId, contact_id: ContactId, now: datetime) -> str:
        """Make the token of a contact."""
        return self._sign(_CONTACT, project_id, contact_id, now)

    def find_key(self, token: str, now: datetime) -> tuple[ProjectId, KeyId] | None:
        """Tell which key a token stands for; None for one of another kind, foreign or too old."""
        found = self._read(_KEY, token, now)
        return None if found is None else (found.project_id, KeyId(found.number))

    def find_contact(self, token: str, now: datetime) -> tuple[ProjectId, ContactId] | None:
        """Tell which contact a token stands for; None likewise."""
        found = self._read(_CONTACT, token, now)
        return None if found is None else (found.project_id, ContactId(found.number))

    def _sign(self, purpose: bytes, project_id: ProjectId, number: int, now: datetime) -> str:
        payload = _PAYLOAD.pack(project_id, number, to_ms(now + LIFE))
        return self._signer.sign(purpose, payload)

    def _read(self, purpose: bytes, token: str, now: datetime) -> Bearer | None:
        payload = self._signer.read(purpose, token)
        if payload is None:
            return None
        try:
            project_id, number, until = _PAYLOAD.unpack(payload)
        except StructError:
            return None
        return Bearer(ProjectId(project_id), number) if now < from_ms(until) else None
