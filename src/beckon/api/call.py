"""What a face gets and gives: a call, an intake, an answer, and the route that leads to it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from functools import cached_property
from typing import Any, Generic, TypeVar
from uuid import UUID

from beckon.domain.accounts.model import Key, ProjectId
from beckon.domain.contacts.model import ContactId
from beckon.domain.events.model import Happening
from beckon.domain.messages.model import Outcome
from beckon.domain.providers.model import ProviderId
from beckon.kit import json
from beckon.kit.secrets import Vault
from beckon.storage.schema import Tx

R = TypeVar("R")


class Face(StrEnum):
    """Whose words a route speaks; that face's credentials count there, and no others."""

    RETENSHUN = "retenshun"
    RETENO = "reteno"
    SEGMENT = "segment"


class Access(Enum):
    """Which kinds of key a route takes."""

    ANY_KEY = "any key"
    SECRET_KEY = "secret key"  # noqa: S105 - a kind of key, no password


class Meter(StrEnum):
    """Which of the documented rate limits a route counts against."""

    EVENTS = "events"
    PAST_EVENTS = "past_events"
    PAST_EVENTS_DELETE = "past_events_delete"
    CONTACT_SEARCH = "contact_search"
    TOKEN_LOOKUP = "token_lookup"  # noqa: S105 - the name of a limit, no password
    HISTORY = "history"
    STORED_MESSAGES = "stored_messages"
    OTHER = "default"


@dataclass(frozen=True, slots=True)
class Services:
    """What a few calls need besides the store: where secrets are sealed, who tries a provider out.

    `base_url` is how others reach this server, without a slash at its end.
    """

    vault: Vault
    base_url: str
    try_out: Callable[[ProjectId, ProviderId, str], Awaitable[Outcome]]


@dataclass(frozen=True, slots=True)
class Edge:
    """Whose call it is and when; no transaction is open."""

    key: Key
    now: datetime
    new_id: Callable[[], UUID]
    services: Services

    @property
    def project_id(self) -> ProjectId:
        """The tenant: the project of the key."""
        return self.key.project_id


@dataclass(frozen=True, slots=True)
class Call(Edge):
    """A call inside the one transaction it runs in."""

    tx: Tx


@dataclass(frozen=True, slots=True)
class Intake(Generic[R]):
    """What a hot call wants logged, and the reply once that is committed.

    `reply` gets, in the order of the happenings, whom each concerns.
    """

    happenings: Sequence[Happening]
    reply: Callable[[Sequence[ContactId | None]], R]


@dataclass(frozen=True, slots=True)
class PlainText:
    """An answer in bare words, which some old clients compare letter by letter."""

    text: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A bare list and how many there are in all, which the header `TotalCount` tells."""

    rows: Sequence[object]
    total: int


@dataclass(frozen=True)
class Route:
    """One operation of a face.

    `handle(call, **path parameters[, body][, query])` runs in a transaction and returns the reply:
    a struct, PlainText, Listed, or None for an empty body. With `is_intake` it gets an Edge and
    returns an Intake, and many calls share one transaction. With `is_outside` it gets an Edge and
    is awaited: it talks to others, and no transaction is open meanwhile. With `only_looks` a POST
    changes nothing either, and need not hold up those that do; with `changes` even a GET may, where
    a list is begun by who first looks at it. `is_beacon` takes bodies as SDKs and browsers send
    them: of any media type, compressed, and with the key inside (`writeKey`) where no header has
    one. `repeats` names what a query may hold several times; it comes joined by commas.

    `prepare`, with the same arguments, looks at the store and returns slow work that needs no
    store, such as compiling a text: it is done in a thread before `handle` begins, and what it
    refuses is refused.
    """

    method: str
    path: str
    handle: Callable[..., Any]
    summary: str
    face: Face
    tag: str
    access: Access = Access.SECRET_KEY
    body: type | None = None
    prepare: Callable[..., Callable[[], object] | None] | None = None
    query: type | None = None
    reply: Any = None
    meter: Meter = Meter.OTHER
    is_intake: bool = False
    is_outside: bool = False
    only_looks: bool = False
    is_beacon: bool = False
    changes: bool = False
    repeats: frozenset[str] = frozenset()
    body_bytes_max: int = 1_048_576
    string_max: int = json.STRING_CHARACTERS_MAX
    example: Mapping[str, Any] | None = None

    @cached_property
    def name(self) -> str:
        """Unique name of the operation, as OpenAPI wants one."""
        words = [part.strip("{}") for part in self.path.split("/") if part]
        return "_".join([self.face, self.method.lower(), *words]).replace("-", "_")

    @property
    def is_read(self) -> bool:
        """Whether the call changes nothing."""
        return self.only_looks or (self.method == "GET" and not self.changes)
