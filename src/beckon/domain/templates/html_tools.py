"""Runs the HTML tools over protected markup: MJML to HTML, style rules into tags."""

import re

from beckon.domain.templates.placeholders import Protected
from beckon.kit.confined import Confined, FailedError, GaveUpError

_tools = Confined(
    "beckon.domain.templates.raw_tools", bytes_max=1024 * 1024 * 1024, seconds_max=3.0
)

# Bodies come from strangers. So that no pattern looks at a place more than once, none of these goes
# past the next tag's beginning, and what is read stays read (`?>`, `*+`).
_MJML = re.compile(
    r"(?P<before>(?>\s|<!--.*?-->)*+)(?P<root><mjml\b(?P<whole>.*</mjml\s*>)?)",
    re.DOTALL | re.IGNORECASE,
)
_INCLUDE = re.compile(r"<mj-include\b", re.IGNORECASE)
_GOOGLE_FONTS = re.compile(
    r"<link[^<>]*fonts\.googleapis\.com[^<>]*>"
    r"|<style[^<>]*>\s*@import url\([^<)]*fonts\.googleapis\.com[^<)]*\);\s*</style>"
)
_EMPTY_CONDITION = re.compile(r"<!--\[if !mso\]><!-->\s*<!--<!\[endif\]-->")
_DOCUMENT = re.compile(r"<(?:html|body)\b", re.IGNORECASE)
_RULES = re.compile(r"<style\b[^<>]*>[^<]*\{", re.IGNORECASE)

_OPENS = re.compile(r"<[a-z]", re.IGNORECASE)
TAGS_MAX = 20_000
"""A mail has some hundreds. What is told to use fewer need not first bring the tools down."""

_GAVE_UP = (
    "the HTML tools gave up on this body: its tags stand too deep in each other, or it has too "
    "many of them and of style rules; make it simpler, or set inlineCss to false."
)


class MarkupError(Exception):
    """Markup that a tool cannot work with; the message says how to mend it."""


def is_mjml(protected: Protected) -> bool:
    """Tell whether a body is MJML: its root is `<mjml>`."""
    return _MJML.match(protected.markup) is not None


def has_rules(protected: Protected) -> bool:
    """Tell whether a body is a whole HTML document with style rules in it."""
    markup = protected.markup
    return _DOCUMENT.search(markup) is not None and _RULES.search(markup) is not None


def mjml_to_html(protected: Protected) -> Protected:
    """Turn MJML into HTML, without links to fonts. Raises MarkupError, PlaceholderLostError."""
    if _INCLUDE.search(protected.markup):
        raise MarkupError("<mj-include> does not exist here: a template stands alone.")
    _check_tags(protected)
    found = _MJML.match(protected.markup)
    if found is None or found["whole"] is None:
        raise MarkupError("the MJML is never closed; end it with </mjml>.")
    html = _run("mjml_to_html", found["root"], "this is no MJML")
    html = _EMPTY_CONDITION.sub("", _GOOGLE_FONTS.sub("", html))
    return protected.with_markup(found["before"] + html + protected.markup[found.end() :])


def inline_css(protected: Protected, *, is_mjml_made: bool = False) -> Protected:
    """Write style rules into tags; <style> stays, for media queries.

    What was made of MJML is as deep as that was, however many tags it has.
    Raises MarkupError, PlaceholderLostError.
    """
    if protected.in_tags & protected.directives:
        code = protected.codes[min(protected.in_tags & protected.directives)]
        raise MarkupError(
            f"{code} stands between the attributes of a tag, where it cannot survive inlining of "
            "CSS; put it around the whole tag or into one attribute, or set inlineCss to false."
        )
    if not is_mjml_made:
        _check_tags(protected)
    html = _run("inline_css", _with_table_bodies(protected), "the CSS cannot be inlined")
    return protected.with_markup(html)


def _run(tool: str, markup: str, failed: str) -> str:
    try:
        return _tools.call(tool, markup)
    except FailedError as fault:
        raise MarkupError(f"{failed}: {fault}") from None
    except GaveUpError:
        raise MarkupError(_GAVE_UP) from None


def _check_tags(protected: Protected) -> None:
    if len(_OPENS.findall(protected.markup)) > TAGS_MAX:
        raise MarkupError(
            f"a body that HTML tools work on has at most {TAGS_MAX} tags; "
            "send what they make of it, with inlineCss false."
        )


def _with_table_bodies(protected: Protected) -> str:
    """Open each <tbody> before the code that repeats rows; parsers would open it behind."""
    low = protected.word.lower()
    rows = rf"(<table\b[^<>]*>)(?=(?:\s|<!--{low}\d+-->)*<tr\b)"
    return re.sub(rows, r"\1<tbody>", protected.markup, flags=re.IGNORECASE)
