"""A version played over signals in virtual time, by the same rules as the engine. Pure.

Nothing is done: messages, calls and changes are only told of. A call is taken to be answered at
once, with nothing in the answer; what a run would change about a contact is not seen by later
steps.
"""

import heapq
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
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


@dataclass(slots=True)
class Player:
    """A run that is played, and how it stands."""

    run: Run
    signal: str
    started_at: datetime
    state: RunState
    has_converted: bool = False


@dataclass(slots=True)
class Rehearsal:
    """A stage on which signals come in, in the order of their moments.

    `see` tells what is known of a contact; `tell` hears of every line of every journey, and
    `order` of everything that would be done.
    """

    cast: Cast
    plan: Plan
    see: Callable[[ContactId], Sight]
    tell: Callable[[Told], None]
    order: Callable[[Run, Order], None]
    _due: list[tuple[datetime, int, Player, datetime]] = field(default_factory=list)
    _players: dict[ContactId, list[Player]] = field(default_factory=lambda: defaultdict(list))
    _keys: set[str] = field(default_factory=set)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def hear(self, signal: Signal, *, is_direct: bool = False) -> None:
        """Let time pass up to a signal, and let it take effect."""
        self.pass_until(signal.at)
        for player in list(self._players.get(signal.contact_id, ())):
            if player.signal != signal.id:
                self._hear_one(player, signal)
        if is_direct or set(keys_of(self.plan.definition.trigger)) & set(signal.keys):
            self._enter(signal, is_direct=is_direct)

    def pass_until(self, moment: datetime) -> None:
        """Let everybody go on who is due by a moment."""
        while self._due and self._due[0][0] <= moment:
            at, _, player, planned = heapq.heappop(self._due)
            if player.state is RunState.ACTIVE and player.run.wake_at == planned:
                self._wake(player, at)

    @property
    def inside(self) -> int:
        """How many are still on their way."""
        return sum(
            player.state is RunState.ACTIVE
            for players in self._players.values()
            for player in players
        )

    def _enter(self, signal: Signal, *, is_direct: bool) -> None:
        definition = self.plan.definition
        players = self._players[signal.contact_id]
        past = [
            PastRun(one.started_at, one.state is not RunState.ACTIVE, one.run.entry)
            for one in players
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
        players.append(player)
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
        elif (left := rules.leave(run, self.plan, signal, sight)) is not None:
            player.state = RunState.EXITED
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
            due = player.run.wake_at
            heapq.heappush(self._due, (due, next(self._numbers), player, due))
            return
        if not self._remembers:
            self._players[player.run.contact_id].remove(player)

    @property
    def _remembers(self) -> bool:
        """Whether runs that have ended still matter, to a goal or to entering again."""
        manners = self.plan.definition.manners
        return manners.goal is not None or entering.asks_for_past(self.plan.definition)
