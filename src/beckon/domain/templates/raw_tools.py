"""The HTML tools themselves. They recurse and cannot be interrupted: called in a process apart."""

from css_inline import CSSInliner, InlineError
from mjml import mjml2html

# Nothing is ever fetched: a template must not make this server call anybody.
_INLINER = CSSInliner(load_remote_stylesheets=False, keep_style_tags=True, keep_link_tags=True)


def inline_css(html: str) -> str:
    """Write style rules into tags. Raises ValueError."""
    try:
        return _INLINER.inline(html)
    except InlineError as fault:
        raise ValueError(fault) from None


def mjml_to_html(mjml: str) -> str:
    """Turn MJML into HTML. Raises ValueError."""
    html: str = mjml2html(mjml)
    return html
