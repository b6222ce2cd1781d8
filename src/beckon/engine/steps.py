"""What looks after sending: who is gone, what is in doubt, whether this store is what it seems."""

import asyncio
from collections import defaultdict
from datetime import datetime
from functools import partial
from pathlib import Path

import structlog

from beckon.domain.messages import recovery
from beckon.domain.messages.model import Letter, Outcome
from beckon.domain.messages.recovery import Doubt
from beckon.engine.routes import Carriers
from beckon.kit.clock import Clock, from_ms, to_ms
from beckon.storage.presence import Presence
from beckon.storage.state import State

RECOVERED_AT_ONCE = 500
RESOLVED_AT_ONCE = 100

log = structlog.get_logger()


async def reconcile(state: State, clock: Clock, presence: Presence) -> bool:
    """Free or list what workers that are gone left behind."""
    gone = await presence.gone(await state.read(recovery.list_workers))
    if not gone:
        return False
    freed = await state.write(
        partial(recovery.recover, workers=gone, now=clock.now(), limit=RECOVERED_AT_ONCE)
    )
    return freed > 0


async def resolve(state: State, clock: Clock, carriers: Carriers) -> bool:
    """Ask providers what became of messages in doubt, and decide where none can tell."""
    doubts = await state.write(
        partial(recovery.claim_doubts, now=clock.now(), limit=RESOLVED_AT_ONCE)
    )
    by_route: dict[object, list[Doubt]] = defaultdict(list)
    for doubt in doubts:
        letter = doubt.letter
        by_route[letter.project_id, letter.channel, doubt.provider].append(doubt)
    for alike in by_route.values():
        letters = [doubt.letter for doubt in alike]
        found = await _look_up(carriers, alike[0], letters)
        await state.write(partial(recovery.resolve, letters=letters, found=found, now=clock.now()))
    return bool(doubts)


async def beat(state: State, clock: Clock, *, store: str, note: Path) -> bool:
    """Note that this worker lives, and hold what an outage or a restored store leaves behind.

    `store` names the store this worker believes to have; `note` is this machine's memory of the
    last beat, which a restored store does not have.
    """
    seen = await asyncio.to_thread(_read_note, note)
    now = clock.now()
    is_held = await state.write(partial(recovery.beat, now=now, store=store, seen=seen))
    if is_held:
        log.error("sending.held", store=store)
    # Only now: after a crash in between the store is ahead of the note, which is harmless.
    await asyncio.to_thread(_write_note, note, now)
    return False


def _read_note(note: Path) -> datetime | None:
    return from_ms(int(note.read_text())) if note.exists() else None


def _write_note(note: Path, now: datetime) -> None:
    fresh = note.with_suffix(".new")
    fresh.write_text(str(to_ms(now)))
    fresh.replace(note)


async def _look_up(carriers: Carriers, doubt: Doubt, letters: list[Letter]) -> list[Outcome | None]:
    for provider in await carriers(doubt.letter.project_id, doubt.letter.channel):
        if provider.name == doubt.provider:
            try:
                return list(await provider.look_up(letters))
            except Exception:
                log.exception("provider.failed", provider=provider.name)
    return [None for _ in letters]
