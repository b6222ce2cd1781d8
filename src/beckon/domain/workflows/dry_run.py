"""Play a version over what happened, and tell who would have got what, when, and why not.

It runs the rules of the engine; nothing is written. What is known of people (fields, segments,
consent, policy) is as it is now; what they did counts up to each moment only.

People are played one after the other, so that only some of them are held at a time: nobody's runs
know of another's.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import ContactId
from beckon.domain.segments.model import Rule
from beckon.domain.workflows import entering, history, past
from beckon.domain.workflows.conditions import NOTHING_KNOWN, Sight
from beckon.domain.workflows.findings import (
    LISTED_MAX,
    SAMPLES_MAX,
    Compared,
    DryRun,
    Earliest,
    Gap,
    Mark,
    WouldSend,
)
from beckon.domain.workflows.judging import Judge, Ordered
from beckon.domain.workflows.model import Definition, Order, Passing, Run
from beckon.domain.workflows.past import Period
from beckon.domain.workflows.planning import lay_out
from beckon.domain.workflows.rehearsal import Cast, Rehearsal, Told
from beckon.domain.workflows.sights import look
from beckon.domain.workflows.steps import Send
from beckon.domain.workflows.triggers import Signal
from beckon.storage.schema import Tx

BLOCK = 1_000
"""People whose numbers lie so close are looked at together."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is played: which period, its end excluded, and whose events; None means everybody's.

    Waits are followed up to `horizon`, by default the end of the period.
    """

    since: datetime
    until: datetime
    contact_id: ContactId | None = None
    horizon: datetime | None = None


class Script(NamedTuple):
    """A version to play, its steps with ids."""

    cast: Cast
    definition: Definition


Progress = Callable[[int, float], None]
"""Hears now and then how many signals were played, and which part of all people, from 0 to 1.

What it raises ends the play.
"""


def play(
    tx: Tx, script: Script, asked: Asked, *, progress: Progress = lambda _played, _part: None
) -> DryRun:
    """Play a version over a period."""
    playing = _Playing(tx, script, asked)
    share_of = _sharing(tx, script.cast.project_id)
    for block in playing.blocks():
        progress(playing.result.signals, share_of(block.number))
    progress(playing.result.signals, 1.0)
    return playing.finish()


def compare(
    tx: Tx,
    one: Script,
    other: Script,
    asked: Asked,
    *,
    progress: Progress = lambda _played, _part: None,
) -> Compared:
    """Play two versions side by side, and tell which sends only either would have made."""
    plays = _Playing(tx, one, asked), _Playing(tx, other, asked)
    gaps = Gap(), Gap()
    share_of = _sharing(tx, one.cast.project_id)
    by_number = attrgetter("number")
    played = 0
    blocks = heapq.merge(*(playing.blocks() for playing in plays), key=by_number)
    for number, alike in groupby(blocks, key=by_number):
        marks = {block.playing: block.marks for block in alike}
        mine, theirs = (marks.get(playing, frozenset()) for playing in plays)
        gaps[0].add(mine - theirs)
        gaps[1].add(theirs - mine)
        played = sum(playing.result.signals for playing in plays)
        progress(played, share_of(number))
    progress(played, 1.0)
    found = [playing.finish() for playing in plays]
    return Compared(found[0], found[1], gaps[0].told(), gaps[1].told())


def _sharing(tx: Tx, project_id: ProjectId) -> Callable[[int], float]:
    """Make what tells which part of the people stands before the end of a block."""
    first, last = past.find_ends(tx, project_id)
    span = last - first + 1
    return lambda number: min(1.0, ((number + 1) * BLOCK - first) / span)


@dataclass(frozen=True, slots=True)
class _Block:
    """Some people who were played; `sends` are all the messages they would have had."""

    playing: "_Playing"
    number: int
    sends: list[WouldSend]

    @property
    def marks(self) -> frozenset[Mark]:
        return frozenset(Mark(one.contact_id, one.step, one.at) for one in self.sends)


class _Playing:
    """One version on its way through a period: sees people, and counts what is told."""

    def __init__(self, tx: Tx, script: Script, asked: Asked) -> None:
        self.result = DryRun()
        self._tx = tx
        self._project_id, self._definition = script.cast.project_id, script.definition
        self._horizon = asked.horizon or asked.until
        self._period = Period(self._project_id, asked.since, asked.until, asked.contact_id)
        self._is_direct = history.starts_by_calendar(script.definition)
        plan = lay_out(script.definition)
        self._rules: Sequence[Rule] = [*plan.rules, *entering.rules_of(script.definition)]
        self._looks = plan.looks or bool(self._rules)
        self._rehearsal = Rehearsal(script.cast, plan, self._see, self._tell, self._order)
        self._judge = Judge(tx, self._project_id)
        self._sights: dict[ContactId, Sight] = {}
        self._ordered: list[Ordered] = []
        self._told: Earliest[Told] = Earliest(LISTED_MAX)
        self._sends: Earliest[WouldSend] = Earliest(LISTED_MAX)
        self._samples: Earliest[tuple[Ordered, WouldSend]] = Earliest(SAMPLES_MAX)

    def blocks(self) -> Iterator[_Block]:
        """Play on, some people at a time, in the order of their numbers."""
        people = history.replay(self._tx, self._definition, self._period)
        for number, alike in groupby(people, key=lambda person: person[0] // BLOCK):
            yield _Block(self, number, self._play_some(alike))

    def finish(self) -> DryRun:
        """Tell what was found."""
        result = self.result
        result.told = self._told.listed()
        result.first_sends = self._sends.listed()
        result.samples = [self._judge.write(one, send) for one, send in self._samples.listed()]
        return result

    def _play_some(self, people: Iterable[tuple[ContactId, list[Signal]]]) -> list[WouldSend]:
        entering_people = [
            (contact_id, from_first)
            for contact_id, signals in people
            if (from_first := self._from_first(signals))
        ]
        self._meet([contact_id for contact_id, _ in entering_people])
        for _, signals in entering_people:
            for signal in signals:
                self._rehearsal.hear(signal, is_direct=self._is_meant(signal))
            self._rehearsal.pass_until(self._horizon)
            self.result.inside += self._rehearsal.clear()
        return self._judge_all()

    def _from_first(self, signals: Sequence[Signal]) -> Sequence[Signal]:
        """Leave out what came before anything that lets people in: nobody was inside to hear."""
        self.result.signals += len(signals)
        for place, signal in enumerate(signals):
            if self._is_meant(signal) or self._rehearsal.may_start(signal):
                return signals[place:]
        return ()

    def _is_meant(self, signal: Signal) -> bool:
        return self._is_direct and not signal.keys

    def _meet(self, people: Sequence[ContactId]) -> None:
        self._sights = {}
        if self._looks and people:
            self._sights = look(self._tx, self._project_id, people, self._rules)

    def _see(self, contact_id: ContactId) -> Sight:
        """Look at a contact; who is no more is not known."""
        return self._sights.get(contact_id, NOTHING_KNOWN)

    def _tell(self, told: Told) -> None:
        """Count a line of a journey."""
        result, trail = self.result, told.trail
        self._told.add(trail.at, told)
        if trail.passing is Passing.REFUSED:
            result.refused[trail.note] += 1
        elif trail.passing is Passing.ENTERED:
            result.entered += 1
            result.held_out += bool(trail.note)
        else:
            result.converted += trail.passing is Passing.CONVERTED
            result.steps[trail.step, trail.passing] += 1

    def _order(self, run: Run, order: Order) -> None:
        if isinstance(order.step, Send):
            self._ordered.append(Ordered(run, order.step, order.at))

    def _judge_all(self) -> list[WouldSend]:
        """Judge the messages ordered since the last time."""
        ordered, self._ordered = self._ordered, []
        sends = self._judge.judge(ordered)
        for one, send in zip(ordered, sends, strict=True):
            self.result.sends[send.step] += 1
            if send.stopped is not None:
                self.result.stopped[send.stopped] += 1
            self._sends.add(send.at, send)
            self._samples.add(send.at, (one, send))
        return sends
