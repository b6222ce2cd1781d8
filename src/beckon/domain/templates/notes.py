"""Texts of the channels other than e-mail: each part compiled as text, filled into a note."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from beckon.domain.templates.kept import Kept
from beckon.domain.templates.model import Details, Note, Occasion, Text
from beckon.domain.templates.parts import Part, Source
from beckon.languages.errors import TemplateError

TEXT_CHARACTERS_MAX = 65_536
"""Characters of one part of a note, filled."""

_CODE_SCHEMES = re.compile(r"(?:javascript|data|vbscript|file):", re.IGNORECASE)
_LINES = frozenset({"title", "imageUrl", "link", "button"})


@dataclass(frozen=True, slots=True, eq=False)
class CompiledNote:
    """A text ready to be filled any number of times; `names` are those it reads from its data."""

    parts: Sequence[tuple[Source, Part]]
    names: frozenset[str]

    def fill(self, data: Mapping[str, object], occasion: Occasion) -> Note:
        """Fill the places for one person. Raises TemplateError naming part, line and column."""
        found = {source.part: _filled(source, part, data, occasion) for source, part in self.parts}
        return Note(
            found.pop("title"),
            found.pop("body"),
            found.pop("imageUrl", None) or None,
            found.pop("link", None) or None,
            found.pop("button", None) or None,
            {part.removeprefix("data."): text for part, text in found.items()},
        )


def _filled(source: Source, part: Part, data: Mapping[str, object], occasion: Occasion) -> str:
    text = "".join(source.fill(part, data, occasion))
    if source.part in _LINES:
        text = " ".join(text.split())
    if len(text) > TEXT_CHARACTERS_MAX:
        fault = f"it has more than {TEXT_CHARACTERS_MAX} characters once its places are filled"
        raise TemplateError(fault, kind="limit", phase="render").within(source.part, source.code)
    if source.part == "link" and _CODE_SCHEMES.match(text):
        fault = "a link must lead to a page or into an app, not to code"
        raise TemplateError(fault, kind="value", phase="render").within(source.part, source.code)
    return text


def compile_note(text: Text) -> CompiledNote:
    """Compile a text without translations. Raises TemplateError naming part, line and column."""
    assert not text.translations
    written = {"title": text.subject, "body": text.body, **parts_of(text.details)}
    sources = [Source(part, text.language, code, html=False) for part, code in written.items()]
    parts = [(source, source.compile()) for source in sources]
    names = frozenset[str]().union(*(part.names for _, part in parts))
    return CompiledNote(parts, names)


def parts_of(details: Details) -> dict[str, str]:
    """Give the parts of details that are there, by the names in which errors speak of them."""
    named = {"imageUrl": details.image_url, "link": details.link_url, "button": details.button}
    parts = {part: code for part, code in named.items() if code is not None}
    return parts | {f"data.{name}": code for name, code in details.data}


_kept = Kept(compile_note)
compiled_note = _kept.get
