"""What may change a segment's answer: which lines of the logs, and the mere passing of time."""

from collections.abc import Iterable, Sequence
from itertools import chain

from beckon.domain.segments.facts import leaves, needs
from beckon.domain.segments.model import (
    Anniversary,
    Condition,
    During,
    EventRule,
    FieldRule,
    InDays,
    Last,
    Leaf,
    MessageRule,
    Next,
    OrderRule,
    RfmRule,
    Rule,
    Segment,
    SegmentId,
    SequenceRule,
    Shift,
    Standard,
)

ANYTHING = "anything"
"""The tag of people of whom everything may have changed: new, merged and gone ones."""

CONTACT = "contact"
VISIT = "visit"
ORDER = "order"

MOVING = (Shift, Last, Next, During, InDays, Anniversary)


def event_tag(name: str) -> str:
    """Give the tag of who did something; the name in its compared form."""
    return f"event:{name}"


def outcome_tag(kind: str) -> str:
    """Give the tag of whose messages had an outcome."""
    return f"outcome:{kind}"


def segment_tag(segment_id: SegmentId) -> str:
    """Give the tag of who entered or left a segment."""
    return f"segment:{segment_id}"


def tags_of(rule: Rule) -> frozenset[str]:
    """Tell by which tags people are those whom a rule must be asked about anew."""
    needed = needs(rule)
    tags = {ANYTHING}
    tags.update(map(event_tag, needed.events))
    tags.update(map(outcome_tag, needed.outcomes))
    tags.update(map(segment_tag, needed.segments))
    if needed.visits or Standard.LAST_SEEN_AT in needed.properties:
        tags.add(VISIT)
    if needed.purchases:
        tags.add(ORDER)
    if needed.reach or needed.properties - {Standard.SESSION_COUNT, Standard.LAST_SEEN_AT}:
        tags.add(CONTACT)
    return frozenset(tags)


def lapses(rule: Rule) -> bool:
    """Tell whether time alone can let people in or out."""
    return any(map(_lapses, leaves(rule)))


def named_by(rule: Rule) -> frozenset[SegmentId]:
    """Tell which other segments a rule is about."""
    return needs(rule).segments


def floors(segments: Iterable[Segment]) -> list[list[Segment]]:
    """Sort segments so that each comes after those its rule is about; what is alike, together.

    A rule about a segment that is not among these waits for nobody.
    """
    left = {segment.id: segment for segment in segments}
    found: list[list[Segment]] = []
    while left:
        ready = [
            segment
            for segment in left.values()
            if segment.rule is None or not named_by(segment.rule) & left.keys()
        ]
        assert ready, "no segment leads back to itself"
        found.append(ready)
        for segment in ready:
            del left[segment.id]
    return found


def _lapses(leaf: Leaf) -> bool:
    match leaf:
        case FieldRule():
            conditions: Sequence[Condition] = [leaf.condition]
        case EventRule():
            conditions = [leaf.condition, *(one.condition for one in leaf.where)]
        case SequenceRule(steps):
            if leaf.lacks_last and steps[-1].within_seconds is not None:
                return True
            conditions = [one.condition for step in steps for one in step.where]
        case MessageRule() | OrderRule():
            conditions = [leaf.condition]
        case RfmRule():
            return True
        case _:
            return False
    operands = chain.from_iterable(condition.operands for condition in conditions)
    window = None if isinstance(leaf, FieldRule) else leaf.window
    return isinstance(window, MOVING) or any(isinstance(one, MOVING) for one in operands)
