"""The team in the Retenshun vocabulary: members, roles, invitations. For people signed in alone."""

from functools import partial
from urllib.parse import quote

from msgspec import Struct

from beckon.api.call import Desk, DeskCall, Doorstep, Services
from beckon.api.retenshun.objects import Deleted, Listing, read_number
from beckon.api.times import write_moment
from beckon.domain.accounts import queries, rules, team
from beckon.domain.accounts.model import Invite, InviteId, Member, PersonId, Session
from beckon.kit.ids import new_token


class MemberObject(Struct, rename="camel"):
    """Somebody in the team."""

    id: str
    email: str
    role: str
    name: str
    created_at: str


class MemberList(Struct):
    """Reply to GET /team."""

    members: list[MemberObject]
    total: int


class ChangeMember(Struct):
    """Body of PUT /team/:id."""

    role: str


class InviteObject(Struct, rename="camel"):
    """An invitation."""

    id: str
    email: str
    role: str
    status: str
    created_at: str
    expires_at: str


class InviteList(Struct):
    """Reply to GET /team/invites."""

    invites: list[InviteObject]
    total: int


class CreateInvite(Struct):
    """Body of POST /team/invites."""

    email: str
    role: str


class Invited(Struct):
    """Reply to making and resending: the one time the link is shown; `mailed` by the relay."""

    invite: InviteObject
    link: str
    mailed: bool


class AcceptInvite(Struct):
    """Body of POST /team/invites/accept."""

    token: str
    name: str
    password: str


class Accepted(Struct):
    """Reply to POST /team/invites/accept."""

    member: MemberObject


def list_members(call: DeskCall, query: Listing) -> MemberList:
    """GET /team, longest known first."""
    found = queries.list_members_any_project(call.tx, call.session.project.organisation_id)
    return MemberList([_member(one) for one in query.cut(found)], len(found))


def get_member(call: DeskCall, member_id: str) -> MemberObject:
    """GET /team/:id."""
    organisation_id = call.session.project.organisation_id
    return _member(queries.get_member_any_project(call.tx, organisation_id, _person(member_id)))


def change_member(call: DeskCall, member_id: str, body: ChangeMember) -> MemberObject:
    """PUT and PATCH /team/:id: another role; 409 for the last ADMIN."""
    role = rules.read_role(body.role, "role")
    return _member(team.change_role(call.tx, call.session, _person(member_id), role, call.now))


def remove_member(call: DeskCall, member_id: str) -> Deleted:
    """DELETE /team/:id; 409 for the last ADMIN."""
    team.remove(call.tx, call.session, _person(member_id), call.now)
    return Deleted()


def list_invites(call: DeskCall, query: Listing) -> InviteList:
    """GET /team/invites, newest first, whatever became of them."""
    found = queries.list_invites_any_project(call.tx, call.session.project.organisation_id)
    return InviteList([_invite(one, call) for one in query.cut(found)], len(found))


def get_invite(call: DeskCall, invite_id: str) -> InviteObject:
    """GET /team/invites/:id."""
    organisation_id = call.session.project.organisation_id
    found = queries.get_invite_any_project(call.tx, organisation_id, _number(invite_id))
    return _invite(found, call)


async def create_invite(desk: Desk, body: CreateInvite) -> Invited:
    """POST /team/invites: the link goes out by mail and is shown to who invites."""
    role = rules.read_role(body.role, "role")
    token = new_token()
    inviting = partial(
        team.invite, by=desk.session, email=body.email, role=role, token=token, now=desk.now
    )
    return await _send(desk, await desk.services.state.write(inviting), token)


async def resend_invite(desk: Desk, invite_id: str) -> Invited:
    """POST /team/invites/:id/resend: a new link for seven days; the one before is void."""
    token = new_token()
    resending = partial(
        team.resend, by=desk.session, invite_id=_number(invite_id), token=token, now=desk.now
    )
    return await _send(desk, await desk.services.state.write(resending), token)


def revoke_invite(call: DeskCall, invite_id: str) -> Deleted:
    """DELETE /team/invites/:id: its status is REVOKED from then on."""
    team.revoke_invite(call.tx, call.session, _number(invite_id), call.now)
    return Deleted()


async def accept_invite(visitor: Doorstep, body: AcceptInvite) -> Accepted:
    """POST /team/invites/accept: who signs in here already joins with the password they have."""
    services = visitor.services
    looking = partial(team.look_at_invite, token=body.token, now=visitor.now)
    invite, known = await services.state.read(looking)
    if known is None:
        rules.check_name(body.name, "name")
        rules.check_password(body.password, invite.email)
        password_hash = await services.passwords.hash(body.password)
    else:
        if not await services.passwords.fits(body.password, known.password_hash):
            raise rules.SignInRefused("You sign in here already: give the password you have.")
        password_hash = known.password_hash
    accepting = partial(
        team.accept,
        token=body.token,
        name=body.name,
        password_hash=password_hash,
        now=visitor.now,
    )
    return Accepted(_member(await services.state.write(accepting)))


async def mail_invite(services: Services, by: Session, invite: Invite, link: str) -> bool:
    """Send an invitation by the installation's relay. False where there is none."""
    text = (
        f"{by.person.name} invites you to {by.project.organisation_name} on Beckon.\n\n"
        f"Come in by this link within seven days:\n{link}\n\n"
        "If you do not know why you get this, let it be: nothing happens then.\n"
    )
    return await services.post(
        invite.email, f"You are invited to {by.project.organisation_name}", text
    )


async def _send(desk: Desk, invite: Invite, token: str) -> Invited:
    link = f"{desk.services.base_url}/invite?token={quote(token)}"
    mailed = await mail_invite(desk.services, desk.session, invite, link)
    return Invited(_invite(invite, desk), link, mailed)


def _member(one: Member) -> MemberObject:
    return MemberObject(
        f"usr_{one.person_id}", one.email, one.role, one.name, write_moment(one.joined_at)
    )


def _invite(one: Invite, desk: Desk) -> InviteObject:
    return InviteObject(
        f"inv_{one.id}",
        one.email,
        one.role,
        rules.state_of(one, desk.now),
        write_moment(one.created_at),
        write_moment(one.sent_at + rules.INVITE_LIFE),
    )


def _person(member_id: str) -> PersonId:
    return PersonId(read_number("usr", member_id, "member"))


def _number(invite_id: str) -> InviteId:
    return InviteId(read_number("inv", invite_id, "invite"))
