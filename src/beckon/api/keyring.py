"""Finds whose key it is, quickly: asks the store at most twice a second for the same key.

Every five minutes it notes that a key is in use.

Invariant: a revoked key is refused everywhere within half a second.
"""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from beckon.api.tokens import Tokens
from beckon.domain.accounts.actions import note_key_use
from beckon.domain.accounts.model import Key, KeyId
from beckon.domain.accounts.queries import find_key_any_project, find_live_key
from beckon.kit.clock import to_ms
from beckon.kit.ids import digest_of
from beckon.storage.state import State, StoreUnavailable

FRESH_MS = 500
REMEMBERED_MAX = 10_000
SECRET_CHARACTERS_MAX = 200
USE_NOTED_EVERY = timedelta(minutes=5)


class Keyring:
    """Remembers for half a second whether a key is live, and whose."""

    def __init__(self, state: State, tokens: Tokens) -> None:
        self._state = state
        self._tokens = tokens
        self._known: dict[str, tuple[int, Key | None]] = {}
        # Apart: a token reaches less far than its key, so it must never be found as one.
        self._borne: dict[str, tuple[int, Key | None]] = {}
        self._noted: dict[KeyId, datetime] = {}
        self._noting: set[asyncio.Task[None]] = set()

    async def find(self, secret: str, moment: datetime) -> Key | None:
        """Find the live key of a secret; None for an unknown or revoked one."""
        now = to_ms(moment)
        looked_at, key = self._known.get(secret, (0, None))
        if now - looked_at < FRESH_MS and looked_at <= now:
            return key
        if len(secret) > SECRET_CHARACTERS_MAX:
            return None
        key = await self._state.read(partial(find_key_any_project, digest=digest_of(secret)))
        _remember(self._known, secret, now, key)
        self._note_use(key, moment)
        return key

    async def find_by_token(self, token: str, moment: datetime) -> Key | None:
        """Find the live key a token stands for; None for a token that is void."""
        named = self._tokens.find_key(token, moment)
        if named is None:
            return None
        now = to_ms(moment)
        looked_at, key = self._borne.get(token, (0, None))
        if now - looked_at < FRESH_MS and looked_at <= now:
            return key
        project_id, key_id = named
        found = partial(find_live_key, project_id=project_id, key_id=key_id)
        key = await self._state.read(found)
        _remember(self._borne, token, now, key)
        self._note_use(key, moment)
        return key

    async def finish(self) -> None:
        """Wait until what is being noted is stored."""
        await asyncio.gather(*self._noting)

    def _note_use(self, key: Key | None, moment: datetime) -> None:
        if key is None:
            return
        # Tried counts as noted: calls that come at once write once, and where the store cannot be
        # written to, nobody waits for that again and again.
        for before in (key.last_used_at, self._noted.get(key.id)):
            if before is not None and moment - before < USE_NOTED_EVERY:
                return
        self._noted[key.id] = moment
        # Apart: who only reads does not wait for those who write.
        noting = asyncio.create_task(self._store_use(key, moment))
        self._noting.add(noting)
        noting.add_done_callback(self._noting.discard)

    async def _store_use(self, key: Key, moment: datetime) -> None:
        noting = partial(note_key_use, project_id=key.project_id, key_id=key.id, now=moment)
        # A store that cannot be written to can still be read from: nobody is refused for this.
        with suppress(StoreUnavailable):
            await self._state.write(noting)


def _remember(
    known: dict[str, tuple[int, Key | None]], secret: str, now: int, key: Key | None
) -> None:
    if len(known) >= REMEMBERED_MAX:
        known.clear()
    known[secret] = (now, key)
