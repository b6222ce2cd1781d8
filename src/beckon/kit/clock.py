"""Time as a value: the one place that asks the system what time it is."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Clock(Protocol):
    """What tells the time and lets it pass; simulations bring their own."""

    def now(self) -> datetime:
        """Tell the time as aware UTC, in whole milliseconds."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Let so many seconds pass."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """Tell the time as aware UTC, cut to milliseconds: what is stored is what was said."""
        moment = datetime.now(UTC)  # noqa: TID251 - this is the place
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    async def sleep(self, seconds: float) -> None:
        """Let so many seconds pass."""
        await asyncio.sleep(seconds)


def to_ms(moment: datetime) -> int:
    """Count the milliseconds from 1970 to an aware moment, as the stores keep it; no floats."""
    return (moment - EPOCH) // _MILLISECOND


def from_ms(milliseconds: int) -> datetime:
    """Give the aware UTC moment of a stored number of milliseconds."""
    return EPOCH + timedelta(milliseconds=milliseconds)
