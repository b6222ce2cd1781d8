"""Puts placeholders where a template's code stands, so that HTML tools leave it alone.

To a parser of HTML, `&&` is an entity and `#foreach` in a table a misplaced word. Tools therefore
see comments, words and attributes in the places of code, and the code comes back afterwards.

Invariant: a placeholder that a tool lost, doubled or moved past another is told, never guessed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import TypeAlias

Span: TypeAlias = tuple[int, int]

_TAG_OPENS = re.compile(r"<!--|<(/?)([a-zA-Z][\w:-]*)")
_IN_TAG = re.compile(r"[\"'>]")
_NO_MARKUP = frozenset(
    ["mj-button", "mj-preview", "mj-style", "mj-title", "script", "style", "textarea", "title"]
)
"""Elements whose content may hold no comment, or where a tool would drop it."""


class PlaceholderLostError(Exception):
    """A tool did not give the template's code back as it was."""


@dataclass(frozen=True, slots=True)
class Protected:
    """Markup with placeholders, and the code each stands for, in order.

    `word` begins every placeholder and is found nowhere else. `directives` are the numbers of
    those that hold more than references; `in_tags` of those that stand between attributes.
    """

    markup: str
    codes: tuple[str, ...]
    word: str
    directives: frozenset[int]
    in_tags: frozenset[int]

    @property
    def pattern(self) -> re.Pattern[str]:
        """Match any placeholder; one of the groups holds its number."""
        low, high = self.word.lower(), self.word
        return re.compile(
            rf' ?data-{low}(\d+)="" ?|<!--{low}(\d+)-->|/\*{low}(\d+)\*/|{high}(\d+)Q'
        )

    def with_markup(self, markup: str) -> "Protected":
        """Take what a tool made of the markup. Raises PlaceholderLostError."""
        found = [_number(match) for match in self.pattern.finditer(markup)]
        if sorted(found) != list(range(len(self.codes))):
            lost = next(n for n in range(len(self.codes)) if found.count(n) != 1)
            raise PlaceholderLostError(self.codes[lost])
        ordered = [number for number in found if number in self.directives]
        for number, wanted in zip(ordered, sorted(self.directives), strict=True):
            if number != wanted:
                raise PlaceholderLostError(self.codes[number])
        return replace(self, markup=markup)

    def with_code(self, code: str) -> tuple["Protected", str]:
        """Add code of our own; answers the placeholder to be put where it belongs."""
        placeholder = f"<!--{self.word.lower()}{len(self.codes)}-->"
        return replace(self, codes=(*self.codes, code)), placeholder

    def restored(self, *, spaced: bool) -> str:
        """Put the code back. `spaced`: a tool has laid the tags out anew."""

        def code(match: re.Match[str]) -> str:
            found = self.codes[_number(match)]
            return f" {found} " if spaced and match[1] is not None else found

        return self.pattern.sub(code, self.markup)


def protect(source: str, spans: Sequence[Span], *, directive: str) -> Protected:
    """Put placeholders in the places of code; `directive` is in all code that is no reference."""
    word = _word_for(source)
    place = _Place()
    pieces: list[str] = []
    directives, in_tags, at = set(), set(), 0
    for number, (start, end) in enumerate(spans):
        pieces.append(source[at:start])
        place.read(source[at:start])
        is_directive = directive in source[start:end]
        if is_directive:
            directives.add(number)
        follows = source[end : end + 1]
        kind = place.kind(is_directive=is_directive, follows=follows)
        if kind.startswith(" "):
            in_tags.add(number)
        pieces.append(kind.format(low=word.lower(), high=word, number=number))
        at = end
    pieces.append(source[at:])
    codes = tuple(source[start:end] for start, end in spans)
    return Protected("".join(pieces), codes, word, frozenset(directives), frozenset(in_tags))


def _word_for(source: str) -> str:
    """Find a word of letters that is nowhere in the source."""
    if _WORD_BEGINS not in source.upper():
        return _WORD_BEGINS
    # A text cannot hold its own digest; to try words one after the other, it could hold them all.
    digest = blake2b(source.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return _WORD_BEGINS + digest.translate(_LETTERS)


_WORD_BEGINS = "VTL"
_LETTERS = str.maketrans("0123456789abcdef", "GHIJKLMNOPABCDEF")
_COMMENT = "<!--{low}{number}-->"
_WORD = "{high}{number}Q"
_CSS = "/*{low}{number}*/"
_ATTRIBUTE = ' data-{low}{number}="" '


class _Place:
    """Where in a document the text read so far has led."""

    def __init__(self) -> None:
        self._state = ""
        self._name = ""
        self._before = ""

    def read(self, text: str) -> None:
        """Read on through markup."""
        at = 0
        while at < len(text):
            at = self._step(text, at)
        self._before = text[-1:] or self._before

    def kind(self, *, is_directive: bool, follows: str) -> str:
        """Tell which form of placeholder stands for code here."""
        before, self._before = self._before, ""
        if self._state == "tag":
            is_part = before == "=" or (before.isalnum() and not is_directive)
            return _WORD if is_part else _ATTRIBUTE
        if self._state:
            return _CSS if is_directive and self._state == "style" else _WORD
        is_between_tags = before in {"", ">", "\n"} and follows in {"", "<", "\n"}
        return _COMMENT if is_directive or is_between_tags else _WORD

    def _step(self, text: str, at: int) -> int:
        """Read to the next change of state; answers where it is."""
        match self._state:
            case "":
                return self._text(text, at)
            case "tag":
                return self._tag(text, at)
            case "comment":
                return self._until("-->", text, at)
            case '"' | "'":
                end = text.find(self._state, at)
                self._state = self._state if end < 0 else "tag"
                return len(text) if end < 0 else end + 1
            case _:
                return self._until(f"</{self._state}", text, at)

    def _text(self, text: str, at: int) -> int:
        found = _TAG_OPENS.search(text, at)
        if found is None:
            return len(text)
        is_comment = found[2] is None
        self._state = "comment" if is_comment else "tag"
        self._name = "" if is_comment or found[1] else found[2].lower()
        return found.end()

    def _tag(self, text: str, at: int) -> int:
        found = _IN_TAG.search(text, at)
        if found is None:
            return len(text)
        if found.group() == ">":
            is_empty = text[found.start() - 1 : found.start()] == "/"
            self._state = self._name if self._name in _NO_MARKUP and not is_empty else ""
        else:
            self._state = found.group()
        return found.end()

    def _until(self, closing: str, text: str, at: int) -> int:
        found = re.compile(re.escape(closing), re.IGNORECASE).search(text, at)
        if found is None:
            return len(text)
        is_comment = self._state == "comment"
        self._state, self._name = "" if is_comment else "tag", ""
        return found.end()


def _number(match: re.Match[str]) -> int:
    return int(next(group for group in match.groups() if group is not None))
