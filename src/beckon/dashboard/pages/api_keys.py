"""API keys: made, shown once, revoked. Everybody sees the list; administrators change it."""

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus

from starlette.responses import Response

from beckon.dashboard import flashes
from beckon.dashboard.visits import Page, Visit, go_to, number_of
from beckon.domain.accounts import actions, queries, rules
from beckon.domain.accounts.model import KeyId, KeyKind, Scope
from beckon.domain.accounts.queries import KeyUnknown
from beckon.kit.refusals import Invalid

EMPTY = {"name": "", "type": KeyKind.SECRET.value, "scope": ""}


async def show(visit: Visit) -> Response:
    """Answer GET /api-keys."""
    return await _list(visit, HTTPStatus.OK, EMPTY, {})


async def create(visit: Visit) -> Response:
    """Answer POST /api-keys: the one page that ever shows the key."""
    visit.check_admin()
    form = await visit.form("name", "type", "scope")
    if errors := _errors(form):
        return await _list(visit, HTTPStatus.BAD_REQUEST, form, errors)
    new = await visit.house.state.write(
        partial(
            actions.create_key,
            project_id=visit.session.project.id,
            name=form["name"],
            kind=KeyKind(form["type"]),
            token=visit.house.new_token(),
            scope=_scope(form),
            actor=visit.session.person.email,
            now=visit.now,
        )
    )
    return visit.page("api_key_created.html", key=new, base_url=visit.house.base_url)


async def revoke(visit: Visit) -> Response:
    """Answer POST /api-keys/{id}/revoke."""
    visit.check_admin()
    number = number_of(visit.request.path_params["id"])
    if number is None:
        raise KeyUnknown("There is no such key.")
    await visit.house.state.write(
        partial(
            actions.revoke_key,
            project_id=visit.session.project.id,
            key_id=KeyId(number),
            actor=visit.session.person.email,
            now=visit.now,
        )
    )
    response = go_to("/api-keys")
    flashes.leave(response, flashes.KEY_REVOKED)
    return response


async def _list(
    visit: Visit, status: HTTPStatus, form: Mapping[str, str], errors: Mapping[str, str]
) -> Response:
    project_id = visit.session.project.id
    keys = await visit.house.state.read(lambda tx: queries.list_keys(tx, project_id))
    return visit.page(
        "api_keys.html",
        status=status,
        keys=sorted(keys, key=lambda key: key.revoked_at is not None),
        may_edit=visit.may_administer,
        form=form,
        errors=errors,
        scopes=list(Scope),
    )


def _errors(form: Mapping[str, str]) -> dict[str, str]:
    errors = {}
    try:
        rules.check_name(form["name"], "The name")
    except Invalid as refused:
        errors["name"] = refused.message
    if form["type"] not in list(KeyKind):
        errors["type"] = "Choose one of the two."
    else:
        try:
            _scope(form)
        except Invalid as refused:
            errors["scope"] = refused.message
    return errors


def _scope(form: Mapping[str, str]) -> Scope | None:
    return rules.read_scope(form["scope"] or None, KeyKind(form["type"]), "The scope")


PAGES = (
    Page(path="/api-keys", get=show, post=create),
    Page(path="/api-keys/{id}/revoke", post=revoke),
)
