"""Stops asking whoever fails again and again, and asks carefully whether it is over.

Opens after 5 failures in a row or more than half of the last 20; then one letter may try. Waiting
for an open breaker costs no letter an attempt.
"""

from collections import deque
from datetime import datetime, timedelta

IN_A_ROW = 5
LAST = 20
FIRST_PAUSE = timedelta(seconds=30)
PAUSE_MAX = timedelta(minutes=15)
PROBE_PATIENCE = timedelta(seconds=20)
"""How long the others wait for the one that tries, before they ask again."""


class Breaker:
    """Closed, open until a moment, or half open: one letter is on its way to see."""

    def __init__(self) -> None:
        self._answers: deque[bool] = deque(maxlen=LAST)
        self._failed_in_a_row = 0
        self._pause = FIRST_PAUSE
        self._open_until: datetime | None = None
        self._probing_since: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Tell whether it is known to be ill and nobody may try yet."""
        return self._open_until is not None and now < self._open_until

    def wait_until(self, now: datetime) -> datetime | None:
        """Tell until when a letter has to wait; None where it may go."""
        if self._open_until is None:
            return None
        if now < self._open_until:
            return self._open_until
        if self._probing_since is not None and now < self._probing_since + PROBE_PATIENCE:
            return self._probing_since + PROBE_PATIENCE
        return None

    def take(self, now: datetime) -> None:
        """Note that a letter goes; of an open breaker it is the one that tries."""
        if self._open_until is not None:
            self._probing_since = now

    def note(self, now: datetime, *, is_good: bool, until: datetime | None = None) -> None:
        """Note an answer. A failure that names a moment opens no sooner than others."""
        self._answers.append(is_good)
        if is_good:
            self._failed_in_a_row = 0
            if self._open_until is not None:
                self._close()
            return
        self._failed_in_a_row += 1
        bad = self._answers.count(False)
        is_mostly_bad = len(self._answers) == LAST and bad > LAST // 2
        if self._probing_since is not None or self._failed_in_a_row >= IN_A_ROW or is_mostly_bad:
            self.trip(now, until=until)

    def trip(self, now: datetime, *, until: datetime | None = None) -> None:
        """Open at once; each time in a row for longer, and never shorter than asked."""
        if not self.is_open(now):
            self._open_until = now + self._pause
            self._pause = min(2 * self._pause, PAUSE_MAX)
        assert self._open_until is not None
        self._open_until = max(self._open_until, until or self._open_until)
        self._probing_since = None

    def _close(self) -> None:
        self._answers.clear()
        self._pause = FIRST_PAUSE
        self._open_until = self._probing_since = None
