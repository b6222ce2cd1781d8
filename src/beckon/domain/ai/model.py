"""What copy is asked for and what comes back, as values."""

from dataclasses import dataclass, field
from enum import StrEnum

from beckon.domain.contacts.model import Channel


class Intent(StrEnum):
    """What a message is for."""

    WELCOME = "welcome"
    SALE = "sale"
    ABANDONED_CART = "abandoned_cart"
    WIN_BACK = "win_back"
    ORDER = "order"
    BIRTHDAY = "birthday"
    EVENT = "event"
    FEEDBACK = "feedback"
    NEWS = "news"
    GENERIC = "generic"


class Manner(StrEnum):
    """How it speaks; whatever tone is asked for comes closest to one of these."""

    FRIENDLY = "friendly"
    FORMAL = "formal"
    PLAYFUL = "playful"
    URGENT = "urgent"


class Length(StrEnum):
    """How much of it."""

    SHORT = "short"
    MEDIUM = "medium"
    LONG = "long"


class Tongue(StrEnum):
    """The human languages the composer writes, by ISO 639-1 code."""

    ENGLISH = "en"
    UKRAINIAN = "uk"


@dataclass(frozen=True, slots=True)
class Brief:
    """What is asked for. `context` is free text; `seed` tells one variant from another.

    `tongue` is a language tag; the composer writes those of Tongue alone.
    """

    channel: Channel
    context: str
    tone: str = "friendly"
    length: Length = Length.MEDIUM
    tongue: str = Tongue.ENGLISH
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Copy:
    """The words. `title` is the subject of an e-mail and empty for SMS.

    `body` is plain text, but for e-mail HTML made of <p> and <a> alone.
    """

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What the context says that must stand in the words; None where it says nothing."""

    intent: Intent
    discount: str | None = None
    code: str | None = None
    thing: str | None = None
    until: str | None = None
    brand: str | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """A language model behind an OpenAI-compatible address; without a key none is sent."""

    base_url: str
    name: str
    key: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A model as a project chose it; its key, if it has one, is sealed."""

    base_url: str
    name: str
    sealed: bytes | None = field(repr=False)
