"""Values that equal whatever has their form, so that whole replies can be compared at once."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Like:
    """Equals every text that fits the pattern as a whole."""

    pattern: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and re.fullmatch(self.pattern, other) is not None

    def __hash__(self) -> int:
        return hash(self.pattern)


class Number:
    """Equals every whole number that is no truth value."""

    def __eq__(self, other: object) -> bool:
        return type(other) is int

    def __hash__(self) -> int:
        return 0


MOMENT = Like(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
EVENT_ID = Like(r"evt_[0-9a-f]{32}")
MESSAGE_ID = Like(r"msg_[0-9a-f]{32}")
TEMPLATE_ID = Like(r"tpl_\d+")
AUTOMATION_ID = Like(r"auto_\d+")
REQUEST_ID = Like(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
NUMBER = Number()
