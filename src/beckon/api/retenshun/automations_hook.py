"""Automations started by somebody else's webhook, under an address that nobody can guess.

No key is asked for: `POST /api/v1/automation-hooks/{token}`. Invariant: nothing is looked at before
its size, an address that is not there and one that is void are refused alike, and a call that
names itself (`Webhook-Id` or `Idempotency-Key`) starts once, however often it is told.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from uuid import UUID

from msgspec import Struct

from beckon.api import answers
from beckon.api.answers import Answer, Fault, Header
from beckon.api.apart import answer_apart
from beckon.api.bodies import read_body
from beckon.api.call import Call
from beckon.api.retenshun.automations import read_automation
from beckon.api.serve import Receive, Scope, Send
from beckon.domain.workflows import actions
from beckon.domain.workflows.queries import find_hooked_any_project
from beckon.kit import json
from beckon.kit.clock import Clock, from_ms
from beckon.kit.ids import digest_of, new_token
from beckon.kit.refusals import Invalid
from beckon.storage.schema import Tx
from beckon.storage.state import State

PATH = "/api/v1/automation-hooks/"
BODY_BYTES_MAX = 262_144
NAME_CHARACTERS_MAX = 255
SKEW = timedelta(minutes=5)
TOKEN = re.compile(r"[A-Za-z0-9_-]{27}")
NAMES = (b"webhook-id", b"idempotency-key")


class HookObject(Struct):
    """Where an automation's webhook goes; the address is shown this once."""

    id: str
    url: str


def open_hook(call: Call, automation_id: str) -> HookObject:
    """POST /automations/:id/hook: a new address; the one before is void at once."""
    number, token = read_automation(automation_id), new_token()
    actions.open_hook(call.tx, call.project_id, number, token, call.now)
    return HookObject(f"auto_{number}", f"{call.services.base_url}{PATH}{token}")


class HookIn:
    """The ASGI application behind the addresses."""

    def __init__(
        self,
        state: State,
        clock: Clock,
        new_id: Callable[[], UUID],
        after_write: Callable[[], None],
    ) -> None:
        self._state = state
        self._clock = clock
        self._new_id = new_id
        self._after_write = after_write

    @staticmethod
    def takes(path: str) -> bool:
        """Tell whether a path is one of ours."""
        return path.startswith(PATH)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whatever happens in the one error form."""
        await answer_apart(scope, send, self._answer(scope, receive), "hook.failed")

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        if scope["method"] != "POST":
            raise Fault(HTTPStatus.METHOD_NOT_ALLOWED, "Use POST.", (b"allow", b"POST"))
        body = await read_body(receive, BODY_BYTES_MAX)
        now = self._clock.now()
        _check_moment(_header(scope["headers"], b"webhook-timestamp"), now)
        name = next(filter(None, (_header(scope["headers"], one) for one in NAMES)), "")
        if len(name) > NAME_CHARACTERS_MAX:
            raise Invalid(f"Webhook-Id must have at most {NAME_CHARACTERS_MAX} characters.")
        token = str(scope["path"]).removeprefix(PATH).rstrip("/")
        key = f"hook:{name or self._new_id().hex}"
        run_id = await self._state.write(partial(_take, token=token, body=body, key=key, now=now))
        self._after_write()
        run = None if run_id is None else f"run_{run_id}"
        return answers.success({"runId": run, "started": run is not None})


def _take(tx: Tx, *, token: str, body: bytes, key: str, now: datetime) -> int | None:
    is_token = TOKEN.fullmatch(token) is not None  # anything else no store need look for
    workflow = find_hooked_any_project(tx, digest_of(token)) if is_token else None
    if workflow is None:
        raise Fault(HTTPStatus.NOT_FOUND, "There is no such address.")
    told = json.read(body)
    if not isinstance(told, Mapping):
        raise Invalid("The body must be an object.")
    return actions.start_by_hook(tx, workflow, told, key=key, now=now)


def _check_moment(text: str, now: datetime) -> None:
    """Refuse a call that is told anew long after. Source: Standard Webhooks."""
    if not text:
        return
    is_number = text.isascii() and text.isdecimal() and len(text) <= 11
    if not is_number or abs(from_ms(int(text) * 1000) - now) > SKEW:
        raise Fault(HTTPStatus.UNAUTHORIZED, "Webhook-Timestamp lies too far from now.")


def _header(headers: Sequence[Header], name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in headers if key == name), "")
