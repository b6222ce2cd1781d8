"""The Retenshun operations for people who are signed in: team, keys, projects, audit, sign-in."""

from functools import partial

from beckon.api.call import Access, Face, Route
from beckon.api.retenshun import audit, auth, keys, projects, team
from beckon.api.retenshun.objects import Deleted, Listing
from beckon.domain.accounts.model import Role

_route = partial(Route, face=Face.RETENSHUN, access=Access.SESSION)
_auth = partial(_route, tag="Sign-in")
_team = partial(_route, tag="Team")
_lead = partial(_team, role=Role.ADMIN)
_key = partial(_route, tag="API keys")
_project = partial(_route, tag="Projects")
_open = partial(Route, face=Face.RETENSHUN, access=Access.OPEN, is_outside=True)

ROUTES = (
    _open(
        "POST",
        "/api/v1/auth/login",
        auth.log_in,
        "Sign in",
        tag="Sign-in",
        body=auth.Login,
        reply=auth.LoggedIn,
        example={"email": "ada@example.com", "password": "a sentence to go in by"},
    ),
    _auth(
        "POST",
        "/api/v1/auth/logout",
        auth.log_out,
        "Sign out",
        reply=auth.LoggedOut,
        is_outside=True,
    ),
    _auth("GET", "/api/v1/auth/me", auth.get_me, "Who is signed in", reply=auth.Me),
    _team(
        "GET",
        "/api/v1/team",
        team.list_members,
        "List members",
        query=Listing,
        reply=team.MemberList,
    ),
    _team(
        "GET", "/api/v1/team/{member_id}", team.get_member, "Get a member", reply=team.MemberObject
    ),
    *(
        _lead(
            verb,
            "/api/v1/team/{member_id}",
            team.change_member,
            "Change a member's role",
            body=team.ChangeMember,
            reply=team.MemberObject,
            example={"role": "ADMIN"},
        )
        for verb in ("PUT", "PATCH")
    ),
    _lead(
        "DELETE", "/api/v1/team/{member_id}", team.remove_member, "Remove a member", reply=Deleted
    ),
    _lead(
        "GET",
        "/api/v1/team/invites",
        team.list_invites,
        "List invites",
        query=Listing,
        reply=team.InviteList,
    ),
    _lead(
        "POST",
        "/api/v1/team/invites",
        team.create_invite,
        "Invite somebody",
        body=team.CreateInvite,
        reply=team.Invited,
        is_outside=True,
        example={"email": "teammate@example.com", "role": "MEMBER"},
    ),
    _lead(
        "GET",
        "/api/v1/team/invites/{invite_id}",
        team.get_invite,
        "Get an invite",
        reply=team.InviteObject,
    ),
    _lead(
        "DELETE",
        "/api/v1/team/invites/{invite_id}",
        team.revoke_invite,
        "Revoke an invite",
        reply=Deleted,
    ),
    _lead(
        "POST",
        "/api/v1/team/invites/{invite_id}/resend",
        team.resend_invite,
        "Resend an invite",
        reply=team.Invited,
        is_outside=True,
    ),
    _open(
        "POST",
        "/api/v1/team/invites/accept",
        team.accept_invite,
        "Accept an invite",
        tag="Team",
        body=team.AcceptInvite,
        reply=team.Accepted,
        example={"token": "…", "name": "Ada", "password": "a sentence to go in by"},
    ),
    _key(
        "GET",
        "/api/v1/api-keys",
        keys.list_keys,
        "List API keys",
        query=Listing,
        reply=keys.KeyList,
    ),
    _key("GET", "/api/v1/api-keys/{key_id}", keys.get_key, "Get an API key", reply=keys.KeyObject),
    _key(
        "POST",
        "/api/v1/api-keys",
        keys.create_key,
        "Create an API key",
        role=Role.ADMIN,
        body=keys.CreateKey,
        reply=keys.CreatedKey,
        example={"name": "Production", "type": "secret"},
    ),
    _key(
        "DELETE",
        "/api/v1/api-keys",
        keys.delete_named_key,
        "Revoke an API key",
        role=Role.ADMIN,
        body=keys.DeleteKey,
        reply=Deleted,
        example={"id": "key_1"},
    ),
    _key(
        "DELETE",
        "/api/v1/api-keys/{key_id}",
        keys.delete_key,
        "Revoke an API key by its address",
        role=Role.ADMIN,
        reply=Deleted,
    ),
    _project(
        "GET",
        "/api/v1/projects",
        projects.list_projects,
        "List projects",
        query=Listing,
        reply=projects.ProjectList,
    ),
    _project(
        "POST",
        "/api/v1/projects",
        projects.create_project,
        "Create a project",
        role=Role.ADMIN,
        body=projects.CreateProject,
        reply=projects.ProjectObject,
        example={"name": "Shop", "timeZone": "Europe/Kyiv"},
    ),
    _project(
        "GET",
        "/api/v1/projects/{project_id}",
        projects.get_project,
        "Get a project",
        reply=projects.ProjectObject,
    ),
    *(
        _project(
            verb,
            "/api/v1/projects/{project_id}",
            projects.change_project,
            "Change a project",
            role=Role.ADMIN,
            body=projects.ChangeProject,
            reply=projects.ProjectObject,
            example={"name": "Shop EU"},
        )
        for verb in ("PUT", "PATCH")
    ),
    _project(
        "DELETE",
        "/api/v1/projects/{project_id}",
        projects.delete_project,
        "Delete a project",
        role=Role.ADMIN,
        reply=Deleted,
    ),
    _project(
        "POST",
        "/api/v1/projects/{project_id}/enter",
        projects.enter_project,
        "Go on in another project",
        reply=projects.ProjectObject,
    ),
    _route(
        "GET",
        "/api/v1/audit",
        audit.list_audit,
        "List who did what",
        tag="Audit",
        role=Role.ADMIN,
        query=audit.AuditAsked,
        reply=audit.AuditList,
    ),
)
