"""From a request to a page: who asks, when, and what every page may use."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import TypeAlias
from urllib.parse import urlencode, urlsplit

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from beckon.dashboard import errors, flashes
from beckon.dashboard.forms import BODY_BYTES_MAX, read_form, read_pairs
from beckon.dashboard.outside import Outside
from beckon.dashboard.passwords import Passwords
from beckon.dashboard.sessions import Sessions
from beckon.dashboard.views import Views
from beckon.domain.accounts.actions import audit
from beckon.domain.accounts.model import Role, Session
from beckon.domain.accounts.rules import NotAllowed, reaches
from beckon.kit.clock import Clock
from beckon.kit.refusals import Invalid, Refusal
from beckon.kit.secrets import Vault
from beckon.storage.analytics.client import Analytics
from beckon.storage.schema import Tx
from beckon.storage.state import State

NUMBER_MAX = 2**63 - 1
PAGE_MAX = 1_000_000
EDITORS = (Role.OWNER, Role.ADMIN, Role.MEMBER)
HOME = "/"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class House:
    """What every page may use.

    `keeps_mail`: messages go to the built-in outbox, not out. `after_write` wakes the engine.
    `vault` seals secrets, `outside` leads out of this server, `analytics` answers questions about
    many.
    """

    state: State
    clock: Clock
    views: Views
    sessions: Sessions
    passwords: Passwords
    base_url: str
    new_token: Callable[[], str]
    keeps_mail: bool
    after_write: Callable[[], None]
    vault: Vault
    outside: Outside
    analytics: Analytics


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in, as pages show it."""

    name: str
    email: str
    role: Role

    @property
    def may_edit(self) -> bool:
        """Whether they may change things, so that pages offer it."""
        return self.role in EDITORS

    @property
    def may_administer(self) -> bool:
        """Whether they are an administrator or an owner."""
        return reaches(self.role, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class Visit:
    """One request for a page; `who` is None where nobody is signed in."""

    request: Request
    house: House
    who: Session | None
    now: datetime

    @property
    def session(self) -> Session:
        """Who is signed in; pages that are not open ask for nobody else."""
        assert self.who is not None
        return self.who

    @property
    def token(self) -> str:
        """What the session's cookie holds; pages that are not open ask for nobody else's."""
        token = self.house.sessions.token_of(self.request)
        assert token is not None, "who is signed in has one"
        return token

    @property
    def may_administer(self) -> bool:
        """Whether this person is an administrator or an owner."""
        return reaches(self.session.role, Role.ADMIN)

    def check_admin(self) -> None:
        """Let administrators pass. Raises NotAllowed."""
        if not self.may_administer:
            raise NotAllowed("Only an administrator may do this.")

    def check_editor(self) -> None:
        """Let those pass who may change things. Raises NotAllowed."""
        if self.session.role not in EDITORS:
            raise NotAllowed("You may look at this project but not change it.")

    def note(self, tx: Tx, act: str, **details: object) -> None:
        """Write down for good what this person did, with what they did it to."""
        audit(tx, self.session.project.id, self.session.person.email, act, self.now, **details)

    def asked(self, name: str) -> str:
        """Read a word of the query, trimmed; "" where it is absent. Raises Invalid for NUL."""
        value = self.request.query_params.get(name, "").strip()
        if "\0" in value:
            raise Invalid(f"{name} must not hold a NUL character.")
        return value

    def asked_page(self) -> int:
        """Read which page of a list is asked for, 1 where none is. Raises Invalid."""
        return self.asked_number("page", PAGE_MAX) or 1

    def asked_number(self, name: str, most: int = NUMBER_MAX) -> int | None:
        """Read a whole number of the query from 0 on; None where absent. Raises Invalid."""
        value = self.asked(name)
        if not value:
            return None
        number = number_of(value)
        if number is None or number > most:
            raise Invalid(f"{name} must be a number that a page of ours gave.")
        return number

    async def form(self, *fields: str) -> dict[str, str]:
        """Read the fields of the form that was sent; see read_form for what is refused."""
        return await read_form(self.request, *fields)

    async def pairs(self, *, bytes_max: int = BODY_BYTES_MAX) -> list[tuple[str, str]]:
        """Read all fields of the form that was sent, several of a name too."""
        return await read_pairs(self.request, bytes_max=bytes_max)

    def page(self, template: str, *, status: int = HTTPStatus.OK, **values: object) -> Response:
        """Show a page in the frame of all pages."""
        said = flashes.read(self.request)
        response = self.bare_page(template, status=status, **self._frame(), flashes=said, **values)
        if said:
            flashes.forget(response)
        return response

    def bare_page(
        self, template: str, *, status: int = HTTPStatus.OK, **values: object
    ) -> Response:
        """Show a page, or a piece of one, that stands without the frame."""
        return HTMLResponse(self.house.views.render(template, **values), status)

    def _frame(self) -> dict[str, object]:
        if self.who is None:
            return {"project": None, "person": None, "zone": "UTC"}
        project, person = self.who.project, self.who.person
        shown = Person(person.name, person.email, self.who.role)
        return {"project": project, "person": shown, "zone": project.time_zone}


Handle: TypeAlias = Callable[[Visit], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What stands at a path. One that is open needs no sign-in."""

    path: str
    get: Handle | None = None
    post: Handle | None = None
    is_open: bool = False

    def route(self, house: House) -> Route:
        """Make the route of this page."""

        async def answer(request: Request) -> Response:
            return await _answer(self, house, request)

        methods = [name for name, handle in (("GET", self.get), ("POST", self.post)) if handle]
        return Route(self.path, answer, methods=methods)

    def handle(self, method: str) -> Handle:
        """Find who answers; the router let no other verbs through."""
        found = self.post if method == "POST" else self.get
        assert found is not None
        return found


def go_to(path: str) -> Response:
    """Send the browser on to a page of ours, with GET."""
    return RedirectResponse(path, HTTPStatus.SEE_OTHER)


def number_of(text: str) -> int | None:
    """Read a whole number from 0 to 2^63 - 1; None for any other text."""
    if not text.isascii() or not text.isdecimal() or len(text) > len(str(NUMBER_MAX)):
        return None
    return number if (number := int(text)) <= NUMBER_MAX else None


async def _answer(page: Page, house: House, request: Request) -> Response:
    who = None
    now = house.clock.now()
    try:
        who = await house.sessions.find(request, now)
        if who is None and not page.is_open:
            return _to_sign_in(request)
        return await page.handle(request.method)(Visit(request, house, who, now))
    except Refusal as refused:
        if isinstance(refused, NotAllowed) and who is not None:
            await _note_refused(house, who, request, now)
        return errors.refusal_page(house.views, refused)
    except HTTPException:
        raise  # errors.py has a page for it
    except ClientDisconnect:
        return Response(status_code=HTTPStatus.BAD_REQUEST)  # nobody is there to read it
    except Exception:
        number = house.new_token()
        log.exception("page.failed", request=number, path=request.scope["path"])
        return errors.error_page(house.views, HTTPStatus.INTERNAL_SERVER_ERROR, request_id=number)


async def _note_refused(house: House, who: Session, request: Request, now: datetime) -> None:
    """Write down for good what somebody's role did not let them do."""
    asked = f"{request.method} {request.scope['path']}"

    def note(tx: Tx) -> None:
        audit(tx, who.project.id, who.person.email, "refused", now, asked=asked)

    await house.state.write(note)


def _to_sign_in(request: Request) -> Response:
    """Send a visitor to the door, and back here afterwards."""
    if "hx-request" in request.headers:
        # A piece of a page is asked for; the whole page has to go.
        headers = {"hx-redirect": _sign_in(*_shown_page(request))}
        return Response(status_code=HTTPStatus.NO_CONTENT, headers=headers)
    if request.method == "POST":
        return go_to(_sign_in(HOME, ""))
    # Not request.url: it is made of the Host that was sent, whatever that may be.
    return go_to(_sign_in(request.scope["path"], request.scope["query_string"].decode("latin-1")))


def _shown_page(request: Request) -> tuple[str, str]:
    try:
        shown = urlsplit(request.headers.get("hx-current-url", ""))
    except ValueError:  # no browser sends this; Home is as good as any
        return HOME, ""
    return shown.path, shown.query


def _sign_in(path: str, query: str) -> str:
    wanted = f"{path}?{query}" if query else path
    return "/login" if wanted in ("", HOME) else f"/login?{urlencode({'next': wanted})}"
