"""Set-up: the one-time link of a fresh server makes the first person, organisation and project."""

from collections.abc import Callable, Mapping
from http import HTTPStatus

from starlette.responses import Response

from beckon.dashboard import flashes
from beckon.dashboard.visits import HOME, Page, Visit, go_to
from beckon.domain.accounts import actions, rules
from beckon.domain.accounts.actions import FirstPerson
from beckon.kit.addresses import check_email
from beckon.kit.refusals import Invalid
from beckon.kit.time_zones import check_time_zone, list_time_zones
from beckon.storage.schema import Tx

FIELDS = ("name", "email", "organisation", "project", "time_zone")

_CHECKS: Mapping[str, Callable[[Mapping[str, str]], str]] = {
    "name": lambda form: rules.check_name(form["name"], "Your name"),
    "email": lambda form: check_email(form["email"], "This"),
    "password": lambda form: rules.check_password(form["password"], form["email"]),
    "organisation": lambda form: rules.check_name(form["organisation"], "The organisation"),
    "project": lambda form: rules.check_name(form["project"], "The project"),
    "time_zone": lambda form: check_time_zone(form["time_zone"], "The time zone"),
}


async def show(visit: Visit) -> Response:
    """Answer GET /setup. Refused without a live link."""
    await _check_link(visit)
    return _form(visit, HTTPStatus.OK, dict.fromkeys(FIELDS, ""), {})


async def set_up(visit: Visit) -> Response:
    """Answer POST /setup: make everything, sign the person in, and go Home."""
    await _check_link(visit)
    form = await visit.form(*FIELDS, "password")
    if errors := _errors(form):
        return _form(visit, HTTPStatus.BAD_REQUEST, form, errors)
    first = FirstPerson(
        organisation=form["organisation"],
        project=form["project"],
        time_zone=form["time_zone"],
        name=form["name"],
        email=form["email"],
        password_hash=await visit.house.passwords.hash(form["password"]),
    )
    link, token = visit.asked("token"), visit.house.new_token()

    def begin(tx: Tx) -> None:
        project_id, person_id = actions.set_up(tx, link, first, visit.now)
        actions.begin_session(tx, project_id, person_id, token, visit.now)

    await visit.house.state.write(begin)
    response = go_to(HOME)
    visit.house.sessions.hand_out(response, token)
    flashes.leave(response, flashes.SET_UP)
    return response


async def _check_link(visit: Visit) -> None:
    link = visit.asked("token")
    await visit.house.state.read(lambda tx: actions.check_setup(tx, link, visit.now))


def _errors(form: Mapping[str, str]) -> dict[str, str]:
    errors = {}
    for field, check in _CHECKS.items():
        try:
            check(form)
        except Invalid as refused:
            errors[field] = refused.message[:1].upper() + refused.message[1:]
    return errors


def _form(
    visit: Visit, status: HTTPStatus, form: Mapping[str, str], errors: Mapping[str, str]
) -> Response:
    return visit.bare_page(
        "setup.html",
        status=status,
        token=visit.asked("token"),
        form=form,
        errors=errors,
        time_zones=list_time_zones(),
        password_length_min=rules.PASSWORD_CHARACTERS.start,
    )


PAGES = (Page(path="/setup", get=show, post=set_up, is_open=True),)
