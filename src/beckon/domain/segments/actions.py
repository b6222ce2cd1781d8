"""What can be done with segments. Each action runs inside the caller's transaction.

Invariant: `members` of a segment is the number of people in it, and everybody who came to be in
or out of it stands in the log of changes once.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import ContactId
from beckon.domain.segments import queries, writes
from beckon.domain.segments.facts import leaves
from beckon.domain.segments.model import MemberRule, Rule, Segment, SegmentId, SegmentKind
from beckon.domain.segments.writing import write
from beckon.kit.refusals import Conflict, Invalid
from beckon.kit.texts import is_line
from beckon.storage.schema import Tx, lock_names

NAME_CHARACTERS_MAX = 200
DESCRIPTION_CHARACTERS_MAX = 2000
NESTED_MAX = 10


def create(
    tx: Tx,
    project_id: ProjectId,
    *,
    name: str,
    rule: Rule | None,
    description: str | None = None,
    now: datetime,
) -> Segment:
    """Keep a new segment: dynamic with a rule, a list of people without.

    Raises Invalid, also for a rule about a segment the project does not have.
    """
    if rule is not None:
        _check_nesting(tx, project_id, rule, None)
    segment_id = writes.insert_segment(
        tx,
        project_id,
        name=check_name(name),
        kind=SegmentKind.STATIC if rule is None else SegmentKind.DYNAMIC,
        rule=rule,
        description=_check_description(description),
        now=now,
    )
    return queries.get_segment(tx, project_id, segment_id)


def change(
    tx: Tx,
    project_id: ProjectId,
    segment_id: SegmentId,
    *,
    name: str | None = None,
    description: str | None = None,
    rule: Rule | None = None,
    now: datetime,
) -> Segment:
    """Rename a segment or give it another rule; None leaves a field.

    With another rule everybody is asked anew; who is in stays until then. Raises SegmentUnknown,
    Invalid, and Conflict for the rule of a list.
    """
    old = queries.get_segment(tx, project_id, segment_id)
    values: dict[str, object] = {"updated_at": now}
    if name is not None:
        values["name"] = check_name(name)
    if description is not None:
        values["description"] = _check_description(description)
    if rule is not None and rule != old.rule:
        if old.kind is SegmentKind.STATIC:
            raise Conflict("This segment is a list of people; it takes no rules.")
        _check_nesting(tx, project_id, rule, segment_id)
        values |= {
            "rule": write(rule),
            "revision": old.revision + 1,
            "computed_at": None,
            "due_at": now,
            "pending": None,
            "fault": None,
        }
    writes.update_segment(tx, project_id, segment_id, values)
    return queries.get_segment(tx, project_id, segment_id)


def delete(tx: Tx, project_id: ProjectId, segment_id: SegmentId, now: datetime) -> None:
    """Take a segment out of use. Raises SegmentUnknown, and Conflict while another names it."""
    queries.get_segment(tx, project_id, segment_id)
    for other in queries.list_segments(tx, project_id, offset=0, limit=queries.LIST_MAX):
        if other.rule is not None and segment_id in _named(other.rule):
            raise Conflict(
                f"Segment seg_{other.id} ('{other.name}') is defined by this one. "
                "Change or delete that first."
            )
    writes.update_segment(tx, project_id, segment_id, {"deleted_at": now, "due_at": None})


def find_or_create_list(tx: Tx, project_id: ProjectId, name: str, now: datetime) -> Segment:
    """Return the list of people of this name; made when it is first used. Raises Invalid."""
    wanted = check_name(name)
    lock_names(tx, [f"segment:{project_id}:{wanted}"])
    known = queries.find_segment_by_name(tx, project_id, wanted, SegmentKind.STATIC)
    return known or create(tx, project_id, name=wanted, rule=None, now=now)


def add_members(
    tx: Tx, project_id: ProjectId, segment_id: SegmentId, ids: Sequence[ContactId], now: datetime
) -> int:
    """Put people of the project on a list; tells how many were not on it before.

    Raises SegmentUnknown, and Conflict for a segment whose members follow from a rule.
    """
    return len(let_in(tx, project_id, segment_id, ids, now))


def let_in(
    tx: Tx, project_id: ProjectId, segment_id: SegmentId, ids: Sequence[ContactId], now: datetime
) -> list[ContactId]:
    """Put people on a list as `add_members` does; gives who was not on it before, by number."""
    _check_list(tx, project_id, segment_id)
    known = contacts.find_ids(tx, project_id, ids)
    present = writes.lock_segment(tx, project_id, segment_id)
    if present is None:
        return []
    entered, _ = _move(tx, project_id, segment_id, entering=sorted(known), leaving=(), now=now)
    return entered


def remove_members(
    tx: Tx, project_id: ProjectId, segment_id: SegmentId, ids: Sequence[ContactId], now: datetime
) -> int:
    """Take people off a list; tells how many were on it. Raises as `add_members` does."""
    _check_list(tx, project_id, segment_id)
    _, left = settle_members(tx, project_id, segment_id, entering=(), leaving=ids, now=now)
    return left


def settle_members(
    tx: Tx,
    project_id: ProjectId,
    segment_id: SegmentId,
    *,
    entering: Sequence[ContactId],
    leaving: Sequence[ContactId],
    now: datetime,
    revision: int | None = None,
) -> tuple[int, int]:
    """Let people in and out of a segment; tells how many truly entered and left.

    At most 10,000 of either. Where `revision` is given and the rule changed since, or the segment
    is gone, nothing happens: the answer was to another question.
    """
    present = writes.lock_segment(tx, project_id, segment_id)
    if present is None or (revision is not None and revision != present):
        return 0, 0
    entered, left = _move(tx, project_id, segment_id, entering=entering, leaving=leaving, now=now)
    return len(entered), len(left)


def _move(
    tx: Tx,
    project_id: ProjectId,
    segment_id: SegmentId,
    *,
    entering: Sequence[ContactId],
    leaving: Sequence[ContactId],
    now: datetime,
) -> tuple[list[ContactId], list[ContactId]]:
    """Let people in and out of a segment that is locked; gives who truly entered and left."""
    inside = queries.find_members(tx, project_id, segment_id, [*entering, *leaving])
    entered = sorted(set(entering) - inside)
    left = sorted(set(leaving) & inside)
    writes.insert_members(tx, project_id, segment_id, entered, now)
    writes.end_members(tx, project_id, segment_id, left, now)
    writes.insert_changes(tx, project_id, segment_id, entered, has_entered=True, now=now)
    writes.insert_changes(tx, project_id, segment_id, left, has_entered=False, now=now)
    if entered or left:
        writes.add_to_count(tx, project_id, segment_id, len(entered) - len(left), now)
    return entered, left


def follow_merges(
    tx: Tx, project_id: ProjectId, became: Mapping[ContactId, ContactId], now: datetime
) -> None:
    """Let people take the places of the visitors they were on lists; rules are asked anew."""
    standing: dict[SegmentId, list[ContactId]] = defaultdict(list)
    for segment_id, contact_id in queries.list_lists_of(tx, project_id, list(became)):
        standing[segment_id].append(contact_id)
    for segment_id, visitors in standing.items():
        people = sorted({became[one] for one in visitors})
        settle_members(tx, project_id, segment_id, entering=people, leaving=visitors, now=now)


def forget(tx: Tx, project_id: ProjectId, ids: Sequence[ContactId], now: datetime) -> None:
    """Count people out of their segments; who erases them takes their rows away afterwards."""
    writes.take_out_of_counts(tx, project_id, ids, now)


def check_name(name: str) -> str:
    """Trim a segment's name. Raises Invalid unless 1 to 200 printable characters are left."""
    trimmed = name.strip()
    if not 0 < len(trimmed) <= NAME_CHARACTERS_MAX or not is_line(trimmed):
        raise Invalid(
            f"name must have 1 to {NAME_CHARACTERS_MAX} characters and no control characters."
        )
    return trimmed


def _check_description(description: str | None) -> str | None:
    if description is not None and len(description) > DESCRIPTION_CHARACTERS_MAX:
        raise Invalid(f"description must have at most {DESCRIPTION_CHARACTERS_MAX} characters.")
    return description


def _check_list(tx: Tx, project_id: ProjectId, segment_id: SegmentId) -> None:
    if queries.get_segment(tx, project_id, segment_id).kind is SegmentKind.DYNAMIC:
        raise Conflict("Who is in this segment follows from its rules; only lists take people.")


def _check_nesting(tx: Tx, project_id: ProjectId, rule: Rule, own: SegmentId | None) -> None:
    """Raise Invalid for a rule about unknown segments, itself, or too many floors of them."""
    seen: set[SegmentId] = set()
    floor = _named(rule)
    for _ in range(NESTED_MAX):
        if own is not None and own in floor:
            raise Invalid("rules: a segment cannot be defined by itself.")
        fresh = floor - seen
        if not fresh:
            return
        seen |= fresh
        floor = set()
        for number in sorted(fresh):
            try:
                inner = queries.get_segment(tx, project_id, number).rule
            except queries.SegmentUnknown as unknown:
                raise Invalid(f"rules: {unknown.message}") from None
            floor |= set() if inner is None else _named(inner)
    raise Invalid(f"rules: segments may be defined by others at most {NESTED_MAX} deep.")


def _named(rule: Rule) -> set[SegmentId]:
    return {leaf.segment_id for leaf in leaves(rule) if isinstance(leaf, MemberRule)}
