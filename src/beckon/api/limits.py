"""How many requests a second a project may make: a token bucket for each meter.

Counted in each process by itself.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from beckon.api.answers import Header
from beckon.api.call import Meter
from beckon.domain.accounts.model import ProjectId

DOCUMENTED = {Meter.EVENTS: 350, Meter.OTHER: 200}


@dataclass(slots=True)
class Bucket:
    """So many tokens were left at that moment."""

    tokens: float
    at: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a request may pass, and the headers that tell the caller where he stands."""

    passes: bool
    headers: tuple[Header, ...]


class Limits:
    """Lets `per_second` requests of a project pass, with a burst of one second's worth.

    `override` counts for every route; 0 lifts all limits. `monotonic` tells seconds.
    """

    def __init__(self, override: int | None, monotonic: Callable[[], float]) -> None:
        self._rates = DOCUMENTED if override is None else dict.fromkeys(Meter, override)
        self._monotonic = monotonic
        self._buckets: dict[tuple[ProjectId, Meter], Bucket] = {}

    def take(self, project_id: ProjectId, meter: Meter) -> Verdict:
        """Take one token. Headers as in draft-ietf-httpapi-ratelimit-headers, old and new."""
        rate = self._rates[meter]
        if rate == 0:
            return FREE
        now = self._monotonic()
        bucket = self._buckets.get((project_id, meter))
        if bucket is None:
            bucket = self._buckets[project_id, meter] = Bucket(rate, now)
        bucket.tokens = min(rate, bucket.tokens + (now - bucket.at) * rate)
        bucket.at = now
        passes = bucket.tokens >= 1
        if passes:
            bucket.tokens -= 1
        return Verdict(passes, _headers(meter, rate, int(bucket.tokens), passes=passes))


FREE = Verdict(passes=True, headers=())


def _headers(meter: Meter, rate: int, left: int, *, passes: bool) -> tuple[Header, ...]:
    wait = math.ceil(1 / rate)
    told = (
        (b"ratelimit-policy", b'"%s";q=%d;w=1' % (meter.encode(), rate)),
        (b"ratelimit", b'"%s";r=%d;t=%d' % (meter.encode(), left, wait)),
        (b"ratelimit-limit", b"%d" % rate),
        (b"ratelimit-remaining", b"%d" % left),
        (b"ratelimit-reset", b"%d" % wait),
    )
    return told if passes else (*told, (b"retry-after", b"%d" % wait))
