"""One part of a text, compiled in whichever language it is written."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TypeAlias, assert_never

from beckon.domain.templates.model import Language, Occasion
from beckon.domain.templates.placeholders import Protected, Span, protect
from beckon.languages import liquid, velocity
from beckon.languages.errors import TemplateError

Fill: TypeAlias = Callable[[Mapping[str, object], Occasion], Sequence[str]]

_DIRECTIVE = {Language.LIQUID: "{%", Language.VELOCITY: "#", Language.PLAIN: "\0"}
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Part:
    """A compiled part: `fill` gives the output in pieces; `statics` are those always the same."""

    fill: Fill
    names: frozenset[str] = frozenset()
    statics: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Source:
    """One part of a text as its author wrote it, which is what errors speak of."""

    part: str
    language: Language
    code: str
    html: bool

    def compile(self) -> Part:
        """Compile the part. Raises TemplateError that names it and shows the place."""
        try:
            return compile_part(self.language, self.code, html=self.html)
        except TemplateError as fault:
            raise fault.within(self.part, self.code) from None

    def fill(self, compiled: Part, data: Mapping[str, object], occasion: Occasion) -> Sequence[str]:
        """Fill the part, compiled from this source. Raises TemplateError that names it."""
        try:
            return compiled.fill(data, occasion)
        except TemplateError as fault:
            raise fault.within(self.part, self.code) from None


def compile_part(language: Language, source: str, *, html: bool) -> Part:
    """Compile one part; `html` escapes the values it prints. Raises TemplateError."""
    match language:
        case Language.LIQUID:
            return _liquid(source, html=html)
        case Language.VELOCITY:
            return _velocity(source, html=html)
        case Language.PLAIN:
            pieces = [source]
            return Part(lambda _data, _occasion: pieces, statics=frozenset(pieces))
        case _:
            assert_never(language)


def protect_part(language: Language, source: str) -> Protected:
    """Put placeholders where a part's code stands. Raises TemplateError."""
    return protect(source, _spans(language, source), directive=_DIRECTIVE[language])


def escape_around_code(language: Language, source: str) -> str:
    """Make HTML of a part that is text; its code stays as it is. Raises TemplateError."""
    pieces: list[str] = []
    at = 0
    for start, end in (*_spans(language, source), (len(source), len(source))):
        pieces += (escape(source[at:start], quote=False), source[start:end])
        at = end
    return "".join(pieces)


def reads_as(language: Language, source: str, codes: Sequence[str]) -> bool:
    """Tell whether a source holds exactly these pieces of code, white space apart."""
    found = "".join(source[start:end] for start, end in _spans(language, source))
    return _SPACE.sub("", found) == _SPACE.sub("", "".join(codes))


def stands_apart(language: Language, code: str, follows: str) -> str:
    """Give code so that the letters after it cannot become part of it."""
    if language is Language.VELOCITY and re.match(r"[\w.(\[{!-]", follows):
        return f"{code}#[[]]#"
    return code


def _spans(language: Language, source: str) -> Sequence[Span]:
    match language:
        case Language.LIQUID:
            return liquid.code_spans(source)
        case Language.VELOCITY:
            return velocity.code_spans(source)
        case Language.PLAIN:
            return []
        case _:
            assert_never(language)


def _liquid(source: str, *, html: bool) -> Part:
    template = liquid.compile_template(source, html=html)

    def fill(data: Mapping[str, object], occasion: Occasion) -> Sequence[str]:
        now = occasion.now and occasion.now.astimezone(occasion.zone)
        return template.render_pieces(data, now=now)

    return Part(fill, template.names, template.statics)


def _velocity(source: str, *, html: bool) -> Part:
    template = velocity.compile_template(source, html=html)

    def fill(data: Mapping[str, object], occasion: Occasion) -> Sequence[str]:
        return template.render_pieces(
            data, now=occasion.now, zone=occasion.zone, contact_zone=occasion.contact_zone
        )

    return Part(fill, template.names, template.statics)
