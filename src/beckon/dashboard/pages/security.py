"""One's own security: password, second proof, sessions. Each change asks for the password."""

from http import HTTPStatus

from starlette.responses import Response

from beckon.dashboard.visits import Page, Visit, go_to
from beckon.domain.accounts import queries, rules, security
from beckon.domain.accounts.model import OpenSession
from beckon.kit import totp
from beckon.kit.ids import digest_of, new_bytes, new_token
from beckon.kit.refusals import Invalid
from beckon.storage.schema import Tx

ISSUER = "Beckon"
WRONG = "The password is not right."


async def show(visit: Visit) -> Response:
    """Answer GET /security."""
    return await _page(visit, HTTPStatus.OK)


async def change_password(visit: Visit) -> Response:
    """Answer POST /security/password: all other sessions end."""
    form = await visit.form("password", "new_password")
    try:
        await _check(visit, form["password"])
        rules.check_password(form["new_password"], visit.session.person.email)
    except (Invalid, rules.SignInRefused, rules.TooManyAttempts) as refused:
        return await _page(visit, HTTPStatus.BAD_REQUEST, error=refused.message)
    fresh = await visit.house.passwords.hash(form["new_password"])
    await visit.house.state.write(
        lambda tx: security.change_password(tx, visit.session, visit.token, fresh, visit.now)
    )
    return go_to("/security")


async def end_sessions(visit: Visit) -> Response:
    """Answer POST /security/sessions: one of them, or all but this one."""
    form = await visit.form("session")
    named = form["session"] or None
    await visit.house.state.write(
        lambda tx: security.end_sessions(tx, visit.session, visit.token, named, visit.now)
    )
    return go_to("/security")


async def begin(visit: Visit) -> Response:
    """Answer POST /security/authenticator: a secret to set an authenticator up with."""
    form = await visit.form("password")
    try:
        await _check(visit, form["password"])
    except (rules.SignInRefused, rules.TooManyAttempts) as refused:
        return await _page(visit, HTTPStatus.BAD_REQUEST, error=refused.message)
    secret = new_bytes(totp.SECRET_BYTES)

    def keep(tx: Tx) -> None:
        security.begin_second_proof(tx, visit.session, secret, visit.house.vault, visit.now)

    await visit.house.state.write(keep)
    return await _page(visit, HTTPStatus.OK)


async def confirm(visit: Visit) -> Response:
    """Answer POST /security/authenticator/confirm: the one page that shows recovery codes."""
    form = await visit.form("code")
    codes = [_spelled(new_token()) for _ in range(rules.RECOVERY_CODES)]

    def count(tx: Tx) -> None:
        security.confirm_second_proof(
            tx,
            visit.session,
            form["code"],
            token=visit.token,
            recovery_codes=codes,
            vault=visit.house.vault,
            now=visit.now,
        )

    try:
        await visit.house.state.write(count)
    except rules.CodeRefused as refused:
        return await _page(visit, HTTPStatus.BAD_REQUEST, error=refused.message)
    return await _page(visit, HTTPStatus.OK, codes=codes)


async def end(visit: Visit) -> Response:
    """Answer POST /security/authenticator/end: the password is enough again."""
    form = await visit.form("password")
    try:
        await _check(visit, form["password"])
    except (rules.SignInRefused, rules.TooManyAttempts) as refused:
        return await _page(visit, HTTPStatus.BAD_REQUEST, error=refused.message)
    await visit.house.state.write(
        lambda tx: security.end_second_proof(tx, visit.session, visit.token, visit.now)
    )
    return go_to("/security")


async def _check(visit: Visit, password: str) -> None:
    """Ask for the password once more, counted as at the door. Raises SignInRefused."""
    person = visit.session.person
    await visit.house.state.write(lambda tx: security.count_try(tx, person, visit.now))
    if not await visit.house.passwords.fits(password, person.password_hash):
        raise rules.SignInRefused(WRONG)
    await visit.house.state.write(lambda tx: security.forgive_tries(tx, person))


def _spelled(token: str) -> str:
    """Cut a code out of a token that people can type: twelve digits and letters, 48 bits."""
    letters = digest_of(token).hex()[:12]
    return "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))


async def _page(
    visit: Visit, status: HTTPStatus, *, error: str | None = None, codes: list[str] | None = None
) -> Response:
    house, person = visit.house, visit.session.person

    def read(tx: Tx) -> tuple[list[OpenSession], bool, bytes | None, int]:
        return (
            security.list_sessions(tx, visit.session, visit.now),
            security.needs_code(tx, person),
            security.find_secret(tx, visit.session, house.vault),
            queries.count_recovery_codes_any_project(tx, person.id),
        )

    sessions, is_on, secret, left = await house.state.read(read)
    own = digest_of(visit.token)
    return visit.page(
        "security.html",
        status=status,
        sessions=[(one, security.name_of(one), one.digest == own) for one in sessions],
        is_on=is_on,
        secret=None if secret is None else totp.spell(secret),
        address=None
        if secret is None
        else totp.address_of(secret, issuer=ISSUER, person=person.email),
        codes=codes or [],
        codes_left=left,
        error=error,
    )


PAGES = (
    Page(path="/security", get=show),
    Page(path="/security/password", post=change_password),
    Page(path="/security/sessions", post=end_sessions),
    Page(path="/security/authenticator", post=begin),
    Page(path="/security/authenticator/confirm", post=confirm),
    Page(path="/security/authenticator/end", post=end),
)
