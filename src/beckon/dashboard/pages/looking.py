"""Lists of things with names, looked through by a part of the name and by state."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlencode

from beckon.dashboard.visits import Visit
from beckon.kit.refusals import Invalid

ROWS = 50
NAMES_MAX = 20_000
"""So many of the latest are looked through."""
SEARCH_CHARACTERS_MAX = 200

Id = TypeVar("Id")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list is asked for; "" asks for all. Pages count from 1."""

    path: str
    search: str
    state: str
    page: int

    def address(self, page: int) -> str:
        """Write where a page of the same list is."""
        words = {"search": self.search, "state": self.state, "page": page if page > 1 else None}
        query = urlencode({key: word for key, word in words.items() if word})
        return f"{self.path}?{query}" if query else self.path


@dataclass(frozen=True, slots=True)
class Listing:
    """What a page needs to say of its list: what was asked, how many there are, where to go on."""

    asked: Asked
    total: int

    @property
    def is_narrowed(self) -> bool:
        """Whether only some are asked for."""
        return bool(self.asked.search or self.asked.state)

    @property
    def here(self) -> str:
        """Where this page is."""
        return self.asked.address(self.asked.page)

    @property
    def newer(self) -> str | None:
        """Where the page before is, if there is one."""
        return self.asked.address(self.asked.page - 1) if self.asked.page > 1 else None

    @property
    def older(self) -> str | None:
        """Where the page after is, if there is one."""
        has_more = self.asked.page * ROWS < self.total
        return self.asked.address(self.asked.page + 1) if has_more else None


def read_asked(visit: Visit, path: str, states: Mapping[str, object]) -> Asked:
    """Read the query of a list. Raises Invalid for a state that is none."""
    search, state = visit.asked("search"), visit.asked("state")
    if len(search) > SEARCH_CHARACTERS_MAX:
        raise Invalid(f"search must have at most {SEARCH_CHARACTERS_MAX} characters.")
    if state and state not in states:
        raise Invalid(f"state must be one of {', '.join(states)}.")
    return Asked(path, search, state, visit.asked_page())


def pick(named: Iterable[tuple[Id, str]], asked: Asked) -> tuple[Sequence[Id], Listing]:
    """Pick the ids of one page of those whose names hold what is searched for, in any case.

    Case is folded here: the stores disagree on how.
    """
    part = asked.search.casefold()
    found = [number for number, name in named if part in name.casefold()]
    first = (asked.page - 1) * ROWS
    return found[first : first + ROWS], Listing(asked, len(found))
