"""Who may come in, and what a key, a name and a password must look like."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from beckon.domain.accounts.common_passwords import COMMON_PASSWORDS
from beckon.domain.accounts.model import (
    Invite,
    InviteState,
    Key,
    KeyKind,
    Right,
    Role,
    Scope,
)
from beckon.kit.addresses import EMAIL_CHARACTERS_MAX, email_key
from beckon.kit.refusals import Conflict, Invalid, Kind, Refusal
from beckon.kit.texts import is_line

NAME_CHARACTERS_MAX = 100
PASSWORD_CHARACTERS = range(8, 257)
PREFIX_CHARACTERS = 11
SESSION_IDLE = timedelta(hours=12)
SESSION_LIFE = timedelta(days=14)
SESSION_SEEN_EVERY = timedelta(minutes=5)
SETUP_LINK_LIFE = timedelta(days=7)
SIGN_IN_WINDOW = timedelta(minutes=15)
SIGN_IN_ATTEMPTS_MAX = 10
RETENTION_DAYS_MAX = 3650
INVITE_LIFE = timedelta(days=7)
INVITES_WINDOW = timedelta(hours=1)
INVITES_MAX = 20
CODE_TRIES_MAX = 5
AGENT_CHARACTERS_MAX = 200
RECOVERY_CODES = 10
DELETED_FOR = timedelta(days=30)

_REACH = {Role.VIEWER: 0, Role.MEMBER: 1, Role.ADMIN: 2, Role.OWNER: 3}
_SCOPES = {
    Scope.EVENTS: {Right.GENERAL, Right.EVENTS},
    Scope.CONTACTS: {Right.GENERAL, Right.EVENTS, Right.CONTACTS_READ, Right.CONTACTS_CHANGE},
    Scope.CONTACTS_CHANGE: {Right.GENERAL, Right.EVENTS, Right.CONTACTS_CHANGE},
    Scope.MESSAGES: {Right.GENERAL, Right.MESSAGES},
}
"""Source: Reteno, key scopes."""

_BEGINNINGS = {KeyKind.PUBLIC: "pk_live_", KeyKind.SECRET: "sk_live_"}


class KeyInvalid(Refusal):
    """No such key, or a revoked one; which of the two is nobody's business."""

    kind = Kind.UNPROVEN
    code = "key_invalid"


class SignInRefused(Refusal):
    """Wrong address or password; the answer is the same for both."""

    kind = Kind.UNPROVEN
    code = "sign_in_refused"


class TooManyAttempts(Refusal):
    """Somebody is guessing this person's password from this address."""

    kind = Kind.LIMITED
    code = "too_many_attempts"


class NotAllowed(Refusal):
    """The person's role does not reach so far."""

    kind = Kind.FORBIDDEN
    code = "not_allowed"


class CodeRefused(Refusal):
    """The second proof is missing or wrong; the password was right."""

    kind = Kind.UNPROVEN
    code = "code_refused"


class InviteInvalid(Refusal):
    """An invitation that was used, taken back, is too old, or never was."""

    kind = Kind.FORBIDDEN
    code = "invite_invalid"


def reaches(role: Role, needed: Role) -> bool:
    """Tell whether a role may what `needed` may."""
    return _REACH[role] >= _REACH[needed]


def may(key: Key, right: Right) -> bool:
    """Tell whether a secret key reaches so far."""
    return key.scope is None or right in _SCOPES[key.scope]


def read_scope(name: str | None, kind: KeyKind, field: str) -> Scope | None:
    """Read how far a key reaches; None: everywhere. Raises Invalid, also for a public key's."""
    if name is None:
        return None
    if name not in list(Scope):
        raise Invalid(f"{field} must be one of {', '.join(Scope)}, or left out.")
    if kind is not KeyKind.SECRET:
        raise Invalid(f"{field}: only a secret key has a scope.")
    return Scope(name)


def check_reach(role: Role, needed: Role) -> None:
    """Raise NotAllowed unless a role may what `needed` may."""
    if not reaches(role, needed):
        raise NotAllowed(f"Only {needed} or above may do this.")


def check_may_give(giver: Role, role: Role) -> None:
    """Let a role be given or taken. Raises NotAllowed: owners are made by owners alone."""
    check_reach(giver, Role.OWNER if role is Role.OWNER else Role.ADMIN)


def check_stays_led(before: Role, after: Sequence[Role]) -> None:
    """Raise Conflict unless somebody may administer, and own where this one owned, afterwards."""
    if not any(reaches(role, Role.ADMIN) for role in after):
        raise Conflict("This is the last ADMIN; make somebody else one first.")
    if before is Role.OWNER and Role.OWNER not in after:
        raise Conflict("This is the last OWNER; make somebody else one first.")


def read_role(name: str, field: str) -> Role:
    """Read a role. Raises Invalid naming all there are."""
    if name not in list(Role):
        raise Invalid(f"{field} must be one of {', '.join(Role)}.")
    return Role(name)


def state_of(invite: Invite, now: datetime) -> InviteState:
    """Tell how an invitation stands; it lives seven days from when it was last sent."""
    if invite.accepted_at is not None:
        return InviteState.ACCEPTED
    if invite.revoked_at is not None:
        return InviteState.REVOKED
    return InviteState.EXPIRED if now - invite.sent_at >= INVITE_LIFE else InviteState.PENDING


def spell_key(kind: KeyKind, token: str) -> str:
    """Write a key as its owner sees it: `sk_live_…` or `pk_live_…`."""
    return _BEGINNINGS[kind] + token


def prefix_of(secret: str) -> str:
    """Cut the part of a key that may be shown and logged, 11 characters."""
    return secret[:PREFIX_CHARACTERS] + "..."


def check_name(name: str, field: str) -> str:
    """Trim a name. Raises Invalid unless 1 to 100 printable characters are left."""
    trimmed = name.strip()
    if not 0 < len(trimmed) <= NAME_CHARACTERS_MAX:
        raise Invalid(f"{field} must have 1 to {NAME_CHARACTERS_MAX} characters.")
    if not is_line(trimmed):
        raise Invalid(f"{field} must not hold control characters.")
    return trimmed


def check_password(password: str, email: str) -> str:
    """Take a password of 8 to 256 characters. Raises Invalid for short, common, or the address.

    Source: OWASP ASVS 5.0, 6.2: length and a list of the commonest, no composition rules.
    """
    if len(password) not in PASSWORD_CHARACTERS:
        raise Invalid("password must have 8 to 256 characters; a sentence is easy to remember.")
    if password.casefold() in COMMON_PASSWORDS or password.casefold() == email_key(email):
        raise Invalid("password is one of the first that anybody would try; choose another.")
    return password


def sign_in_key(email: str) -> str:
    """Give the form under which tries are counted; beyond any address's length it is cut."""
    return email_key(email)[:EMAIL_CHARACTERS_MAX]


def is_session_to_touch(seen_at: datetime, now: datetime) -> bool:
    """Tell whether it is time to note again that a session is used: every five minutes."""
    return now - seen_at >= SESSION_SEEN_EVERY


def is_session_live(created_at: datetime, seen_at: datetime, now: datetime) -> bool:
    """Tell whether a session still counts: seen within 12 hours, begun within 14 days."""
    return now - seen_at < SESSION_IDLE and now - created_at < SESSION_LIFE


def check_retention(days: int | None) -> int | None:
    """Raise Invalid unless events are kept for 1 to 3650 days, or (None) for good."""
    if days is not None and not 1 <= days <= RETENTION_DAYS_MAX:
        raise Invalid(f"Events are kept for 1 to {RETENTION_DAYS_MAX} days, or for good.")
    return days
