"""What a rule looks at in one person, as a frozen value; and how much of it a rule needs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from uuid import UUID

from beckon.domain.contacts.model import Channel, Contact
from beckon.domain.segments.model import (
    AllOf,
    AnyOf,
    EventRule,
    FieldRule,
    Grid,
    Leaf,
    MemberRule,
    MessageRule,
    NoneOf,
    OrderRule,
    Outcome,
    Property,
    Reach,
    ReachRule,
    RfmRule,
    Rule,
    SegmentId,
    SequenceRule,
    Standard,
)
from beckon.kit.typed import Typed

RECORDED: Mapping[Outcome, tuple[str, ...]] = {
    Outcome.QUEUED: ("queued",),
    Outcome.SENT: ("accepted",),
    Outcome.RECEIVED: ("accepted", "delivered"),
    Outcome.DELIVERED: ("delivered",),
    Outcome.OPENED: ("opened",),
    Outcome.CLICKED: ("clicked",),
    Outcome.BOUNCED: ("bounced",),
    Outcome.COMPLAINED: ("complained",),
    Outcome.FAILED: ("failed", "dead"),
    Outcome.SUPPRESSED: ("suppressed",),
    Outcome.UNSUBSCRIBED: ("unsubscribed",),
}
"""Under which kinds outcomes are recorded."""

DELIVERED_ORDER = "DELIVERED"


@dataclass(frozen=True, slots=True)
class AsOf:
    """When a rule is asked, and in which time zone the project has its days."""

    now: datetime
    zone: tzinfo


@dataclass(frozen=True, slots=True)
class Happened:
    """One event of a person."""

    at: datetime
    properties: Typed


@dataclass(frozen=True, slots=True)
class Recorded:
    """One outcome of a message to a person; 0 is no template, campaign, workflow."""

    kind: str
    at: datetime
    message_id: UUID
    channel: Channel
    template_id: int = 0
    campaign_id: int = 0
    workflow_id: int = 0
    link: str = ""
    is_machine: bool = False


@dataclass(frozen=True, slots=True)
class Purchase:
    """One order of a person as it is now; the total in minor units."""

    status: str
    total: int
    currency: str
    placed_at: datetime
    products: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one person, at least as far as the rule asked needs it.

    `events` are by name in its compared form, `visits` the moments of all events; in any order.
    """

    contact: Contact
    properties: Typed
    reach: Mapping[Reach, frozenset[Channel]] = field(default_factory=dict)
    events: Mapping[str, Sequence[Happened]] = field(default_factory=dict)
    visits: Sequence[datetime] = ()
    outcomes: Sequence[Recorded] = ()
    segments: frozenset[SegmentId] = frozenset()
    purchases: Sequence[Purchase] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a rule holds, and why: what was found, and the findings of its parts."""

    rule: Rule
    holds: bool
    found: object = None
    parts: "tuple[Finding, ...]" = ()


@dataclass(frozen=True, slots=True)
class Needs:
    """What a rule looks at besides the contact itself: what to load, and what may change it."""

    events: frozenset[str] = frozenset()
    told: frozenset[str] = frozenset()
    """Names of the events whose properties it reads, too."""
    visits: bool = False
    reach: bool = False
    outcomes: frozenset[str] = frozenset()
    segments: frozenset[SegmentId] = frozenset()
    purchases: bool = False
    properties: frozenset[str] = frozenset()
    """Names of the fields and paths of the contact it reads."""


def leaves(rule: Rule) -> Iterator[Leaf]:
    """Go through the rules that are no groups, in order."""
    match rule:
        case AllOf(rules) | AnyOf(rules) | NoneOf(rules):
            for inner in rules:
                yield from leaves(inner)
        case _:
            yield rule


def needs(rule: Rule) -> Needs:
    """Tell what a rule looks at."""
    found = list(leaves(rule))
    fields = [leaf.field for leaf in found if isinstance(leaf, FieldRule)]
    return Needs(
        events=frozenset(name for leaf in found for name in _names(leaf)),
        told=frozenset(name for leaf in found for name in _names_told(leaf)),
        visits=Standard.SESSION_COUNT in fields,
        reach=any(isinstance(leaf, ReachRule) for leaf in found),
        outcomes=frozenset(kind for leaf in found for kind in _kinds(leaf)),
        segments=frozenset(leaf.segment_id for leaf in found if isinstance(leaf, MemberRule)),
        purchases=any(_reads_purchases(leaf) for leaf in found),
        properties=frozenset(one.path if isinstance(one, Property) else one for one in fields),
    )


def _names(leaf: Leaf) -> Iterator[str]:
    if isinstance(leaf, EventRule):
        yield leaf.event
    elif isinstance(leaf, SequenceRule):
        yield from (step.event for step in leaf.steps)


def _names_told(leaf: Leaf) -> Iterator[str]:
    if isinstance(leaf, EventRule) and (leaf.where or leaf.property is not None):
        yield leaf.event
    elif isinstance(leaf, SequenceRule):
        yield from (step.event for step in leaf.steps if step.where)


def _kinds(leaf: Leaf) -> tuple[str, ...]:
    if isinstance(leaf, MessageRule):
        return RECORDED[leaf.outcome]
    if isinstance(leaf, RfmRule) and leaf.grid is Grid.CAMPAIGNS:
        return RECORDED[Outcome.OPENED]
    return ()


def _reads_purchases(leaf: Leaf) -> bool:
    return isinstance(leaf, OrderRule) or (isinstance(leaf, RfmRule) and leaf.grid is Grid.SALES)
