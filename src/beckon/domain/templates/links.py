"""Finds a body's links once and marks them, so that each can be told apart in every mail.

A mark is made of noncharacters and of a digest of the body: no value can contain it by chance.
Links are numbered from 0 by their place in the source; one in a loop has one number.
"""

import re
from dataclasses import dataclass
from hashlib import blake2b
from html import unescape

from beckon.domain.templates.placeholders import Protected

_LINK = re.compile(
    r"<!--.*?(?:-->|\Z)"  # one that never ends hides the rest, as in a browser
    r"""|(<(?:a|area)\b(?:[^<>"']|"[^"]*"|'[^']*')*?\shref\s*=\s*)("[^"]*"|'[^']*')""",
    re.DOTALL | re.IGNORECASE,
)
_WEB = re.compile(r"\s*https?://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a body; `target` is None where it is known only for each recipient."""

    number: int
    target: str | None


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks around the targets of one body's links: `opens`, number, `middle`, …, `closes`."""

    opens: str
    middle: str
    closes: str

    @property
    def pattern(self) -> re.Pattern[str]:
        """Match either end of a link's target; group 1 is the number where it begins."""
        return re.compile(rf"{self.opens}(\d+){self.middle}|{self.closes}")


def marks_of(source: str) -> Marks:
    """Make the marks for one body."""
    digest = blake2b(source.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    return Marks(f"\ufdd0{digest}-", "\ufdd1", f"\ufdd0{digest}\ufdd2")


def mark_links(protected: Protected, marks: Marks) -> tuple[str, tuple[Link, ...]]:
    """Mark the targets of all links into the web; those of mail, telephone and page stay bare."""
    links: list[Link] = []

    def mark(found: re.Match[str]) -> str:
        if found[1] is None:
            return found.group()
        quote, target = found[2][0], found[2][1:-1]
        holder = protected.pattern.search(target)
        is_dynamic = holder is not None and not target[: holder.start()].strip()
        if not (is_dynamic or _WEB.match(target)):
            return found.group()
        number = len(links)
        links.append(Link(number, None if holder else unescape(target).strip()))
        marked = f"{marks.opens}{number}{marks.middle}{target}{marks.closes}"
        return f"{found[1]}{quote}{marked}{quote}"

    return _LINK.sub(mark, protected.markup), tuple(links)
