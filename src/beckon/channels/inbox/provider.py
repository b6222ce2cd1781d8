"""Puts letters into people's in-app inbox, which apps and pages read over our own API."""

from collections.abc import Sequence
from functools import partial

from beckon.channels.notes import read_note
from beckon.domain.messages.model import Deferred, Fault, Letter, Outcome, Sent
from beckon.domain.news import actions
from beckon.domain.news.model import NewInboxItem, ReaderId
from beckon.kit.clock import Clock
from beckon.kit.refusals import Refusal
from beckon.storage.state import State


class InboxProvider:
    """Stores letters; the same one twice is still one."""

    name = "inbox"
    repeats_safely = True

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    async def send(self, letters: Sequence[Letter]) -> Sequence[Outcome]:
        """Store the letters in one transaction; one outcome each, in their order."""
        items = [(letter.project_id, _item(letter)) for letter in letters]
        try:
            await self._state.write(
                partial(actions.deliver_any_project, items=items, now=self._clock.now())
            )
        except Refusal as refused:  # the store is away, and whatever was begun is undone
            return [Deferred(refused.message, fault=Fault.PROVIDER) for _ in letters]
        return [Sent(letter.id.hex, "kept in the inbox") for letter in letters]

    async def look_up(self, letters: Sequence[Letter]) -> Sequence[Outcome | None]:
        """Hand them over again, which tells for certain and changes nothing."""
        return await self.send(letters)

    async def close(self) -> None:
        """Nothing is held."""


def _item(letter: Letter) -> NewInboxItem:
    note = read_note(letter)
    return NewInboxItem(
        letter.id,
        ReaderId(int(letter.recipient)),
        title=note.title or "",
        body=note.text,
        link_url=note.link_url,
        image_url=note.image_url,
        data=note.data,
    )
