"""Calls that runs wait for → the outside world, with no transaction open meanwhile.

A worker that dies amid a call leaves it to the others at once; the call's name tells the other side
that it is the same one.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeAlias

import structlog

from beckon.domain.workflows import actions as workflows
from beckon.domain.workflows.actions.calling import Answered, Call, Missed
from beckon.kit.clock import Clock
from beckon.storage.presence import Presence
from beckon.storage.state import State

CALLED_AT_ONCE = 20

MakeCall: TypeAlias = Callable[[Call], Awaitable[Answered | Missed]]
"""Makes one call; never raises for what the outside does."""

log = structlog.get_logger()


async def call_webhooks(state: State, clock: Clock, make_call: MakeCall, *, worker: str) -> bool:
    """Make the calls that are due, side by side, and keep each answer as it comes."""
    claiming = partial(workflows.claim_calls, now=clock.now(), worker=worker, limit=CALLED_AT_ONCE)
    calls = await state.write(claiming)
    await asyncio.gather(*(_call(state, clock, make_call, call) for call in calls))
    return bool(calls)


async def free_calls(state: State, clock: Clock, presence: Presence) -> bool:
    """Take over the calls of workers that are gone."""
    gone = await presence.gone(await state.read(workflows.list_callers))
    if not gone:
        return False
    return await state.write(partial(workflows.free_calls, workers=gone, now=clock.now())) > 0


async def _call(state: State, clock: Clock, make_call: MakeCall, call: Call) -> None:
    try:
        outcome = await make_call(call)
    except Exception as fault:
        log.exception("call.failed", name=call.name)
        outcome = Missed(f"The caller's code failed: {fault!r}")
    settling = partial(workflows.settle_call, call=call, outcome=outcome, now=clock.now())
    await state.write(settling)
