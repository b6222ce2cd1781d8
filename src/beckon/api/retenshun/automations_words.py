"""Definitions of automations in the Retenshun vocabulary: words in, words out.

`steps[]` as the reference shows it and the full tree are one form: a step that branches has the
steps of its ways inside.
"""

from collections.abc import Callable, Mapping
from datetime import time
from types import MappingProxyType

import msgspec
from msgspec import Struct

from beckon.api.retenshun.automations_tests import DataWords, read_choice, read_test, write_test
from beckon.api.retenshun.objects import CHANNELS, read_number
from beckon.domain.contacts.model import Channel
from beckon.domain.messages.model import WorkflowId
from beckon.domain.templates.model import TemplateId
from beckon.domain.workflows.steps import (
    Branch,
    CallWebhook,
    ChangeConsent,
    ChangeList,
    ChangeTags,
    Condition,
    FireEvent,
    GoTo,
    Leave,
    Method,
    Reach,
    Send,
    Share,
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
from beckon.kit.refusals import Invalid, Unknown

SENDS = {f"SEND_{name}": channel for name, channel in CHANNELS.items()}
_NAMES = {channel: name for name, channel in CHANNELS.items()}
WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


class WayWords(Struct, rename="camel", omit_defaults=True):
    """One way of a SWITCH (`rules`, `where`) or a SPLIT (`percent`)."""

    name: str
    steps: list["StepWords"] = msgspec.field(default_factory=list)
    rules: object = None
    where: DataWords = None
    percent: int | None = None


class StepWords(Struct, rename="camel", omit_defaults=True):
    """One step; which fields it has follows from its `type`. `delay` and `timeout` in seconds."""

    type: str
    id: str = ""
    template_id: str | None = None
    delay: int | None = None
    days: int = 0
    category: str | None = None
    transactional: bool = False
    at: str | None = None
    to: str | None = None
    weekdays: list[str] = msgspec.field(default_factory=list)
    field: str | None = None
    event: str | None = None
    timeout: int | None = None
    rules: object = None
    where: DataWords = None
    then: list["StepWords"] = msgspec.field(default_factory=list)
    otherwise: list["StepWords"] = msgspec.field(default_factory=list, name="else")
    branches: list[WayWords] = msgspec.field(default_factory=list)
    shares: list[WayWords] = msgspec.field(default_factory=list)
    properties: dict[str, object] = msgspec.field(default_factory=dict)
    add: list[str] = msgspec.field(default_factory=list)
    remove: list[str] = msgspec.field(default_factory=list)
    segment_id: str | None = None
    channel: str | None = None
    url: str | None = None
    method: str = "POST"
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    body: str = ""
    save_as: str = ""
    prompt: str = ""
    exits: bool | None = None
    automation_id: str | None = None
    reason: str = ""


def read_steps(words: list[StepWords], path: str = "steps") -> tuple[Step, ...]:
    """Read steps. Raises Invalid naming the place of what is wrong."""
    return tuple(_read_step(step, f"{path}[{place}]") for place, step in enumerate(words))


def write_steps(steps: tuple[Step, ...]) -> list[StepWords]:
    """Show steps."""
    return [_write_step(step) for step in steps]


def read_time(text: str | None, place: str) -> time:
    """Read a time of day. Raises Invalid for anything but HH:MM."""
    try:
        return time.fromisoformat(text or "")
    except ValueError:
        raise Invalid(f"{place} must be a time of day such as 09:30.") from None


def write_time(moment: time) -> str:
    """Show a time of day."""
    return moment.isoformat("seconds" if moment.second else "minutes")


def read_weekdays(names: list[str], place: str) -> tuple[int, ...]:
    """Read days of the week. Raises Invalid for any but MON to SUN."""
    if unknown := [name for name in names if name not in WEEKDAYS]:
        raise Invalid(f"{place} has '{unknown[0]}'; days are {', '.join(WEEKDAYS)}.")
    return tuple(sorted({WEEKDAYS.index(name) for name in names}))


def read_segment(text: str | None, place: str) -> int:
    """Read the number of a segment. Raises Invalid for what can be none."""
    return _number("seg", text, place, "segment")


def _read_step(words: StepWords, place: str) -> Step:
    if words.type in SENDS:
        return _read_send(words, place)
    if words.type not in _READERS:
        raise Invalid(f"{place}.type must be one of {', '.join((*SENDS, *_READERS))}.")
    return _READERS[words.type](words, place)


def _read_send(words: StepWords, place: str) -> Step:
    return Send(
        SENDS[words.type],
        TemplateId(_number("tpl", words.template_id, f"{place}.templateId", "template")),
        words.delay or 0,
        words.category,
        words.transactional,
        id=words.id,
    )


def _read_wait(words: StepWords, place: str) -> Step:
    if words.delay is None and not words.days:
        raise Invalid(f"{place}.delay is required: how many seconds to wait.")
    return Wait(words.delay or 0, words.days, id=words.id)


def _read_wait_until(words: StepWords, place: str) -> Step:
    at = read_time(words.at, f"{place}.at")
    to = None if words.to is None else read_time(words.to, f"{place}.to")
    weekdays = read_weekdays(words.weekdays, f"{place}.weekdays")
    return WaitForTime(at, weekdays, to, id=words.id)


def _read_wait_for_date(words: StepWords, place: str) -> Step:
    name = _given(words.field, f"{place}.field")
    at = read_time(words.at or "09:00", f"{place}.at")
    return WaitForDate(name, words.delay or 0, at, id=words.id)


def _read_wait_for_event(words: StepWords, place: str) -> Step:
    if words.timeout is None:
        raise Invalid(f"{place}.timeout is required: how many seconds to wait at most.")
    return WaitForEvent(
        _given(words.event, f"{place}.event"),
        words.timeout,
        read_test(words.rules, words.where, place),
        read_steps(words.then, f"{place}.then"),
        read_steps(words.otherwise, f"{place}.else"),
        id=words.id,
    )


def _read_condition(words: StepWords, place: str) -> Step:
    test = read_test(words.rules, words.where, place)
    if test.contact is None and test.data is None:
        raise Invalid(f"{place}.rules is required: what is asked.")
    then = read_steps(words.then, f"{place}.then")
    return Condition(test, then, read_steps(words.otherwise, f"{place}.else"), id=words.id)


def _read_switch(words: StepWords, place: str) -> Step:
    branches = []
    for number, way in enumerate(words.branches):
        inside = f"{place}.branches[{number}]"
        test = read_test(way.rules, way.where, inside)
        branches.append(Branch(way.name, test, read_steps(way.steps, f"{inside}.steps")))
    otherwise = read_steps(words.otherwise, f"{place}.else")
    return Switch(tuple(branches), otherwise, id=words.id)


def _read_split(words: StepWords, place: str) -> Step:
    shares = []
    for number, way in enumerate(words.shares):
        inside = f"{place}.shares[{number}]"
        if way.percent is None:
            raise Invalid(f"{inside}.percent is required: how many of a hundred.")
        shares.append(Share(way.name, way.percent, read_steps(way.steps, f"{inside}.steps")))
    return Split(tuple(shares), id=words.id)


def _read_list(words: StepWords, place: str) -> Step:
    number = read_segment(words.segment_id, f"{place}.segmentId")
    return ChangeList(number, words.type == "ADD_TO_SEGMENT", id=words.id)


def _read_consent(words: StepWords, place: str) -> Step:
    channel = _channel(words.channel, place)
    return ChangeConsent(channel, words.type == "SUBSCRIBE", words.category, id=words.id)


def _read_webhook(words: StepWords, place: str) -> Step:
    return CallWebhook(
        _given(words.url, f"{place}.url"),
        read_choice(Method, words.method, f"{place}.method"),
        words.headers,
        words.body,
        words.save_as,
        read_steps(words.otherwise, f"{place}.else"),
        id=words.id,
    )


def _read_copy(words: StepWords, place: str) -> Step:
    channel = Channel.EMAIL if words.channel is None else _channel(words.channel, place)
    return WriteCopy(words.prompt, words.save_as, channel, id=words.id)


def _read_goal(words: StepWords, place: str) -> Step:
    test = read_test(words.rules, words.where, place)
    return Reach(test, words.exits is not False, id=words.id)


def _read_go_to(words: StepWords, place: str) -> Step:
    number = _number("auto", words.automation_id, f"{place}.automationId", "automation")
    return GoTo(WorkflowId(number), id=words.id)


_READERS: Mapping[str, Callable[[StepWords, str], Step]] = MappingProxyType(
    {
        "WAIT": _read_wait,
        "WAIT_UNTIL": _read_wait_until,
        "WAIT_FOR_DATE": _read_wait_for_date,
        "WAIT_FOR_EVENT": _read_wait_for_event,
        "CONDITION": _read_condition,
        "SWITCH": _read_switch,
        "SPLIT": _read_split,
        "UPDATE_PROPERTIES": lambda words, _: UpdateContact(words.properties, id=words.id),
        "TAG": lambda words, _: ChangeTags(tuple(words.add), tuple(words.remove), id=words.id),
        "ADD_TO_SEGMENT": _read_list,
        "REMOVE_FROM_SEGMENT": _read_list,
        "SUBSCRIBE": _read_consent,
        "UNSUBSCRIBE": _read_consent,
        "SEND_EVENT": lambda words, place: FireEvent(
            _given(words.event, f"{place}.event"), words.properties, id=words.id
        ),
        "WEBHOOK": _read_webhook,
        "WRITE_COPY": _read_copy,
        "GOAL": _read_goal,
        "AUTOMATION": _read_go_to,
        "EXIT": lambda words, _: Leave(words.reason, id=words.id),
    }
)


def _write_step(step: Step) -> StepWords:  # noqa: PLR0911 - one short case a kind of step
    match step:
        case Send():
            return StepWords(
                f"SEND_{_NAMES[step.channel]}",
                step.id,
                f"tpl_{step.template_id}",
                step.delay_seconds,
                category=step.category,
                transactional=step.is_transactional,
            )
        case Wait(seconds, days):
            return StepWords("WAIT", step.id, delay=seconds, days=days)
        case WaitForTime() | WaitForDate() | WaitForEvent():
            return _write_wait(step)
        case Condition(test, then, otherwise):
            words = StepWords("CONDITION", step.id, then=write_steps(then))
            words.otherwise = write_steps(otherwise)
            words.rules, words.where = write_test(test)
            return words
        case Switch(branches, otherwise):
            ways = [
                WayWords(way.name, write_steps(way.steps), *write_test(way.test))
                for way in branches
            ]
            return StepWords("SWITCH", step.id, branches=ways, otherwise=write_steps(otherwise))
        case Split(shares):
            parts = [
                WayWords(one.name, write_steps(one.steps), percent=one.percent) for one in shares
            ]
            return StepWords("SPLIT", step.id, shares=parts)
        case Reach(test, exits):
            words = StepWords("GOAL", step.id, exits=exits)
            words.rules, words.where = write_test(test)
            return words
        case GoTo(workflow_id):
            return StepWords("AUTOMATION", step.id, automation_id=f"auto_{workflow_id}")
        case Leave(reason):
            return StepWords("EXIT", step.id, reason=reason)
        case _:
            return _write_deed(step)


def _write_wait(step: WaitForTime | WaitForDate | WaitForEvent) -> StepWords:
    match step:
        case WaitForTime(at, weekdays, to):
            return StepWords(
                "WAIT_UNTIL",
                step.id,
                at=write_time(at),
                to=None if to is None else write_time(to),
                weekdays=[WEEKDAYS[day] for day in weekdays],
            )
        case WaitForDate(name, seconds, at):
            words = StepWords("WAIT_FOR_DATE", step.id, delay=seconds, at=write_time(at))
            words.field = name
            return words
        case WaitForEvent():
            words = StepWords("WAIT_FOR_EVENT", step.id, event=step.event_name)
            words.timeout = step.timeout_seconds
            words.rules, words.where = write_test(step.where)
            words.then, words.otherwise = write_steps(step.then), write_steps(step.otherwise)
            return words


def _write_deed(  # noqa: PLR0911 - one short case a kind of step
    step: UpdateContact
    | ChangeTags
    | ChangeList
    | ChangeConsent
    | FireEvent
    | CallWebhook
    | WriteCopy,
) -> StepWords:
    match step:
        case UpdateContact(given):
            return StepWords("UPDATE_PROPERTIES", step.id, properties=dict(given))
        case ChangeTags(add, remove):
            return StepWords("TAG", step.id, add=list(add), remove=list(remove))
        case ChangeList(segment_id, is_member):
            kind = "ADD_TO_SEGMENT" if is_member else "REMOVE_FROM_SEGMENT"
            return StepWords(kind, step.id, segment_id=f"seg_{segment_id}")
        case ChangeConsent(channel, is_subscribed, category):
            kind = "SUBSCRIBE" if is_subscribed else "UNSUBSCRIBE"
            return StepWords(kind, step.id, channel=_NAMES[channel], category=category)
        case FireEvent(name, given):
            return StepWords("SEND_EVENT", step.id, event=name, properties=dict(given))
        case CallWebhook():
            return StepWords(
                "WEBHOOK",
                step.id,
                url=step.url,
                method=step.method.upper(),
                headers=dict(step.headers),
                body=step.body,
                save_as=step.save_as,
                otherwise=write_steps(step.otherwise),
            )
        case WriteCopy(prompt, save_as, channel):
            return StepWords(
                "WRITE_COPY", step.id, prompt=prompt, save_as=save_as, channel=_NAMES[channel]
            )


def _given(text: str | None, place: str) -> str:
    if text is None or not text.strip():
        raise Invalid(f"{place} is required.")
    return text


def _channel(name: str | None, place: str) -> Channel:
    if name not in CHANNELS:
        raise Invalid(f"{place}.channel must be one of {', '.join(CHANNELS)}.")
    return CHANNELS[name]


def _number(prefix: str, text: str | None, place: str, thing: str) -> int:
    if text is None:
        raise Invalid(f"{place} is required.")
    try:
        return read_number(prefix, text, thing)
    except Unknown as unknown:
        raise Invalid(f"{place}: {unknown.message}") from None
