"""Who did, got, bought or is in something: sets of contacts, each one pass over one table.

A set is aggregated once a contact. Where a rule also holds for people of whom the table knows
nothing, the set of those for whom it does not hold is taken away instead.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from beckon.domain.segments.chains import chain, column
from beckon.domain.segments.comparing import SCALE, SUMMED_BELOW, measures, scaled
from beckon.domain.segments.facts import DELIVERED_ORDER, RECORDED, AsOf
from beckon.domain.segments.model import (
    NEGATIONS,
    Condition,
    EventRule,
    Grid,
    Measure,
    MemberRule,
    MessageRule,
    Operator,
    OrderRule,
    Outcome,
    PropertyRule,
    RfmRule,
    SequenceRule,
    Type,
)
from beckon.domain.segments.predicates import (
    Calendar,
    ColumnPlace,
    MapPlace,
    number_test,
    predicate,
)
from beckon.domain.segments.questions import Values, all_of, any_of
from beckon.domain.segments.spans import (
    RFM_FREQUENCIES,
    RFM_RECENCY_DAYS,
    VISIT_GAP,
    Span,
    window_span,
)

_EXTREMES = {
    Measure.SMALLEST: "min",
    Measure.LARGEST: "max",
    Measure.FIRST: "min",
    Measure.LATEST: "max",
}
_EVER = (
    Condition(Operator.GTE, Type.NUMBER, (1,)),
    Condition(Operator.EQ, Type.NUMBER, (0,)),
)
"""Did it at all, did it never: whoever has a row, whoever has none."""


class Crowds:
    """Writes sets of contacts; `scope` is what each table is first asked: the project."""

    def __init__(self, scope: str, as_of: AsOf, values: Values) -> None:
        self._scope = scope
        self._as_of = as_of
        self._values = values

    def of_event(self, rule: EventRule) -> str:
        """Write who has events that measure so."""
        asked = [
            f"name = {self._values.text(rule.event)}",
            *self._values.within("at", self._span(rule)),
            *self._where(rule.where),
        ]
        if rule.measure is Measure.COUNT:
            return self._counted(rule.condition, "event", asked, "count()")
        if rule.measure in {Measure.FIRST, Measure.LATEST}:
            return self._timed(rule.condition, "event", asked, rule.measure, "at")
        return self._of_numbers(rule, asked)

    def _of_numbers(self, rule: EventRule, asked: list[str]) -> str:
        """Write whose events have numbers that measure so."""
        place = MapPlace(rule.property or "", self._values).number()
        match rule.measure:
            case Measure.SMALLEST | Measure.LARGEST:
                asked.append(str(place.given))
                extreme = ColumnPlace(f"{_EXTREMES[rule.measure]}({place.sql})")
                having = predicate(rule.condition, extreme, self._calendar(), self._values)
                return self._set("event", asked, having, for_none=_negated(rule.condition))
            case _:
                asked += [str(place.given), f"abs({place.sql}) < {SUMMED_BELOW:.0f}"]
                part = f"toInt128(round({place.sql} * {SCALE}))"
                return self._totalled(rule.condition, "event", asked, rule.measure, part)

    def of_visits(self, condition: Condition) -> str:
        """Write who visited so often."""
        gap = VISIT_GAP // timedelta(milliseconds=1)
        times = "arraySort(groupArray(toUnixTimestamp64Milli(at)))"
        visits = f"1 + arrayCount(gap -> gap >= {gap}, arrayDifference({times}))"
        asked = self._values.within("at", window_span(None, self._as_of.now, self._as_of.zone))
        return self._counted(condition, "event", asked, visits)

    def of_sequence(self, rule: SequenceRule) -> str:
        """Write who did one thing after the other."""
        first = self._span(rule)
        ever = replace(window_span(None, self._as_of.now, self._as_of.zone), start=first.start)
        asked = [
            f"name IN {self._values.texts(sorted({step.event for step in rule.steps}))}",
            *self._values.within("at", ever),
        ]
        moments = []
        for place, step in enumerate(rule.steps):
            fits = [f"name = {self._values.text(step.event)}", *self._where(step.where)]
            if not place and first != ever:
                fits += self._values.within("at", first)
            moments.append(f"groupArrayIf(at, {all_of(fits)}) AS {column(place)}")
        present = [f"notEmpty({column(place)})" for place in range(len(rule.steps))]
        if rule.lacks_last:
            present.pop()
        # Most people lack a step: the arrays of the others are all that is looked through.
        found = (
            f"SELECT contact_id, {', '.join(moments)} FROM event "  # noqa: S608 - marks only
            f"WHERE {all_of([self._scope, *asked])} "
            f"GROUP BY contact_id HAVING {all_of(present)}"
        )
        test = chain(rule, self._as_of.now, self._values)
        return f"contact_id IN (SELECT contact_id FROM ({found}) WHERE {test})"  # noqa: S608

    def of_message(self, rule: MessageRule) -> str:
        """Write who has so many messages with an outcome."""
        numbers = {
            "template_id": rule.template_id,
            "campaign_id": rule.campaign_id,
            "workflow_id": rule.workflow_id,
        }
        texts = {"channel": rule.channel and rule.channel.value, "link": rule.link}
        asked = [
            *self._outcomes(rule.outcome, self._span(rule)),
            *(f"{key} = {self._values.id(one)}" for key, one in numbers.items() if one is not None),
            *(f"{key} = {self._values.text(one)}" for key, one in texts.items() if one is not None),
        ]
        return self._counted(rule.condition, "outcome", asked, "uniqExact(message_id)")

    def of_order(self, rule: OrderRule) -> str:
        """Write who has orders that measure so."""
        asked = self._values.within("placed_at", self._span(rule))
        if rule.statuses:
            asked.append(f"status IN {self._values.texts(rule.statuses)}")
        if rule.currency is not None:
            asked.append(f"currency = {self._values.text(rule.currency)}")
        if rule.product is not None:
            asked.append(f"has(product_ids, {self._values.text(rule.product)})")
        if rule.category is not None:
            asked.append(f"has(categories, {self._values.text(rule.category)})")
        match rule.measure:
            case Measure.COUNT:
                return self._counted(rule.condition, "purchase FINAL", asked, "count()")
            case Measure.FIRST | Measure.LATEST:
                return self._timed(
                    rule.condition, "purchase FINAL", asked, rule.measure, "placed_at"
                )
            case _:
                part = f"toInt128(total) * {SCALE}"
                return self._totalled(rule.condition, "purchase FINAL", asked, rule.measure, part)

    def of_cell(self, rule: RfmRule) -> str:
        """Write who is in one of the cells of a grid."""
        table, asked, cell = self._grid(rule.grid)
        numbers = [10 * one.recency + one.frequency for one in rule.cells]
        wanted = self._values.add(numbers, "Array(UInt64)")
        return self._set(table, asked, f"{cell} IN {wanted}", for_none=False)

    def in_cells(self, grid: Grid) -> str:
        """Write who is in which cell of a grid, ten times the recency and the frequency."""
        table, asked, cell = self._grid(grid)
        where = all_of([self._scope, *asked])
        return f"SELECT contact_id, {cell} AS cell FROM {table} WHERE {where} GROUP BY contact_id"  # noqa: S608 - marks only

    def _grid(self, grid: Grid) -> tuple[str, list[str], str]:
        """Write where a grid looks, for what, and the number of the cell of one contact."""
        ever = window_span(None, self._as_of.now, self._as_of.zone)
        if grid is Grid.SALES:
            table, at, count = "purchase FINAL", "placed_at", "count()"
            asked = [
                f"status = {self._values.text(DELIVERED_ORDER)}",
                *self._values.within(at, ever),
            ]
        else:
            table, at, count = "outcome", "at", "uniqExact(message_id)"
            asked = self._outcomes(Outcome.OPENED, ever)
        edges = [
            f"(max({at}) < {self._values.moment(self._as_of.now - timedelta(days=days))})"
            for days in RFM_RECENCY_DAYS
        ]
        reached = [f"({count} >= {least})" for least in RFM_FREQUENCIES]
        return table, asked, f"10 * (1 + {' + '.join(edges)}) + {' + '.join(reached)}"

    def of_segment(self, rule: MemberRule) -> str:
        """Write who is, or is not, in another segment now."""
        asked = f"segment_id = {self._values.id(rule.segment_id)} AND is_member"
        inside = f"SELECT contact_id FROM membership FINAL WHERE {self._scope} AND {asked}"  # noqa: S608 - marks only
        return f"contact_id {'IN' if rule.is_member else 'NOT IN'} ({inside})"

    def _counted(self, condition: Condition, table: str, asked: Sequence[str], count: str) -> str:
        """Write who has so many; nobody has 0 by having no row."""
        if condition in _EVER:
            having = "1" if condition.operator is Operator.GTE else "0"
        else:
            having = self._measured(condition, f"({count}) * {SCALE}", "1")
        return self._set(table, asked, having, for_none=measures(condition, 0))

    def _totalled(
        self, condition: Condition, table: str, asked: Sequence[str], measure: Measure, part: str
    ) -> str:
        """Write whose ten-thousandths sum up, average or reach so."""
        match measure:
            case Measure.SUM:
                total, count = f"sum({part})", "1"
            case Measure.AVERAGE:
                total, count = f"sum({part})", "count()"
            case _:
                total, count = f"{_EXTREMES[measure]}({part})", "1"
        having = self._measured(condition, total, count)
        of_none = 0 if measure is Measure.SUM else None
        return self._set(table, asked, having, for_none=measures(condition, of_none))

    def _timed(
        self, condition: Condition, table: str, asked: Sequence[str], measure: Measure, at: str
    ) -> str:
        """Write whose first or last time is so."""
        place = ColumnPlace(f"{_EXTREMES[measure]}({at})")
        calendar = Calendar(self._as_of.now, self._as_of.zone, self._as_of.zone)
        having = predicate(condition, place, calendar, self._values)
        return self._set(table, asked, having, for_none=_negated(condition))

    def _measured(self, condition: Condition, total: str, count: str) -> str:
        if (opposite := NEGATIONS.get(condition.operator)) is not None:
            return f"NOT {self._measured(replace(condition, operator=opposite), total, count)}"

        def mark(number: float) -> str:
            parts = self._values.whole(scaled(number))
            return parts if count == "1" else f"{parts} * {count}"

        return f"({number_test(condition, total, mark)})"

    def _set(self, table: str, asked: Sequence[str], having: str, *, for_none: bool) -> str:
        """Write a set of contacts; `for_none` tells whether the rule holds without any row."""
        rows = f"SELECT contact_id FROM {table} WHERE {all_of([self._scope, *asked])}"  # noqa: S608 - marks only
        if having in {"0", "1"}:  # a row is enough
            return f"contact_id {'NOT IN' if for_none else 'IN'} ({rows})"
        if for_none:
            return f"contact_id NOT IN ({rows} GROUP BY contact_id HAVING NOT ({having}))"
        return f"contact_id IN ({rows} GROUP BY contact_id HAVING {having})"

    def _outcomes(self, outcome: Outcome, span: Span) -> list[str]:
        kinds = [f"kind = {self._values.text(kind)}" for kind in RECORDED[outcome]]
        return [any_of(kinds), *self._values.within("at", span), "NOT is_machine"]

    def _where(self, rules: Sequence[PropertyRule]) -> list[str]:
        return [
            predicate(
                rule.condition,
                MapPlace(rule.field.path, self._values),
                self._calendar(),
                self._values,
            )
            for rule in rules
        ]

    def _calendar(self) -> Calendar:
        """Give the calendar of properties: their days are written in UTC."""
        return Calendar(self._as_of.now, self._as_of.zone)

    def _span(self, rule: EventRule | SequenceRule | MessageRule | OrderRule) -> Span:
        return window_span(rule.window, self._as_of.now, self._as_of.zone)


def _negated(condition: Condition) -> bool:
    """Tell whether a condition holds for what is missing."""
    return condition.operator in {Operator.NEQ, Operator.NOT_EXISTS}
