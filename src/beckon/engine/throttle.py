"""How fast one provider may carry letters to one group of domains; slower where that is asked.

"Unusual rate" twice in an hour halves the rate, five times in an hour suspends for one. Source:
the shaping rules that large senders publish (KumoMTA).
"""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

HOUR = timedelta(hours=1)
LOOK_AGAIN = timedelta(milliseconds=200)
SLOWER_AFTER = 2
SUSPENDED_AFTER = 5
RATE_MIN = 0.1
LEFT_MAX = 10_000
"""How many departures are remembered: no limit is finer than so many a second."""

RECOVERS_EVERY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Limits:
    """At most so many letters a second, and so many under way at once; None bounds nothing."""

    per_second: float | None = None
    at_once: int | None = None


class Throttle:
    """Counts what leaves, a second at a time, and what is under way."""

    def __init__(self) -> None:
        self._left: deque[datetime] = deque(maxlen=LEFT_MAX)
        self._under_way = 0
        self._complaints: deque[datetime] = deque(maxlen=SUSPENDED_AFTER)
        self._rate: float | None = None
        self._slowed_at: datetime | None = None
        self._suspended_until: datetime | None = None

    def wait_until(self, now: datetime, limits: Limits) -> datetime | None:
        """Tell until when a letter has to wait; None where it may go."""
        if self._suspended_until is not None and now < self._suspended_until:
            return self._suspended_until
        if limits.at_once is not None and self._under_way >= limits.at_once:
            return now + LOOK_AGAIN
        rate = self._allowed(now, limits)
        if rate is None:
            return None
        # Below one a second the window is as long as one letter takes.
        window, count = (
            (timedelta(seconds=1), int(rate)) if rate >= 1 else (timedelta(seconds=1 / rate), 1)
        )
        while self._left and self._left[0] <= now - window:
            self._left.popleft()
        return self._left[-count] + window if len(self._left) >= count else None

    def take(self, now: datetime) -> None:
        """Note that a letter leaves."""
        self._under_way += 1
        self._left.append(now)

    def release(self) -> None:
        """Note that a letter has its answer."""
        self._under_way = max(0, self._under_way - 1)

    def slow_down(self, now: datetime) -> None:
        """Note that the other side finds us too fast."""
        self._complaints.append(now)
        recent = [one for one in self._complaints if one > now - HOUR]
        if len(recent) >= SUSPENDED_AFTER:
            self._suspended_until = now + HOUR
            self._complaints.clear()
        elif len(recent) >= SLOWER_AFTER:
            seen = len([one for one in self._left if one > now - timedelta(seconds=1)])
            self._rate = max(RATE_MIN, (self._rate or max(seen, 1)) / 2)
            self._slowed_at = now

    def _allowed(self, now: datetime, limits: Limits) -> float | None:
        """Tell the rate: the limit, or less since somebody complained; it comes back by itself."""
        if self._rate is not None and self._slowed_at is not None:
            steps = (now - self._slowed_at) // RECOVERS_EVERY
            rate = self._rate * 2.0 ** min(steps, 20)
            if steps >= 6 and (limits.per_second is None or rate >= limits.per_second):
                self._rate = self._slowed_at = None
            else:
                return min(rate, limits.per_second or rate)
        return limits.per_second
