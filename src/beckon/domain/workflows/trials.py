"""Dry runs that are played in the background: what is asked, how far they are, what they found.

Public reads. A trial is kept for a week; what it tells of single people goes with the person.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, NewType

from sqlalchemy import func, select

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import ContactId
from beckon.domain.messages.model import RunId, WorkflowId
from beckon.domain.workflows import tables
from beckon.domain.workflows.dry_run import Asked
from beckon.domain.workflows.findings import (
    Compared,
    Difference,
    DryRun,
    Mark,
    Sample,
    WouldSend,
)
from beckon.domain.workflows.model import Definition, Passing, Trail
from beckon.domain.workflows.rehearsal import Told
from beckon.domain.workflows.stored import read_value, write_value
from beckon.kit.refusals import Unknown
from beckon.storage.schema import Line, Tx

TrialId = NewType("TrialId", int)

KEPT_FOR = timedelta(days=7)
LIST_MAX = 20
COUNTS = ("signals", "entered", "held_out", "converted", "inside")
TALLIES = ("refused", "sends", "stopped")


class TrialUnknown(Unknown):
    """No such trial of this workflow."""

    code = "dry_run_unknown"


class TrialState(StrEnum):
    """Where a trial is; the last three are ends."""

    WAITING = "waiting"
    PLAYING = "playing"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN = (TrialState.WAITING, TrialState.PLAYING)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be played: a version by its number, or a `draft`; and another to compare with."""

    asked: Asked
    version: int
    against: int | None = None
    draft: Definition | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """One dry run in the background; `part` is how much of it is done, from 0 to 1."""

    id: TrialId
    project_id: ProjectId
    workflow_id: WorkflowId
    wanted: Wanted
    state: TrialState
    played: int
    part: float
    fault: str | None
    created_at: datetime
    ended_at: datetime | None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state not in OPEN


@dataclass(frozen=True, slots=True)
class Found:
    """What came of a trial; the differences are there where two versions were compared."""

    run: DryRun
    only_here: Difference | None = None
    only_there: Difference | None = None


class Piece(NamedTuple):
    """Something a trial tells of one person, in the form in which it is kept."""

    kind: str
    contact_id: int
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kept:
    """What came of a trial in the form in which it is kept."""

    counts: Mapping[str, Any]
    pieces: list[Piece] = field(default_factory=list)


def get_trial(tx: Tx, project_id: ProjectId, workflow_id: WorkflowId, trial_id: TrialId) -> Trial:
    """Return one trial of a workflow. Raises TrialUnknown."""
    row = tx.execute(
        select(tables.trial).where(
            tables.trial.c.project_id == project_id,
            tables.trial.c.workflow_id == workflow_id,
            tables.trial.c.id == trial_id,
        )
    ).one_or_none()
    if row is None:
        raise TrialUnknown("There is no such dry run; they are kept for a week.")
    return _trial(row)


def list_trials(tx: Tx, project_id: ProjectId, workflow_id: WorkflowId) -> list[Trial]:
    """List the last trials of a workflow, the newest first."""
    rows = tx.execute(
        select(tables.trial)
        .where(tables.trial.c.project_id == project_id, tables.trial.c.workflow_id == workflow_id)
        .order_by(tables.trial.c.id.desc())
        .limit(LIST_MAX)
    )
    return [_trial(row) for row in rows]


def count_open(tx: Tx, project_id: ProjectId) -> int:
    """Count a project's trials that are not over."""
    counting = select(func.count()).select_from(tables.trial)
    return tx.execute(
        counting.where(tables.trial.c.project_id == project_id, tables.trial.c.state.in_(OPEN))
    ).scalar_one()


def find_found(tx: Tx, trial: Trial) -> Found | None:
    """Read what came of a trial; None while it is not done."""
    counts = tx.execute(
        select(tables.trial.c.found).where(
            tables.trial.c.project_id == trial.project_id, tables.trial.c.id == trial.id
        )
    ).scalar_one_or_none()
    if counts is None:
        return None
    lines = tables.trial_line
    rows = tx.execute(
        select(lines)
        .where(lines.c.project_id == trial.project_id, lines.c.trial_id == trial.id)
        .order_by(lines.c.id)
    )
    return from_kept(Kept(counts, [Piece(row.kind, row.contact_id, row.content) for row in rows]))


def to_kept(found: DryRun | Compared) -> Kept:
    """Write what came of a play in the form in which it is kept."""
    run = found.one if isinstance(found, Compared) else found
    counts: dict[str, Any] = {name: getattr(run, name) for name in COUNTS}
    counts |= {name: dict(getattr(run, name)) for name in TALLIES}
    counts["steps"] = [[step, passing, times] for (step, passing), times in run.steps.items()]
    pieces = [*_pieces_of(run)]
    if isinstance(found, Compared):
        sides = {"only_here": found.only_one, "only_there": found.only_other}
        for name, difference in sides.items():
            counts[name] = difference.count
            pieces += [Piece(name, mark.contact_id, write_mark(mark)) for mark in difference.first]
    return Kept(counts, pieces)


def from_kept(kept: Kept) -> Found:
    """Read what `to_kept` wrote."""
    counts = kept.counts
    run = DryRun(**{name: counts[name] for name in COUNTS})
    for name in TALLIES:
        setattr(run, name, Counter(counts[name]))
    run.steps.update({(step, Passing(how)): times for step, how, times in counts["steps"]})
    marks: dict[str, list[Mark]] = {"only_here": [], "only_there": []}
    for piece in kept.pieces:
        content = piece.content
        match piece.kind:
            case "send":
                run.first_sends.append(read_value(WouldSend, content))
            case "sample":
                run.samples.append(read_value(Sample, content))
            case "told":
                trail = _read_trail(content["trail"])
                number = None if content["run"] is None else RunId(content["run"])
                run.told.append(Told(ContactId(piece.contact_id), number, trail))
            case side:
                at = datetime.fromisoformat(content["at"])
                marks[side].append(Mark(ContactId(piece.contact_id), content["step"], at))
    differences = {
        name: Difference(counts[name], tuple(marks[name])) for name in marks if name in counts
    }
    return Found(run, **differences)


def _read_trail(content: Mapping[str, Any]) -> Trail:
    at = datetime.fromisoformat(content["at"])
    return Trail(content["step"], Passing(content["passing"]), at, content.get("note", ""))


def _write_trail(trail: Trail) -> dict[str, Any]:
    return {
        "step": trail.step,
        "passing": trail.passing.value,
        "at": trail.at.isoformat(),
        "note": trail.note,
    }


def write_mark(mark: Mark) -> dict[str, Any]:
    """Write by what a message is told from others."""
    return {"step": mark.step, "at": mark.at.isoformat()}


def _pieces_of(run: DryRun) -> Iterator[Piece]:
    for send in run.first_sends:
        yield Piece("send", send.contact_id, write_value(send))
    for sample in run.samples:
        yield Piece("sample", sample.send.contact_id, write_value(sample))
    for told in run.told:
        content = {"run": told.run_id, "trail": _write_trail(told.trail)}
        yield Piece("told", told.contact_id, content)


def _trial(row: Line) -> Trial:
    return Trial(
        TrialId(row.id),
        ProjectId(row.project_id),
        WorkflowId(row.workflow_id),
        read_value(Wanted, row.asked),
        TrialState(row.state),
        row.played,
        row.part / 1000,
        row.fault,
        row.created_at,
        row.ended_at,
    )
