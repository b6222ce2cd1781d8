"""The second reading of a rule: everybody at once, as a question to ClickHouse.

Held to `evaluating` by random rules over random people (tests/domain/segments).

Invariant: the project stands first in every table asked, and values are parameters only.
"""

from collections.abc import Sequence
from typing import assert_never

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import ContactId
from beckon.domain.segments.crowds import Crowds
from beckon.domain.segments.facts import AsOf
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
    Property,
    ReachRule,
    RfmRule,
    Rule,
    SegmentId,
    SequenceRule,
    Standard,
)
from beckon.domain.segments.predicates import Calendar, ColumnPlace, MapPlace, predicate
from beckon.domain.segments.questions import Question, Values, all_of, any_of

_COLUMNS = {
    Standard.ID: "external_id",
    Standard.CONTACT_ID: "toFloat64(contact_id)",
    Standard.EMAIL: "lower(email)",  # of ASCII letters only, as the rule asks
    Standard.PHONE: "phone",
    Standard.FIRST_NAME: "first_name",
    Standard.LAST_NAME: "last_name",
    Standard.LANGUAGE: "language",
    Standard.TIME_ZONE: "time_zone",
    Standard.CREATED_AT: "created_at",
    Standard.UPDATED_AT: "updated_at",
    Standard.LAST_SEEN_AT: "last_seen_at",
}


def compile_members(
    rule: Rule, project_id: ProjectId, as_of: AsOf, among: Sequence[ContactId] | None = None
) -> Question:
    """Ask for the numbers of the contacts a rule holds for, in no order.

    `among` limits the question to some contacts (at most 10,000), for those that changed.
    """
    return _Compiler(project_id, as_of, among).question(rule, "contact_id")


def compile_count(rule: Rule, project_id: ProjectId, as_of: AsOf) -> Question:
    """Ask for how many contacts a rule holds."""
    return _Compiler(project_id, as_of, None).question(rule, "count()")


def compile_sample(rule: Rule, project_id: ProjectId, as_of: AsOf, *, limit: int) -> Question:
    """Ask for the numbers of a few contacts a rule holds for, the newest first."""
    compiler = _Compiler(project_id, as_of, None)
    asked = compiler.question(rule, "contact_id")
    sql = f"{asked.sql} ORDER BY contact_id DESC LIMIT {compiler.values.id(limit)}"
    return Question(sql, compiler.values.values)


def compile_cells(grid: Grid, project_id: ProjectId, as_of: AsOf) -> Question:
    """Ask which cells of a grid hold somebody, in the numbers of `Crowds`, and how many each."""
    compiler = _Compiler(project_id, as_of, None)
    people = (
        f"SELECT contact_id FROM contact FINAL WHERE project_id = {compiler.values.id(project_id)}"  # noqa: S608 - marks only
    )
    sql = (
        f"SELECT cell, count() FROM ({compiler.in_cells(grid)}) "  # noqa: S608
        f"WHERE contact_id IN ({people}) GROUP BY cell"
    )
    return Question(sql, compiler.values.values)


def compile_difference(
    rule: Rule,
    project_id: ProjectId,
    segment_id: SegmentId,
    as_of: AsOf,
    *,
    after: ContactId,
    limit: int,
) -> Question:
    """Ask who is to enter (1) and to leave (0) a segment, behind a contact number, in its order.

    With each stands how many there are in all behind that number, beyond the limit too.
    """
    compiler = _Compiler(project_id, as_of, None)
    inside = compiler.question(rule, "contact_id")
    values = compiler.values
    members = (
        f"SELECT contact_id FROM membership FINAL WHERE project_id = {values.id(project_id)} "  # noqa: S608 - marks only
        f"AND segment_id = {values.id(segment_id)} AND is_member"
    )
    sides = (
        f"SELECT contact_id, 1 AS side FROM ({inside.sql}) "  # noqa: S608
        f"UNION ALL SELECT contact_id, 2 AS side FROM ({members})"
    )
    moving = (
        f"SELECT contact_id, sum(side) AS sides FROM ({sides}) "  # noqa: S608
        f"WHERE contact_id > {values.id(after)} GROUP BY contact_id HAVING sides < 3"
    )
    sql = (
        f"SELECT contact_id, toUInt8(sides = 1), count() OVER () FROM ({moving}) "  # noqa: S608
        f"ORDER BY contact_id LIMIT {values.id(limit)}"
    )
    return Question(sql, values.values)


class _Compiler:
    """Goes through one rule and collects the values on the way."""

    def __init__(
        self, project_id: ProjectId, as_of: AsOf, among: Sequence[ContactId] | None
    ) -> None:
        self._as_of = as_of
        self.values = Values()
        scope = [f"project_id = {self.values.id(project_id)}"]
        if among is not None:
            scope.append(f"contact_id IN {self.values.add(list(among), 'Array(UInt64)')}")
        self._scope = all_of(scope)
        self._crowds = Crowds(self._scope, as_of, self.values)

    def in_cells(self, grid: Grid) -> str:
        return self._crowds.in_cells(grid)

    def question(self, rule: Rule, asked: str) -> Question:
        sql = f"SELECT {asked} FROM contact FINAL WHERE {self._scope} AND {self._write(rule)}"  # noqa: S608 - marks only
        return Question(sql, self.values.values)

    def _write(self, rule: Rule) -> str:
        match rule:
            case AllOf(rules):
                return f"({all_of([self._write(inner) for inner in rules])})"
            case AnyOf(rules):
                return any_of([self._write(inner) for inner in rules])
            case NoneOf(rules):
                return f"(NOT {any_of([self._write(inner) for inner in rules])})"
            case _:
                return self._leaf(rule)

    def _leaf(self, rule: Leaf) -> str:
        match rule:
            case FieldRule():
                written = self._field(rule)
            case EventRule():
                written = self._crowds.of_event(rule)
            case SequenceRule():
                written = self._crowds.of_sequence(rule)
            case MessageRule():
                written = self._crowds.of_message(rule)
            case OrderRule():
                written = self._crowds.of_order(rule)
            case RfmRule():
                written = self._crowds.of_cell(rule)
            case MemberRule():
                written = self._crowds.of_segment(rule)
            case ReachRule(channel, reach):
                written = f"has({reach.value}, {self.values.text(channel.value)})"
            case _:
                assert_never(rule)
        return written

    def _field(self, rule: FieldRule) -> str:
        now, zone = self._as_of.now, self._as_of.zone
        if rule.field is Standard.SESSION_COUNT:
            return self._crowds.of_visits(rule.condition)
        if isinstance(rule.field, Property):
            place = MapPlace(rule.field.path, self.values)
            return predicate(rule.condition, place, Calendar(now, zone), self.values)
        column = ColumnPlace(_COLUMNS[rule.field])
        return predicate(rule.condition, column, Calendar(now, zone, zone), self.values)
