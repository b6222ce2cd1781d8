"""Compiles a text once; after that a person costs no more than filling in the places.

What is done to a body, in this order: code behind placeholders, MJML to HTML, style rules into
tags, the text part derived, links marked, the preview line put in, the code back, compiled.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from beckon.domain.templates import html_tools
from beckon.domain.templates.kept import Kept
from beckon.domain.templates.links import Link, Marks, mark_links, marks_of
from beckon.domain.templates.model import Language, Occasion, Rendered, Text
from beckon.domain.templates.parts import (
    Part,
    Source,
    compile_part,
    escape_around_code,
    protect_part,
    reads_as,
    stands_apart,
)
from beckon.domain.templates.placeholders import PlaceholderLostError, Protected
from beckon.domain.templates.plain_text import to_plain_text
from beckon.languages.errors import TemplateError

_PARAMETERS = "TEMPLATE."
_PREHEADER = (
    '<div style="display:none;max-height:0;max-width:0;overflow:hidden;opacity:0;mso-hide:all">'
    "{}</div>"
)
_BODY_OPENS = re.compile(r"<body\b(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Filled:
    """The words for one person in pieces. `plain` is None where it follows from the whole body."""

    subject: str
    body: Sequence[str]
    plain: Sequence[str] | None


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class CompiledText:
    """A text ready to be filled any number of times, from any thread.

    `names` are those it reads from its data. `links` are the body's, each between two `marks`.
    """

    subject: Part
    body: Part
    plain: Part | None
    names: frozenset[str]
    links: tuple[Link, ...]
    marks: Marks
    sources: tuple[Source, ...]

    def fill(self, data: Mapping[str, object], occasion: Occasion) -> Filled:
        """Fill the places for one person. Raises TemplateError with line and column."""
        wanted = [name for name in self.names if name.startswith(_PARAMETERS)]
        if wanted:
            data = {**data, **{name: data.get(name.removeprefix(_PARAMETERS)) for name in wanted}}
        try:
            return Filled(
                " ".join("".join(self.subject.fill(data, occasion)).split()),
                self.body.fill(data, occasion),
                None if self.plain is None else self.plain.fill(data, occasion),
            )
        except TemplateError:
            self._fail_in_source(data, occasion)
            raise

    def render(self, data: Mapping[str, object], occasion: Occasion) -> Rendered:
        """Fill the places for one person, as whole texts. Raises TemplateError."""
        filled = self.fill(data, occasion)
        body = self.without_marks("".join(filled.body))
        plain = to_plain_text(body) if filled.plain is None else "".join(filled.plain)
        return Rendered(filled.subject, body, plain)

    def without_marks(self, body: str) -> str:
        """Take the marks of links out of a body."""
        return self.marks.pattern.sub("", body) if self.links else body

    def _fail_in_source(self, data: Mapping[str, object], occasion: Occasion) -> None:
        """Fill what the author wrote, to fail at a place that the author can find."""
        for source in self.sources:
            source.fill(source.compile(), data, occasion)


def compile_text(text: Text) -> CompiledText:
    """Compile a text without translations.

    Raises TemplateError with the line and column its author wrote, MarkupError where an HTML
    tool cannot work with it.
    """
    assert not text.translations
    sources = _sources(text)
    written = {source.part: source.compile() for source in sources}
    laid_out, is_laid_out_anew = _lay_out(text)
    marks = marks_of(text.body)
    markup, links = mark_links(laid_out, marks)
    whole = _with_preheader(text, replace(laid_out, markup=markup))
    body_source = whole.restored(spaced=is_laid_out_anew)
    body = written["body"]
    if body_source != text.body:
        body = compile_part(text.language, body_source, html=text.escapes)
    subject = written["subject"]
    plain = written.get("text") or _plain(text, laid_out)
    names = subject.names | body.names | (plain.names if plain else frozenset())
    return CompiledText(subject, body, plain, names, links, marks, sources)


def _sources(text: Text) -> tuple[Source, ...]:
    parts = [("subject", text.subject, False), ("preheader", text.preheader, text.escapes)]
    parts += [("body", text.body, text.escapes), ("text", text.plain, False)]
    return tuple(
        Source(part, text.language, code, html) for part, code, html in parts if code is not None
    )


def _lay_out(text: Text) -> tuple[Protected, bool]:
    """Run the HTML tools that a body asks for; tell whether there were any. Raises MarkupError."""
    written = protected = protect_part(text.language, text.body)
    if text.language is Language.PLAIN:
        return protected, False
    try:
        is_mjml = html_tools.is_mjml(protected)
        if is_mjml:
            protected = html_tools.mjml_to_html(protected)
        if text.inlines_css and html_tools.has_rules(protected):
            protected = html_tools.inline_css(protected, is_mjml_made=is_mjml)
    except PlaceholderLostError as lost:
        raise html_tools.MarkupError(
            f"{lost} does not survive the making of HTML where it stands; put it between whole "
            "tags, into text or into the value of an attribute, or set inlineCss to false."
        ) from None
    if protected is not written:
        source = protected.restored(spaced=True)
        if not reads_as(text.language, source, _codes_in_order(protected)):
            raise html_tools.MarkupError(
                "beside the HTML that the tools make, the template's code would read otherwise; "
                "write `$`, `#` and `{` of the text as entities twice (&amp;#36;)."
            )
    return protected, protected is not written


def _codes_in_order(protected: Protected) -> list[str]:
    return [
        protected.codes[int(next(filter(None, found.groups())))]
        for found in protected.pattern.finditer(protected.markup)
    ]


def _with_preheader(text: Text, whole: Protected) -> Protected:
    """Put the preview line first in the body; without one there is nothing to do."""
    if not text.preheader:
        return whole
    line = _PREHEADER.format(escape_around_code(text.language, text.preheader))
    whole, placeholder = whole.with_code(line)
    found = _BODY_OPENS.search(whole.markup)
    at = found.end() if found else 0
    return replace(whole, markup=whole.markup[:at] + placeholder + whole.markup[at:])


def _plain(text: Text, laid_out: Protected) -> Part | None:
    """Derive the text part and compile it; None where each rendered body must be read for it.

    That is so where code and tags are interwoven, as in a block that begins in the head.
    """
    readable = to_plain_text(laid_out.markup, laid_out.pattern)
    codes: list[str] = []

    def code(found: re.Match[str]) -> str:
        follows = readable[found.end() : found.end() + 1]
        number = int(next(filter(None, found.groups())))
        codes.append(stands_apart(text.language, laid_out.codes[number], follows))
        return codes[-1]

    source = laid_out.pattern.sub(code, readable)
    try:
        if reads_as(text.language, source, codes):
            return compile_part(text.language, source, html=False)
    except TemplateError:
        return None
    return None


_kept = Kept(compile_text)
compiled = _kept.get
