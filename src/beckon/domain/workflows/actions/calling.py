"""Calls to the outside that runs wait for: taken here, made elsewhere, their answers kept here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from beckon.domain.accounts.model import ProjectId
from beckon.domain.messages.model import RunId
from beckon.domain.workflows import queries, rules, writes
from beckon.domain.workflows.actions.walking import Walked, keep
from beckon.domain.workflows.model import RunState
from beckon.kit import json
from beckon.storage.schema import Tx

LEASE = timedelta(minutes=2)
"""After it others may make the call, should a worker live and yet never say what came of it."""
WAITS_SECONDS = (5, 60, 300, 1800, 7200)
"""How long to wait after each failed try but the last."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call to make. `name` is the same on every try: the other side can tell repeats."""

    id: int
    fence: int
    project_id: ProjectId
    run_id: RunId
    step: str
    attempts: int
    request: Mapping[str, object]

    @property
    def name(self) -> str:
        """What the other side is told the call by."""
        return f"run:{self.run_id}:{self.step}"


@dataclass(frozen=True, slots=True)
class Answered:
    """The other side took the call; `said` is its answer as a JSON value, or as text."""

    said: object


@dataclass(frozen=True, slots=True)
class Missed:
    """It did not. `is_final`: no further try would help; `retry_at` is never undercut."""

    reason: str
    is_final: bool = False
    retry_at: datetime | None = None


def claim_calls(tx: Tx, now: datetime, *, worker: str, limit: int) -> list[Call]:
    """Take calls that are due for a worker."""
    rows = writes.claim_calls_any_project(tx, now, worker=worker, until=now + LEASE, limit=limit)
    return [
        Call(number, fence, ProjectId(project), RunId(run), step, attempts, json.stored(request))
        for number, fence, project, run, step, request, attempts in rows
    ]


def list_callers(tx: Tx) -> list[str]:
    """List the workers that are at calls."""
    return writes.list_callers_any_project(tx)


def free_calls(tx: Tx, workers: Sequence[str], now: datetime) -> int:
    """Let others make the calls of workers that are gone; tells how many there were."""
    return writes.update_freed_any_project(tx, workers, now)


def settle_call(tx: Tx, call: Call, outcome: Answered | Missed, now: datetime) -> None:
    """Keep what came of a call and let its run go on, or plan the next try."""
    if isinstance(outcome, Missed) and not outcome.is_final and call.attempts <= len(WAITS_SECONDS):
        wait = timedelta(seconds=WAITS_SECONDS[call.attempts - 1])
        due_at = max(now + wait, outcome.retry_at or now)
        writes.update_call(
            tx,
            call.project_id,
            call.id,
            call.fence,
            due_at=due_at,
            fault=outcome.reason,
            now=now,
        )
        return
    fault = outcome.reason if isinstance(outcome, Missed) else None
    if not writes.update_call(
        tx, call.project_id, call.id, call.fence, due_at=None, fault=fault, now=now
    ):
        return
    for kept in writes.lock_runs(tx, call.project_id, [call.run_id], states=[RunState.ACTIVE]):
        plan = queries.find_plans_any_project(tx, [kept.run.version_id])[kept.run.version_id]
        said = outcome.said if isinstance(outcome, Answered) else None
        walk = rules.answer(kept.run, plan, call.step, said=said, fault=fault, now=now)
        if walk is not None:
            keep(tx, [Walked(kept.run, walk)], now)
