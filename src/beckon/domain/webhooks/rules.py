"""What a webhook may ask for, and when what failed is tried again. Pure."""

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta

from beckon.domain.contacts.model import Channel
from beckon.domain.webhooks.model import Happened, Notice, Outcome
from beckon.kit.refusals import Conflict, Invalid
from beckon.kit.texts import is_line

WEBHOOKS_MAX = 20
SECRET_BYTES = 32
KEPT_FOR = timedelta(days=30)
LEASE = timedelta(minutes=1)
WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""Source: the schedule Standard Webhooks 1.0 advises; about three days in all."""

JITTER = 0.2
PUSHES = (Channel.PUSH, Channel.WEB_PUSH)
"""Whose providers only pass on: `SENT` first, and `DELIVERED` where the app says so."""

OK = 200
GONE = 410
LOGIN_CHARACTERS_MAX = 200


def next_try(attempts: int, now: datetime, dice: float) -> datetime | None:
    """Tell when to try again after so many tries; None once they are spent.

    `dice` from 0 to 1 spreads the waits by up to a fifth, so that what failed together does not
    come back together.
    """
    if attempts > len(WAITS):
        return None
    wait = WAITS[attempts - 1]
    return now + wait * (1 + JITTER * (2 * dice - 1))


def is_exported(notice: Notice) -> bool:
    """Tell whether an export tells of something: what a provider took counts as delivered.

    Of mail it is told once: a later word of the provider that it arrived is no second delivery.
    """
    if notice.event is not Happened.DELIVERED:
        return True
    return notice.data.get("channel") in PUSHES


def next_activity_try(attempts: int, now: datetime) -> datetime:
    """Tell when to try an export again: after 1, 2, 4, 8 … minutes, up to hourly, without end.

    Source: Reteno, webhooks.
    """
    return now + min(timedelta(minutes=2 ** min(attempts - 1, 6)), timedelta(hours=1))


def is_taken(outcome: Outcome, *, is_activity: bool) -> bool:
    """Tell whether the receiver took it: by a 2xx, of an export by 200 alone."""
    return outcome.status == OK if is_activity else outcome.is_success


def check_login(text: str | None, field: str) -> str | None:
    """Check a login. Raises Invalid unless it is `user:password` of at most 200 characters."""
    if text is None:
        return None
    if ":" not in text or len(text) > LOGIN_CHARACTERS_MAX or not is_line(text):
        raise Invalid(
            f"{field} must be user:password, of at most {LOGIN_CHARACTERS_MAX} characters."
        )
    return text


def write_secret(random: bytes) -> str:
    """Write random bytes as a secret in the form of Standard Webhooks."""
    return "whsec_" + b64encode(random).decode()


def check_events(names: Sequence[str], field: str) -> tuple[Happened, ...]:
    """Read what a webhook is to be told of; nothing means everything. Raises Invalid."""
    for place, name in enumerate(names):
        if name not in list(Happened):
            raise Invalid(f"{field}[{place}] must be one of {', '.join(Happened)}.")
    return tuple(dict.fromkeys(Happened(name) for name in names))


def check_room(count: int) -> None:
    """Raise Conflict where a project has as many webhooks as it may."""
    if count >= WEBHOOKS_MAX:
        raise Conflict(f"A project may have at most {WEBHOOKS_MAX} webhooks.")


def wants(events: Sequence[Happened], event: Happened) -> bool:
    """Tell whether a webhook is to be told of something."""
    return not events or event in events
