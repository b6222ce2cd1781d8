"""Workflows, their steps and the runs through them, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType, TypeAlias

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel, ContactId
from beckon.domain.messages.model import RunId, WorkflowId
from beckon.domain.templates.model import TemplateId

VersionId = NewType("VersionId", int)


@dataclass(frozen=True, slots=True)
class Send:
    """Send a template, `delay_seconds` after the step before."""

    channel: Channel
    template_id: TemplateId
    delay_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Wait:
    """Let `delay_seconds` pass after the step before."""

    delay_seconds: int


Step: TypeAlias = Send | Wait


@dataclass(frozen=True, slots=True)
class EventTrigger:
    """Starts a run for whom an event of this name concerns; names compare without case."""

    event_name: str


@dataclass(frozen=True, slots=True)
class Definition:
    """What a version says: what starts it and what follows, in order."""

    trigger: EventTrigger
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow in its present version. Versions never change; an edit makes a new one.

    It starts for events received since `listens_since`: when it was switched on, or when what
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


class RunState(StrEnum):
    """Whether a run still moves."""

    ACTIVE = "active"
    DONE = "done"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Run:
    """One person on the way through one version.

    `position` is the step to come, due at `wake_at` (aware UTC). `data` is what the trigger said.
    """

    id: RunId
    project_id: ProjectId
    workflow_id: WorkflowId
    version_id: VersionId
    contact_id: ContactId
    position: int
    wake_at: datetime
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Order:
    """A message a run asks for; the same visit to a step always has the same key."""

    key: str
    channel: Channel
    template_id: TemplateId
