"""The one loop every background step runs in: work while there is work, else sleep.

Invariant: a step that raises is logged, its transaction is undone, and the loop goes on.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import structlog

from beckon.kit.bell import Bell
from beckon.kit.refusals import Refusal

Step: TypeAlias = Callable[[], Awaitable[bool]]
"""Does one bounded piece of work; True means "call me again at once"."""

PAUSE_AFTER_FAULT_SECONDS = 1.0

log = structlog.get_logger()


async def run(
    name: str,
    step: Step,
    *,
    bell: Bell,
    rings: Bell | None,
    idle_seconds: float,
    breath_seconds: float,
    stopping: asyncio.Event,
) -> None:
    """Run a step until told to stop. Bounded steps keep shutdown prompt.

    It looks again when its bell rings and at the latest after `idle_seconds`: another process may
    have stored something, or time have made something due. After work it `rings` for who follows.
    A breath after each look lets what comes in together be seen in one look.
    """
    while not stopping.is_set():
        has_worked = await _attempt(name, step)
        if has_worked and rings is not None:
            rings.ring()
        if breath_seconds:
            await asyncio.sleep(breath_seconds)
        if not has_worked:
            await bell.wait(idle_seconds)


async def _attempt(name: str, step: Step) -> bool:
    try:
        return await step()
    except Refusal as refusal:  # the store is away for a moment; nothing to repair here
        log.warning("step.refused", step=name, reason=refusal.message)
    except Exception:
        log.exception("step.failed", step=name)
    await asyncio.sleep(PAUSE_AFTER_FAULT_SECONDS)
    return False
