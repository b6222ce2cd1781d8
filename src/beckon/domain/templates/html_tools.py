"""Runs the HTML tools over protected markup: MJML to HTML, style rules into tags."""

import re

from css_inline import CSSInliner, InlineError
from mjml import mjml2html

from beckon.domain.templates.placeholders import Protected

# Nothing is ever fetched: a template must not make this server call anybody.
_INLINER = CSSInliner(load_remote_stylesheets=False, keep_style_tags=True, keep_link_tags=True)

_MJML = re.compile(r"<mjml\b.*</mjml\s*>", re.DOTALL | re.IGNORECASE)
_MJML_FIRST = re.compile(r"(?:\s|<!--.*?-->)*<mjml\b", re.DOTALL | re.IGNORECASE)
_INCLUDE = re.compile(r"<mj-include\b", re.IGNORECASE)
_GOOGLE_FONTS = re.compile(
    r"<link[^>]*fonts\.googleapis\.com[^>]*>"
    r"|<style[^>]*>\s*@import url\([^)]*fonts\.googleapis\.com[^)]*\);\s*</style>"
)
_EMPTY_CONDITION = re.compile(r"<!--\[if !mso\]><!-->\s*<!--<!\[endif\]-->")
_DOCUMENT = re.compile(r"<(?:html|body)\b", re.IGNORECASE)
_RULES = re.compile(r"<style\b[^>]*>[^<]*\{", re.IGNORECASE)


class MarkupError(Exception):
    """Markup that a tool cannot work with; the message says how to mend it."""


def is_mjml(protected: Protected) -> bool:
    """Tell whether a body is MJML: its root is `<mjml>`."""
    return _MJML_FIRST.match(protected.markup) is not None


def has_rules(protected: Protected) -> bool:
    """Tell whether a body is a whole HTML document with style rules in it."""
    markup = protected.markup
    return _DOCUMENT.search(markup) is not None and _RULES.search(markup) is not None


def mjml_to_html(protected: Protected) -> Protected:
    """Turn MJML into HTML, without links to fonts. Raises MarkupError, PlaceholderLostError."""
    if _INCLUDE.search(protected.markup):
        raise MarkupError("<mj-include> does not exist here: a template stands alone.")
    root = _MJML.search(protected.markup)
    if root is None:
        raise MarkupError("the MJML is never closed; end it with </mjml>.")
    try:
        html = mjml2html(root.group())
    except ValueError as fault:
        raise MarkupError(f"this is no MJML: {fault}") from None
    html = _EMPTY_CONDITION.sub("", _GOOGLE_FONTS.sub("", html))
    before, after = protected.markup[: root.start()], protected.markup[root.end() :]
    return protected.with_markup(before + html + after)


def inline_css(protected: Protected) -> Protected:
    """Write style rules into tags; <style> stays, for media queries.

    Raises MarkupError, PlaceholderLostError.
    """
    if protected.in_tags & protected.directives:
        code = protected.codes[min(protected.in_tags & protected.directives)]
        raise MarkupError(
            f"{code} stands between the attributes of a tag, where it cannot survive inlining of "
            "CSS; put it around the whole tag or into one attribute, or set inlineCss to false."
        )
    try:
        html = _INLINER.inline(_with_table_bodies(protected))
    except InlineError as fault:
        raise MarkupError(f"the CSS cannot be inlined: {fault}") from None
    return protected.with_markup(html)


def _with_table_bodies(protected: Protected) -> str:
    """Open each <tbody> before the code that repeats rows; parsers would open it behind."""
    low = protected.word.lower()
    rows = rf"(<table\b[^>]*>)(?=(?:\s|<!--{low}\d+-->)*<tr\b)"
    return re.sub(rows, r"\1<tbody>", protected.markup, flags=re.IGNORECASE)
