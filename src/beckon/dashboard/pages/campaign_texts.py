"""The texts of a campaign in its form: rows of a name, a template and a share in percent."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from string import ascii_uppercase

from beckon.dashboard.visits import number_of
from beckon.domain.campaigns.model import Variant
from beckon.domain.campaigns.rules import VARIANTS_MAX
from beckon.domain.templates.model import TemplateId
from beckon.kit.refusals import Invalid

ADD = "add"
REMOVE = "remove "
WHOLE = 100
FIRST = "A"


@dataclass(frozen=True, slots=True)
class Text:
    """A row, as it was typed.

    `weight` is what its share was reckoned of: thirds have no whole percents, so a form that comes
    back with the shares it was given must not change the weights.
    """

    name: str = FIRST
    template: str = ""
    share: str = "100"
    weight: str = "1"


def rows_of(variants: Sequence[Variant]) -> list[Text]:
    """Write the variants of a plan as rows of the form."""
    shares = shares_of([variant.weight for variant in variants])
    return [
        Text(variant.name, str(variant.template_id), str(share), str(variant.weight))
        for variant, share in zip(variants, shares, strict=True)
    ]


def shares_of(weights: Sequence[int]) -> list[int]:
    """Reckon whole percents of weights above 0 that sum to 100; the largest remainders round up."""
    whole = sum(weights)
    shares = [WHOLE * weight // whole for weight in weights]
    nearest = sorted(range(len(weights)), key=lambda place: -(WHOLE * weights[place] % whole))
    for place in nearest[: WHOLE - sum(shares)]:
        shares[place] += 1
    return shares


def read_rows(pairs: Sequence[tuple[str, str]]) -> list[Text]:
    """Read the rows out of a form's fields; always at least one."""
    columns = ([value for key, value in pairs if key == name] for name in _COLUMNS)
    rows = [Text(*row) for row in zip_longest(*columns, fillvalue="")]
    return rows or [Text()]


def act_on(rows: Sequence[Text], act: str) -> list[Text]:
    """Add a row, or remove one; what is left keeps its proportions, a new one makes all equal.

    Any other act changes nothing.
    """
    if act == ADD and len(rows) < VARIANTS_MAX:
        taken = {row.name for row in rows}
        name = next(letter for letter in ascii_uppercase if letter not in taken)
        return _weighed([*rows, Text(name)], [1] * (len(rows) + 1))
    place = number_of(act.removeprefix(REMOVE)) if act.startswith(REMOVE) else None
    if place is None or place >= len(rows) or len(rows) == 1:
        return list(rows)
    left = [row for at, row in enumerate(rows) if at != place]
    shares = [number_of(row.share) or 0 for row in left]
    return _weighed(left, shares if all(shares) else [1] * len(left))


def read_variants(rows: Sequence[Text]) -> tuple[Variant, ...]:
    """Turn rows into variants. Raises Invalid in words of the form."""
    weights = _weights(rows)
    variants = []
    for row, weight in zip(rows, weights, strict=True):
        number = number_of(row.template)
        if number is None:
            which = f" as text {row.name}" if len(rows) > 1 else ""
            raise Invalid(f"Choose a template: what do they get{which}?")
        variants.append(Variant(row.name or FIRST, TemplateId(number), weight))
    return tuple(variants)


_COLUMNS = ("variant", "template", "share", "weight")


def _weights(rows: Sequence[Text]) -> list[int]:
    """Read the weights: as they were where no share was touched, else the shares themselves."""
    known = [number_of(row.weight) or 0 for row in rows]
    if all(known) and [str(share) for share in shares_of(known)] == [row.share for row in rows]:
        return known
    if len(rows) == 1:
        return [1]
    shares = [number_of(row.share.strip()) or 0 for row in rows]
    if not all(shares):
        raise Invalid("Each text needs a share of at least 1 percent; remove those nobody gets.")
    if sum(shares) != WHOLE:
        raise Invalid(
            f"The shares of the texts must sum to 100 percent; these sum to {sum(shares)}."
        )
    return shares


def _weighed(rows: Sequence[Text], weights: Sequence[int]) -> list[Text]:
    return [
        replace(row, share=str(share), weight=str(weight))
        for row, share, weight in zip(rows, shares_of(weights), weights, strict=True)
    ]
