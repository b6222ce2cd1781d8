"""What can be done with accounts. Each action runs inside the caller's transaction."""

from dataclasses import dataclass, field
from datetime import datetime

from beckon.domain.accounts import queries, rules, writes
from beckon.domain.accounts.model import (
    KeyId,
    KeyKind,
    NewKey,
    OrganisationId,
    Person,
    PersonId,
    Project,
    ProjectId,
    Role,
    Scope,
    Session,
)
from beckon.kit.addresses import check_email, email_key
from beckon.kit.ids import digest_of
from beckon.kit.refusals import Conflict, Kind, Refusal
from beckon.kit.time_zones import check_time_zone
from beckon.storage.schema import Tx, lock_names


class SetupLinkInvalid(Refusal):
    """A set-up link that was used, is too old, or never was."""

    kind = Kind.FORBIDDEN
    code = "setup_link_invalid"


@dataclass(frozen=True, slots=True)
class FirstPerson:
    """What the set-up page asks for; the password comes already hashed."""

    organisation: str
    project: str
    time_zone: str
    name: str
    email: str
    password_hash: str = field(repr=False)


def create_project(
    tx: Tx, *, organisation: str, name: str, time_zone: str, now: datetime
) -> ProjectId:
    """Make a project in a new organisation. Raises Invalid for a bad name or time zone."""
    organisation_id = writes.insert_organisation_any_project(
        tx, rules.check_name(organisation, "organisation"), now
    )
    return writes.insert_project_any_project(
        tx,
        organisation_id,
        name=rules.check_name(name, "project"),
        time_zone=check_time_zone(time_zone, "time zone"),
        now=now,
    )


def set_retention(tx: Tx, project_id: ProjectId, days: int | None) -> None:
    """Let a project keep events for so many days after they came in; None: for good.

    Raises Invalid.
    """
    writes.update_retention(tx, project_id, rules.check_retention(days))


def allow_past_deletion(
    tx: Tx, project_id: ProjectId, *, is_allowed: bool, actor: str, now: datetime
) -> None:
    """Let keys delete the events of a period, or no more; a project begins without."""
    writes.update_past_deletion(tx, project_id, is_allowed=is_allowed)
    audit(tx, project_id, actor, "project.past_deletion", now, allowed=is_allowed)


def choose_repeats(
    tx: Tx, project_id: ProjectId, *, are_refused: bool, actor: str, now: datetime
) -> None:
    """Have identical requests about a contact refused, or answered like the first: the default."""
    writes.update_repeats(tx, project_id, are_refused=are_refused)
    audit(tx, project_id, actor, "project.repeats", now, refused=are_refused)


def create_person(
    tx: Tx,
    organisation_id: OrganisationId,
    *,
    email: str,
    name: str,
    password_hash: str,
    role: Role,
    now: datetime,
) -> PersonId:
    """Let somebody sign in for an organisation. Raises Invalid, Conflict for a known address."""
    address = check_email(email, "email")
    if queries.find_person_any_project(tx, email_key(address)) is not None:
        raise Conflict("Somebody already signs in with this e-mail address.")
    person_id = writes.insert_person_any_project(
        tx,
        email=address,
        email_key=email_key(address),
        name=rules.check_name(name, "name"),
        password_hash=password_hash,
        now=now,
    )
    writes.insert_member_any_project(tx, organisation_id, person_id, role)
    return person_id


def offer_setup(tx: Tx, token: str, now: datetime) -> bool:
    """Make `token` the one set-up link that counts. False when somebody can sign in already."""
    if queries.has_people_any_project(tx):
        return False
    writes.insert_setup_link_any_project(tx, digest_of(token), now)
    return True


def check_setup(tx: Tx, token: str, now: datetime) -> None:
    """Let a live set-up link pass. Raises SetupLinkInvalid, also once somebody can sign in."""
    made_at = queries.find_setup_link_any_project(tx, digest_of(token))
    is_live = made_at is not None and now - made_at <= rules.SETUP_LINK_LIFE
    if not is_live or queries.has_people_any_project(tx):
        raise SetupLinkInvalid(
            "This set-up link was used or is too old. Restart Beckon for a new one."
        )


def set_up(tx: Tx, token: str, first: FirstPerson, now: datetime) -> tuple[ProjectId, PersonId]:
    """Make the first person, organisation and project; the link is used up.

    Raises SetupLinkInvalid, and Invalid for a field that cannot be taken.
    """
    check_setup(tx, token, now)
    if not writes.delete_setup_links_any_project(tx):  # somebody else used it this moment
        raise SetupLinkInvalid("This set-up link was used.")
    project_id = create_project(
        tx,
        organisation=first.organisation,
        name=first.project,
        time_zone=first.time_zone,
        now=now,
    )
    person_id = create_person(
        tx,
        queries.get_project(tx, project_id).organisation_id,
        email=first.email,
        name=first.name,
        password_hash=first.password_hash,
        role=Role.OWNER,
        now=now,
    )
    return project_id, person_id


def create_key(
    tx: Tx,
    project_id: ProjectId,
    *,
    name: str,
    kind: KeyKind,
    token: str,
    actor: str,
    now: datetime,
    scope: Scope | None = None,
) -> NewKey:
    """Make a key from a random token; the secret is in the answer and nowhere else."""
    secret = rules.spell_key(kind, token)
    key_id = writes.insert_key(
        tx,
        project_id,
        name=rules.check_name(name, "name"),
        kind=kind,
        prefix=rules.prefix_of(secret),
        digest=digest_of(secret),
        scope=scope,
        now=now,
    )
    audit(tx, project_id, actor, "key.created", now, key=key_id, name=name, kind=kind, scope=scope)
    return NewKey(queries.get_key(tx, project_id, key_id), secret)


def revoke_key(tx: Tx, project_id: ProjectId, key_id: KeyId, *, actor: str, now: datetime) -> None:
    """Make a key void for good. Raises KeyUnknown; again is harmless."""
    key = queries.get_key(tx, project_id, key_id)
    if key.revoked_at is None:
        writes.update_key_revoked(tx, project_id, key_id, now)
        audit(tx, project_id, actor, "key.revoked", now, key=key_id, name=key.name)


def note_key_use(tx: Tx, project_id: ProjectId, key_id: KeyId, now: datetime) -> None:
    """Note that a key let somebody in."""
    writes.update_key_used(tx, project_id, key_id, now)


def try_sign_in(tx: Tx, email: str, *, address: str, now: datetime) -> Person | None:
    """Count a try against person and network address, and look up who it may be.

    Raises TooManyAttempts after 10 tries in 15 minutes. A try counts before its password is looked
    at, so that many at once win nothing; `forgive_sign_in_tries` takes back what succeeded.
    """
    key = rules.sign_in_key(email)
    # Two tries at once would not see each other; one waits for the other instead.
    lock_names(tx, [f"sign-in {key} {address}"])
    tries = queries.count_sign_in_attempts_any_project(
        tx, key, address=address, since=now - rules.SIGN_IN_WINDOW
    )
    if tries >= rules.SIGN_IN_ATTEMPTS_MAX:
        raise rules.TooManyAttempts("Too many tries. Wait 15 minutes and try again.")
    writes.delete_sign_in_attempts_any_project(tx, now - rules.SIGN_IN_WINDOW)
    writes.insert_sign_in_attempt_any_project(tx, key, address, now)
    return queries.find_person_any_project(tx, email_key(email))


def forgive_sign_in_tries(tx: Tx, email: str, *, address: str) -> None:
    """Forget a person's tries from a network address, for the last one was right."""
    writes.delete_sign_in_attempts_of_any_project(tx, rules.sign_in_key(email), address)


def begin_session(
    tx: Tx,
    project_id: ProjectId,
    person_id: PersonId,
    token: str,
    now: datetime,
    *,
    address: str | None = None,
    agent: str | None = None,
) -> None:
    """Open a session under a fresh random token. `address` and `agent` tell it from others."""
    writes.insert_session(
        tx,
        project_id,
        person_id,
        digest_of(token),
        address=address,
        agent=None if agent is None else agent[: rules.AGENT_CHARACTERS_MAX],
        now=now,
    )


def find_session(tx: Tx, token: str, now: datetime) -> Session | None:
    """Find who is signed in by this token; None when it ended or never was."""
    session = queries.find_session_any_project(tx, digest_of(token))
    if session is None or not rules.is_session_live(session.created_at, session.seen_at, now):
        return None
    return session


def touch_session(tx: Tx, token: str, now: datetime) -> None:
    """Keep a session from falling asleep."""
    writes.update_session_seen_any_project(tx, digest_of(token), now)


def end_session(tx: Tx, token: str) -> None:
    """Sign out."""
    writes.delete_session_any_project(tx, digest_of(token))


def enter_project(tx: Tx, person_id: PersonId) -> Project | None:
    """Choose the project a person lands in: the oldest of theirs."""
    projects = queries.list_projects_of_person_any_project(tx, person_id)
    return projects[0] if projects else None


def audit(
    tx: Tx, project_id: ProjectId, actor: str, act: str, now: datetime, **details: object
) -> None:
    """Write down for good who did what, such as `key.created`; `details` never hold a secret."""
    writes.insert_audit_entry(tx, project_id, actor=actor, act=act, details=details, now=now)
