"""Workflows as values: what starts one, what it does, and the runs of people through it.

The tree of steps stands in `steps`, what starts a run in `triggers`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import ContactId
from beckon.domain.messages.model import RunId, WorkflowId
from beckon.domain.workflows.conditions import NOTHING_ASKED, Proviso
from beckon.domain.workflows.steps import Step
from beckon.domain.workflows.triggers import Trigger
from beckon.kit import values

VersionId = NewType("VersionId", int)


class Again(StrEnum):
    """When somebody who was in a workflow may enter it again."""

    NEVER = "never"
    AFTER_EXIT = "after_exit"
    AFTER_PERIOD = "after_period"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class ReEntry:
    """How often somebody may enter.

    `seconds` counts from the start of the last run and belongs to AFTER_PERIOD. With a `key`, a
    name in what the trigger says (`order_id`, or `event.key`), each of its values is counted by
    itself: somebody with two orders may be inside twice.
    """

    again: Again = Again.ALWAYS
    seconds: int = 0
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many runs a contact within so many seconds, whatever re-entry would allow."""

    runs: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Goal:
    """What a run is for: an event by `seconds` after its start; `exits` ends the run there."""

    event_name: str
    seconds: int
    where: Proviso = NOTHING_ASKED
    exits: bool = False


@dataclass(frozen=True, slots=True)
class Exit:
    """An event upon which whoever is inside leaves; with a `key` only runs of its value do."""

    event_name: str
    where: Proviso = NOTHING_ASKED
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Manners:
    """The rules around a run.

    `entry` must hold for whoever enters. `stays_in` is a segment whose leaving ends the run.
    `holdout_percent` of the people, always the same ones, enter but get nothing: what they do is
    measured against the others.
    """

    entry: Proviso = NOTHING_ASKED
    re_entry: ReEntry = field(default_factory=ReEntry)
    limit: Limit | None = None
    exits: tuple[Exit, ...] = ()
    stays_in: int | None = None
    goal: Goal | None = None
    holdout_percent: int = 0


@dataclass(frozen=True, slots=True)
class Definition:
    """What a version says: what starts it, what follows in order, and the rules around."""

    trigger: Trigger
    steps: tuple[Step, ...]
    manners: Manners = field(default_factory=Manners)


class People(StrEnum):
    """What becomes of those inside when a new version is published.

    MOVE takes them to the step of the same name; where there is none they stay on their version.
    """

    STAY = "stay"
    MOVE = "move"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow in its present version. Versions never change; an edit makes a new one.

    It starts for what comes in since `listens_since`: when it was switched on, or when what
    triggers it was changed.
    """

    id: WorkflowId
    project_id: ProjectId
    name: str
    is_active: bool
    version_id: VersionId
    version: int
    definition: Definition
    listens_since: datetime
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Version:
    """One state of a workflow, as it stays for ever; numbers count from 1."""

    id: VersionId
    number: int
    definition: Definition
    created_at: datetime


class RunState(StrEnum):
    """Whether a run still moves, and how it ended if not.

    `held_out`: measured only. `stopped`: by a person or with its workflow.
    """

    ACTIVE = "active"
    DONE = "done"
    EXITED = "exited"
    STOPPED = "stopped"
    FAILED = "failed"
    HELD_OUT = "held_out"


class Run(values.Value, frozen=True):
    """One person on the way through one version.

    `position` is the place of the step to come in the version's plan, due at `wake_at` (aware
    UTC). `data` is what the trigger said and, by their names, the answers of calls. `entry` is the
    value of the re-entry key. `awaits` is the signal a waiting step listens for, and `arrived_at`
    when the run came to that step.
    """

    id: RunId
    project_id: ProjectId
    workflow_id: WorkflowId
    version_id: VersionId
    contact_id: ContactId
    position: int
    wake_at: datetime
    data: Mapping[str, object] = values.field(default_factory=dict)
    entry: str = ""
    arrived_at: datetime | None = None
    awaits: str | None = None


@dataclass(frozen=True, slots=True)
class PastRun:
    """A contact's earlier run through a workflow, as far as entering again depends on it."""

    started_at: datetime
    is_over: bool
    entry: str


class Passing(StrEnum):
    """How somebody came past a step, or did not."""

    ENTERED = "entered"
    REFUSED = "refused"
    WAITED = "waited"
    PASSED = "passed"
    BRANCHED = "branched"
    CONVERTED = "converted"
    FAILED = "failed"
    EXITED = "exited"
    MOVED = "moved"


class Trail(values.Value, frozen=True):
    """One line of a journey: which step, what came of it, when it was planned, and why.

    `step` is empty where the line is about the run itself.
    """

    step: str
    passing: Passing
    at: datetime
    note: str = ""


class Order(values.Value, frozen=True):
    """Something a run asks for; the same visit to a step always has the same key.

    `at` is the planned moment, not the one at which a worker came to it.
    """

    key: str
    step: Step
    at: datetime
