"""SQL that changes runs: where each person is. Private."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select, update

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import ContactId
from beckon.domain.messages.model import RunId, WorkflowId
from beckon.domain.workflows import tables
from beckon.domain.workflows.model import Run, RunState, VersionId
from beckon.kit import json
from beckon.kit.clock import from_ms, to_ms
from beckon.kit.values import Value
from beckon.storage.schema import Tx, marks, run, run_many

CHUNK = 500

_RUN = (
    "id, project_id, workflow_id, version_id, contact_id, position, wake_at, data, entry, "
    "arrived_at, awaits, signal, started_at, state, converted_at"
)


class Kept(Value, frozen=True):
    """A run as the store has it: what walks, and what it began with."""

    run: Run
    signal: str
    started_at: datetime
    state: RunState = RunState.ACTIVE
    has_converted: bool = False

    @property
    def is_active(self) -> bool:
        """Whether it still moves."""
        return self.state is RunState.ACTIVE


def insert_runs(
    tx: Tx,
    project_id: ProjectId,
    entering: Sequence[tuple[str, RunState, Kept]],
    now: datetime,
) -> dict[tuple[WorkflowId, str], RunId]:
    """Let people enter, each with the key of the run; a second run with the same key is the same.

    Gives the numbers of the runs that came to be, by workflow and key.
    """
    added: dict[tuple[WorkflowId, str], RunId] = {}
    for key, state, kept in entering:
        one = kept.run
        rows = run(
            tx,
            "INSERT INTO run (project_id, workflow_id, version_id, contact_id, key, state, "
            "position, wake_at, due_at, data, started_at, ended_at, entry, signal, arrived_at, "
            "awaits) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) "
            "ON CONFLICT (workflow_id, key) DO NOTHING RETURNING id",
            (
                project_id,
                one.workflow_id,
                one.version_id,
                one.contact_id,
                key,
                state,
                one.position,
                to_ms(one.wake_at),
                to_ms(one.wake_at) if state is RunState.ACTIVE else None,
                json.text(one.data),
                to_ms(kept.started_at),
                None if state is RunState.ACTIVE else to_ms(now),
                one.entry,
                kept.signal,
                _ms(one.arrived_at),
                one.awaits if state is RunState.ACTIVE else None,
            ),
        )
        if rows:
            added[one.workflow_id, key] = RunId(rows[0][0])
    return added


def claim_due_runs_any_project(tx: Tx, now: datetime, *, limit: int) -> list[Kept]:
    """Take runs whose next step is due, the longest due first; others skip them meanwhile."""
    locked = "" if tx.dialect.name == "sqlite" else " FOR UPDATE SKIP LOCKED"
    rows = run(
        tx,
        f"SELECT {_RUN} FROM run WHERE due_at <= ? ORDER BY due_at, id LIMIT ?{locked}",  # noqa: S608 - fixed words
        [to_ms(now), limit],
    )
    return [_kept(row) for row in rows]


def lock_runs(
    tx: Tx, project_id: ProjectId, ids: Iterable[RunId], *, states: Sequence[RunState]
) -> list[Kept]:
    """Read those of the runs that are in one of the states, and let nobody else move them."""
    locked = "" if tx.dialect.name == "sqlite" else " FOR UPDATE"
    found: list[Kept] = []
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), CHUNK):
        chunk = wanted[start : start + CHUNK]
        rows = run(
            tx,
            f"SELECT {_RUN} FROM run WHERE project_id = ? AND id IN ({marks(len(chunk))}) "  # noqa: S608 - marks only
            f"AND state IN ({marks(len(states))}) ORDER BY id{locked}",
            [project_id, *chunk, *states],
        )
        found += map(_kept, rows)
    return found


def lock_runs_of_contacts(
    tx: Tx, project_id: ProjectId, contact_ids: Iterable[ContactId], *, since: datetime | None
) -> list[Kept]:
    """Read the runs of people that still move, and all begun since a moment; they stay locked."""
    locked = "" if tx.dialect.name == "sqlite" else " FOR UPDATE"
    begun = [] if since is None else [to_ms(since)]
    wanted_states = "(state = 'active' OR started_at >= ?)" if begun else "state = 'active'"
    found: list[Kept] = []
    wanted = sorted(set(contact_ids))
    for start in range(0, len(wanted), CHUNK):
        chunk = wanted[start : start + CHUNK]
        rows = run(
            tx,
            f"SELECT {_RUN} FROM run WHERE project_id = ? AND contact_id IN ({marks(len(chunk))})"  # noqa: S608 - marks only
            f" AND {wanted_states} ORDER BY id{locked}",
            [project_id, *chunk, *begun],
        )
        found += map(_kept, rows)
    return found


def list_moving(tx: Tx, project_id: ProjectId, workflow_id: WorkflowId) -> list[RunId]:
    """List the runs of a workflow that still move."""
    rows = tx.execute(
        select(tables.run.c.id).where(
            tables.run.c.project_id == project_id,
            tables.run.c.workflow_id == workflow_id,
            tables.run.c.state == RunState.ACTIVE,
        )
    )
    return [RunId(row.id) for row in rows]


def update_runs_any_project(tx: Tx, moved: Sequence[tuple[Run, RunState]], now: datetime) -> None:
    """Put moved runs where they are now; those that ended or wait for an answer are not due."""
    run_many(
        tx,
        "UPDATE run SET version_id = ?, position = ?, wake_at = ?, state = ?, due_at = ?, "
        "ended_at = ?, arrived_at = ?, awaits = ? WHERE project_id = ? AND id = ?",
        [
            (
                one.version_id,
                one.position,
                to_ms(one.wake_at),
                state.value,  # a plain string: the driver asks an enum for its form
                to_ms(one.wake_at) if _is_due_some_time(one, state) else None,
                None if state is RunState.ACTIVE else to_ms(now),
                _ms(one.arrived_at),
                one.awaits if state is RunState.ACTIVE else None,
                one.project_id,
                one.id,
            )
            for one, state in moved
        ],
    )


def update_data_any_project(tx: Tx, runs: Sequence[Run]) -> None:
    """Keep what runs have learned on the way."""
    run_many(
        tx,
        "UPDATE run SET data = ? WHERE project_id = ? AND id = ?",
        [(json.text(one.data), one.project_id, one.id) for one in runs],
    )


def update_converted(tx: Tx, project_id: ProjectId, ids: Sequence[RunId], at: datetime) -> None:
    """Note that runs reached what they are for; the first time counts."""
    run_many(
        tx,
        "UPDATE run SET converted_at = ? WHERE project_id = ? AND id = ? AND converted_at IS NULL",
        [(to_ms(at), project_id, one) for one in ids],
    )


def update_runs_stopped(
    tx: Tx, project_id: ProjectId, workflow_id: WorkflowId, state: RunState, now: datetime
) -> None:
    """End every run of a workflow where it stands."""
    tx.execute(
        update(tables.run)
        .where(
            tables.run.c.project_id == project_id,
            tables.run.c.workflow_id == workflow_id,
            tables.run.c.state == RunState.ACTIVE,
        )
        .values(state=state, due_at=None, ended_at=now, awaits=None)
    )


def update_contact_of_runs(tx: Tx, project_id: ProjectId, old: ContactId, new: ContactId) -> None:
    """Hand a visitor's runs and journey over to the person who now has it all."""
    for table in (tables.run_call, tables.run_step, tables.run):
        tx.execute(
            update(table)
            .where(table.c.project_id == project_id, table.c.contact_id == old)
            .values(contact_id=new)
        )


def _is_due_some_time(one: Run, state: RunState) -> bool:
    return state is RunState.ACTIVE and not (one.awaits or "").startswith("answer:")


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else to_ms(moment)


def _kept(row: Sequence[object]) -> Kept:
    (run_id, project, workflow, version, contact, place, wake_at, data, entry, *rest) = row
    arrived_at, awaits, signal, started_at, state, converted_at = rest
    one = Run(
        RunId(run_id),  # type: ignore[arg-type] # rows of the driver have no types
        ProjectId(project),  # type: ignore[arg-type]
        WorkflowId(workflow),  # type: ignore[arg-type]
        VersionId(version),  # type: ignore[arg-type]
        ContactId(contact),  # type: ignore[arg-type]
        place,  # type: ignore[arg-type]
        from_ms(wake_at),  # type: ignore[arg-type]
        json.stored(data),  # type: ignore[arg-type]
        entry or "",  # type: ignore[arg-type]
        None if arrived_at is None else from_ms(arrived_at),  # type: ignore[arg-type]
        awaits,  # type: ignore[arg-type]
    )
    begun = from_ms(started_at)  # type: ignore[arg-type]
    return Kept(one, signal or "", begun, RunState(state), converted_at is not None)  # type: ignore[arg-type]
