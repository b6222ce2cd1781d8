"""Who belongs to an organisation: invited, let in, given a role, let go. And its projects.

Invariant: somebody who may administer always stays, and whoever goes or changes is signed out.
"""

from datetime import datetime

from beckon.domain.accounts import queries, rules, writes
from beckon.domain.accounts.actions import audit
from beckon.domain.accounts.model import (
    Invite,
    InviteId,
    InviteState,
    Member,
    OrganisationId,
    Person,
    PersonId,
    Project,
    ProjectId,
    Role,
    Session,
)
from beckon.kit.addresses import check_email, email_key
from beckon.kit.ids import digest_of
from beckon.kit.refusals import Conflict
from beckon.kit.time_zones import check_time_zone
from beckon.storage.schema import Tx, lock_names

CREATED, RESENT = "invite.created", "invite.resent"


def invite(tx: Tx, by: Session, *, email: str, role: Role, token: str, now: datetime) -> Invite:
    """Invite somebody into the organisation under a fresh random token, for seven days.

    Raises Invalid, NotAllowed, Conflict for a member or one invited already, TooManyAttempts.
    """
    organisation_id = by.project.organisation_id
    rules.check_may_give(by.role, role)
    address = check_email(email, "email")
    _lock(tx, organisation_id)
    _check_often(tx, organisation_id, now)
    key = email_key(address)
    if any(email_key(one.email) == key for one in _members(tx, organisation_id)):
        raise Conflict("Somebody with this e-mail address is a member already.")
    known = queries.list_invites_any_project(tx, organisation_id, email_key=key)
    if any(rules.state_of(one, now) is InviteState.PENDING for one in known):
        raise Conflict("This e-mail address is invited already; resend or revoke that invite.")
    invite_id = writes.insert_invite_any_project(
        tx,
        organisation_id,
        email=address,
        email_key=key,
        role=role,
        digest=digest_of(token),
        now=now,
    )
    _audit(tx, by, CREATED, now, invite=invite_id, email=address, role=role)
    return queries.get_invite_any_project(tx, organisation_id, invite_id)


def resend(tx: Tx, by: Session, invite_id: InviteId, *, token: str, now: datetime) -> Invite:
    """Give an invitation another token and seven more days; the link before is void.

    Raises InviteUnknown, NotAllowed, TooManyAttempts, Conflict where it was accepted or revoked.
    """
    organisation_id = by.project.organisation_id
    _lock(tx, organisation_id)
    found = queries.get_invite_any_project(tx, organisation_id, invite_id)
    rules.check_may_give(by.role, found.role)
    _check_often(tx, organisation_id, now)
    is_open = writes.update_invite_any_project(
        tx, organisation_id, invite_id, digest=digest_of(token), sent_at=now
    )
    if not is_open:
        raise Conflict(f"This invite is {rules.state_of(found, now)}.")
    _audit(tx, by, RESENT, now, invite=invite_id, email=found.email)
    return queries.get_invite_any_project(tx, organisation_id, invite_id)


def revoke_invite(tx: Tx, by: Session, invite_id: InviteId, now: datetime) -> None:
    """Take an invitation back; again is harmless. Raises InviteUnknown, Conflict once accepted."""
    organisation_id = by.project.organisation_id
    rules.check_reach(by.role, Role.ADMIN)
    found = queries.get_invite_any_project(tx, organisation_id, invite_id)
    if found.accepted_at is not None:
        raise Conflict("This invite is ACCEPTED; remove the member instead.")
    if writes.update_invite_any_project(tx, organisation_id, invite_id, revoked_at=now):
        _audit(tx, by, "invite.revoked", now, invite=invite_id, email=found.email)


def look_at_invite(tx: Tx, token: str, now: datetime) -> tuple[Invite, Person | None]:
    """Give a live invitation and who signs in with its address already. Raises InviteInvalid."""
    found = queries.find_invite_any_project(tx, digest_of(token))
    if found is None or rules.state_of(found, now) is not InviteState.PENDING:
        raise rules.InviteInvalid("This invitation was used, taken back, or is too old.")
    return found, queries.find_person_any_project(tx, email_key(found.email))


def accept(tx: Tx, token: str, *, name: str, password_hash: str, now: datetime) -> Member:
    """Join by an invitation, which is used up. Who signs in already keeps name and password.

    `password_hash` of such a person was checked by the caller. Raises InviteInvalid, Invalid.
    """
    found, known = look_at_invite(tx, token, now)
    organisation_id = found.organisation_id
    _lock(tx, organisation_id)
    if not writes.update_invite_any_project(tx, organisation_id, found.id, accepted_at=now):
        raise rules.InviteInvalid("This invitation was used.")  # somebody was quicker
    person_id = known.id if known else _insert_person(tx, found, name, password_hash, now)
    if all(one.person_id != person_id for one in _members(tx, organisation_id)):
        writes.insert_member_any_project(tx, organisation_id, person_id, found.role)
    for project in queries.list_projects_of_organisation_any_project(tx, organisation_id)[:1]:
        audit(tx, project.id, found.email, "invite.accepted", now, invite=found.id, role=found.role)
    return queries.get_member_any_project(tx, organisation_id, person_id)


def change_role(tx: Tx, by: Session, person_id: PersonId, role: Role, now: datetime) -> Member:
    """Give a member another role; they are signed out, to come back with it.

    Raises MemberUnknown, NotAllowed, Conflict for the last who may administer.
    """
    organisation_id = by.project.organisation_id
    known = _lock_member(tx, by, person_id)
    rules.check_may_give(by.role, role)
    if known.role is role:
        return known
    after = [*_other_roles(tx, organisation_id, person_id), role]
    rules.check_stays_led(known.role, after)
    writes.update_member_role_any_project(tx, organisation_id, person_id, role)
    writes.delete_sessions_any_project(tx, person_id, organisation_id=organisation_id)
    _audit(tx, by, "member.changed", now, email=known.email, role=role, before=known.role)
    return queries.get_member_any_project(tx, organisation_id, person_id)


def remove(tx: Tx, by: Session, person_id: PersonId, now: datetime) -> None:
    """Let a member go, signed out at once. Raises what `change_role` raises."""
    organisation_id = by.project.organisation_id
    known = _lock_member(tx, by, person_id)
    rules.check_stays_led(known.role, _other_roles(tx, organisation_id, person_id))
    writes.delete_sessions_any_project(tx, person_id, organisation_id=organisation_id)
    writes.delete_member_any_project(tx, organisation_id, person_id)
    _audit(tx, by, "member.removed", now, email=known.email, role=known.role)


def found_project(tx: Tx, by: Session, *, name: str, time_zone: str, now: datetime) -> Project:
    """Add a project to the organisation. Raises Invalid, NotAllowed."""
    rules.check_reach(by.role, Role.ADMIN)
    project_id = writes.insert_project_any_project(
        tx,
        by.project.organisation_id,
        name=rules.check_name(name, "name"),
        time_zone=check_time_zone(time_zone, "timeZone"),
        now=now,
    )
    audit(tx, project_id, by.person.email, "project.created", now, name=name)
    return queries.get_project(tx, project_id)


def get_own_project(tx: Tx, by: Session, project_id: ProjectId) -> Project:
    """Return a project of the organisation. Raises ProjectUnknown for any other."""
    found = queries.get_project(tx, project_id)
    if found.organisation_id != by.project.organisation_id:
        raise queries.ProjectUnknown(f"There is no project {project_id}.")
    return found


def change_project(
    tx: Tx,
    by: Session,
    project_id: ProjectId,
    *,
    name: str | None,
    time_zone: str | None,
    now: datetime,
) -> Project:
    """Change what is given. Raises ProjectUnknown, Invalid, NotAllowed."""
    rules.check_reach(by.role, Role.ADMIN)
    get_own_project(tx, by, project_id)
    checked_name = None if name is None else rules.check_name(name, "name")
    checked_zone = None if time_zone is None else check_time_zone(time_zone, "timeZone")
    if checked_name is not None or checked_zone is not None:
        writes.update_project(tx, project_id, name=checked_name, time_zone=checked_zone)
        actor = by.person.email
        audit(tx, project_id, actor, "project.changed", now, name=name, time_zone=time_zone)
    return queries.get_project(tx, project_id)


def delete_project(tx: Tx, by: Session, project_id: ProjectId, now: datetime) -> None:
    """Take a project away: its keys are void, and whoever is in it finds themselves in another.

    What it holds is erased 30 days later. Raises ProjectUnknown, NotAllowed, Conflict for the
    organisation's only one. The caller holds its sending.
    """
    rules.check_reach(by.role, Role.ADMIN)
    organisation_id = by.project.organisation_id
    _lock(tx, organisation_id)
    gone = get_own_project(tx, by, project_id)
    projects = queries.list_projects_of_organisation_any_project(tx, organisation_id)
    others = [one for one in projects if one.id != project_id]
    if not others:
        raise Conflict("This is the organisation's only project; make another one first.")
    for key in queries.list_keys(tx, project_id):
        writes.update_key_revoked(tx, project_id, key.id, now)
    writes.update_sessions_moved(tx, project_id, others[0].id)
    writes.update_project_deleted(tx, project_id, now)
    for project in (gone, others[0]):
        audit(
            tx, project.id, by.person.email, "project.deleted", now, project=gone.id, name=gone.name
        )


def enter(tx: Tx, by: Session, token: str, project_id: ProjectId) -> Project:
    """Go on in another project that one may enter. Raises ProjectUnknown."""
    mine = queries.list_projects_of_person_any_project(tx, by.person.id)
    found = next((one for one in mine if one.id == project_id), None)
    if found is None:
        raise queries.ProjectUnknown(f"There is no project {project_id}.")
    writes.update_session_project(tx, project_id, digest_of(token))
    return found


def _insert_person(tx: Tx, found: Invite, name: str, password_hash: str, now: datetime) -> PersonId:
    return writes.insert_person_any_project(
        tx,
        email=found.email,
        email_key=email_key(found.email),
        name=rules.check_name(name, "name"),
        password_hash=password_hash,
        now=now,
    )


def _lock_member(tx: Tx, by: Session, person_id: PersonId) -> Member:
    """Find whom a change is about, and let nobody else change the team meanwhile."""
    organisation_id = by.project.organisation_id
    rules.check_reach(by.role, Role.ADMIN)
    _lock(tx, organisation_id)
    known = queries.get_member_any_project(tx, organisation_id, person_id)
    rules.check_may_give(by.role, known.role)
    return known


def _lock(tx: Tx, organisation_id: OrganisationId) -> None:
    lock_names(tx, [f"team {organisation_id}"])


def _check_often(tx: Tx, organisation_id: OrganisationId, now: datetime) -> None:
    since = now - rules.INVITES_WINDOW
    count = queries.count_acts_any_project(tx, organisation_id, [CREATED, RESENT], since=since)
    if count >= rules.INVITES_MAX:
        raise rules.TooManyAttempts(f"At most {rules.INVITES_MAX} invites an hour.")


def _members(tx: Tx, organisation_id: OrganisationId) -> list[Member]:
    return queries.list_members_any_project(tx, organisation_id)


def _other_roles(tx: Tx, organisation_id: OrganisationId, person_id: PersonId) -> list[Role]:
    return [one.role for one in _members(tx, organisation_id) if one.person_id != person_id]


def _audit(tx: Tx, by: Session, act: str, now: datetime, **details: object) -> None:
    audit(tx, by.project.id, by.person.email, act, now, **details)
