"""What operators and machines ask a running Beckon: health, readiness, metrics, the description."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from beckon.api import answers
from beckon.api.answers import Answer
from beckon.api.serve import Receive, Scope, Send, respond
from beckon.domain.messages.model import State as MessageState
from beckon.domain.messages.queries import count_waiting_any_project
from beckon.kit import json
from beckon.kit.metrics import MESSAGES
from beckon.kit.refusals import Refusal
from beckon.storage.analytics.client import Analytics
from beckon.storage.migrate import is_current
from beckon.storage.state import State

WATCHED = (
    MessageState.QUEUED,
    MessageState.HELD,
    MessageState.DEFERRED,
    MessageState.SUBMITTING,
    MessageState.UNKNOWN,
    MessageState.DEAD,
)


class Operations:
    """The ASGI application at /health, /ready, /metrics and /openapi.json."""

    def __init__(
        self,
        state: State,
        description: Mapping[str, object],
        analytics: Analytics,
        *,
        measure: Callable[[], Awaitable[object]],
    ) -> None:
        self._state = state
        self._analytics = analytics
        self._measure = measure
        self._description = json.write(description)
        self._pages: dict[str, Callable[[], Awaitable[Answer]]] = {
            "/health": self._health,
            "/ready": self._ready,
            "/metrics": self._metrics,
            "/openapi.json": self._openapi,
        }

    @property
    def paths(self) -> frozenset[str]:
        """The paths answered here."""
        return frozenset(self._pages)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        del receive
        method: str = scope["method"]
        if scope["path"] not in self._pages:
            answer = answers.error(
                HTTPStatus.NOT_FOUND, "This process only works in the background."
            )
        elif method in ("GET", "HEAD"):
            answer = await self._pages[scope["path"]]()
        else:
            answer = answers.error(
                HTTPStatus.METHOD_NOT_ALLOWED, "Use GET.", [(b"allow", b"GET, HEAD")]
            )
        await respond(send, answer, with_body=method != "HEAD")

    async def _health(self) -> Answer:
        return answers.success({"status": "ok"})

    async def _ready(self) -> Answer:
        try:
            ready = await self._state.read(is_current)
        except Refusal as refused:
            return answers.refusal(refused)
        if not ready:
            return answers.error(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "The store is older than this Beckon: beckon migrate.",
            )
        # Beckon is ready without analytics: only segments and reports wait for it.
        return answers.success({"status": "ready", "analytics": await self._look_at_analytics()})

    async def _look_at_analytics(self) -> str:
        try:
            await self._analytics.ask("SELECT 1", seconds_max=1)
        except Refusal:
            return "down"
        return "up"

    async def _metrics(self) -> Answer:
        try:
            waiting = await self._state.read(count_waiting_any_project)
            await self._measure()
        except Refusal as refused:
            return answers.refusal(refused)
        for state in WATCHED:
            MESSAGES.labels(state).set(waiting.get(state, 0))
        return Answer(200, generate_latest(), ((b"content-type", CONTENT_TYPE_LATEST.encode()),))

    async def _openapi(self) -> Answer:
        return Answer(200, self._description, (answers.JSON, answers.NO_SNIFF))
