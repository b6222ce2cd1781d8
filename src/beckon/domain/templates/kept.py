"""Keeps compiled texts, as many as their sources have room for."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

from beckon.domain.templates.model import Text

CHARACTERS_MAX = 64 * 1024 * 1024
"""Characters of source whose compiled forms are kept; the longest unused go first."""

C = TypeVar("C")


class Kept(Generic[C]):
    """What `compile_text` makes of texts without translations.

    A text is found by its value: versions never change, and equal ones are one.
    """

    def __init__(
        self, compile_text: Callable[[Text], C], characters_max: int = CHARACTERS_MAX
    ) -> None:
        self._compile = compile_text
        self._characters_max = characters_max
        self._characters = 0
        self._texts: OrderedDict[Text, C] = OrderedDict()
        self._lock = Lock()

    def get(self, text: Text) -> C:
        """Give the compiled form of a text. Raises what compiling it raises."""
        with self._lock:
            found = self._texts.get(text)
            if found is not None:
                self._texts.move_to_end(text)
                return found
        found = self._compile(text)
        with self._lock:
            if self._texts.setdefault(text, found) is found:
                self._characters += len(text.body)
            while self._characters > self._characters_max and len(self._texts) > 1:
                oldest, _ = self._texts.popitem(last=False)
                self._characters -= len(oldest.body)
        return found
