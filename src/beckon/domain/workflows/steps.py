"""The steps of a workflow, as values: a tree whose branches come together again behind it.

Every step has an id, unique in its version; `planning.named` gives one to whoever has none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum
from typing import TypeAlias

from beckon.domain.contacts.model import Channel
from beckon.domain.messages.model import WorkflowId
from beckon.domain.templates.model import TemplateId
from beckon.domain.workflows.conditions import Proviso


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What every step has: its id, by which journeys and counts speak of it."""

    id: str = ""


@dataclass(frozen=True, slots=True)
class Send(Named):
    """Send a template, `delay_seconds` after the step before.

    `category` is the subscription category. `is_transactional`: it reaches whoever unsubscribed,
    and neither caps nor quiet hours hold it.
    """

    channel: Channel
    template_id: TemplateId
    delay_seconds: int = 0
    category: str | None = None
    is_transactional: bool = False


@dataclass(frozen=True, slots=True)
class Wait(Named):
    """Let seconds pass, and then whole days of the contact's calendar.

    A day ends at the same time of day, also where the clocks were changed meanwhile: it may last
    23 or 25 hours. 86,400 seconds are always 24 hours.
    """

    delay_seconds: int = 0
    days: int = 0


@dataclass(frozen=True, slots=True)
class WaitForTime(Named):
    """Wait for a time of day on one of some weekdays (Monday is 0; none given means any).

    It counts in the contact's zone, where one is known, else in the project's. Between `at` and
    `to` nobody waits; without `to` only the very minute lets people through.
    """

    at: time
    weekdays: tuple[int, ...] = ()
    to: time | None = None


@dataclass(frozen=True, slots=True)
class WaitForDate(Named):
    """Wait for the date or moment in a field, `seconds` before (below 0) or after it.

    `field` names something the trigger said or a property of the contact. Who has no date there,
    or one that is past, goes on at once. A bare date means its `at`, in the contact's zone.
    """

    field: str
    seconds: int = 0
    at: time = time(9)


@dataclass(frozen=True, slots=True)
class WaitForEvent(Named):
    """Wait for an event, at most `timeout_seconds`; which of the two came decides the way."""

    event_name: str
    timeout_seconds: int
    where: Proviso
    then: tuple["Step", ...] = ()
    otherwise: tuple["Step", ...] = ()


@dataclass(frozen=True, slots=True)
class Condition(Named):
    """Two ways, by what holds at that moment."""

    test: Proviso
    then: tuple["Step", ...] = ()
    otherwise: tuple["Step", ...] = ()


@dataclass(frozen=True, slots=True)
class Branch:
    """One way of a switch and what must hold for it."""

    name: str
    test: Proviso
    steps: tuple["Step", ...] = ()


@dataclass(frozen=True, slots=True)
class Switch(Named):
    """Many ways: the first whose test holds."""

    branches: tuple[Branch, ...]
    otherwise: tuple["Step", ...] = ()


@dataclass(frozen=True, slots=True)
class Share:
    """One way of a split and how many of a hundred take it."""

    name: str
    percent: int
    steps: tuple["Step", ...] = ()


@dataclass(frozen=True, slots=True)
class Split(Named):
    """Ways by chance: the same contact always takes the same one in the same version.

    The percentages sum to 100.
    """

    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class UpdateContact(Named):
    """Change fields of the contact; texts with places to fill (Liquid) are filled, null empties.

    `time_zone`, `language`, `first_name`, `last_name`, `email` and `phone` are the contact's own
    fields, all else are properties.
    """

    fields: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ChangeTags(Named):
    """Put tags on the contact and take others away."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeList(Named):
    """Put the contact into a segment kept by hand, or take it out."""

    segment_id: int
    is_member: bool = True


@dataclass(frozen=True, slots=True)
class ChangeConsent(Named):
    """Subscribe the contact's address of a channel to bulk messages, or unsubscribe it.

    With a `category` only that category is meant.
    """

    channel: Channel
    is_subscribed: bool
    category: str | None = None


@dataclass(frozen=True, slots=True)
class FireEvent(Named):
    """Log an event of the contact; texts in it are filled as in a template."""

    event_name: str
    properties: Mapping[str, object] = field(default_factory=dict)


class Method(StrEnum):
    """How a webhook is called."""

    GET = "get"
    POST = "post"
    PUT = "put"
    PATCH = "patch"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class CallWebhook(Named):
    """Call an address outside; later steps see the answer under the name `save_as`.

    Address, headers and body have places to fill. An answer other than 2xx after the last try
    leads on by `otherwise`, where there is one, else ends the run as failed.
    """

    url: str
    method: Method = Method.POST
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    save_as: str = ""
    otherwise: tuple["Step", ...] = ()


@dataclass(frozen=True, slots=True)
class WriteCopy(Named):
    """Have a text written in the contact's language, by the composer that needs no network.

    Later steps see its `title` and `body` under the name `save_as`.
    """

    prompt: str
    save_as: str
    channel: Channel = Channel.EMAIL


@dataclass(frozen=True, slots=True)
class Reach(Named):
    """A goal on the way: whoever the test holds for has reached it, and leaves if `exits`."""

    test: Proviso
    exits: bool = True


@dataclass(frozen=True, slots=True)
class GoTo(Named):
    """Leave for another workflow, which begins with the same data."""

    workflow_id: WorkflowId


@dataclass(frozen=True, slots=True)
class Leave(Named):
    """End the run here."""

    reason: str = ""


Step: TypeAlias = (
    Send
    | Wait
    | WaitForTime
    | WaitForDate
    | WaitForEvent
    | Condition
    | Switch
    | Split
    | UpdateContact
    | ChangeTags
    | ChangeList
    | ChangeConsent
    | FireEvent
    | CallWebhook
    | WriteCopy
    | Reach
    | GoTo
    | Leave
)
