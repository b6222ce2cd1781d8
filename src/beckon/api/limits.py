"""How many requests in a time a project may make: a token bucket for each meter.

Counted in each process by itself.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from beckon.api.answers import Header
from beckon.api.call import Meter
from beckon.domain.accounts.model import ProjectId
from beckon.kit.values import Value

HOUR = 3600

DOCUMENTED = {
    Meter.EVENTS: (350, 1),
    Meter.PAST_EVENTS: (100, 1),
    Meter.PAST_EVENTS_DELETE: (5, 1),
    Meter.CONTACT_SEARCH: (50, 1),
    Meter.TOKEN_LOOKUP: (150, 1),
    Meter.HISTORY: (10, 1),
    Meter.STORED_MESSAGES: (500, HOUR),
    Meter.OTHER: (200, 1),
}
"""So many requests in so many seconds. Source: the rate limits both APIs document."""


@dataclass(slots=True)
class Bucket:
    """So many tokens were left at that moment."""

    tokens: float
    at: float


class Verdict(Value, frozen=True):
    """Whether a request may pass, and the headers that tell the caller where he stands."""

    passes: bool
    headers: tuple[Header, ...]


class Limits:
    """Lets so many requests of a project pass in a time, with a burst of that time's worth.

    `override` counts for every route, in a second; 0 lifts all limits. `monotonic` tells seconds.
    """

    def __init__(self, override: int | None, monotonic: Callable[[], float]) -> None:
        self._rates = DOCUMENTED if override is None else dict.fromkeys(Meter, (override, 1))
        self._monotonic = monotonic
        self._buckets: dict[tuple[ProjectId, Meter], Bucket] = {}

    def take(self, project_id: ProjectId, meter: Meter) -> Verdict:
        """Take one token. Headers as in draft-ietf-httpapi-ratelimit-headers, old and new."""
        quota, seconds = self._rates[meter]
        if quota == 0:
            return FREE
        now = self._monotonic()
        bucket = self._buckets.get((project_id, meter))
        if bucket is None:
            bucket = self._buckets[project_id, meter] = Bucket(quota, now)
        earned = (now - bucket.at) * quota / seconds
        bucket.tokens = min(quota, bucket.tokens + earned)
        bucket.at = now
        passes = bucket.tokens >= 1
        if passes:
            bucket.tokens -= 1
        return Verdict(passes, _headers(meter, quota, seconds, int(bucket.tokens), passes))


FREE = Verdict(passes=True, headers=())


def _headers(
    meter: Meter,
    quota: int,
    seconds: int,
    left: int,
    passes: bool,  # noqa: FBT001 - part of the verdict, no switch
) -> tuple[Header, ...]:
    wait = math.ceil(seconds / quota)
    told = (
        (b"ratelimit-policy", b'"%s";q=%d;w=%d' % (meter.encode(), quota, seconds)),
        (b"ratelimit", b'"%s";r=%d;t=%d' % (meter.encode(), left, wait)),
        (b"ratelimit-limit", b"%d" % quota),
        (b"ratelimit-remaining", b"%d" % left),
        (b"ratelimit-reset", b"%d" % wait),
    )
    return told if passes else (*told, (b"retry-after", b"%d" % wait))
