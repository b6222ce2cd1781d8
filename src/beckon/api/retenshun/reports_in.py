"""Reports that come in: what providers tell of messages, signed or under an address of their own.

No key is asked for. `POST /api/v1/webhook/{project}` carries a signature of the project's secret,
`POST /api/v1/channels/{provider}/reports/{token}` a token that nobody can guess, and Twilio's own
signature besides. Invariant: a report counts once, and nothing is looked at before its size.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from http import HTTPStatus
from urllib.parse import parse_qsl

import structlog

from beckon.api import answers
from beckon.api.answers import Answer, Fault, Header
from beckon.api.apart import answer_apart
from beckon.api.bodies import read_body
from beckon.api.retenshun import report_words as words
from beckon.api.serve import Receive, Scope, Send
from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import Channel
from beckon.domain.messages import actions as messages
from beckon.domain.messages.model import Report
from beckon.domain.messages.queries import find_messages
from beckon.domain.providers import actions, queries
from beckon.domain.providers.actions import Vault
from beckon.domain.providers.model import ProviderKind, StoredProvider
from beckon.domain.subscriptions import actions as subscriptions
from beckon.domain.subscriptions.model import Activity, Proof
from beckon.kit.clock import Clock, from_ms
from beckon.kit.refusals import Invalid
from beckon.storage.schema import Tx
from beckon.storage.state import State

BODY_BYTES_MAX = 262_144
SKEW = timedelta(minutes=5)
ID_DIGITS_MAX = 18
ID_CHARACTERS_MAX = 255

TOKEN = re.compile(r"[A-Za-z0-9_-]{20,100}")

WEBHOOK = "/api/v1/webhook/"
CHANNELS = "/api/v1/channels/"

RECEIVED = {"received": True}

log = structlog.get_logger()


class ReportsIn:
    """The ASGI application behind both addresses. `public_url` is what Twilio signs, if given."""

    def __init__(
        self,
        state: State,
        clock: Clock,
        vault: Vault,
        *,
        public_url: str | None,
        after_write: Callable[[], None],
    ) -> None:
        self._state = state
        self._clock = clock
        self._vault = vault
        self._public_url = public_url
        self._after_write = after_write

    @staticmethod
    def takes(path: str) -> bool:
        """Tell whether a path is one of ours."""
        return path.startswith(WEBHOOK) or (path.startswith(CHANNELS) and "/reports/" in path)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whatever happens in the one error form."""
        place = scope["path"].partition("/reports/")[0]
        await answer_apart(scope, send, self._answer(scope, receive), "report.failed", path=place)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        if scope["method"] != "POST":
            raise Fault(HTTPStatus.METHOD_NOT_ALLOWED, "Use POST.", (b"allow", b"POST"))
        body = await read_body(receive, BODY_BYTES_MAX)
        path: str = scope["path"].rstrip("/")
        now = self._clock.now()
        action = self._take_event if path.startswith(WEBHOOK) else self._take_reports
        await self._state.write(partial(action, scope=scope, path=path, body=body, now=now))
        self._after_write()
        return answers.success(RECEIVED)

    def _take_event(self, tx: Tx, *, scope: Scope, path: str, body: bytes, now: datetime) -> None:
        """Take the documented envelope for a project. Raises Fault 401, and Invalid."""
        project_id = _number(path.removeprefix(WEBHOOK), "prj_")
        if project_id is None:
            raise _unproven()
        project = ProjectId(project_id)
        secrets = actions.list_inbound_secrets(tx, project, self._vault, now)
        signature = _header(scope["headers"], b"x-signature")
        if not words.is_signed(signature, body=body, secrets=secrets):
            raise _unproven()
        _check_moment(_header(scope["headers"], b"webhook-timestamp"), now)
        event = words.read_event(body, now)
        own_id = _header(scope["headers"], b"webhook-id")[:ID_CHARACTERS_MAX]
        if own_id and not actions.take_once(tx, project, f"id:{own_id}", now):
            return
        if event.report is not None:
            messages.report(tx, project, [event.report], now)
        elif event.reading is not None:
            _note_reading(tx, project, event, now)
        elif event.name == "user.unsubscribed":
            _unsubscribe(tx, project, event.user_id, now)
        else:
            log.info("report.passed_over", project=project, named=event.name[:100])

    def _take_reports(self, tx: Tx, *, scope: Scope, path: str, body: bytes, now: datetime) -> None:
        """Take what one provider tells in its own words. Raises Fault 401, and Invalid."""
        name, _, token = path.removeprefix(CHANNELS).partition("/reports/")
        is_token = TOKEN.fullmatch(token) is not None  # anything else no store need look for
        found = queries.find_by_report_token_any_project(tx, token) if is_token else None
        if found is None or found.id != _number(name, "prov_"):
            raise _unproven()
        key = sha256(scope["query_string"] + b"\n" + body).hexdigest()
        reports = self._read(found, scope, path, body, now)
        if reports and actions.take_once(tx, found.project_id, f"{found.id}:{key}", now):
            messages.report(tx, found.project_id, reports, now)

    def _read(
        self, provider: StoredProvider, scope: Scope, path: str, body: bytes, now: datetime
    ) -> Sequence[Report]:
        match provider.kind:
            case ProviderKind.TWILIO:
                query = scope["query_string"].decode("latin-1")
                url = f"{self._public_url or ''}{path}{'?' if query else ''}{query}"
                token = actions.open_secrets(provider, self._vault)["auth_token"]
                signature = _header(scope["headers"], b"x-twilio-signature")
                if not words.is_signed_by_twilio(signature, url=url, body=body, token=token):
                    raise _unproven()
                return words.read_twilio(body, dict(parse_qsl(query)), now)
            case ProviderKind.INFOBIP:
                return words.read_infobip(body, now)
            case _:
                report = words.read_event(body, now).report
                return [] if report is None else [report]


def _unsubscribe(tx: Tx, project_id: ProjectId, user_id: str | None, now: datetime) -> None:
    """End bulk mail to a user's address, as the event says."""
    if not user_id:
        raise Invalid("data.userId is required: whom it concerns.")
    contact = contacts.find_contact_by_external_id(tx, project_id, user_id)
    if contact is not None and contact.email is not None:
        subscriptions.unsubscribe(
            tx,
            project_id,
            Channel.EMAIL,
            [contact.email],
            proof=Proof("webhook"),
            now=now,
            contact_id=contact.id,
        )


def _note_reading(tx: Tx, project_id: ProjectId, event: words.Event, now: datetime) -> None:
    """Note that somebody opened or clicked a message, where it is one of the project's."""
    if event.reading is None or event.message_id is None:
        return
    for message in find_messages(tx, project_id, [event.message_id]):
        activity = Activity(project_id, message.contact_id, message.id, event.reading, now)
        subscriptions.record_activity(tx, [activity])


def _check_moment(text: str, now: datetime) -> None:
    """Refuse a report that is told anew long after. Source: Standard Webhooks."""
    if not text:
        return
    is_number = text.isascii() and text.isdecimal() and len(text) <= 11
    if not is_number or abs(from_ms(int(text) * 1000) - now) > SKEW:
        raise _unproven()


def _header(headers: Sequence[Header], name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in headers if key == name), "")


def _number(text: str, prefix: str) -> int | None:
    digits = text.removeprefix(prefix)
    is_number = digits.isascii() and digits.isdecimal() and len(digits) <= ID_DIGITS_MAX
    return int(digits) if is_number else None


def _unproven() -> Fault:
    return Fault(
        HTTPStatus.UNAUTHORIZED, "The signature or token of this report is missing or wrong."
    )
