"""A version played over signals in virtual time, by the same rules as the engine. Pure.

Nothing is done: messages, calls and changes are only told of. A call is taken to be answered at
once, with nothing in the answer; what a run would change about a contact is not seen by later
steps.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import NamedTuple

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import ContactId
from beckon.domain.messages.model import RunId, WorkflowId
from beckon.domain.workflows import entering, rules
from beckon.domain.workflows.conditions import Sight
from beckon.domain.workflows.entering import Refused
from beckon.domain.workflows.model import (
    Order,
    Passing,
    PastRun,
    Run,
    RunState,
    Trail,
    VersionId,
)
from beckon.domain.workflows.planning import Plan
from beckon.domain.workflows.rules import Walk
from beckon.domain.workflows.triggers import Signal, keys_of
from beckon.kit.values import replace


class Told(NamedTuple):
    """One line of what would have happened to somebody."""

    contact_id: ContactId
    run_id: RunId | None
    trail: Trail


@dataclass(frozen=True, slots=True)
class Cast:
    """Whose workflow is played: its numbers decide who is held out, and who goes which way."""

    project_id: ProjectId
    workflow_id: WorkflowId
    version_id: VersionId


@dataclass(slots=True, eq=False)
class Player:
    """A run that is played, and how it stands."""

    run: Run
    signal: str
    started_at: datetime
    state: RunState
    has_converted: bool = False


@dataclass(slots=True)
class Rehearsal:
    """A stage on which one person's signals come in, in the order of their moments.

    `see` tells what is known of a contact; `tell` hears of every line of every journey, and
    `order` of everything that would be done. `clear` makes room for the next person: nobody's runs
    know of another's.
    """

    cast: Cast
    plan: Plan
    see: Callable[[ContactId], Sight]
    tell: Callable[[Told], None]
    order: Callable[[Run, Order], None]
    _starts: frozenset[str] = field(init=False)
    _remembers: bool = field(init=False)
    _due: list[tuple[datetime, int, Player]] = field(default_factory=list)
    _players: list[Player] = field(default_factory=list)
    _keys: set[str] = field(default_factory=set)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))
    _turns: "count[int]" = field(default_factory=count)

    def __post_init__(self) -> None:
        definition = self.plan.definition
        self._starts = frozenset(keys_of(definition.trigger))
        # Whether runs that have ended still matter, to a goal or to entering again.
        self._remembers = definition.manners.goal is not None or entering.asks_for_past(definition)

    def may_start(self, signal: Signal) -> bool:
        """Tell whether a signal is of the kind that lets people in."""
        return not self._starts.isdisjoint(signal.keys)

    def hear(self, signal: Signal, *, is_direct: bool = False) -> None:
        """Let time pass up to a signal, and let it take effect."""
        self.pass_until(signal.at)
        for player in list(self._players):
            if player.signal != signal.id:
                self._hear_one(player, signal)
        if is_direct or self.may_start(signal):
            self._enter(signal, is_direct=is_direct)

    def pass_until(self, moment: datetime) -> None:
        """Let every run go on that is due by a moment."""
        while self._due and self._due[0][0] <= moment:
            planned, _, player = heapq.heappop(self._due)
            if player.state is RunState.ACTIVE and player.run.wake_at == planned:
                self._wake(player, planned)

    def clear(self) -> int:
        """Empty the stage; tells how many runs were still on their way."""
        inside = sum(player.state is RunState.ACTIVE for player in self._players)
        self._due.clear()
        self._players.clear()
        self._keys.clear()
        return inside

    def _enter(self, signal: Signal, *, is_direct: bool) -> None:
        definition = self.plan.definition
        past = [
            PastRun(one.started_at, one.state is not RunState.ACTIVE, one.run.entry)
            for one in self._players
        ]
        sight = self.see(signal.contact_id)
        entry = entering.enter(
            self.cast.workflow_id, definition, signal, past, sight, is_direct=is_direct
        )
        if entry is None:
            return
        if isinstance(entry, Refused):
            trail = Trail("", Passing.REFUSED, signal.at, entry.reason)
            self.tell(Told(signal.contact_id, None, trail))
            return
        if entry.key != signal.id:  # the same signal is never heard twice here
            if entry.key in self._keys:
                return
            self._keys.add(entry.key)
        number = RunId(next(self._numbers))
        run = Run(
            number,
            self.cast.project_id,
            self.cast.workflow_id,
            self.cast.version_id,
            signal.contact_id,
            0,
            signal.at,
            signal.data,
            entry.value,
        )
        player = Player(rules.begin(run, self.plan), signal.id, signal.at, entry.state)
        note = "held out, to measure" if entry.state is RunState.HELD_OUT else ""
        self.tell(Told(signal.contact_id, number, Trail("", Passing.ENTERED, signal.at, note)))
        self._players.append(player)
        self._plan_next(player)
        self.pass_until(signal.at)

    def _hear_one(self, player: Player, signal: Signal) -> None:
        sight = self.see(signal.contact_id)
        run = player.run
        goal = self.plan.definition.manners.goal
        reached = None
        if not player.has_converted:
            reached = rules.reach(player.started_at, run.data, self.plan, signal, sight)
        if reached is not None:
            player.has_converted = True
            self.tell(Told(signal.contact_id, run.id, reached))
        if player.state is not RunState.ACTIVE:
            return
        if reached is not None and goal is not None and goal.exits:
            player.state = RunState.EXITED
            self._plan_next(player)
        elif (left := rules.leave(run, self.plan, signal, sight)) is not None:
            player.state = RunState.EXITED
            self._plan_next(player)
            self.tell(Told(signal.contact_id, run.id, left))
        elif (walk := rules.hear(run, self.plan, signal, sight)) is not None:
            self._follow(player, walk)
            self.pass_until(signal.at)

    def _wake(self, player: Player, at: datetime) -> None:
        walk = rules.advance(player.run, self.plan, self.see(player.run.contact_id), at)
        self._follow(player, walk)
        awaits = player.run.awaits or ""
        if player.state is RunState.ACTIVE and awaits.startswith(rules.ANSWER):
            step_id = awaits.removeprefix(rules.ANSWER)
            answered = rules.answer(
                player.run, self.plan, step_id, said={}, fault=None, now=player.run.wake_at
            )
            assert answered is not None
            self._follow(player, replace(answered, orders=()))

    def _follow(self, player: Player, walk: Walk) -> None:
        for order in walk.orders:
            self.order(player.run, order)
        for trail in walk.trails:
            self.tell(Told(player.run.contact_id, player.run.id, trail))
        player.run, player.state = walk.run, walk.state
        player.has_converted = player.has_converted or walk.has_converted
        self._plan_next(player)

    def _plan_next(self, player: Player) -> None:
        if player.state is RunState.ACTIVE:
            heapq.heappush(self._due, (player.run.wake_at, next(self._turns), player))
        elif not self._remembers:
            self._players.remove(player)
