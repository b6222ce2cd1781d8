"""Events of the past in the Reteno vocabulary: up to 500 at once, none of which starts anything."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from beckon.api.answers import Fault
from beckon.api.call import Call
from beckon.api.reteno.event_words import Parameter, read_event, read_parameters
from beckon.api.times import read_moment
from beckon.domain.accounts.queries import get_project, may_delete_past
from beckon.domain.events import actions
from beckon.domain.events.model import EventId, NewEvent
from beckon.domain.events.rules import AHEAD_MAX
from beckon.kit import json
from beckon.kit.refusals import Invalid

EVENTS_MAX = 500
DAY = len("2026-03-09")

ACCEPTED = "ACCEPTED"
ABSENT = "OCCURRED_DATE_IS_REQUIRED"
MISSHAPEN = "INCORRECT_OCCURRED_DATE_FORMAT"
FUTURE = "OCCURRED_TIME_IN_FUTURE"


class PastEvents(Struct):
    """Body of POST /past_events; events are read one by one."""

    events: list[Any]


class PastEventWords(Struct, rename="camel"):
    """An event of the past; `occurred` without a zone is in the project's."""

    event_type_key: str
    key_value: str | int
    params: list[Parameter] | None = None
    occurred: str | None = None


class PastEventRow(Struct):
    """What became of one event."""

    status: str


class PastEventsTaken(Struct, rename="camel"):
    """Reply to POST /past_events, in the order of the request."""

    results: list[PastEventRow]
    success_count: int
    error_count: int


class Period(Struct, rename={"from_": "from"}):
    """Body of DELETE /past_events; both ends count, in the project's zone where none is given."""

    from_: str
    to: str


def delete_period(call: Call, body: Period) -> None:
    """DELETE /v1/past_events; only where the project lets keys do it."""
    if not may_delete_past(call.tx, call.project_id):
        raise Fault(
            HTTPStatus.FORBIDDEN,
            "This project does not let keys delete events; an administrator may change that.",
        )
    zone = ZoneInfo(get_project(call.tx, call.project_id).time_zone)
    begins, ends = (
        read_moment(f"{text.strip()}T00:00" if len(text.strip()) == DAY else text, name, zone=zone)
        for text, name in ((body.from_, "from"), (body.to, "to"))
    )
    if len(body.to.strip()) == DAY:
        ends += timedelta(days=1, milliseconds=-1)
    if ends < begins:
        raise Invalid("to must not lie before from.")
    actions.delete_between(call.tx, call.project_id, begins_at=begins, ends_at=ends, now=call.now)


def send_v1(call: Call, body: PastEvents) -> PastEventsTaken:
    """POST /v1/past_events; values are text, numbers and truth values."""
    return _send(call, body, is_nested=False)


def send_v2(call: Call, body: PastEvents) -> PastEventsTaken:
    """POST /v2/past_events; values are any JSON."""
    return _send(call, body, is_nested=True)


def _send(call: Call, body: PastEvents, *, is_nested: bool) -> PastEventsTaken:
    if not 1 <= len(body.events) <= EVENTS_MAX:
        raise Invalid(f"events must hold 1 to {EVENTS_MAX} events.")
    zone = ZoneInfo(get_project(call.tx, call.project_id).time_zone)
    rows, taken = [], []
    for place, words in enumerate(json.shape_each(body.events, PastEventWords)):
        if isinstance(words, Invalid):
            raise Invalid(f"events[{place}]: {words.message}")
        moment = _moment(words.occurred, zone, call.now)
        if isinstance(moment, str):
            rows.append(PastEventRow(moment))
            continue
        taken.append(_event(call, words, moment, f"events[{place}].", is_nested=is_nested))
        rows.append(PastEventRow(ACCEPTED))
    actions.record(call.tx, call.project_id, taken, call.now)
    return PastEventsTaken(rows, len(taken), len(rows) - len(taken))


def _moment(text: str | None, zone: ZoneInfo, now: datetime) -> datetime | str:
    """Read when an event happened, or tell what is wrong with it."""
    if not text or not text.strip():
        return ABSENT
    text = text.strip()
    try:
        moment = read_moment(f"{text}T00:00" if len(text) == DAY else text, "occurred", zone=zone)
    except Invalid:
        return MISSHAPEN
    return FUTURE if moment > now + AHEAD_MAX else moment


def _event(
    call: Call, words: PastEventWords, moment: datetime, place: str, *, is_nested: bool
) -> NewEvent:
    params = words.params or []
    for number, parameter in enumerate(params):
        if not is_nested and isinstance(parameter.value, dict | list):
            raise Invalid(
                f"{place}params[{number}].value must be a string, a number or true or false; "
                "send nested JSON to /api/v2/past_events."
            )
    return read_event(
        EventId(call.new_id()),
        words.event_type_key,
        words.key_value,
        read_parameters(params, place),
        occurred_at=moment,
        now=call.now,
        place=place,
        is_history=True,
    )
