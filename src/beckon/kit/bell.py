"""A bell that wakes the one who waits for something to do."""

import asyncio


class Bell:
    """Rung when there may be work. A ring while nobody waits is kept, so none is missed."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wake who waits, or who will."""
        self._rung.set()

    async def wait(self, seconds: float) -> None:
        """Wait for a ring since the last wait, or so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        except TimeoutError:
            return
        self._rung.clear()
