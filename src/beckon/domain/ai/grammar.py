"""The forms that phrases fill: what a message says, and the voice it says it in."""

from dataclasses import dataclass
from string import Formatter


@dataclass(frozen=True, slots=True)
class Phrases:
    """What is said for one intent; in each list those that tell more stand for those that less."""

    titles: tuple[str, ...]
    leads: tuple[str, ...]
    details: tuple[str, ...]
    calls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Voice:
    """How a manner greets, adds weight, and takes its leave."""

    hello: tuple[str, ...]
    stress: tuple[str, ...]
    goodbye: tuple[str, ...]


def tellable(phrases: tuple[str, ...], facts: dict[str, str]) -> list[str]:
    """Fill those phrases all of whose facts are known; those that tell most facts come first."""
    counted = [
        (len(slots), phrase) for phrase in phrases if (slots := slots_of(phrase)) <= set(facts)
    ]
    counted.sort(key=lambda pair: -pair[0])
    return [phrase.format_map(facts) for _, phrase in counted]


def slots_of(phrase: str) -> set[str]:
    """Tell which facts a phrase needs."""
    return {name for _, name, _, _ in Formatter().parse(phrase) if name}
