"""From a request to an answer: route, who asks, limit, body, words, transaction, answer.

Raw ASGI: the same few steps for every call, and for the hot ones nothing besides.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any
from uuid import UUID

import structlog
from prometheus_client import Counter

from beckon.api import answers
from beckon.api.answers import Answer, Fault, Header
from beckon.api.bodies import read_value
from beckon.api.call import Access, Cookie, Desk, Doorstep, Edge, Route, Services
from beckon.api.cors import Origins
from beckon.api.credentials import (
    carries_key,
    read_secret,
    read_secret_inside,
    read_token,
    unauthorized,
)
from beckon.api.idempotency import Asked, Repeats, recognise
from beckon.api.ingest import Ingest
from beckon.api.keyring import Keyring
from beckon.api.limits import Limits
from beckon.api.router import Router
from beckon.api.signed_in import SignedIn
from beckon.api.words import shape_words
from beckon.domain.accounts import actions as accounts
from beckon.domain.accounts.model import Key, KeyKind
from beckon.domain.accounts.rules import may, reaches
from beckon.domain.events import actions as events
from beckon.kit.clock import Clock
from beckon.kit.metrics import CALL_SECONDS, CALLS
from beckon.kit.refusals import Refusal
from beckon.storage.schema import Tx
from beckon.storage.state import State

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Gate:
    """Who is let in: by a key, by a session, from which pages, and how often."""

    keyring: Keyring
    signed_in: SignedIn
    origins: Origins
    limits: Limits


class Api:
    """The ASGI application of both faces."""

    def __init__(
        self,
        routes: Sequence[Route],
        *,
        state: State,
        clock: Clock,
        new_id: Callable[[], UUID],
        services: Services,
        ingest: Ingest,
        gate: Gate,
        after_write: Callable[[], None],
    ) -> None:
        self._router = Router(routes)
        self._state = state
        self._clock = clock
        self._new_id = new_id
        self._services = services
        self._ingest = ingest
        self._keyring = gate.keyring
        self._limits = gate.limits
        self._signed_in = gate.signed_in
        self._origins = gate.origins
        self._repeats = Repeats(state, services.vault)
        self._after_write = after_write
        # One at a time: side by side they would be no quicker, and take turns from everybody else.
        self._preparing = asyncio.Lock()
        self._counters: dict[tuple[str, int], Counter] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; whatever happens, in the one error form."""
        began = time.perf_counter()
        method: str = scope["method"]
        path = scope["raw_path"].decode("latin-1")  # a slash inside a parameter stays encoded
        name = "none"
        try:
            if method == "OPTIONS":
                answer = self._preflight(path, scope["headers"])
            else:
                route, values = self._router.find(method, path)
                name = route.name
                answer = await self._take(route, values, scope, receive)
        except Fault as fault:
            answer = answers.error(fault.status, fault.message, fault.headers)
        except Refusal as refused:
            answer = answers.refusal(refused)
        except Exception:
            log.exception("call.failed", method=method, path=path)
            answer = answers.error(
                HTTPStatus.INTERNAL_SERVER_ERROR, "Something broke here; it was logged."
            )
        self._count(name, answer.status)
        CALL_SECONDS.observe(time.perf_counter() - began)
        await respond(send, answer, with_body=method != "HEAD")

    async def _take(
        self, route: Route, values: dict[str, str], scope: Scope, receive: Receive
    ) -> Answer:
        """Let the one who asks in as the route says."""
        match route.access:
            case Access.OPEN:
                return await self._take_open(route, values, scope, receive)
            case Access.SESSION:
                return await self._take_signed_in(route, values, scope, receive)
            case _:
                return await self._take_key(route, values, scope, receive)

    async def _take_open(
        self, route: Route, values: dict[str, str], scope: Scope, receive: Receive
    ) -> Answer:
        headers: list[Header] = scope["headers"]
        self._signed_in.check_site(headers)
        value = None if route.body is None else await read_value(route, headers, receive)
        visitor = Doorstep(
            self._clock.now(),
            self._services,
            address=scope["client"][0] if scope.get("client") else "",
            agent=_header(headers, b"user-agent"),
            token=self._signed_in.token_of(headers),
        )
        words = shape_words(route, values, scope["query_string"], value)
        return self._told(await route.handle(visitor, **words))

    async def _take_signed_in(
        self, route: Route, values: dict[str, str], scope: Scope, receive: Receive
    ) -> Answer:
        headers: list[Header] = scope["headers"]
        now = self._clock.now()
        session, token = await self._signed_in.find(route.method, headers, now)
        desk = Desk(session, token, now, self._new_id, self._services)
        verdict = self._limits.take(desk.project_id, route.meter)
        if not verdict.passes:
            return _too_many(verdict.headers)
        if not reaches(session.role, route.role):
            await self._note(desk, "refused", asked=route.name)
            raise Fault(HTTPStatus.FORBIDDEN, f"Only {route.role} or above may do this.")
        return await self._answer(route, desk, values, scope, receive, None, verdict.headers)

    async def _take_key(
        self, route: Route, values: dict[str, str], scope: Scope, receive: Receive
    ) -> Answer:
        headers: list[Header] = scope["headers"]
        now = self._clock.now()
        value = None
        if route.is_beacon and not carries_key(headers):  # a browser's last word has no headers
            value = await read_value(route, headers, receive)
            secret = read_secret_inside(value, route.face)
            key = await self._keyring.find(secret, now)
        elif route.takes_token and (token := read_token(headers)) is not None:
            key = await self._keyring.find_by_token(token, now)
        else:
            key = await self._keyring.find(read_secret(headers, route.face), now)
        if key is None:
            raise unauthorized(route.face)
        told = self._origins.headers(headers) if route.access is Access.ANY_KEY else ()
        verdict = self._limits.take(key.project_id, route.meter)
        told = (*verdict.headers, *told)
        if not verdict.passes:
            return _too_many(told)
        try:
            _check_access(route, key)
            edge = Edge(key, now, self._new_id, self._services, user_hash=_user_hash(headers))
            return await self._answer(route, edge, values, scope, receive, value, told)
        except Fault as fault:
            return answers.error(fault.status, fault.message, (*fault.headers, *told))
        except Refusal as refused:
            return answers.refusal(refused, told)

    async def _answer(
        self,
        route: Route,
        caller: Edge | Desk,
        values: dict[str, str],
        scope: Scope,
        receive: Receive,
        value: object,
        told: Sequence[Header],
    ) -> Answer:
        """Read what is asked, do it, and tell; once only where the request bears a key."""
        headers: list[Header] = scope["headers"]
        if route.body is not None and value is None:
            value = await read_value(route, headers, receive)
        words = shape_words(route, values, scope["query_string"], value)
        asked = recognise(
            route,
            caller.project_id,
            headers,
            address=scope["raw_path"] + b"?" + scope["query_string"],
            value=value,
            now=caller.now,
        )
        if asked is None:
            answer = self._told(await self._reply(route, caller, words))
        else:
            again = await self._repeats.find(asked)
            answer = again or await self._reply_once(asked, route, caller, words)
        return Answer(answer.status, answer.body, (*answer.headers, *told))

    async def _reply(self, route: Route, caller: Edge | Desk, words: dict[str, Any]) -> object:
        if route.is_outside:
            return await route.handle(caller, **words)
        if route.is_intake:
            intake = route.handle(caller, **words)
            if not intake.happenings:
                return intake.reply([])
            return intake.reply(await self._ingest.take(caller.project_id, intake.happenings))
        await self._prepare(route, caller, words)

        def run(tx: Tx) -> object:
            return route.handle(caller.within(tx), **words)

        if route.is_read:
            return await self._state.read(run)
        reply = await self._state.write(run)
        self._after_write()
        return reply

    async def _reply_once(
        self, asked: Asked, route: Route, caller: Edge | Desk, words: dict[str, Any]
    ) -> Answer:
        """Reply, and keep the reply; what is told on the hot path goes by itself here."""
        if route.is_outside:
            return await self._repeats.outside(asked, partial(route.handle, caller, **words))
        await self._prepare(route, caller, words)

        def run(tx: Tx) -> object:
            if not route.is_intake:
                return route.handle(caller.within(tx), **words)
            intake = route.handle(caller, **words)
            return intake.reply(
                events.record(tx, caller.project_id, intake.happenings, caller.now)
                if intake.happenings
                else []
            )

        answer = await self._repeats.inside(asked, run)
        self._after_write()
        return answer

    async def _prepare(self, route: Route, caller: Edge | Desk, words: dict[str, Any]) -> None:
        prepare = route.prepare
        if prepare is None:
            return
        work = await self._state.read(lambda tx: prepare(caller.within(tx), **words))
        if work is not None:
            async with self._preparing:
                await asyncio.to_thread(work)

    async def _note(self, caller: Edge | Desk, act: str, *, asked: str) -> None:
        """Write into the audit log what leaves no trace otherwise."""

        def note(tx: Tx) -> None:
            accounts.audit(tx, caller.project_id, caller.actor, act, caller.now, asked=asked)

        await self._state.write(note)

    def _told(self, reply: object) -> Answer:
        if isinstance(reply, Cookie):
            return answers.success(reply.reply, [self._signed_in.keep(reply.token)])
        return answers.success(reply)

    def _count(self, name: str, status: int) -> None:
        counter = self._counters.get((name, status))
        if counter is None:  # finding one by its labels costs more than counting
            counter = self._counters[name, status] = CALLS.labels(name, status)
        counter.inc()

    def _preflight(self, path: str, headers: Sequence[Header]) -> Answer:
        """Let browsers call what a public key may call, and nothing else. Source: Fetch, CORS."""
        open_routes = [
            route for route in self._router.routes_at(path) if route.access is Access.ANY_KEY
        ]
        if not open_routes:
            raise Fault(HTTPStatus.NOT_FOUND, f"There is nothing for browsers at {path}.")
        verbs = ", ".join(sorted({route.method for route in open_routes}))
        return Answer(HTTPStatus.NO_CONTENT, b"", self._origins.preflight(headers, verbs))


async def respond(send: Send, answer: Answer, *, with_body: bool = True) -> None:
    """Send a whole answer."""
    length = (b"content-length", b"%d" % len(answer.body))
    await send(
        {
            "type": "http.response.start",
            "status": answer.status,
            "headers": [*answer.headers, length],
        }
    )
    await send({"type": "http.response.body", "body": answer.body if with_body else b""})


def _check_access(route: Route, key: Key) -> None:
    if route.access is Access.SECRET_KEY and key.kind is not KeyKind.SECRET:
        raise Fault(
            HTTPStatus.FORBIDDEN,
            "A public key may only track and identify; use a secret key, and never in a browser.",
        )
    if not may(key, route.right):
        raise Fault(
            HTTPStatus.FORBIDDEN,
            f"The scope of this key is {key.scope}; this needs a key that reaches {route.right}.",
        )


def _too_many(headers: Sequence[Header]) -> Answer:
    return answers.error(
        HTTPStatus.TOO_MANY_REQUESTS,
        "Too many requests in this second; wait as Retry-After says.",
        headers,
    )


def _user_hash(headers: Sequence[Header]) -> str | None:
    return _header(headers, b"x-user-hash") or None


def _header(headers: Sequence[Header], name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in headers if key == name), "")
