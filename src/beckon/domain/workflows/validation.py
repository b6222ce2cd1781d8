"""What a definition must be; every fault is told at once, each with its place.

A place is a path such as `steps[2].then[0]`. Whether templates, segments and workflows that it
names are the project's is for the caller's `known` to say.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from beckon.domain.contacts.model import Channel
from beckon.domain.events.rules import NAME_BYTES_MAX
from beckon.domain.workflows.conditions import Proviso, asks_only_data
from beckon.domain.workflows.filling import find_fault
from beckon.domain.workflows.model import Again, Definition, Manners
from beckon.domain.workflows.planning import tests, walk
from beckon.domain.workflows.steps import (
    CallWebhook,
    ChangeList,
    Condition,
    FireEvent,
    GoTo,
    Send,
    Split,
    Step,
    Switch,
    UpdateContact,
    Wait,
    WaitForDate,
    WaitForEvent,
    WaitForTime,
    WriteCopy,
)
from beckon.domain.workflows.triggers import (
    ORDER_STATUSES,
    ContactTrigger,
    DateTrigger,
    EventTrigger,
    Every,
    HookTrigger,
    OrderTrigger,
    ScheduleTrigger,
    SegmentTrigger,
    Trigger,
    where_of,
)
from beckon.kit.refusals import Invalid
from beckon.kit.texts import is_line
from beckon.kit.urls import OWN_HEADERS

NAME_CHARACTERS_MAX = 200
STEPS_MAX = 200
DEPTH_MAX = 12
WAYS_MAX = 20
SECONDS_MAX = 31_536_000
DAYS_MAX = 366
ID_CHARACTERS_MAX = 64
TEXT_BYTES_MAX = 65_536


class Fault(NamedTuple):
    """What is wrong, and where."""

    place: str
    rule: str


@dataclass(frozen=True, slots=True)
class Known:
    """What the project has: templates with their channels, segments (True: a list), workflows."""

    templates: Mapping[int, Channel] = field(default_factory=dict)
    segments: Mapping[int, bool] = field(default_factory=dict)
    workflows: frozenset[int] = frozenset()


class DefinitionInvalid(Invalid):
    """A definition with faults; the message tells them all."""

    code = "workflow_invalid"


def check_name(name: str) -> str:
    """Trim a workflow's name. Raises Invalid unless 1 to 200 printable characters are left."""
    trimmed = name.strip()
    if not 0 < len(trimmed) <= NAME_CHARACTERS_MAX or not is_line(trimmed):
        raise Invalid(
            f"name must have 1 to {NAME_CHARACTERS_MAX} characters and no control characters."
        )
    return trimmed


def check(definition: Definition, known: Known) -> Definition:
    """Take a definition whose steps have ids. Raises DefinitionInvalid with every fault."""
    faults = find_faults(definition, known)
    if faults:
        raise DefinitionInvalid(" ".join(f"{fault.place} {fault.rule}." for fault in faults))
    return definition


def find_faults(definition: Definition, known: Known) -> list[Fault]:
    """List all that is wrong with a definition, in the order of its places."""
    placed = list(place_steps(definition.steps, "steps"))
    if not 0 < len(placed) <= STEPS_MAX:
        return [Fault("steps", f"must be 1 to {STEPS_MAX} steps, branches included")]
    seen: set[str] = set()
    faults = [*_trigger_faults(definition.trigger, known), *_manners_faults(definition.manners)]
    for place, step in placed:
        if step.id in seen:
            faults.append(Fault(f"{place}.id", f"'{step.id}' is another step's too"))
        seen.add(step.id)
        if not 0 < len(step.id) <= ID_CHARACTERS_MAX or not is_line(step.id):
            faults.append(Fault(f"{place}.id", f"must have 1 to {ID_CHARACTERS_MAX} characters"))
        if place.count("[") > DEPTH_MAX:
            faults.append(Fault(place, f"lies deeper than {DEPTH_MAX} levels"))
        faults += [Fault(f"{place}{part}", rule) for part, rule in _step_faults(step, known)]
    return faults


def place_steps(steps: tuple[Step, ...], path: str) -> Iterator[tuple[str, Step]]:
    """Go through a tree's steps with their places, in the order of `planning.walk`."""
    for number, step in enumerate(steps):
        place = f"{path}[{number}]"
        yield place, step
        match step:
            case Switch(ways):
                for way_number, way in enumerate(ways):
                    yield from place_steps(way.steps, f"{place}.branches[{way_number}].steps")
            case Split(shares):
                for share_number, share in enumerate(shares):
                    yield from place_steps(share.steps, f"{place}.shares[{share_number}].steps")
            case Condition() | WaitForEvent():
                yield from place_steps(step.then, f"{place}.then")
        if isinstance(step, Condition | WaitForEvent | Switch | CallWebhook):
            yield from place_steps(step.otherwise, f"{place}.else")


def templates_of(definition: Definition) -> set[int]:
    """Tell which templates a definition sends."""
    return {step.template_id for step in walk(definition.steps) if isinstance(step, Send)}


def workflows_of(definition: Definition) -> set[int]:
    """Tell to which workflows a definition goes on."""
    return {step.workflow_id for step in walk(definition.steps) if isinstance(step, GoTo)}


def segments_of(definition: Definition) -> set[int]:
    """Tell which segments a definition names by their numbers, rules apart."""
    found = {step.segment_id for step in walk(definition.steps) if isinstance(step, ChangeList)}
    if isinstance(definition.trigger, SegmentTrigger | ScheduleTrigger):
        found.add(definition.trigger.segment_id)
    if definition.manners.stays_in is not None:
        found.add(definition.manners.stays_in)
    return found


def _trigger_faults(trigger: Trigger, known: Known) -> Iterator[Fault]:  # noqa: C901 - a line a kind
    yield from _test_faults(where_of(trigger), "trigger.where")
    match trigger:
        case EventTrigger(name):
            yield from (Fault("triggerEvent", rule) for rule in _name_faults(name))
        case SegmentTrigger(segment_id) | ScheduleTrigger(segment_id):
            if segment_id not in known.segments:
                yield Fault("segmentId", f"names no segment of the project: seg_{segment_id}")
    match trigger:
        case OrderTrigger(status) if status not in ORDER_STATUSES:
            yield Fault("trigger.status", f"must be one of {', '.join(ORDER_STATUSES)}")
        case ContactTrigger(fields) if any(not name for name in fields):
            yield Fault("property", "must not be empty")
        case DateTrigger(name, days):
            if not name:
                yield Fault("trigger.field", "is required: which field has the date")
            if not -DAYS_MAX <= days <= DAYS_MAX:
                yield Fault("trigger.days", f"must be from -{DAYS_MAX} to {DAYS_MAX}")
        case ScheduleTrigger(every=Every.WEEK, weekdays=()):
            yield Fault("trigger.weekdays", "must name a day at least")
        case ScheduleTrigger(month_day=day) if not 1 <= day <= 31:
            yield Fault("trigger.monthDay", "must be from 1 to 31")
        case HookTrigger(None, None):
            yield Fault("trigger.person", "or email is required: where in the body it stands")


def _manners_faults(manners: Manners) -> Iterator[Fault]:
    yield from _test_faults(manners.entry, "rules.entry")
    again = manners.re_entry
    if again.again is Again.AFTER_PERIOD and not 0 < again.seconds <= SECONDS_MAX:
        yield Fault("rules.reEntry.seconds", f"must be from 1 to {SECONDS_MAX}")
    if manners.limit is not None and (
        manners.limit.runs < 1 or not 0 < manners.limit.seconds <= SECONDS_MAX
    ):
        yield Fault("rules.limit", f"must be 1 run at least, and 1 to {SECONDS_MAX} seconds")
    if not 0 <= manners.holdout_percent <= 50:
        yield Fault("rules.holdoutPercent", "must be from 0 to 50")
    if manners.goal is not None:
        yield from (
            Fault("rules.goal.event", rule) for rule in _name_faults(manners.goal.event_name)
        )
        yield from _test_faults(manners.goal.where, "rules.goal.where")
        if not 0 < manners.goal.seconds <= SECONDS_MAX:
            yield Fault("rules.goal.seconds", f"must be from 1 to {SECONDS_MAX}")
    for number, way_out in enumerate(manners.exits):
        place = f"rules.exits[{number}]"
        yield from (Fault(f"{place}.event", rule) for rule in _name_faults(way_out.event_name))
        yield from _test_faults(way_out.where, f"{place}.where")


def _step_faults(  # noqa: C901, PLR0912 - a line or two a kind of step
    step: Step, known: Known
) -> Iterator[tuple[str, str]]:
    for test in tests(step):
        yield from ((f".{fault.place}", fault.rule) for fault in _test_faults(test, "where"))
    match step:
        case Send(channel, template_id, seconds):
            yield from _seconds_faults(".delay", seconds)
            has = known.templates.get(template_id)
            if has is None:
                yield ".templateId", f"names no template of the project: tpl_{template_id}"
            elif has is not channel:
                yield ".templateId", f"tpl_{template_id} is for {has}, not for {channel}"
        case Wait(seconds, days):
            yield from _seconds_faults(".delay", seconds)
            if not 0 <= days <= DAYS_MAX:
                yield ".days", f"must be from 0 to {DAYS_MAX}"
        case WaitForTime(weekdays=weekdays):
            if any(not 0 <= day <= 6 for day in weekdays):
                yield ".weekdays", "must be days of the week"
        case WaitForDate(name, seconds):
            yield from _seconds_faults(".seconds", abs(seconds))
            if not name:
                yield ".field", "is required: which field has the date"
        case WaitForEvent(name, seconds):
            yield from ((".event", rule) for rule in _name_faults(name))
            yield from _seconds_faults(".timeout", seconds)
        case Switch(ways) if not 0 < len(ways) <= WAYS_MAX:
            yield ".branches", f"must be 1 to {WAYS_MAX}"
        case Split():
            yield from _share_faults(step)
    yield from _effect_faults(step, known)


def _effect_faults(step: Step, known: Known) -> Iterator[tuple[str, str]]:
    match step:
        case UpdateContact(given):
            yield from _text_faults(".properties", given)
        case FireEvent(name, given):
            yield from ((".event", rule) for rule in _name_faults(name))
            yield from _text_faults(".properties", given)
        case CallWebhook():
            yield from _call_faults(step)
        case ChangeList(segment_id):
            if segment_id not in known.segments:
                yield ".segmentId", f"names no segment of the project: seg_{segment_id}"
            elif not known.segments[segment_id]:
                yield ".segmentId", f"seg_{segment_id} follows its rules; nobody is put in by hand"
        case GoTo(workflow_id) if workflow_id not in known.workflows:
            yield ".automationId", f"names no automation of the project: auto_{workflow_id}"
        case WriteCopy(prompt, save_as) if not prompt or not save_as:
            yield "", "needs a prompt and a name under which the text is kept (saveAs)"


def _call_faults(step: CallWebhook) -> Iterator[tuple[str, str]]:
    if not step.url.startswith(("https://", "http://")):
        yield ".url", "must begin with https:// or http://"
    if any(name.strip().lower() in OWN_HEADERS for name in step.headers):
        yield ".headers", f"must hold none of {', '.join(sorted(OWN_HEADERS))}"
    texts = {"url": step.url, "headers": dict(step.headers), "body": step.body}
    yield from _text_faults("", texts)


def _share_faults(step: Split) -> Iterator[tuple[str, str]]:
    if not 1 < len(step.shares) <= WAYS_MAX:
        yield ".shares", f"must be 2 to {WAYS_MAX}"
    if any(share.percent < 0 for share in step.shares):
        yield ".shares", "must not be below 0"
    if sum(share.percent for share in step.shares) != 100:
        yield ".shares", "must sum to 100"


def _seconds_faults(part: str, seconds: int) -> Iterator[tuple[str, str]]:
    if not 0 <= seconds <= SECONDS_MAX:
        yield part, f"must be a whole number of seconds from 0 to {SECONDS_MAX} (a year)"


def _name_faults(name: str) -> Iterator[str]:
    if not 0 < len(name.strip().encode()) <= NAME_BYTES_MAX or not is_line(name):
        yield f"must have 1 to {NAME_BYTES_MAX} bytes and no control characters"


def _test_faults(test: Proviso, place: str) -> Iterator[Fault]:
    if test.data is not None and not asks_only_data(test.data):
        yield Fault(f"{place}.data", "can ask only for names that the trigger told")


def _text_faults(part: str, value: object) -> Iterator[tuple[str, str]]:
    if fault := find_fault(value):
        yield part, fault
