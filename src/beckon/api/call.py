"""What a face gets and gives: a call, an intake, an answer, and the route that leads to it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, StrEnum
from functools import cached_property
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from beckon.domain.accounts.model import Key, ProjectId, Right, Role, Session
from beckon.domain.ai.model import Brief, Copy, Model
from beckon.domain.contacts.model import ContactId
from beckon.domain.events.model import Happening
from beckon.domain.messages.model import Outcome
from beckon.domain.providers.model import ProviderId
from beckon.domain.webhooks.model import Hook
from beckon.domain.webhooks.model import Outcome as Told
from beckon.kit import json
from beckon.kit.secrets import Vault
from beckon.kit.values import Value
from beckon.storage.analytics.client import Analytics
from beckon.storage.schema import Tx
from beckon.storage.state import State

R = TypeVar("R")


class Face(StrEnum):
    """Whose words a route speaks; that face's credentials count there, and no others."""

    RETENSHUN = "retenshun"
    RETENO = "reteno"
    SEGMENT = "segment"


class Access(Enum):
    """Whom a route lets in: programs by a kind of key, or people who are signed in, or anybody."""

    ANY_KEY = "any key"
    SECRET_KEY = "secret key"  # noqa: S105 - a kind of key, no password
    SESSION = "session"
    OPEN = "open"


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


class Passwords(Protocol):
    """What hashes and checks passwords, off the event loop and few at once."""

    async def hash(self, password: str) -> str:
        """Hash a password with its own salt."""
        ...

    async def fits(self, password: str, password_hash: str | None) -> bool:
        """Tell whether a password fits; for nobody (None) it takes just as long."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """What a few calls need besides their transaction.

    `vault` seals secrets; `base_url` is how others reach this server, without a slash at its end.
    `state` is for calls that are outside a transaction between two, `analytics` for questions about
    many, asked while none is open. The others talk to the outside:
    `try_out` a provider, `post` a mail of the installation (to, subject, text), `check_target`
    whether a project may reach an address, `tell` a webhook, `look` whether one answers,
    `write_copy` by a language model.
    """

    vault: Vault
    base_url: str
    try_out: Callable[[ProjectId, ProviderId, str], Awaitable[Outcome]]
    state: State
    analytics: Analytics
    passwords: Passwords
    post: Callable[[str, str, str], Awaitable[bool]]
    check_target: Callable[[str, str], Awaitable[None]]
    tell: Callable[[Hook, UUID, bytes, datetime], Awaitable[Told]]
    look: Callable[[Hook], Awaitable[Told]]
    write_copy: Callable[[Model, Brief, int], Awaitable[Sequence[Copy]]]


class Edge(Value, frozen=True):
    """Whose call it is and when; no transaction is open.

    `user_hash` is the proof of a user that came as a header, worth whatever it is worth.
    """

    key: Key
    now: datetime
    new_id: Callable[[], UUID]
    services: Services
    user_hash: str | None = None

    @property
    def project_id(self) -> ProjectId:
        """The tenant: the project of the key."""
        return self.key.project_id

    @property
    def actor(self) -> str:
        """Who acts, for the audit log."""
        return f"key {self.key.prefix}"

    def within(self, tx: Tx) -> "Call":
        """Go on inside a transaction."""
        return Call(self.key, self.now, self.new_id, self.services, self.user_hash, tx=tx)


class Call(Edge, frozen=True, kw_only=True):
    """A call inside the one transaction it runs in."""

    tx: Tx


@dataclass(frozen=True, slots=True)
class Desk:
    """The call of somebody signed in; no transaction is open. `token` is that of the session."""

    session: Session
    token: str = field(repr=False)
    now: datetime
    new_id: Callable[[], UUID]
    services: Services

    @property
    def project_id(self) -> ProjectId:
        """The tenant: the project the person works in."""
        return self.session.project.id

    @property
    def actor(self) -> str:
        """Who acts, for the audit log."""
        return self.session.person.email

    def within(self, tx: Tx) -> "DeskCall":
        """Go on inside a transaction."""
        return DeskCall(self.session, self.token, self.now, self.new_id, self.services, tx)


@dataclass(frozen=True, slots=True)
class DeskCall(Desk):
    """The call of somebody signed in, inside the one transaction it runs in."""

    tx: Tx


@dataclass(frozen=True, slots=True)
class Doorstep:
    """The call of nobody known yet; `address` is where on the network it comes from."""

    now: datetime
    services: Services
    address: str
    agent: str
    token: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Cookie:
    """A reply that lets a browser keep a session's token, or for None forget it."""

    reply: object
    token: str | None = field(repr=False)


class Intake(Value, Generic[R], frozen=True):
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

    A key must reach as far as `right`. With `takes_token` a token that stands for a key does, too.
    Of people who are signed in, only those of `role` or above may, and others are noted.

    `refuses` names statuses that this operation alone answers, and when.

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
    right: Right = Right.REST
    takes_token: bool = False
    role: Role = Role.VIEWER
    body_bytes_max: int = 1_048_576
    string_max: int = json.STRING_CHARACTERS_MAX
    example: Mapping[str, Any] | None = None
    refuses: Mapping[int, str] = field(default_factory=dict)

    @cached_property
    def name(self) -> str:
        """Unique name of the operation, as OpenAPI wants one."""
        words = [part.strip("{}") for part in self.path.split("/") if part]
        return "_".join([self.face, self.method.lower(), *words]).replace("-", "_")

    @property
    def is_read(self) -> bool:
        """Whether the call changes nothing."""
        return self.only_looks or (self.method == "GET" and not self.changes)
