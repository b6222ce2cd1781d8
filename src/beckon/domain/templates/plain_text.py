"""Derives the text part of an HTML mail: words, line breaks where blocks end, link targets."""

import re
from html.parser import HTMLParser

_BLOCKS = frozenset(
    re.findall(
        r"\w+",
        "address article blockquote br center div footer form h1 h2 h3 h4 h5 h6 header hr li main "
        "nav ol p pre section table tr ul",
    )
)
_SPACED = frozenset(re.findall(r"\w+", "blockquote h1 h2 h3 h4 h5 h6 ol p table ul"))
_SILENT = frozenset(["head", "script", "style", "template", "title"])


def to_plain_text(html: str, kept: re.Pattern[str] | None = None) -> str:
    """Give the readable words of an HTML document; each link's target follows it in <…>.

    Comments that match `kept` stay, as they are; and so do targets that begin with a match.
    """
    reader = _Reader(kept)
    reader.feed(html)
    # A tag or comment that never ends is not shown, as in a browser; to close() it would be text,
    # and it looks for the end again from each of a million places.
    if not reader.rawdata.startswith("<"):
        reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.pieces).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


class _Reader(HTMLParser):
    def __init__(self, kept: re.Pattern[str] | None) -> None:
        super().__init__(convert_charrefs=True)
        self._kept = kept
        self.pieces: list[str] = []
        self._silent = 0
        self._targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag in _BLOCKS:
            self.pieces.append("\n\n" if tag in _SPACED else "\n")
        if tag == "li":
            self.pieces.append("- ")
        if tag == "td":
            self.pieces.append(" ")
        if tag == "a":
            self._targets.append(dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _BLOCKS:
            self.pieces.append("\n\n" if tag in _SPACED else "\n")
        if tag == "a" and self._targets:
            target = self._targets.pop()
            is_kept = self._kept is not None and self._kept.match(target)
            if is_kept or target.startswith(("http://", "https://", "mailto:")):
                self.pieces.append(f" <{target}>")

    def handle_comment(self, data: str) -> None:
        comment = f"<!--{data}-->"
        if self._kept is not None and self._kept.fullmatch(comment):
            self.pieces.append(comment)

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.pieces.append(data.replace("\n", " "))
