"""What a webhook may ask for, and when what failed is tried again. Pure."""

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta

from beckon.domain.webhooks.model import Happened
from beckon.kit.refusals import Conflict, Invalid

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
GONE = 410


def next_try(attempts: int, now: datetime, dice: float) -> datetime | None:
    """Tell when to try again after so many tries; None once they are spent.

    `dice` from 0 to 1 spreads the waits by up to a fifth, so that what failed together does not
    come back together.
    """
    if attempts > len(WAITS):
        return None
    wait = WAITS[attempts - 1]
    return now + wait * (1 + JITTER * (2 * dice - 1))


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
