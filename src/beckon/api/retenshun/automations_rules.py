"""What starts an automation, and the rules around its runs, in the Retenshun vocabulary."""

from dataclasses import dataclass
from datetime import date
from typing import assert_never

from msgspec import Struct

from beckon.api.retenshun.automations_tests import DataWords, read_choice, read_test, write_test
from beckon.api.retenshun.automations_words import (
    WEEKDAYS,
    read_segment,
    read_time,
    read_weekdays,
    write_time,
)
from beckon.domain.events.rules import check_name
from beckon.domain.workflows.model import Again, Exit, Goal, Limit, Manners, ReEntry
from beckon.domain.workflows.triggers import (
    CallTrigger,
    ContactTrigger,
    DateTrigger,
    EventTrigger,
    Every,
    HookTrigger,
    OrderTrigger,
    ScheduleTrigger,
    SegmentTrigger,
    Side,
    Trigger,
)
from beckon.kit.refusals import Invalid

KINDS = (
    "EVENT",
    "SEGMENT",
    "SEGMENT_ENTER",
    "SEGMENT_LEFT",
    "SEGMENT_LEAVE",
    "USER_CREATED",
    "PROPERTY_CHANGE",
    "DATE",
    "SCHEDULE",
    "ORDER",
    "API",
    "WEBHOOK",
)


class TriggerWords(Struct, rename="camel", omit_defaults=True):
    """The details of a trigger; which it has follows from `triggerType`."""

    rules: object = None
    where: DataWords = None
    fields: list[str] | None = None
    field: str | None = None
    days: int = 0
    at: str | None = None
    yearly: bool = False
    every: str | None = None
    weekdays: list[str] | None = None
    month_day: int = 1
    start: str | None = None
    until: str | None = None
    status: str | None = None
    person: str | None = None
    email: str | None = None


class ReEntryWords(Struct, rename="camel", omit_defaults=True):
    """Who may enter again: `NEVER`, `AFTER_EXIT`, `AFTER_PERIOD` (with `seconds`), `ALWAYS`."""

    mode: str
    seconds: int = 0
    key: str | None = None


class LimitWords(Struct):
    """At most so many runs a user in so many seconds."""

    runs: int
    seconds: int


class GoalWords(Struct, rename="camel", omit_defaults=True):
    """What an automation is for: an event by so many seconds after the start."""

    event: str
    seconds: int
    rules: object = None
    where: DataWords = None
    exits: bool = False


class ExitWords(Struct, rename="camel", omit_defaults=True):
    """An event upon which whoever is inside leaves."""

    event: str
    rules: object = None
    where: DataWords = None
    key: str | None = None


class RulesWords(Struct, rename="camel", omit_defaults=True):
    """The rules around a run."""

    entry: object = None
    entry_where: DataWords = None
    re_entry: ReEntryWords | None = None
    limit: LimitWords | None = None
    exits: list[ExitWords] | None = None
    stay_in_segment: str | None = None
    goal: GoalWords | None = None
    holdout_percent: int = 0


@dataclass(frozen=True, slots=True)
class Started:
    """What starts an automation, in the fields of its object."""

    trigger_type: str
    trigger: TriggerWords
    trigger_event: str | None = None
    segment_id: str | None = None
    property: str | None = None


def read_trigger(  # noqa: C901, PLR0911 - one short case a kind of trigger
    kind: str, event: str | None, segment: str | None, name: str | None, words: TriggerWords
) -> Trigger:
    """Read what starts an automation. Raises Invalid naming the field."""
    where = read_test(words.rules, words.where, "trigger")
    match kind:
        case "EVENT":
            if event is None:
                raise Invalid("triggerEvent is required: the event that starts it.")
            return EventTrigger(check_name(event, "triggerEvent"), where)
        case "SEGMENT" | "SEGMENT_ENTER" | "SEGMENT_LEFT" | "SEGMENT_LEAVE":
            side = Side.LEFT if kind in {"SEGMENT_LEFT", "SEGMENT_LEAVE"} else Side.ENTERED
            return SegmentTrigger(read_segment(segment, "segmentId"), side)
        case "USER_CREATED":
            return ContactTrigger((), where)
        case "PROPERTY_CHANGE":
            names = [*([name] if name else []), *(words.fields or [])]
            if not names:
                raise Invalid("property is required: which one is to change.")
            return ContactTrigger(tuple(names), where)
        case "ORDER":
            return OrderTrigger(words.status or "", where)
        case "API":
            return CallTrigger()
        case "WEBHOOK":
            return HookTrigger(words.person, words.email)
        case "DATE" | "SCHEDULE":
            return _read_calendar(kind, segment, words)
        case _:
            raise Invalid(f"triggerType must be one of {', '.join(KINDS)}.")


def _read_calendar(kind: str, segment: str | None, words: TriggerWords) -> Trigger:
    at = read_time(words.at or "09:00", "trigger.at")
    if kind == "DATE":
        return DateTrigger(words.field or "", words.days, at, words.yearly)
    every = read_choice(Every, words.every or "DAY", "trigger.every")
    until = None if words.until is None else _day(words.until, "trigger.until")
    return ScheduleTrigger(
        read_segment(segment, "segmentId"),
        at,
        _day(words.start, "trigger.start"),
        every,
        read_weekdays(words.weekdays or [], "trigger.weekdays"),
        words.month_day,
        until,
    )


def write_trigger(trigger: Trigger) -> Started:  # noqa: PLR0911 - one case a kind of trigger
    """Show what starts an automation."""
    words = TriggerWords()
    match trigger:
        case EventTrigger(name, where):
            words.rules, words.where = write_test(where)
            return Started("EVENT", words, trigger_event=name)
        case SegmentTrigger(segment_id, side):
            kind = "SEGMENT" if side is Side.ENTERED else "SEGMENT_LEFT"
            return Started(kind, words, segment_id=f"seg_{segment_id}")
        case ContactTrigger(fields, where):
            words.rules, words.where = write_test(where)
            words.fields = list(fields[1:]) or None
            kind = "PROPERTY_CHANGE" if fields else "USER_CREATED"
            return Started(kind, words, property=fields[0] if fields else None)
        case OrderTrigger(status, where):
            words.rules, words.where = write_test(where)
            words.status = status
            return Started("ORDER", words)
        case CallTrigger():
            return Started("API", words)
        case HookTrigger(person, email):
            return Started("WEBHOOK", TriggerWords(person=person, email=email))
        case DateTrigger(name, days, at, is_yearly):
            words = TriggerWords(field=name, days=days, at=write_time(at), yearly=is_yearly)
            return Started("DATE", words)
        case ScheduleTrigger():
            return _write_schedule(trigger)
        case _:
            assert_never(trigger)


def _write_schedule(trigger: ScheduleTrigger) -> Started:
    words = TriggerWords(
        at=write_time(trigger.at),
        every=trigger.every.upper(),
        weekdays=[WEEKDAYS[day] for day in trigger.weekdays] or None,
        month_day=trigger.month_day,
        start=trigger.start.isoformat(),
        until=None if trigger.until is None else trigger.until.isoformat(),
    )
    return Started("SCHEDULE", words, segment_id=f"seg_{trigger.segment_id}")


def read_rules(words: RulesWords) -> Manners:
    """Read the rules around a run. Raises Invalid naming the field."""
    return Manners(
        read_test(words.entry, words.entry_where, "rules.entry"),
        _read_re_entry(words.re_entry),
        None if words.limit is None else Limit(words.limit.runs, words.limit.seconds),
        tuple(
            Exit(one.event, read_test(one.rules, one.where, f"rules.exits[{place}]"), one.key)
            for place, one in enumerate(words.exits or [])
        ),
        None
        if words.stay_in_segment is None
        else read_segment(words.stay_in_segment, "rules.stayInSegment"),
        None if words.goal is None else _read_goal(words.goal),
        words.holdout_percent,
    )


def _read_re_entry(words: ReEntryWords | None) -> ReEntry:
    if words is None:
        return ReEntry()
    mode = read_choice(Again, words.mode, "rules.reEntry.mode")
    return ReEntry(mode, words.seconds, words.key)


def _read_goal(words: GoalWords) -> Goal:
    where = read_test(words.rules, words.where, "rules.goal")
    return Goal(words.event, words.seconds, where, words.exits)


def write_rules(manners: Manners) -> RulesWords:
    """Show the rules around a run."""
    entry, entry_where = write_test(manners.entry)
    again, goal = manners.re_entry, manners.goal
    return RulesWords(
        entry,
        entry_where,
        ReEntryWords(again.again.upper(), again.seconds, again.key),
        None if manners.limit is None else LimitWords(manners.limit.runs, manners.limit.seconds),
        [ExitWords(one.event_name, *write_test(one.where), one.key) for one in manners.exits]
        or None,
        None if manners.stays_in is None else f"seg_{manners.stays_in}",
        None
        if goal is None
        else GoalWords(goal.event_name, goal.seconds, *write_test(goal.where), goal.exits),
        manners.holdout_percent,
    )


def _day(text: str | None, place: str) -> date:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        raise Invalid(f"{place} must be a day such as 2026-12-31.") from None
