"""A clock that stands still until it is told to jump."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 4, 1, 9, tzinfo=UTC)


class JumpingClock:
    """Simulated time: `sleep` jumps ahead by itself, so nothing ever waits."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now

    def now(self) -> datetime:
        """Tell the simulated time."""
        return self._now

    def advance(self, delta: timedelta | None = None, **parts: float) -> datetime:
        """Let time pass: a timedelta, or its parts as in `advance(minutes=5)`."""
        self._now += timedelta(**parts) if delta is None else delta
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Let so many seconds pass at once."""
        self.advance(seconds=seconds)
