"""An e-mail as blocks: what was typed into each, the MJML that comes of it, and the way back.

Each kind of block is one pattern of MJML, and is read by the same pattern. What has no pattern is a
block of code, so that nothing is lost; a body that would not be written again as it stands was not
made of blocks.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from beckon.dashboard.pages.template_block_kinds import CODE, FOOT, HEAD, KINDS, LOOKS, Ask
from beckon.dashboard.pages.template_block_words import SPELLED, decoded, encoded
from beckon.kit.refusals import Invalid

BLOCKS_MAX = 100
ACCENT_TOO = Ask("accent_too", "", "colour")
MARK = re.compile(r"§(\w+)§")


@dataclass(frozen=True, slots=True)
class Block:
    """One block as it was typed."""

    kind: str
    typed: Mapping[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """Give what was typed."""
        return self.typed.get(name, "")


@dataclass(frozen=True, slots=True)
class Letter:
    """The blocks of an e-mail from top to bottom, and the looks they share."""

    blocks: tuple[Block, ...]
    looks: Mapping[str, str]


def start() -> Letter:
    """Give the letter that somebody begins with."""
    kinds = ("heading", "text", "button", "footer")
    return Letter(
        tuple(new_block(kind) for kind in kinds), {one.name: one.default for one in LOOKS}
    )


def new_block(kind: str) -> Block:
    """Make a block with something in it to write over. Raises Invalid for kinds that are not."""
    if kind not in KINDS:
        raise Invalid("There is no such kind of block.")
    return Block(kind, {one.name: one.default for one in KINDS[kind].asks})


def write(letter: Letter) -> str:
    """Write a letter as MJML. Raises Invalid naming the block and what was typed."""
    looks = {one.name: encoded(one, letter.looks.get(one.name, ""), "Looks") for one in LOOKS}
    head = _filled(HEAD, {**looks, "accent_too": looks["accent"]})
    parts = []
    for number, block in enumerate(letter.blocks, 1):
        kind = KINDS[block.kind]
        where = f"Block {number}, {kind.title}"
        typed = {one.name: encoded(one, block.get(one.name), where) for one in kind.asks}
        parts.append(_filled(kind.pattern, typed))
    return "\n\n".join([head, *parts, FOOT])


def read(body: str) -> Letter | None:
    """Read a letter back; None for a body that was not made of blocks."""
    head, *parts = body.split("\n\n")
    looks = _read(HEAD, (*LOOKS, ACCENT_TOO), head)
    if looks is None or not parts or parts[-1] != FOOT or len(parts) > BLOCKS_MAX + 1:
        return None
    del looks[ACCENT_TOO.name]
    letter = Letter(tuple(_read_block(part) for part in parts[:-1]), looks)
    try:
        return letter if write(letter) == body else None
    except Invalid:
        return None


def read_form(pairs: Iterable[tuple[str, str]]) -> Letter:
    """Read the fields of a form, as `block.3.text`. Raises Invalid for too many blocks."""
    looks: dict[str, str] = {}
    typed: dict[int, dict[str, str]] = {}
    for name, value in pairs:
        match name.split("."):
            case ["looks", key]:
                looks[key] = value
            case ["block", place, key] if place.isdecimal() and len(place) < 5:
                typed.setdefault(int(place), {})[key] = value.replace("\r\n", "\n")
    if len(typed) > BLOCKS_MAX:
        raise Invalid(f"A letter has at most {BLOCKS_MAX} blocks.")
    blocks = []
    for _, said in sorted(typed.items()):
        kind = said.pop("kind", "")
        blocks.append(Block(kind if kind in KINDS else CODE, said))
    return Letter(tuple(blocks), looks)


def act(letter: Letter, wanted: str) -> tuple[Letter, int]:
    """Do what a button says: `add:text:2`, `copy:2`, `up:2`, `down:2`, `remove:2`.

    Gives the number of the block it was about as well. Raises Invalid for places that are not.
    """
    word, _, rest = wanted.partition(":")
    blocks = list(letter.blocks)
    kind, _, told = rest.rpartition(":")
    is_place = told.isdecimal() and len(told) <= len(str(BLOCKS_MAX))
    if not is_place or not 0 <= int(told) < len(blocks) + (word == "add"):
        raise Invalid("There is no such place; reload the page.")
    place = int(told)
    match word:
        case "add":
            blocks.insert(place, new_block(kind))
        case "copy":
            blocks.insert(place := place + 1, blocks[place - 1])
        case "remove":
            del blocks[place]
            place = max(0, place - 1)
        case "up" | "down":
            there = min(max(place + (-1 if word == "up" else 1), 0), len(blocks) - 1)
            blocks.insert(there, blocks.pop(place))
            place = there
    if len(blocks) > BLOCKS_MAX:
        raise Invalid(f"A letter has at most {BLOCKS_MAX} blocks.")
    return replace(letter, blocks=tuple(blocks)), place


def _read_block(part: str) -> Block:
    for name, kind in KINDS.items():
        if name != CODE and (typed := _read(kind.pattern, kind.asks, part)) is not None:
            return Block(name, typed)
    return Block(CODE, {CODE: part})


def _filled(pattern: str, words: Mapping[str, str]) -> str:
    return MARK.sub(lambda mark: words[mark[1]], pattern)


def _read(pattern: str, asks: Sequence[Ask], text: str) -> dict[str, str] | None:
    known = {one.name: one for one in asks}
    parts = [
        # Every second part is a name; what stands between is as it is.
        re.escape(part) if place % 2 == 0 else f"(?P<{part}>{SPELLED[known[part].manner]})"
        for place, part in enumerate(MARK.split(pattern))
    ]
    found = re.fullmatch("".join(parts), text)
    if found is None:
        return None
    return {one.name: decoded(one, found[one.name]) for one in asks}
