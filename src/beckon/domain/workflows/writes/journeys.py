"""SQL that adds to journeys. Private."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from beckon.domain.messages.model import RunId
from beckon.domain.workflows.model import Run, Trail
from beckon.kit.clock import to_ms
from beckon.storage.schema import Tx, insert_many


def insert_trails_any_project(
    tx: Tx, walked: Iterable[tuple[Run, RunId | None, Sequence[Trail]]], now: datetime
) -> None:
    """Add to journeys; a line without a run tells of somebody who did not enter."""
    moment = to_ms(now)
    insert_many(
        tx,
        "run_step (project_id, workflow_id, version_id, run_id, contact_id, step, passing, note, "
        "planned_at, at)",
        [
            (
                one.project_id,
                one.workflow_id,
                one.version_id,
                run_id,
                one.contact_id,
                trail.step,
                trail.passing.value,  # a plain string: the driver asks an enum for its form
                trail.note,
                to_ms(trail.at),
                moment,
            )
            for one, run_id, trails in walked
            for trail in trails
        ],
    )
