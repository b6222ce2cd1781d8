"""Signing in and out in the Retenshun vocabulary, by the cookie the dashboard uses too."""

from functools import partial

from msgspec import Struct

from beckon.api.call import Cookie, Desk, DeskCall, Doorstep
from beckon.domain.accounts import actions, rules, security
from beckon.domain.accounts.model import Person, Session
from beckon.kit.ids import new_token
from beckon.storage.schema import Tx

REFUSED = "The address or the password is not right."


class Login(Struct):
    """Body of POST /auth/login; `code` where a second proof is on."""

    email: str
    password: str
    code: str | None = None


class UserShown(Struct):
    """Who is signed in."""

    id: str
    email: str
    name: str
    role: str


class LoggedIn(Struct):
    """Reply to POST /auth/login."""

    user: UserShown


class LoggedOut(Struct):
    """Reply to POST /auth/logout."""

    status: str = "ok"


class ProjectNamed(Struct):
    """The project somebody is in."""

    id: str
    name: str


class Me(Struct):
    """Reply to GET /auth/me."""

    user: UserShown
    project: ProjectNamed


async def log_in(visitor: Doorstep, body: Login) -> Cookie:
    """POST /auth/login: ten tries in 15 minutes; the reply brings the cookie."""
    services = visitor.services
    person = await services.state.write(
        partial(actions.try_sign_in, email=body.email, address=visitor.address, now=visitor.now)
    )
    fits = await services.passwords.fits(
        body.password, None if person is None else person.password_hash
    )
    if person is None or not fits:
        noting = partial(
            security.note_refused, person=person, address=visitor.address, now=visitor.now
        )
        await services.state.write(noting)
        raise rules.SignInRefused(REFUSED)
    await _prove(visitor, person, body.code)
    token = new_token()
    session = await services.state.write(partial(_enter, visitor=visitor, who=person, token=token))
    return Cookie(LoggedIn(_user(session)), token)


async def log_out(desk: Desk) -> Cookie:
    """POST /auth/logout: the session is over for whoever kept its cookie, too."""
    await desk.services.state.write(lambda tx: actions.end_session(tx, desk.token))
    return Cookie(LoggedOut(), None)


def get_me(call: DeskCall) -> Me:
    """GET /auth/me: who is signed in, and in which project."""
    project = call.session.project
    return Me(_user(call.session), ProjectNamed(f"prj_{project.id}", project.name))


async def _prove(visitor: Doorstep, person: Person, code: str | None) -> None:
    """Ask for the second proof where there is one. Raises CodeRefused, TooManyAttempts."""
    services = visitor.services
    if not await services.state.read(partial(security.needs_code, person=person)):
        return
    if not code:
        raise rules.CodeRefused("code is required: the six digits of your authenticator.")
    proving = partial(
        security.prove, person=person, code=code, vault=services.vault, now=visitor.now
    )
    if not await services.state.write(proving):
        raise rules.CodeRefused("code is not right, or was used before.")


def _enter(tx: Tx, *, visitor: Doorstep, who: Person, token: str) -> Session:
    security.enter(
        tx,
        who,
        token=token,
        old_token=visitor.token,
        address=visitor.address,
        agent=visitor.agent,
        now=visitor.now,
    )
    session = actions.find_session(tx, token, visitor.now)
    assert session is not None, "it was just begun"
    return session


def _user(session: Session) -> UserShown:
    person = session.person
    return UserShown(f"usr_{person.id}", person.email, person.name, session.role)
