"""What is typed into a block, written into MJML and read back: each manner of writing has both.

Places to fill stay as they are: nothing in them is escaped.
"""

import re
from collections.abc import Callable, Mapping
from html import escape, unescape

from beckon.dashboard.pages.template_block_kinds import CODE, FONTS, Ask
from beckon.kit.refusals import Invalid

# None begins inside another: what never ends is then looked at once, not from each beginning anew.
PLACE = re.compile(r"\{\{(?:[^{}]|\{(?!\{)|\}(?!\}))*\}\}|\{%(?:[^{%]|\{(?!%)|%(?!\}))*%\}")
COLOUR = re.compile(r"#[0-9a-f]{6}")

_PICTURE_LOOKS = 'alt="" padding="0 0 12px" border-radius="8px"'
SPELLED: Mapping[str, str] = {
    "line": r"(?:(?!<a )[^\n])*?",
    "rich": r"[^\n]*?",
    "address": r'[^"\n]*',
    "link": r'(?: href="[^"\n]*")?',
    "picture": rf'(?:<mj-image src="[^"\n]*" {_PICTURE_LOOKS} />\n)?',
    "name": r"[\w.]+",
    "number": r"\d+",
    "colour": r"#[0-9a-f]{6}",
    "font": r'[^"\n]*',
    CODE: r"(?s:.*)",
}
"""How what was typed stands in the MJML; none goes past its own line or quotes but code."""

_LINK = re.compile(
    r"\[([^\[\]]*)\]"
    r"\(((?:\{\{(?:[^{}\n]|\{(?!\{)|\}(?!\}))*\}\}|\{(?!\{)|[^(){\s])*)\)"
)
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_PICTURE = re.compile(rf'<mj-image src="([^"]*)" {_PICTURE_LOOKS} />\n')
_RICH_LINK = re.compile(r'<a href="([^"]*)">((?:(?!</?a\b).)*)</a>')
_RICH_BOLD = re.compile(r"<strong>((?:(?!</?strong>).)*)</strong>")


def encoded(ask: Ask, text: str, where: str) -> str:
    """Write what was typed. Raises Invalid naming the place and what was asked."""
    trimmed = text.strip() if ask.manner != "code" else re.sub(r"\n\s*\n", "\n", text).strip("\n")
    if ask.manner == "name" and not re.fullmatch(r"[A-Za-z_][\w.]{0,100}", trimmed):
        raise Invalid(f"{where}: “{ask.label}” must be a name such as items.")
    if ask.manner == "number" and not re.fullmatch(r"[1-9]\d{0,2}", trimmed):
        raise Invalid(f"{where}: “{ask.label}” must be a whole number from 1 to 999.")
    if ask.manner == "colour" and not COLOUR.fullmatch(trimmed.lower()):
        raise Invalid(f"{where}: “{ask.label}” must be a colour such as #0b6b5c.")
    if ask.manner == "font" and trimmed not in FONTS:
        raise Invalid(f"{where}: choose one of the fonts listed.")
    return _ENCODED.get(ask.manner, str)(trimmed)


def decoded(ask: Ask, text: str) -> str:
    """Read what was typed; what is no writing of ours comes back as something else."""
    return _DECODED.get(ask.manner, str)(text)


def _beside_places(text: str, change: Callable[[str], str], *, in_places: str = "") -> str:
    """Change what is no place to fill; in places only double quotes, and only if it is said how."""
    parts, end = [], 0
    for place in PLACE.finditer(text):
        parts += [change(text[end : place.start()]), place[0].replace('"', in_places or '"')]
        end = place.end()
    return "".join([*parts, change(text[end:])])


def _line(text: str) -> str:
    return _beside_places(" ".join(text.split()), lambda part: escape(part, quote=False))


def _attribute(text: str) -> str:
    # Single quotes stay: the other template language has them in its places.
    return _beside_places(
        " ".join(text.split()),
        lambda part: escape(part, quote=False).replace('"', "&quot;"),
        in_places="'",
    )


def _link(text: str) -> str:
    return f' href="{_attribute(text)}"' if text else ""


def _picture(text: str) -> str:
    return f'<mj-image src="{_attribute(text)}" {_PICTURE_LOOKS} />\n' if text else ""


def _rich(text: str) -> str:
    paragraphs = []
    for paragraph in re.split(r"\n\s*\n", text):
        told = _beside_places(paragraph.strip(), lambda part: escape(part, quote=False))
        told = _LINK.sub(lambda link: f'<a href="{_quoted(link[2])}">{link[1]}</a>', told)
        told = _BOLD.sub(r"<strong>\1</strong>", told)
        paragraphs.append(f"<p>{'<br />'.join(line.strip() for line in told.splitlines())}</p>")
    return "".join(paragraphs)


def _quoted(address: str) -> str:
    return address.replace('"', "'" if PLACE.search(address) else "&quot;")


def _plain(text: str) -> str:
    return _beside_places(text, unescape)


def _poor(text: str) -> str:
    told = _RICH_LINK.sub(r"[\2](\1)", _RICH_BOLD.sub(r"**\1**", text))
    told = told.removeprefix("<p>").removesuffix("</p>").replace("</p><p>", "\n\n")
    return _plain(told.replace("<br />", "\n"))


_ENCODED: Mapping[str, Callable[[str], str]] = {
    "line": _line,
    "address": _attribute,
    "link": _link,
    "picture": _picture,
    "rich": _rich,
    "colour": str.lower,
}
_DECODED: Mapping[str, Callable[[str], str]] = {
    "line": _plain,
    "address": _plain,
    "link": lambda text: _plain(text.removeprefix(' href="').removesuffix('"')),
    "picture": lambda text: _plain(_PICTURE.sub(r"\1", text)),
    "rich": _poor,
}
