"""Products that are recommended, and why, as values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class Source(StrEnum):
    """What recommendations are drawn from.

    `personal` is what goes with all that somebody bought, `together` what goes with products that
    are named, `category` what most people bought of a category, `popular` of everything.
    """

    PERSONAL = "personal"
    TOGETHER = "together"
    CATEGORY = "category"
    POPULAR = "popular"


class Tie(NamedTuple):
    """Two products that the same people bought: how many these are, and how close that is.

    `closeness` is the cosine of the two sets of buyers, from 0 to 1.
    """

    seed: str
    product_id: str
    people: int
    closeness: float


class Liked(NamedTuple):
    """A product and how many people bought it."""

    product_id: str
    people: int


@dataclass(frozen=True, slots=True)
class Pick:
    """A product that is recommended, and why: `seed` and `people` tell what it was drawn from.

    Without a seed it is there because so many people bought it.
    """

    product_id: str
    score: float
    people: int
    seed: str | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """A product as the latest order with it describes it; `price` in minor units of `currency`."""

    id: str
    name: str | None
    category: str | None
    price: int | None
    currency: str
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recommended:
    """A product, why it is recommended, and the product that it goes with, where there is one."""

    product: Product
    pick: Pick
    seed: Product | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be recommended: `products` and `category` where the source needs them."""

    source: Source
    products: Sequence[str] = ()
    category: str | None = None
    limit: int = 10
