"""The team: members, roles, invitations. Everybody sees who is in it; administrators change it."""

from http import HTTPStatus
from urllib.parse import quote

from starlette.responses import Response

from beckon.dashboard.visits import Page, Visit, go_to, number_of
from beckon.domain.accounts import queries, rules, team
from beckon.domain.accounts.model import Invite, InviteId, InviteState, Member, PersonId, Role
from beckon.kit.refusals import Refusal, Unknown
from beckon.storage.schema import Tx


async def show(visit: Visit) -> Response:
    """Answer GET /team."""
    return await _page(visit, HTTPStatus.OK)


async def invite(visit: Visit) -> Response:
    """Answer POST /team: the one page that ever shows the link."""
    visit.check_admin()
    form = await visit.form("email", "role")
    token = visit.house.new_token()
    try:
        role = rules.read_role(form["role"], "The role")

        def make(tx: Tx) -> Invite:
            return team.invite(
                tx, visit.session, email=form["email"], role=role, token=token, now=visit.now
            )

        await visit.house.state.write(make)
    except Refusal as refused:
        return await _page(
            visit, HTTPStatus.BAD_REQUEST, error=refused.message, email=form["email"]
        )
    return await _page(visit, HTTPStatus.OK, link=_link(visit, token))


async def change(visit: Visit) -> Response:
    """Answer POST /team/{id}: another role, or gone for `remove`."""
    visit.check_admin()
    form = await visit.form("role")
    person_id = PersonId(_number(visit))

    def act(tx: Tx) -> None:
        if form["role"] == "remove":
            team.remove(tx, visit.session, person_id, visit.now)
        else:
            role = rules.read_role(form["role"], "The role")
            team.change_role(tx, visit.session, person_id, role, visit.now)

    await visit.house.state.write(act)
    return go_to("/team")


async def revoke(visit: Visit) -> Response:
    """Answer POST /team/invites/{id}/revoke."""
    visit.check_admin()
    invite_id = InviteId(_number(visit))
    await visit.house.state.write(
        lambda tx: team.revoke_invite(tx, visit.session, invite_id, visit.now)
    )
    return go_to("/team")


def _link(visit: Visit, token: str) -> str:
    return f"{visit.house.base_url}/invite?token={quote(token)}"


def _number(visit: Visit) -> int:
    number = number_of(visit.request.path_params["id"])
    if number is None:
        raise Unknown("There is nothing of that number.")
    return number


async def _page(
    visit: Visit, status: HTTPStatus, *, error: str | None = None, email: str = "", link: str = ""
) -> Response:
    organisation_id = visit.session.project.organisation_id

    def read(tx: Tx) -> tuple[list[Member], list[Invite]]:
        return (
            queries.list_members_any_project(tx, organisation_id),
            queries.list_invites_any_project(tx, organisation_id),
        )

    members, invites = await visit.house.state.read(read)
    pending = [one for one in invites if rules.state_of(one, visit.now) is InviteState.PENDING]
    return visit.page(
        "team.html",
        status=status,
        members=members,
        invites=pending if visit.may_administer else [],
        roles=list(Role),
        may_edit=visit.may_administer,
        own_id=visit.session.person.id,
        error=error,
        email=email,
        link=link,
    )


PAGES = (
    Page(path="/team", get=show, post=invite),
    Page(path="/team/{id}", post=change),
    Page(path="/team/invites/{id}/revoke", post=revoke),
)
