"""The objects of segments in this vocabulary, and how domain values become them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from beckon.api.retenshun.objects import UserObject, read_number
from beckon.api.times import write_moment, write_moment_or_none
from beckon.domain.contacts.model import Contact, ContactId
from beckon.domain.segments.facts import Finding
from beckon.domain.segments.model import (
    AllOf,
    AnyOf,
    NoneOf,
    Rule,
    Segment,
    SegmentId,
    SegmentKind,
)
from beckon.domain.segments.writing import write
from beckon.kit.refusals import Invalid

TYPES = {kind.name: kind for kind in SegmentKind}


class SegmentObject(Struct, rename="camel"):
    """A segment. While a rule is computed `status` is COMPUTING and `userCount` grows.

    `pending` people are then still to be let in or out, as far as known. `fault` is why the rule
    could not be asked last time.
    """

    id: str
    name: str
    description: str | None
    type: str
    rules: list[Any]
    user_count: int
    status: str
    pending: int | None
    fault: str | None
    computed_at: str | None
    group_id: int
    created_at: str
    updated_at: str


class MemberObject(UserObject):
    """A person in a segment, and since when."""

    segment_since: str


class Explained(Struct):
    """A rule or a part of it: whether it holds, the value that decided, and its own parts.

    `rule` is written as rules are; that of a group without what is in it.
    """

    holds: bool
    rule: dict[str, Any]
    found: Any
    parts: list["Explained"]


def segment_object(segment: Segment) -> SegmentObject:
    """Show a segment."""
    is_computed = segment.computed_at is not None
    return SegmentObject(
        id=f"seg_{segment.id}",
        name=segment.name,
        description=segment.description,
        type=segment.kind.name,
        rules=[] if segment.rule is None else write_rules(segment.rule),
        user_count=segment.members,
        status="READY" if is_computed else "COMPUTING",
        pending=segment.pending,
        fault=segment.fault,
        computed_at=write_moment_or_none(segment.computed_at),
        group_id=segment.id,
        created_at=write_moment(segment.created_at),
        updated_at=write_moment(segment.updated_at),
    )


def member_object(shown: UserObject, since: datetime) -> MemberObject:
    """Show somebody who is in a segment."""
    told = {name: getattr(shown, name) for name in UserObject.__struct_fields__}
    return MemberObject(**told, segment_since=write_moment(since))


def explained(finding: Finding) -> Explained:
    """Show why a rule holds or does not."""
    found = finding.found
    return Explained(
        finding.holds,
        _own(finding.rule),
        write_moment(found) if isinstance(found, datetime) else found,
        [explained(part) for part in finding.parts],
    )


def write_rules(rule: Rule) -> list[Any]:
    """Write a rule as the list that it was given as; one that was no list as the only element."""
    return [write(inner) for inner in rule.rules] if isinstance(rule, AllOf) else [write(rule)]


def read_segment(segment_id: str) -> SegmentId:
    """Read an id such as seg_7. Raises Unknown for what can be no such id."""
    return SegmentId(read_number("seg", segment_id, "segment"))


def read_type(name: str | None) -> SegmentKind | None:
    """Read which kind of segments is meant. Raises Invalid for one that Beckon does not have."""
    if name is None:
        return None
    if name not in TYPES:
        raise Invalid(f"type must be one of {', '.join(TYPES)}.")
    return TYPES[name]


def by_number(people: Iterable[Contact]) -> Mapping[ContactId, Contact]:
    """Map people by their numbers."""
    return {person.id: person for person in people}


def _own(rule: Rule) -> dict[str, Any]:
    if isinstance(rule, AllOf | AnyOf | NoneOf):
        return {key: value for key, value in write(rule).items() if key != "rules"}
    return write(rule)
