"""The page an invitation leads to: whoever bears the link joins."""

from functools import partial
from http import HTTPStatus

from starlette.responses import Response

from beckon.dashboard.errors import STATUSES
from beckon.dashboard.visits import Page, Visit, go_to
from beckon.domain.accounts import rules, team
from beckon.domain.accounts.model import Invite, Person
from beckon.kit.refusals import Invalid, Refusal
from beckon.storage.schema import Tx


async def show(visit: Visit) -> Response:
    """Answer GET /invite. Refused without a live link."""
    invite, known = await _look(visit)
    return _form(visit, invite, known, "", None)


async def accept(visit: Visit) -> Response:
    """Answer POST /invite: join, and go to the door."""
    form = await visit.form("name", "password")
    invite, known = await _look(visit)
    try:
        password_hash = await _password(visit, invite, known, form)
    except (Invalid, rules.SignInRefused) as refused:
        return _form(visit, invite, known, form["name"], refused)
    link = visit.asked("token")

    def join(tx: Tx) -> None:
        team.accept(tx, link, name=form["name"], password_hash=password_hash, now=visit.now)

    await visit.house.state.write(join)
    return go_to("/login")


async def _look(visit: Visit) -> tuple[Invite, Person | None]:
    looking = partial(team.look_at_invite, token=visit.asked("token"), now=visit.now)
    return await visit.house.state.read(looking)


async def _password(
    visit: Visit, invite: Invite, known: Person | None, form: dict[str, str]
) -> str:
    """Hash a new person's password; check the one a known person has."""
    if known is None:
        rules.check_name(form["name"], "Your name")
        rules.check_password(form["password"], invite.email)
        return await visit.house.passwords.hash(form["password"])
    if not await visit.house.passwords.fits(form["password"], known.password_hash):
        raise rules.SignInRefused("You sign in here already: give the password you have.")
    return known.password_hash


def _form(
    visit: Visit, invite: Invite, known: Person | None, name: str, refused: Refusal | None
) -> Response:
    return visit.bare_page(
        "invite.html",
        status=HTTPStatus.OK if refused is None else STATUSES[refused.kind],
        token=visit.asked("token"),
        email=invite.email,
        is_known=known is not None,
        form={"name": name},
        error=None if refused is None else refused.message,
    )


PAGES = (Page(path="/invite", get=show, post=accept, is_open=True),)
