"""What is recommended, decided from who bought what; and how it is told. Pure."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from functools import lru_cache
from math import fsum

from beckon.domain.orders.rules import amount
from beckon.domain.recommendations.model import Liked, Pick, Recommended, Source, Tie, Wanted
from beckon.domain.templates.model import Text
from beckon.kit.refusals import Invalid

NAME = "recommendations"
"""What templates call what is recommended to the person they are filled for."""

LIMIT_MAX = 50
PRODUCTS_MAX = 100
TEXT_CHARACTERS_MAX = 255


def check(wanted: Wanted) -> Wanted:
    """Raise Invalid where the source lacks what it draws from, or too much is asked for."""
    if not 1 <= wanted.limit <= LIMIT_MAX:
        raise Invalid(f"limit must be from 1 to {LIMIT_MAX}.")
    if len(wanted.products) > PRODUCTS_MAX:
        raise Invalid(f"products must be at most {PRODUCTS_MAX}.")
    if wanted.source is Source.TOGETHER and not wanted.products:
        raise Invalid("products is required: what goes with them is recommended.")
    if wanted.source is Source.CATEGORY and not wanted.category:
        raise Invalid("category is required: what is bought of it is recommended.")
    return wanted


def rank(
    seeds: Collection[str],
    ties: Sequence[Tie],
    liked: Sequence[Liked],
    *,
    besides: Collection[str],
    limit: int,
) -> list[Pick]:
    """Choose products: first what goes with the seeds, then what most people bought.

    What goes with several seeds counts for each, and is told with the closest. `besides` is what
    is not to be recommended, as it is there already. Equal scores are in the order of ids, so that
    the same orders always recommend the same.
    """
    close: dict[str, list[Tie]] = defaultdict(list)
    for tie in ties:
        if tie.seed in seeds and tie.product_id not in besides:
            close[tie.product_id].append(tie)
    picks = []
    for product_id, found in close.items():
        best = max(found, key=lambda tie: (tie.closeness, tie.seed))
        score = fsum(tie.closeness for tie in found)
        picks.append(Pick(product_id, round(score, 4), best.people, best.seed))
    picks.sort(key=lambda pick: (-pick.score, pick.product_id))
    rest = [
        Pick(one.product_id, 0.0, one.people)
        for one in sorted(liked, key=lambda one: (-one.people, one.product_id))
        if one.product_id not in close and one.product_id not in besides
    ]
    return [*picks, *rest][:limit]


@lru_cache(maxsize=4096)
def reads(text: Text) -> bool:
    """Tell whether a text, or one of its translations, speaks of recommendations."""
    words = [text.words, *(translated for _, translated in text.translations)]
    return any(NAME in part for one in words for part in (one.subject, one.body, one.plain or ""))


def describe(one: Recommended) -> dict[str, object]:
    """Tell a recommended product in the words that templates and callers see."""
    product = one.product
    told = {
        "id": product.id,
        "name": product.name,
        "category": product.category,
        "price": None if product.price is None else amount(product.price, product.currency),
        "currency": None if product.price is None else product.currency,
        "reason": explain(one),
    }
    return {**product.details, **{name: value for name, value in told.items() if value is not None}}


def explain(one: Recommended) -> str:
    """Say why a product is recommended, for whoever looks after it."""
    people = "1 person" if one.pick.people == 1 else f"{one.pick.people} people"
    if one.pick.seed is None:
        return f"Bought by {people}."
    seed = one.seed.name if one.seed and one.seed.name else one.pick.seed
    return f"Bought by {people} who also bought {seed}."
