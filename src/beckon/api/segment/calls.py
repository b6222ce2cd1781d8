"""POST /v1/track, identify, page, screen, group, alias, batch."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from msgspec import Struct, field, structs

from beckon.api.call import Edge, Intake
from beckon.api.segment.words import BatchWords, Reading, Words
from beckon.domain.events.model import Happening
from beckon.kit import json
from beckon.kit.refusals import Invalid

BATCH_MAX = 10_000


class Rejected(Struct):
    """Which item of a batch was not taken, and why."""

    index: int
    message: str


class Taken(Struct, omit_defaults=True):
    """Reply to every call; SDKs look at the status alone."""

    success: bool
    rejected: list[Rejected] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Single:
    """Takes one call; its path says which."""

    type: str

    def __call__(self, edge: Edge, body: Words) -> Intake[Taken]:
        """Take the call. Raises Invalid."""
        words = structs.replace(body, type=self.type)
        return _intake([Reading(edge, body.sent_at).happening(words)], [])


def batch(edge: Edge, body: BatchWords) -> Intake[Taken]:
    """POST /v1/batch and /v1/import; good items are taken in order, bad ones told by index."""
    if len(body.batch) > BATCH_MAX:
        raise Invalid(f"batch must hold at most {BATCH_MAX} items.")
    happenings: list[Happening] = []
    rejected: list[Rejected] = []
    for index, item in enumerate(body.batch):
        reading = Reading(edge, body.sent_at, f"batch[{index}].")
        try:
            happenings.append(reading.happening(_shaped(item, body.context, reading.place)))
        except Invalid as refused:
            rejected.append(Rejected(index, refused.message))
    return _intake(happenings, rejected)


def _shaped(item: object, context: dict[str, Any], place: str) -> Words:
    try:
        words = json.shape(item, Words)
    except Invalid as fault:
        raise Invalid(f"{place}{fault.message}") from None
    return structs.replace(words, context={**context, **(words.context or {})})


def _intake(happenings: list[Happening], rejected: list[Rejected]) -> Intake[Taken]:
    reply: Callable[[object], Taken] = lambda _: Taken(True, rejected)  # noqa: E731, FBT003 - one word of the wire
    return Intake(happenings, reply)
