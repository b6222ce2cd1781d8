"""The ASGI application behind the links in messages, at /o /c /u /p /s /v and /t.

Invariant: looking changes nothing. GET and HEAD, which scanners send, neither unsubscribe nor
confirm; only a POST does. Source: RFC 8058, RFC 9110 section 9.2.1.
Invariant: a click leads only to a target that we signed.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache, partial
from http import HTTPStatus
from urllib.parse import parse_qs, quote

import structlog

from beckon.api.answers import NO_SNIFF, NO_STORE, Answer, Header
from beckon.api.links import pages, stored
from beckon.api.links.intake import ActivityIntake
from beckon.api.links.pages import ONE_CLICK, STYLE_PATH, Visit
from beckon.api.serve import Receive, Scope, Send, respond
from beckon.domain.events.model import EventId
from beckon.domain.subscriptions.machines import is_machine
from beckon.domain.subscriptions.model import Activity, ActivityKind
from beckon.domain.subscriptions.tracking import LinkKind, Mark, link, read_click, read_link
from beckon.kit.clock import Clock
from beckon.kit.ids import new_uuid
from beckon.kit.refusals import Kind, Refusal
from beckon.kit.signing import Signer
from beckon.storage.state import State

FORM_BYTES_MAX = 65_536
USER_AGENT_CHARACTERS_MAX = 300

PIXEL = bytes.fromhex(  # a transparent GIF of one point
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)
_PRIVATE = (NO_STORE, NO_SNIFF, (b"referrer-policy", b"no-referrer"))
_PIXEL = Answer(200, PIXEL, ((b"content-type", b"image/gif"), *_PRIVATE))
_KINDS = {f"/{kind}/": kind for kind in LinkKind}
_URL_SAFE = "!#$%&'()*+,/:;=?@[]~"  # quoted already, or with a meaning of its own

_ONE_CLICK_PART = re.compile(rb'name="?List-Unsubscribe"?\s')

log = structlog.get_logger()


class Links:
    """Answers what people, mail programs and scanners ask of the links in messages."""

    def __init__(
        self, state: State, clock: Clock, signer: Signer, after_write: Callable[[], None]
    ) -> None:
        self._state = state
        self._after_write = after_write
        self._clock = clock
        self._signer = signer
        self._intake = ActivityIntake(state)

    @staticmethod
    def takes(path: str) -> bool:
        """Tell whether a path is for this room."""
        return path[:3] in _KINDS or path[:3] == stored.PREFIX or path == STYLE_PATH

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        method: str = scope["method"]
        answer = await self._answer(method, scope, receive)
        await respond(send, answer, with_body=method != "HEAD")

    async def _answer(self, method: str, scope: Scope, receive: Receive) -> Answer:
        path: str = scope["path"]
        if method not in ("GET", "HEAD", "POST"):
            return Answer(405, b"", ((b"allow", b"GET, HEAD, POST"), *_PRIVATE))
        if path == STYLE_PATH:
            return pages.style()
        if path[:3] == stored.PREFIX:
            return await self._stored(path[3:], scope)
        kind, token = _KINDS[path[:3]], path[3:]
        if kind is LinkKind.OPEN:
            return await self._open(method, token, scope)
        if kind is LinkKind.CLICK:
            return await self._click(method, token, scope)
        return await self._page(kind, method, token, scope, receive)

    async def _stored(self, token: str, scope: Scope) -> Answer:
        try:
            return await self._state.read(partial(stored.show, signer=self._signer, token=token))
        except Refusal as refused:
            language = _header(scope, b"accept-language")
            is_away = refused.kind is Kind.UNAVAILABLE
            return pages.unavailable(language) if is_away else pages.unknown(language)

    async def _page(
        self, kind: LinkKind, method: str, token: str, scope: Scope, receive: Receive
    ) -> Answer:
        try:
            return await self._show(kind, method, token, scope, receive)
        except Refusal as refused:
            language = _header(scope, b"accept-language")
            if refused.kind is Kind.UNAVAILABLE:
                return pages.unavailable(language)
            return pages.unknown(language)

    async def _open(self, method: str, token: str, scope: Scope) -> Answer:
        mark = read_link(self._signer, LinkKind.OPEN, token.removesuffix(".gif"))
        if mark is None:
            return Answer(404, b"", _PRIVATE)
        await self._note(ActivityKind.OPENED, mark, method, scope)
        return _PIXEL

    async def _click(self, method: str, token: str, scope: Scope) -> Answer:
        found = read_click(self._signer, token)
        if found is None:
            return pages.unknown(_header(scope, b"accept-language"))
        mark, target = found
        await self._note(ActivityKind.CLICKED, mark, method, scope, target)
        return _redirect(target)

    async def _note(
        self, kind: ActivityKind, mark: Mark, method: str, scope: Scope, target: str | None = None
    ) -> None:
        now = self._clock.now()
        activity = _activity(kind, mark, method, _header(scope, b"user-agent"), now, target)
        try:
            await self._intake.take(activity)
        except Refusal as refused:
            # People get where they want to go, even while nothing can be noted.
            log.warning("activity.lost", kind=kind, reason=refused.message)

    async def _show(
        self, kind: LinkKind, method: str, token: str, scope: Scope, receive: Receive
    ) -> Answer:
        mark = read_link(self._signer, kind, token)
        if mark is None:
            return pages.unknown(_header(scope, b"accept-language"))
        visit = self._visit(mark, scope)
        if method != "POST":
            return await self._state.read(partial(pages.look, kind=kind, visit=visit))
        form = await _form(receive)
        if form is None:
            return Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, b"", _PRIVATE)
        event_id = EventId(new_uuid())
        act = partial(pages.act, kind=kind, visit=visit, form=form, event_id=event_id)
        answer = await self._state.write(act)
        self._after_write()
        return answer

    def _visit(self, mark: Mark, scope: Scope) -> Visit:
        client: tuple[str, int] | None = scope.get("client")
        details = {"user_agent": _header(scope, b"user-agent")[:USER_AGENT_CHARACTERS_MAX]}
        if client is not None:
            details["ip"] = client[0]
        return Visit(
            mark,
            language=_header(scope, b"accept-language"),
            details=details,
            now=self._clock.now(),
            path_to=partial(link, self._signer, "", mark),
        )


@lru_cache(maxsize=4096)
def _redirect(target: str) -> Answer:
    location = quote(target, safe=_URL_SAFE, errors="replace").encode()
    return Answer(int(HTTPStatus.FOUND), b"", ((b"location", location), *_PRIVATE))


def _activity(
    kind: ActivityKind, mark: Mark, method: str, user_agent: str, now: datetime, target: str | None
) -> Activity:
    return Activity(
        mark.project_id,
        mark.contact_id,
        mark.message_id,
        kind,
        now,
        target,
        is_machine=is_machine(
            kind, user_agent=user_agent, method=method, written_at=mark.written_at, at=now
        ),
    )


def _header(scope: Scope, wanted: bytes) -> str:
    headers: list[Header] = scope["headers"]
    for name, value in headers:
        if name == wanted:
            return value.decode("latin-1")
    return ""


async def _form(receive: Receive) -> Mapping[str, Sequence[str]] | None:
    """Read a form; None when it is too large. Mail programs may send one in parts (RFC 8058)."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > FORM_BYTES_MAX:
            return None
        if not message.get("more_body", False):
            break
    part = _ONE_CLICK_PART.search(body)
    if part and body.find(b"One-Click", part.end()) >= 0:
        return {ONE_CLICK: ["One-Click"]}
    return parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=1000)
