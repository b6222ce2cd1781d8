"""Whose a key is, found quickly: noting its use costs one write, and nobody is refused for it."""

import asyncio
from datetime import timedelta

import pytest

from beckon.api.keyring import USE_NOTED_EVERY, Keyring
from beckon.api.tokens import Tokens
from beckon.domain.accounts import actions as accounts
from beckon.domain.accounts.model import KeyKind
from beckon.kit.ids import new_token
from beckon.kit.secrets import read_keys
from beckon.storage.state import StoreUnavailable, open_engine, open_state
from support.server import now


class CountedState:
    """A state store that counts its writes, and takes none where it is `read_only`."""

    def __init__(self, state, *, read_only):
        self._state = state
        self._read_only = read_only
        self.write_count = 0

    async def write(self, action):
        self.write_count += 1
        if self._read_only:
            raise StoreUnavailable("It cannot take this now.")
        return await self._state.write(action)

    async def read(self, query):
        return await self._state.read(query)


@pytest.mark.parametrize("read_only", [False, True])
def test_a_crowd_with_one_key_costs_one_write_in_five_minutes(sqlite_url, read_only):
    secret = _key_in(sqlite_url)

    async def story():
        state = open_state(sqlite_url)
        counted, start = CountedState(state, read_only=read_only), now()
        keyring = Keyring(counted, Tokens(read_keys("x" * 32)))
        counts = []
        for later in (timedelta(), timedelta(seconds=9), USE_NOTED_EVERY + timedelta(seconds=9)):
            crowd = [keyring.find(secret, start + later) for _ in range(64)]
            assert all(found is not None for found in await asyncio.gather(*crowd))
            await keyring.finish()
            counts.append(counted.write_count)
        await state.close()
        return counts

    assert asyncio.run(story()) == [1, 1, 2]


def test_who_reads_does_not_wait_for_who_writes(sqlite_url):
    secret = _key_in(sqlite_url)

    async def story():
        state = open_state(sqlite_url)
        keyring = Keyring(state, Tokens(read_keys("x" * 32)))
        other = open_engine(sqlite_url)
        with other.begin():  # SQLite has one writer, and now it is we
            found = await keyring.find(secret, now())
        await keyring.finish()
        noted = await keyring.find(secret, now() + timedelta(seconds=1))
        other.dispose()
        await state.close()
        return found.last_used_at, noted.last_used_at

    before, after = asyncio.run(story())
    assert before is None
    assert after is not None


def _key_in(url):
    engine = open_engine(url)
    with engine.begin() as tx:
        project_id = accounts.create_project(
            tx, organisation="Tests", name="A test", time_zone="Europe/Kyiv", now=now()
        )
        new = accounts.create_key(
            tx,
            project_id,
            name="first",
            kind=KeyKind.SECRET,
            token=new_token(),
            actor="a test",
            now=now(),
        )
    engine.dispose()
    return new.secret
