"""Sign-in and sign-out. An unknown address and a wrong password get one answer, as slow as each."""

import re
from functools import partial
from http import HTTPStatus

from starlette.responses import Response

from beckon.dashboard.errors import STATUSES
from beckon.dashboard.visits import HOME, Page, Visit, go_to
from beckon.domain.accounts import actions, queries, rules, security
from beckon.domain.accounts.model import Person
from beckon.kit.refusals import Refusal

REFUSED = "The address or the password is not right."

# A path of ours: `//host` and `/\host` would be read as another server.
_PATH = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]*")


async def show(visit: Visit) -> Response:
    """Answer GET /login."""
    wanted = own_path(visit.asked("next"))
    if visit.who is not None:
        return go_to(wanted)
    if not await visit.house.state.read(queries.has_people_any_project):
        return visit.bare_page("unset.html")
    return _form(visit, HTTPStatus.OK, "", wanted, None)


async def sign_in(visit: Visit) -> Response:
    """Answer POST /login."""
    form = await visit.form("email", "password", "code", "next")
    wanted = own_path(form["next"])
    try:
        person = await _recognise(visit, form["email"], form["password"])
        await _prove(visit, person, form["code"])
        token = await _begin(visit, person)
    except (rules.SignInRefused, rules.CodeRefused, rules.TooManyAttempts) as refused:
        return _form(visit, STATUSES[refused.kind], form["email"], wanted, refused)
    response = go_to(wanted)
    visit.house.sessions.hand_out(response, token)
    return response


async def sign_out(visit: Visit) -> Response:
    """Answer POST /logout."""
    token = visit.house.sessions.token_of(visit.request)
    if token:
        await visit.house.state.write(lambda tx: actions.end_session(tx, token))
    response = go_to("/login")
    visit.house.sessions.take_back(response)
    return response


def own_path(wanted: str) -> str:
    """Give a path of this server as it is, and Home for whatever else was asked for."""
    return wanted if _PATH.fullmatch(wanted) else HOME


async def _recognise(visit: Visit, email: str, password: str) -> Person:
    address = _network_address(visit)
    person = await visit.house.state.write(
        lambda tx: actions.try_sign_in(tx, email, address=address, now=visit.now)
    )
    known = None if person is None else person.password_hash
    fits = await visit.house.passwords.fits(password, known)
    if person is None or not fits:
        noting = partial(security.note_refused, person=person, address=address, now=visit.now)
        await visit.house.state.write(noting)
        raise rules.SignInRefused(REFUSED)
    return person


async def _prove(visit: Visit, person: Person, code: str) -> None:
    """Ask for the second proof where there is one. Raises CodeRefused, TooManyAttempts."""
    house = visit.house
    if not await house.state.read(partial(security.needs_code, person=person)):
        return
    proving = partial(security.prove, person=person, code=code, vault=house.vault, now=visit.now)
    if not code or not await house.state.write(proving):
        raise rules.CodeRefused("Give your password and a fresh code of your authenticator.")


async def _begin(visit: Visit, person: Person) -> str:
    """Begin a session under a new token; the one this browser had before ends."""
    token = visit.house.new_token()
    entering = partial(
        security.enter,
        person=person,
        token=token,
        old_token=visit.house.sessions.token_of(visit.request),
        address=_network_address(visit),
        agent=visit.request.headers.get("user-agent", ""),
        now=visit.now,
    )
    await visit.house.state.write(entering)
    return token


def _network_address(visit: Visit) -> str:
    return visit.request.client.host if visit.request.client else ""


def _form(
    visit: Visit, status: HTTPStatus, email: str, wanted: str, refused: Refusal | None
) -> Response:
    return visit.bare_page(
        "login.html",
        status=status,
        form={"email": email},
        next=wanted,
        error=None if refused is None else refused.message,
        needs_code=isinstance(refused, rules.CodeRefused),
    )


PAGES = (
    Page(path="/login", get=show, post=sign_in, is_open=True),
    Page(path="/logout", post=sign_out, is_open=True),
)
