"""Requests that bear an Idempotency-Key are done once; told again, they get the first reply.

Works for every POST of a known project. What was refused is not remembered and may be told again.
Source: draft-ietf-httpapi-idempotency-key-header.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import sha256
from http import HTTPStatus

from beckon.api import answers
from beckon.api.answers import Answer, Fault, Header
from beckon.api.call import Route
from beckon.domain.accounts.model import ProjectId
from beckon.kit import json
from beckon.kit.secrets import Vault
from beckon.storage import kept_replies
from beckon.storage.kept_replies import PURPOSE, Kept, Name
from beckon.storage.schema import Tx
from beckon.storage.state import State

HEADER = b"idempotency-key"
REPLAYED: Header = (b"idempotent-replayed", b"true")

_KEY = re.compile(rb"[!-~]{1,255}")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that bears a key; `digest` stands for everything else in it."""

    name: Name
    digest: bytes
    at: datetime


def recognise(
    route: Route,
    project_id: ProjectId,
    headers: Sequence[Header],
    *,
    address: bytes,
    value: object,
    now: datetime,
) -> Asked | None:
    """Find a request's key; None where it has none. Raises Fault 400 for one that is no key.

    `address` is path and query as they were sent, `value` the JSON of the body.
    """
    given = {found.strip() for name, found in headers if name == HEADER}
    if not given or route.method != "POST":
        return None
    key = given.pop()
    if given or not _KEY.fullmatch(key):
        raise Fault(
            HTTPStatus.BAD_REQUEST,
            "Idempotency-Key must be one key of 1 to 255 visible ASCII characters.",
        )
    digest = sha256(address + b"\n" + json.write(value)).digest()
    return Asked(Name(project_id, route.name, key.decode()), digest, now)


class Repeats:
    """Does what bears a key once. Replies are kept sealed, for some of them hold secrets."""

    def __init__(self, state: State, vault: Vault) -> None:
        self._state = state
        self._vault = vault

    async def find(self, asked: Asked) -> Answer | None:
        """Give the first reply once more; None where the request is new.

        Raises Fault 409 while it is running, 422 for another request under the same key.
        """
        kept = await self._state.read(partial(kept_replies.find, name=asked.name, now=asked.at))
        return None if kept is None else self._again(asked, kept)

    async def inside(self, asked: Asked, act: Callable[[Tx], object]) -> Answer:
        """Act in one transaction that also keeps the reply. Raises what `find` raises."""

        def run(tx: Tx) -> Answer | Kept:
            if not kept_replies.begin(tx, asked.name, asked.digest, asked.at):
                return kept_replies.find(tx, asked.name, asked.at) or Kept(asked.digest, None)
            answer = answers.success(act(tx))
            kept_replies.finish(tx, asked.name, self._sealed(answer))
            return answer

        done = await self._state.write(run)
        return self._again(asked, done) if isinstance(done, Kept) else done

    async def outside(self, asked: Asked, act: Callable[[], Awaitable[object]]) -> Answer:
        """Act where no transaction is open meanwhile. Raises what `find` raises."""
        beginning = partial(kept_replies.begin, name=asked.name, digest=asked.digest, now=asked.at)
        if not await self._state.write(beginning):
            return self._again(asked, Kept(asked.digest, None))
        try:
            answer = answers.success(await act())
        except Exception:
            await self._state.write(partial(kept_replies.give_up, name=asked.name))
            raise
        sealed = self._sealed(answer)
        await self._state.write(partial(kept_replies.finish, name=asked.name, sealed=sealed))
        return answer

    def _sealed(self, answer: Answer) -> bytes:
        _, media_type = answer.headers[0]
        return self._vault.seal(media_type + b"\n" + answer.body, PURPOSE)

    def _again(self, asked: Asked, kept: Kept) -> Answer:
        if kept.digest != asked.digest:
            raise Fault(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "Idempotency-Key was used for another request within the last 24 hours.",
            )
        if kept.sealed is None:
            raise Fault(
                HTTPStatus.CONFLICT,
                "The first request with this Idempotency-Key is still running.",
                (b"retry-after", b"1"),
            )
        media_type, _, body = self._vault.open(kept.sealed, PURPOSE).partition(b"\n")
        first = answers.success(None)
        headers = ((b"content-type", media_type), *first.headers[1:], answers.NO_STORE, REPLAYED)
        return Answer(first.status, body, headers)
