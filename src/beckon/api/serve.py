"""From a request to an answer: route, key, limit, body, words, transaction, answer.

Raw ASGI: the same few steps for every call, and for the hot ones nothing besides.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import structlog
from prometheus_client import Counter

from beckon.api import answers
from beckon.api.answers import Answer, Fault, Header
from beckon.api.bodies import read_value
from beckon.api.call import Access, Call, Edge, Route, Services
from beckon.api.credentials import carries_key, read_secret, read_secret_inside, unauthorized
from beckon.api.ingest import Ingest
from beckon.api.keyring import Keyring
from beckon.api.limits import Limits
from beckon.api.router import Router
from beckon.domain.accounts.model import Key, KeyKind
from beckon.kit import json
from beckon.kit.clock import Clock
from beckon.kit.metrics import CALL_SECONDS, CALLS
from beckon.kit.refusals import Refusal
from beckon.storage.schema import Tx
from beckon.storage.state import State

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

CORS: tuple[Header, ...] = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"retry-after, ratelimit, ratelimit-policy"),
)

log = structlog.get_logger()


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
        keyring: Keyring,
        limits: Limits,
        after_write: Callable[[], None],
    ) -> None:
        self._router = Router(routes)
        self._state = state
        self._clock = clock
        self._new_id = new_id
        self._services = services
        self._ingest = ingest
        self._keyring = keyring
        self._limits = limits
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
                answer = self._preflight(path)
            else:
                route, values = self._router.find(method, path)
                name = route.name
                answer = await self._answer(route, values, scope, receive)
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

    async def _answer(
        self, route: Route, values: dict[str, str], scope: Scope, receive: Receive
    ) -> Answer:
        headers: list[Header] = scope["headers"]
        now = self._clock.now()
        value = None
        if route.is_beacon and not carries_key(headers):  # a browser's last word has no headers
            value = await read_value(route, headers, receive)
            secret = read_secret_inside(value, route.face)
        else:
            secret = read_secret(headers, route.face)
        key = await self._keyring.find(secret, now)
        if key is None:
            raise unauthorized(route.face)
        told = CORS if route.access is Access.ANY_KEY else ()
        verdict = self._limits.take(key.project_id, route.meter)
        told = (*verdict.headers, *told)
        if not verdict.passes:
            return answers.error(
                HTTPStatus.TOO_MANY_REQUESTS,
                "Too many requests in this second; wait as Retry-After says.",
                told,
            )
        try:
            _check_access(route, key)
            words = await _read(route, values, scope, receive, value)
            reply = await self._reply(route, key, now, words)
        except Fault as fault:
            return answers.error(fault.status, fault.message, (*fault.headers, *told))
        except Refusal as refused:
            return answers.refusal(refused, told)
        return answers.success(reply, told)

    async def _reply(self, route: Route, key: Key, now: datetime, words: dict[str, Any]) -> object:
        edge = Edge(key, now, self._new_id, self._services)
        if route.is_outside:
            return await route.handle(edge, **words)
        if route.is_intake:
            intake = route.handle(edge, **words)
            if not intake.happenings:
                return intake.reply([])
            return intake.reply(await self._ingest.take(key.project_id, intake.happenings))

        def call(tx: Tx) -> Call:
            return Call(key, now, self._new_id, self._services, tx)

        prepare = route.prepare
        if prepare is not None:
            work = await self._state.read(lambda tx: prepare(call(tx), **words))
            if work is not None:
                async with self._preparing:
                    await asyncio.to_thread(work)

        def run(tx: Tx) -> object:
            return route.handle(call(tx), **words)

        if route.is_read:
            return await self._state.read(run)
        reply = await self._state.write(run)
        self._after_write()
        return reply

    def _count(self, name: str, status: int) -> None:
        counter = self._counters.get((name, status))
        if counter is None:  # finding one by its labels costs more than counting
            counter = self._counters[name, status] = CALLS.labels(name, status)
        counter.inc()

    def _preflight(self, path: str) -> Answer:
        """Let browsers call what a public key may call, and nothing else. Source: Fetch, CORS."""
        open_routes = [
            route for route in self._router.routes_at(path) if route.access is Access.ANY_KEY
        ]
        if not open_routes:
            raise Fault(HTTPStatus.NOT_FOUND, f"There is nothing for browsers at {path}.")
        verbs = ", ".join(sorted({route.method for route in open_routes}))
        return Answer(
            HTTPStatus.NO_CONTENT,
            b"",
            (
                *CORS,
                (b"access-control-allow-methods", verbs.encode()),
                (b"access-control-allow-headers", b"authorization, content-type, x-api-key"),
                (b"access-control-max-age", b"86400"),
            ),
        )


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


async def _read(
    route: Route, values: dict[str, str], scope: Scope, receive: Receive, value: object
) -> dict[str, Any]:
    """Read path, query and body, where that was not read before, into a handler's words."""
    words: dict[str, Any] = dict(values)
    if route.query is not None:
        found = _query(scope["query_string"], route.repeats)
        words["query"] = json.shape(found, route.query, strict=False)
    if route.body is not None:
        if value is None:
            value = await read_value(route, scope["headers"], receive)
        words["body"] = json.shape(value, route.body)
    return words


def _query(query_string: bytes, repeats: frozenset[str]) -> dict[str, str]:
    """Read a query string; an empty value means "not given", the last of several counts.

    Those of `repeats` are joined by commas.
    """
    try:
        pairs = parse_qsl(query_string.decode(), strict_parsing=False, errors="strict")
    except (UnicodeDecodeError, ValueError):
        raise Fault(HTTPStatus.BAD_REQUEST, "The query string is not UTF-8.") from None
    for name, value in pairs:
        if "\0" in value:
            raise Fault(HTTPStatus.BAD_REQUEST, f"{name} must not hold a NUL character.")
    found = {name: value for name, value in pairs if value}
    joined = {name: ",".join(value for one, value in pairs if one == name) for name in repeats}
    return found | {name: value for name, value in joined.items() if value}
