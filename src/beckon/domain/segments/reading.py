"""A value inside a rule together with its path, and the plain readings of it."""

from collections.abc import Callable, Sequence
from typing import Any

from beckon.kit.refusals import Invalid

TEXT_CHARACTERS_MAX = 1024


class RuleInvalid(Invalid):
    """A rule that says something the language has no meaning for; the message names the place."""

    code = "rule_invalid"


class Node:
    """A value at a path. What it is asked to be and is not, it refuses with that path."""

    def __init__(self, value: object, path: str) -> None:
        self.value = value
        self.path = path

    def refusal(self, rule: str) -> RuleInvalid:
        """Make the refusal that names this place; `rule` says what would be right."""
        return RuleInvalid(f"{self.path}: {rule}")

    def __getitem__(self, key: str) -> "Node":
        if not self.has(key):
            raise self.refusal(f"{key} is required.")
        return Node(self._object()[key], f"{self.path}.{key}")

    def has(self, key: str) -> bool:
        """Tell whether a key is given; null is as good as nothing."""
        return self._object().get(key) is not None

    def only(self, *keys: str) -> None:
        """Refuse any other key."""
        for key in self._object():
            if key not in keys:
                raise self.refusal(f"{key} is not known here; known are {', '.join(keys)}.")

    def lacks(self, key: str, rule: str) -> None:
        """Refuse a key that has no meaning here; `rule` says why."""
        if self.has(key):
            raise self[key].refusal(rule)

    def items(self, *, at_most: int) -> "Sequence[Node]":
        """Read a list of one to so many values."""
        if not isinstance(self.value, list) or not 0 < len(self.value) <= at_most:
            raise self.refusal(f"must be a list of 1 to {at_most}.")
        return [Node(item, f"{self.path}[{place}]") for place, item in enumerate(self.value)]

    def text(self) -> str:
        """Read a text of 1 to 1,024 characters."""
        if not isinstance(self.value, str) or not 0 < len(self.value) <= TEXT_CHARACTERS_MAX:
            raise self.refusal(f"must be a text of 1 to {TEXT_CHARACTERS_MAX} characters.")
        return self.value

    def one_of(self, words: Sequence[str]) -> str:
        """Read one of these words."""
        if self.value not in words or not isinstance(self.value, str):
            raise self.refusal(f"must be one of {', '.join(words)}.")
        return self.value

    def number(self) -> int:
        """Read a whole number from 1 to what 63 bits hold."""
        if type(self.value) is not int or not 0 < self.value < 2**63:
            raise self.refusal("must be a positive whole number.")
        return self.value

    def flag(self, key: str) -> bool:
        """Read true or false, false where nothing is given."""
        value = self._object().get(key, False)
        if value is None or isinstance(value, bool):
            return bool(value)
        raise self[key].refusal("must be true or false.")

    def checked(self, check: Callable[[str], str]) -> str:
        """Read a text that another rule checks; its refusal names the path by itself."""
        return check(self.text())

    def _object(self) -> dict[str, Any]:
        if not isinstance(self.value, dict):
            raise self.refusal("must be an object.")
        return self.value
