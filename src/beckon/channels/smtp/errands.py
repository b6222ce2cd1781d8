"""Letters on their way: what each has come to, and the queue of those without a connection."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from beckon.domain.messages.model import Deferred, Letter, Outcome, Unknown

TRIES_MAX = 3
"""How many connections may fail under a letter, through no fault of its own, in one sending."""


@dataclass(slots=True, eq=False)
class Errand:
    """A letter on its way, and the answer somebody waits for.

    `dot_left` is the line between certainly not accepted and in doubt: it is set before the
    letter's last bytes are handed to the network.
    """

    letter: Letter
    answer: asyncio.Future[Outcome]
    dot_left: bool = False
    tries: int = 0

    def settle(self, outcome: Outcome) -> None:
        """Answer, unless nobody waits any more."""
        if not self.answer.done():
            self.answer.set_result(outcome)

    def lost(self, why: str) -> Outcome:
        """Say what is known of it when its connection is of no more use."""
        if self.dot_left:
            return Unknown(f"The relay may have the message, and did not say: {why}.")
        return Deferred(f"The message did not leave: {why}.")


class Queue:
    """Errands that wait for a connection, oldest first; those nobody waits for fall out."""

    def __init__(self) -> None:
        self._errands: deque[Errand] = deque()

    def __len__(self) -> int:
        return len(self._errands)

    def add(self, errands: Sequence[Errand]) -> None:
        """Let errands wait."""
        self._errands.extend(errands)

    def put_back(self, errand: Errand, otherwise: Outcome) -> None:
        """Let one wait again, before all others; after too many tries, settle it instead."""
        assert not errand.dot_left
        if errand.tries >= TRIES_MAX:
            errand.settle(otherwise)
        else:
            errand.tries += 1
            self._errands.appendleft(errand)

    def take(self) -> Errand | None:
        """Give the oldest and forget it; None if nothing waits."""
        while self._errands:
            errand = self._errands.popleft()
            if not errand.answer.done():
                return errand
        return None

    def settle(self, outcome: Outcome) -> None:
        """Answer all that wait alike."""
        while (errand := self.take()) is not None:
            errand.settle(outcome)

    def expire(self, errands: Sequence[Errand], outcome: Outcome) -> None:
        """Answer those of these that still wait; the others may not wait again."""
        waiting = set(map(id, self._errands))
        for errand in errands:
            errand.tries = TRIES_MAX
            if id(errand) in waiting:
                errand.settle(outcome)
