"""Has dry runs played, one at a time, in a process of their own; nothing waits for them."""

import asyncio
import sys
from contextlib import suppress
from functools import partial

import structlog

from beckon.domain.workflows import actions
from beckon.domain.workflows.trials import Kept, Piece, Trial
from beckon.kit import json
from beckon.kit.clock import Clock
from beckon.storage.state import State

BYTES_MAX = 64 * 1024 * 1024
"""So long a line a play may say: what it found, with all it lists."""

LOOK_SECONDS = 1.0
"""So often it is asked whether the play is still wanted, however little it says."""

log = structlog.get_logger()


class Rehearse:
    """The step: plays the trial that waits the longest, until it ends or is given up."""

    def __init__(
        self, state: State, clock: Clock, *, url: str, worker: str, stopping: asyncio.Event
    ) -> None:
        self._state = state
        self._clock = clock
        self._url = url
        self._worker = worker
        self._stopping = stopping

    async def __call__(self) -> bool:
        """Play one trial. Returns whether there was one."""
        trial = await self._state.write(
            partial(actions.claim_trial, now=self._clock.now(), worker=self._worker)
        )
        if trial is None:
            return False
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "beckon.engine.rehearsing"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=BYTES_MAX,
        )
        try:
            outcome = await self._follow(process, trial)
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        if outcome is not None:
            await self._finish(trial, outcome)
        return True

    async def _follow(self, process: asyncio.subprocess.Process, trial: Trial) -> Kept | str | None:
        """Hear what a play says; None where it is no longer wanted."""
        assert process.stdin is not None
        assert process.stdout is not None
        asked = {
            "url": self._url,
            "project": trial.project_id,
            "workflow": trial.workflow_id,
            "trial": trial.id,
        }
        process.stdin.write(json.write(asked))  # not as an argument: a URL may hold a password
        process.stdin.close()
        played, part = 0, 0.0
        line = asyncio.ensure_future(process.stdout.readline())
        while await self._is_wanted(trial, played, part):
            await asyncio.wait([line], timeout=LOOK_SECONDS)
            if not line.done():
                continue
            said = json.stored(line.result() or b"{}")
            if "played" not in said:
                return _outcome(said)
            played, part = said["played"], said["part"]
            line = asyncio.ensure_future(process.stdout.readline())
        line.cancel()
        return None

    async def _is_wanted(self, trial: Trial, played: int, part: float) -> bool:
        if self._stopping.is_set():
            return False
        return await self._state.write(
            partial(
                actions.note_progress,
                trial=trial,
                worker=self._worker,
                played=played,
                part=part,
                now=self._clock.now(),
            )
        )

    async def _finish(self, trial: Trial, outcome: Kept | str) -> None:
        if isinstance(outcome, str):
            log.warning("trial.failed", trial=trial.id, reason=outcome)
        await self._state.write(
            partial(
                actions.finish_trial,
                trial=trial,
                outcome=outcome,
                worker=self._worker,
                now=self._clock.now(),
            )
        )


def _outcome(said: dict[str, object]) -> Kept | str:
    """Read the last line of a play; it is empty where the process died."""
    match said:
        case {"counts": dict(counts), "pieces": list(pieces)}:
            return Kept(counts, [Piece(*piece) for piece in pieces])
        case {"fault": str(fault)}:
            return fault
        case _:
            return "The play ended before it was done."
