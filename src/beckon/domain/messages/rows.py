"""What the ledger's statements take and give: parts of messages, each as far as one step asks."""

from collections.abc import Mapping
from datetime import datetime

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel, ContactId
from beckon.domain.messages.model import MessageId, NewMessage, State, WorkflowId
from beckon.domain.subscriptions.model import Purpose
from beckon.domain.templates.model import TemplateVersionId
from beckon.kit.values import Value


class Queued(Value, frozen=True):
    """A new message with its name, and how it begins."""

    id: MessageId
    new: NewMessage
    state: State
    reason: str | None
    due_at: datetime | None


class Claim(Value, frozen=True):
    """What guards a message that is still to be sent."""

    fence: int
    expires_at: datetime | None


class Claimed(Value, frozen=True):
    """A message that was taken to be handed over, as far as writing it out asks."""

    position: int
    id: MessageId
    project_id: ProjectId
    contact_id: ContactId
    fence: int
    attempts: int
    channel: Channel
    purpose: Purpose
    version_id: TemplateVersionId
    data: Mapping[str, object]
    address: str | None
    sender: str | None
    subject: str | None
    category: str | None
    campaign_id: int | None
    workflow_id: WorkflowId | None
    language: str | None
    created_at: datetime


class Attempt(Value, frozen=True):
    """A message that is being handed over, as far as settling asks."""

    position: int
    fence: int
    state: State
    reason: str | None
    attempts: int
    purpose: Purpose
    channel: Channel
    address: str | None
    is_repeatable: bool
    tried_since: datetime | None
    expires_at: datetime | None


class Submission(Value, frozen=True):
    """What is noted of a message when it is committed to being handed over."""

    position: int
    address: str
    subject: str


class Settled(Value, frozen=True):
    """Where a message is after an attempt; None of `provider_id`, `accepted_at` keeps the old."""

    position: int
    state: State
    reason: str | None
    attempts: int
    due_at: datetime | None
    resolve_at: datetime | None
    provider_id: str | None
    accepted_at: datetime | None
