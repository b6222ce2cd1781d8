"""Campaigns as values: what is planned, for whom, when, and how far it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel
from beckon.domain.messages.model import State
from beckon.domain.segments.model import SegmentId
from beckon.domain.templates.model import TemplateId, TemplateVersionId

CampaignId = NewType("CampaignId", int)


class Status(StrEnum):
    """Where a campaign is in its life; the arrows stand in `rules.py`."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    LAUNCHING = "launching"
    SENDING = "sending"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Act(StrEnum):
    """What a person does with a campaign."""

    SEND = "send"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is meant: whoever is in one of the segments and in none of the excluded ones."""

    segment_ids: tuple[SegmentId, ...]
    excluded_ids: tuple[SegmentId, ...] = ()


@dataclass(frozen=True, slots=True)
class Variant:
    """One of the texts that are tried against each other; weights count relative to each other."""

    name: str
    template_id: TemplateId
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """What a campaign sends to whom.

    `category` is the subscription category it belongs to. `holdout_percent` of the audience gets
    nothing, to measure against. `per_minute` bounds how many messages leave in a minute.
    `is_local`: the scheduled time of day counts in each contact's own zone.
    """

    channel: Channel
    audience: Audience
    variants: tuple[Variant, ...]
    category: str | None = None
    sender: str | None = None
    holdout_percent: int = 0
    per_minute: int | None = None
    is_local: bool = False


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign and how far it is. Moments are aware UTC.

    `is_held`: its time came (or lay in the past) while nobody could mean "now"; it waits for a
    person. `reason` says why it is held or failed. `recipients` and `held_out` count the snapshot
    of the audience, final once `is_snapshot_whole`. `versions` maps the names of variants to the
    texts they were launched with; empty before.
    """

    id: CampaignId
    project_id: ProjectId
    name: str
    status: Status
    paused_from: Status | None
    plan: Plan
    scheduled_at: datetime | None
    is_held: bool
    reason: str | None
    versions: Mapping[str, TemplateVersionId]
    recipients: int
    held_out: int
    is_snapshot_whole: bool
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Tally:
    """Messages counted by where they stand, and people by what they did; machines apart."""

    states: Mapping[State, int] = field(default_factory=dict)
    opened: int = 0
    clicked: int = 0
    unsubscribed: int = 0

    @property
    def messages(self) -> int:
        """How many there are."""
        return sum(self.states.values())

    @property
    def accepted(self) -> int:
        """How many a provider took, whatever became of them later."""
        taken = (State.ACCEPTED, State.DELIVERED, State.BOUNCED, State.COMPLAINED)
        return sum(self.states.get(state, 0) for state in taken)

    @property
    def is_moving(self) -> bool:
        """Whether a message may still change its state by being sent."""
        moving = (State.QUEUED, State.HELD, State.DEFERRED, State.SUBMITTING)
        return any(self.states.get(state) for state in moving)


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a campaign, counted anew from its messages: in all, and by variant."""

    campaign: Campaign
    total: Tally
    variants: Mapping[str, Tally] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether the states sum to the snapshot; anything else is a fault to be shown."""
        return self.total.messages == self.campaign.recipients
