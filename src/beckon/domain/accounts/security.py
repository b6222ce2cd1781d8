"""How a person proves who they are: password, second proof, sessions.

Invariant: no code counts twice, and whatever weakens or changes a proof ends all other sessions.
"""

from collections.abc import Sequence
from datetime import datetime

from beckon.domain.accounts import actions, queries, rules, writes
from beckon.domain.accounts.actions import audit
from beckon.domain.accounts.model import OpenSession, Person, Project, Session
from beckon.kit import totp
from beckon.kit.ids import digest_of
from beckon.kit.refusals import Conflict, Unknown
from beckon.storage.schema import Tx, lock_names
from beckon.storage.sealed import Vault

PURPOSE = "totp"
CODE_PLACE = "second proof"
AGAIN = "signed in"


class SessionUnknown(Unknown):
    """No such session of this person."""

    code = "session_unknown"


def needs_code(tx: Tx, person: Person) -> bool:
    """Tell whether a person signs in with a second proof."""
    found = queries.find_second_proof_any_project(tx, person.id)
    return found is not None and found.is_confirmed


def prove(tx: Tx, person: Person, code: str, vault: Vault, now: datetime) -> bool:
    """Take a code of the authenticator or a recovery code, each once.

    Raises TooManyAttempts after five tries in 15 minutes; the tries of one who failed are kept,
    so a wrong code is no refusal but False.
    """
    key = rules.sign_in_key(person.email)
    lock_names(tx, [f"code {person.id}"])
    tries = queries.count_sign_in_attempts_any_project(
        tx, key, address=CODE_PLACE, since=now - rules.SIGN_IN_WINDOW
    )
    if tries >= rules.CODE_TRIES_MAX:
        raise rules.TooManyAttempts("Too many codes. Wait 15 minutes and try again.")
    writes.insert_sign_in_attempt_any_project(tx, key, CODE_PLACE, now)
    word = "".join(code.split()).replace("-", "").lower()
    is_right = _is_fresh_code(tx, person, word, vault, now) or (
        writes.delete_recovery_code_any_project(tx, person.id, digest_of(word))
    )
    if is_right:
        writes.delete_sign_in_attempts_of_any_project(tx, key, CODE_PLACE)
    return is_right


def count_try(tx: Tx, person: Person, now: datetime) -> None:
    """Count a try to give the password again, while signed in. Raises TooManyAttempts."""
    actions.try_sign_in(tx, person.email, address=AGAIN, now=now)


def forgive_tries(tx: Tx, person: Person) -> None:
    """Forget those tries, for the last one was right."""
    actions.forgive_sign_in_tries(tx, person.email, address=AGAIN)


def enter(
    tx: Tx,
    person: Person,
    *,
    token: str,
    old_token: str | None,
    address: str,
    agent: str,
    now: datetime,
) -> Project:
    """Begin a session under a new token; the one this browser had before ends.

    Raises SignInRefused for who belongs to no project any more.
    """
    project = actions.enter_project(tx, person.id)
    if project is None:
        raise rules.SignInRefused("You are in no project any more. Ask whoever invited you.")
    actions.forgive_sign_in_tries(tx, person.email, address=address)
    if old_token:
        actions.end_session(tx, old_token)
    actions.begin_session(tx, project.id, person.id, token, now, address=address, agent=agent)
    audit(tx, project.id, person.email, "person.signed_in", now, address=address)
    return project


def note_refused(tx: Tx, person: Person | None, address: str, now: datetime) -> None:
    """Write down that somebody failed to sign in as a person there is."""
    project = None if person is None else actions.enter_project(tx, person.id)
    if person is not None and project is not None:
        audit(tx, project.id, person.email, "sign_in.refused", now, address=address)


def change_password(tx: Tx, by: Session, token: str, password_hash: str, now: datetime) -> None:
    """Keep another password; all sessions but this one end."""
    writes.update_password_any_project(tx, by.person.id, password_hash)
    writes.delete_sessions_any_project(tx, by.person.id, but=digest_of(token))
    audit(tx, by.project.id, by.person.email, "password.changed", now)


def list_sessions(tx: Tx, by: Session, now: datetime) -> list[OpenSession]:
    """List the sessions that still count, the latest seen first."""
    found = queries.list_sessions_any_project(tx, by.person.id)
    return [one for one in found if rules.is_session_live(one.created_at, one.seen_at, now)]


def end_sessions(tx: Tx, by: Session, token: str, named: str | None, now: datetime) -> None:
    """End one session, named by the beginning of its digest, or all but this one.

    Raises SessionUnknown.
    """
    if named is None:
        writes.delete_sessions_any_project(tx, by.person.id, but=digest_of(token))
    else:
        found = [
            one.digest
            for one in queries.list_sessions_any_project(tx, by.person.id)
            if name_of(one) == named
        ]
        if not found:
            raise SessionUnknown("There is no such session.")
        writes.delete_session_any_project(tx, found[0])
    audit(tx, by.project.id, by.person.email, "sessions.ended", now, all=named is None)


def name_of(session: OpenSession) -> str:
    """Name a session in an address; it opens nothing."""
    return session.digest.hex()[:16]


def begin_second_proof(tx: Tx, by: Session, secret: bytes, vault: Vault, now: datetime) -> None:
    """Keep an authenticator's secret until its first code comes. Raises Conflict if one is on."""
    if needs_code(tx, by.person):
        raise Conflict("A second proof is on already; turn it off first.")
    sealed = vault.seal(secret, PURPOSE)
    writes.replace_second_proof_any_project(tx, by.person.id, sealed, now)


def find_secret(tx: Tx, by: Session, vault: Vault) -> bytes | None:
    """Give the secret of an authenticator that is being set up; None once it counts."""
    found = queries.find_second_proof_any_project(tx, by.person.id)
    return None if found is None or found.is_confirmed else vault.open(found.sealed, PURPOSE)


def confirm_second_proof(
    tx: Tx,
    by: Session,
    code: str,
    *,
    token: str,
    recovery_codes: Sequence[str],
    vault: Vault,
    now: datetime,
) -> None:
    """Let the authenticator count, by its first code; other sessions end. Raises CodeRefused."""
    secret = find_secret(tx, by, vault)
    step = None if secret is None else totp.find_step(secret, "".join(code.split()), now)
    if step is None:
        raise rules.CodeRefused("This code is not right. Is the clock of your device?")
    writes.update_second_proof_any_project(tx, by.person.id, step=step, confirmed_at=now)
    words = [one.replace("-", "").lower() for one in recovery_codes]
    writes.insert_recovery_codes_any_project(tx, by.person.id, [digest_of(one) for one in words])
    writes.delete_sessions_any_project(tx, by.person.id, but=digest_of(token))
    audit(tx, by.project.id, by.person.email, "second_proof.on", now)


def end_second_proof(tx: Tx, by: Session, token: str, now: datetime) -> None:
    """Let the password be enough again; other sessions end."""
    writes.delete_second_proof_any_project(tx, by.person.id)
    writes.delete_sessions_any_project(tx, by.person.id, but=digest_of(token))
    audit(tx, by.project.id, by.person.email, "second_proof.off", now)


def _is_fresh_code(tx: Tx, person: Person, code: str, vault: Vault, now: datetime) -> bool:
    found = queries.find_second_proof_any_project(tx, person.id)
    if found is None or not found.is_confirmed:
        return False
    step = totp.find_step(vault.open(found.sealed, PURPOSE), code, now)
    return step is not None and writes.update_second_proof_any_project(tx, person.id, step=step)
