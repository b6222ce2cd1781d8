"""Finds whose key it is, quickly: asks the store at most twice a second for the same key.

Invariant: a revoked key is refused everywhere within half a second.
"""

from datetime import datetime
from functools import partial

from beckon.domain.accounts.model import Key
from beckon.domain.accounts.queries import find_key_any_project
from beckon.kit.clock import to_ms
from beckon.kit.ids import digest_of
from beckon.storage.state import State

FRESH_MS = 500
REMEMBERED_MAX = 10_000
SECRET_CHARACTERS_MAX = 200


class Keyring:
    """Remembers for half a second whether a key is live, and whose."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._known: dict[str, tuple[int, Key | None]] = {}

    async def find(self, secret: str, moment: datetime) -> Key | None:
        """Find the live key of a secret; None for an unknown or revoked one."""
        now = to_ms(moment)
        looked_at, key = self._known.get(secret, (0, None))
        if now - looked_at < FRESH_MS and looked_at <= now:
            return key
        if len(secret) > SECRET_CHARACTERS_MAX:
            return None
        key = await self._state.read(partial(find_key_any_project, digest=digest_of(secret)))
        if len(self._known) >= REMEMBERED_MAX:
            self._known.clear()
        self._known[secret] = (now, key)
        return key
