"""Plays one dry run: the life of a process of its own, so that it holds nobody up.

    python -m beckon.engine.rehearsing < what to play

It reads the store, and writes lines of JSON: how far it is now and then, at last what it found.
"""

import os
import sys
import time
from typing import Any

from beckon.domain.accounts.model import ProjectId
from beckon.domain.messages.model import WorkflowId
from beckon.domain.workflows import dry_run, queries
from beckon.domain.workflows.dry_run import Progress, Script
from beckon.domain.workflows.rehearsal import Cast
from beckon.domain.workflows.trials import Kept, Trial, TrialId, get_trial, to_kept
from beckon.kit import json
from beckon.kit.refusals import Refusal
from beckon.storage.schema import Tx
from beckon.storage.state import open_engine

TELLS_EVERY_SECONDS = 0.5
NICENESS = 10
"""What is sent goes before what is only tried."""


def main() -> None:
    """Play what standard input names."""
    os.nice(NICENESS)
    asked = json.stored(sys.stdin.buffer.read())
    engine = open_engine(asked["url"])
    try:
        with engine.connect() as tx:
            trial = get_trial(
                tx,
                ProjectId(asked["project"]),
                WorkflowId(asked["workflow"]),
                TrialId(asked["trial"]),
            )
            kept = play(tx, trial, _telling())
        _say({"counts": kept.counts, "pieces": kept.pieces})
    except Refusal as refusal:
        _say({"fault": refusal.message})
    finally:
        engine.dispose()


def play(tx: Tx, trial: Trial, progress: Progress) -> Kept:
    """Play a trial in one reading transaction."""
    wanted = trial.wanted
    here = _script(tx, trial, wanted.version)
    if wanted.draft is not None:
        here = here._replace(definition=wanted.draft)
    if wanted.against is None:
        return to_kept(dry_run.play(tx, here, wanted.asked, progress=progress))
    there = _script(tx, trial, wanted.against)
    return to_kept(dry_run.compare(tx, here, there, wanted.asked, progress=progress))


def _script(tx: Tx, trial: Trial, number: int) -> Script:
    found = queries.get_version(tx, trial.project_id, trial.workflow_id, number)
    return Script(Cast(trial.project_id, trial.workflow_id, found.id), found.definition)


def _telling() -> Progress:
    told_at = time.monotonic()

    def tell(played: int, part: float) -> None:
        nonlocal told_at
        if time.monotonic() - told_at >= TELLS_EVERY_SECONDS:
            told_at = time.monotonic()
            _say({"played": played, "part": part})

    return tell


def _say(line: dict[str, Any]) -> None:
    sys.stdout.buffer.write(json.write(line) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
