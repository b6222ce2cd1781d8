"""Keep what came of walks: where runs are, what they learned, and their journeys."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from beckon.domain.accounts.model import ProjectId
from beckon.domain.messages.model import RunId
from beckon.domain.workflows import writes
from beckon.domain.workflows.model import Run, RunState
from beckon.domain.workflows.rules import Walk
from beckon.kit.values import Value
from beckon.storage.schema import Tx


class Walked(Value, frozen=True):
    """A run as it was, and what came of moving it."""

    before: Run
    walk: Walk
    was: RunState = RunState.ACTIVE


def keep(tx: Tx, walked: Sequence[Walked], now: datetime) -> None:
    """Store walks of any projects, set by set."""
    moved = [
        one for one in walked if one.walk.run is not one.before or one.walk.state is not one.was
    ]
    writes.update_runs_any_project(tx, [(one.walk.run, one.walk.state) for one in moved], now)
    writes.update_data_any_project(
        tx, [one.walk.run for one in moved if one.walk.run.data is not one.before.data]
    )
    writes.insert_trails_any_project(
        tx, [(one.walk.run, one.walk.run.id, one.walk.trails) for one in walked], now
    )
    reached: dict[ProjectId, list[RunId]] = defaultdict(list)
    for one in walked:
        if one.walk.has_converted:
            reached[one.before.project_id].append(one.before.id)
    for project_id, ids in reached.items():
        writes.update_converted(tx, project_id, ids, now)
