"""Rules as a frozen tree, and segments as values. What a rule means: docs/segments.md.

Windows and spans of time are in whole seconds, moments aware UTC, money in minor units.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NewType, TypeAlias

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel, ContactId

SegmentId = NewType("SegmentId", int)


class Operator(StrEnum):
    """What a value is asked. Those in NEGATIONS hold exactly where their opposite does not."""

    EQ = "eq"
    NEQ = "neq"
    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    BETWEEN = "between"
    CONTAINS = "contains"
    NOT_CONTAINS = "not_contains"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    IN = "in"
    NOT_IN = "not_in"
    EXISTS = "exists"
    NOT_EXISTS = "not_exists"
    MATCHES = "matches"


NEGATIONS: Mapping[Operator, Operator] = {
    Operator.NEQ: Operator.EQ,
    Operator.NOT_CONTAINS: Operator.CONTAINS,
    Operator.NOT_IN: Operator.IN,
    Operator.NOT_EXISTS: Operator.EXISTS,
}


class Type(StrEnum):
    """As what a value is read before it is compared."""

    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    LIST = "list"
    ANY = "any"


class Period(StrEnum):
    """A stretch of the calendar; weeks begin on Monday."""

    TODAY = "today"
    YESTERDAY = "yesterday"
    TOMORROW = "tomorrow"
    THIS_WEEK = "this_week"
    LAST_WEEK = "last_week"
    NEXT_WEEK = "next_week"
    THIS_MONTH = "this_month"
    LAST_MONTH = "last_month"
    NEXT_MONTH = "next_month"
    THIS_YEAR = "this_year"
    LAST_YEAR = "last_year"
    NEXT_YEAR = "next_year"


class Zone(StrEnum):
    """By whose time zone it is today."""

    PROJECT = "project"
    CONTACT = "contact"


@dataclass(frozen=True, slots=True)
class Shift:
    """The moment so many seconds after now; before, where negative."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Last:
    """The time up to now, now included, the far edge not."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Next:
    """The time from now on, now not included, the far edge included."""

    seconds: int


@dataclass(frozen=True, slots=True)
class During:
    """The days of a period."""

    period: Period
    zone: Zone = Zone.PROJECT


@dataclass(frozen=True, slots=True)
class InDays:
    """The day so many days after today; before, where negative."""

    days: int
    zone: Zone = Zone.PROJECT


@dataclass(frozen=True, slots=True)
class Anniversary:
    """A day of an earlier year with the month and day of so many days after today."""

    days: int
    zone: Zone = Zone.PROJECT


Instant: TypeAlias = datetime | date | Shift
"""A moment, a whole day, or a moment told from now."""

Match: TypeAlias = Last | Next | During | InDays | Anniversary
"""What `matches` asks of a date."""

Operand: TypeAlias = str | float | bool | Instant | Match


@dataclass(frozen=True, slots=True)
class Condition:
    """What is asked of one value. Operands are of the condition's type: two for `between`."""

    operator: Operator
    type: Type
    operands: tuple[Operand, ...] = ()


class Standard(StrEnum):
    """What is known of everybody, under its name in rules."""

    ID = "id"
    CONTACT_ID = "contactId"
    EMAIL = "email"
    PHONE = "phone"
    FIRST_NAME = "firstName"
    LAST_NAME = "lastName"
    LANGUAGE = "language"
    TIME_ZONE = "timezone"
    CREATED_AT = "createdAt"
    UPDATED_AT = "updatedAt"
    LAST_SEEN_AT = "lastSeenAt"
    SESSION_COUNT = "sessionCount"


@dataclass(frozen=True, slots=True)
class Property:
    """A property by its dotted path."""

    path: str


@dataclass(frozen=True, slots=True)
class FieldRule:
    """Something known of a person."""

    field: Standard | Property
    condition: Condition


@dataclass(frozen=True, slots=True)
class PropertyRule:
    """Something an event told."""

    field: Property
    condition: Condition


@dataclass(frozen=True, slots=True)
class Fixed:
    """From a moment or day, included, up to a moment, excluded, or day, included; None is open."""

    start: datetime | date | None
    end: datetime | date | None


Window: TypeAlias = Last | Fixed | During
"""When something counts. Whatever lies after now never does."""


class Measure(StrEnum):
    """What is made of all that counts."""

    COUNT = "count"
    SUM = "sum"
    AVERAGE = "avg"
    SMALLEST = "min"
    LARGEST = "max"
    FIRST = "first"
    LATEST = "last"


@dataclass(frozen=True, slots=True)
class EventRule:
    """What somebody did, measured. `event` is a name in its compared form."""

    event: str
    condition: Condition
    measure: Measure = Measure.COUNT
    property: str | None = None
    where: tuple[PropertyRule, ...] = ()
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """An event in a sequence, at most so many seconds after the one before."""

    event: str
    where: tuple[PropertyRule, ...] = ()
    within_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class SequenceRule:
    """One event after the other; the window is that of the first.

    `lacks_last` asks that the last one did not follow, and that its time is over.
    """

    steps: tuple[Step, ...]
    lacks_last: bool = False
    window: Window | None = None


class Outcome(StrEnum):
    """What became of messages."""

    QUEUED = "queued"
    SENT = "sent"
    RECEIVED = "received"
    DELIVERED = "delivered"
    OPENED = "opened"
    CLICKED = "clicked"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    UNSUBSCRIBED = "unsubscribed"


@dataclass(frozen=True, slots=True)
class MessageRule:
    """How many messages had an outcome; None counts those of every channel, template and so on."""

    outcome: Outcome
    condition: Condition
    channel: Channel | None = None
    template_id: int | None = None
    campaign_id: int | None = None
    workflow_id: int | None = None
    link: str | None = None
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class MemberRule:
    """Being in another segment."""

    segment_id: SegmentId
    is_member: bool = True


class Reach(StrEnum):
    """How far a channel reaches somebody."""

    ADDRESSED = "addressed"
    CONFIRMED = "confirmed"
    SUBSCRIBED = "subscribed"


@dataclass(frozen=True, slots=True)
class ReachRule:
    """Whether a channel has an address, a confirmed one, one that bulk mail may go to."""

    channel: Channel
    reach: Reach


@dataclass(frozen=True, slots=True)
class OrderRule:
    """What somebody ordered, measured. Sums are in minor units of the currency."""

    condition: Condition
    measure: Measure = Measure.COUNT
    statuses: tuple[str, ...] = ()
    currency: str | None = None
    product: str | None = None
    category: str | None = None
    window: Window | None = None


class Grid(StrEnum):
    """Whose recency and frequency."""

    SALES = "sales"
    CAMPAIGNS = "campaigns"


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """A cell of a grid: recency 1 (latest) to 6, frequency 1 (once) to 5."""

    recency: int
    frequency: int


@dataclass(frozen=True, slots=True)
class RfmRule:
    """Being in one of the cells of a grid."""

    grid: Grid
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every rule holds."""

    rules: "tuple[Rule, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one rule holds."""

    rules: "tuple[Rule, ...]"


@dataclass(frozen=True, slots=True)
class NoneOf:
    """No rule holds."""

    rules: "tuple[Rule, ...]"


Leaf: TypeAlias = (
    FieldRule
    | EventRule
    | SequenceRule
    | MessageRule
    | MemberRule
    | ReachRule
    | OrderRule
    | RfmRule
)
Rule: TypeAlias = Leaf | AllOf | AnyOf | NoneOf


class SegmentKind(StrEnum):
    """Who says who is in: a rule, or whoever adds people."""

    DYNAMIC = "dynamic"
    STATIC = "static"


@dataclass(frozen=True, slots=True)
class Segment:
    """People who are meant together. `rule` is that of a dynamic one.

    `members` counts who is in; `computed_at` is when a rule was last asked of everybody, None
    where that is still to come, so the count says nothing yet; `pending` people are then still to
    be let in or out, as far as known. `fault` is why it could not be asked. `revision` counts its
    rules.
    """

    id: SegmentId
    project_id: ProjectId
    name: str
    kind: SegmentKind
    rule: Rule | None
    description: str | None
    members: int
    revision: int
    computed_at: datetime | None
    created_at: datetime
    updated_at: datetime
    due_at: datetime | None = None
    pending: int | None = None
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """One person's being in a segment; `until` is None while it lasts. Moments are aware UTC."""

    segment_id: SegmentId
    contact_id: ContactId
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class SegmentChange:
    """What to change about a segment; None leaves a field."""

    name: str | None = None
    description: str | None = None
    rule: Rule | None = field(default=None)
