"""Providers for simulations: whole implementations that keep what they took and misbehave on order.

`HonestProvider` does what its outcomes say. `Mortal…` ones end their process at a chosen moment.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeVar

from beckon.domain.messages.model import Deferred, Letter, MessageId, Outcome, Sent
from beckon.storage.schema import Tx
from beckon.storage.state import State

T = TypeVar("T")


class HonestProvider:
    """Takes letters and remembers each; `script` gives other outcomes, in turn.

    With `repeats_safely` the same letter twice has one effect, as with a provider that knows ids.
    """

    name = "honest"

    def __init__(
        self,
        *,
        repeats_safely: bool,
        script: Sequence[Outcome | Exception] = (),
        answers: bool = False,
    ) -> None:
        self.answers = answers
        self.repeats_safely = repeats_safely
        self.effects: Counter[MessageId] = Counter()
        self.seen: list[Letter] = []
        self._script = list(script)

    async def send(self, letters: Sequence[Letter]) -> Sequence[Outcome]:
        """Take the letters, or do what the script says."""
        return [self._take(letter) for letter in letters]

    async def look_up(self, letters: Sequence[Letter]) -> Sequence[Outcome | None]:
        """Tell what is in its books where `answers`, else nothing."""
        if not self.answers:
            return [None for _ in letters]
        return [
            Sent(letter.id.hex) if self.effects[letter.id] else Deferred("It never came in.")
            for letter in letters
        ]

    async def close(self) -> None:
        """Nothing is held."""

    def _take(self, letter: Letter) -> Outcome:
        self.seen.append(letter)
        outcome = self._script.pop(0) if self._script else Sent(letter.id.hex)
        if isinstance(outcome, Exception):
            raise outcome
        if isinstance(outcome, Sent):
            if self.repeats_safely:
                self.effects[letter.id] = 1
            else:
                self.effects[letter.id] += 1
        return outcome


class Killed(BaseException):
    """The process of this worker ended here."""


class Life:
    """Counts the moments at which a process may end, and ends it at the one given."""

    def __init__(self, moments: int | None = None) -> None:
        self.left = moments
        self.lived = 0

    def pass_moment(self) -> None:
        """Live on, or raise Killed now and for ever after."""
        if self.left is not None and self.lived >= self.left:
            raise Killed
        self.lived += 1


class MortalState:
    """A state whose process may end right before or right after any commit."""

    def __init__(self, state: State, life: Life) -> None:
        self._state = state
        self._life = life

    async def write(self, action: Callable[[Tx], T]) -> T:
        """See State.write."""
        self._life.pass_moment()
        result = await self._state.write(action)
        self._life.pass_moment()
        return result

    async def read(self, query: Callable[[Tx], T]) -> T:
        """See State.read."""
        self._life.pass_moment()
        return await self._state.read(query)

    async def close(self) -> None:
        """Leave the store to the test."""


class MortalProvider:
    """A provider whose caller may end right before the first byte or right after the last."""

    def __init__(self, provider: HonestProvider, life: Life) -> None:
        self.name = provider.name
        self.repeats_safely = provider.repeats_safely
        self._provider = provider
        self._life = life

    async def send(self, letters: Sequence[Letter]) -> Sequence[Outcome]:
        """See HonestProvider.send."""
        self._life.pass_moment()
        outcomes = await self._provider.send(letters)
        self._life.pass_moment()
        return outcomes

    async def look_up(self, letters: Sequence[Letter]) -> Sequence[Outcome | None]:
        """See HonestProvider.look_up."""
        self._life.pass_moment()
        return await self._provider.look_up(letters)

    async def close(self) -> None:
        """See HonestProvider.close."""
