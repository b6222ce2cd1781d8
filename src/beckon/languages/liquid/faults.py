"""Where in a template something is wrong: python-liquid's faults as TemplateErrors with a place."""

from liquid.exceptions import LiquidError
from liquid.stream import TokenStream
from liquid.tag import Tag
from liquid.token import TOKEN_EOF, TOKEN_OUTPUT, Token

from beckon.languages.errors import TemplateError


def place_of(source: str, index: int) -> tuple[int, int]:
    """Tell line and column, from 1; columns are UTF-16 units, as browsers' editors count."""
    line_start = source.rfind("\n", 0, index) + 1
    column = len(source[line_start:index].encode("utf-16-le", "surrogatepass")) // 2
    return source.count("\n", 0, line_start) + 1, column + 1


def is_placed(error: LiquidError) -> bool:
    """Tell whether python-liquid knows where it failed; its end-of-input token has no place."""
    return error.token is not None and error.token.start_index >= 0


def to_template_error(error: LiquidError, source: str, *, kind: str, phase: str) -> TemplateError:
    """Say the same as `error`, with line and column in `source` when they are known."""
    message = str(error.message) or error.__class__.__name__
    if error.token is None or error.token.start_index < 0:
        return TemplateError(message, kind=kind, phase=phase)
    line, column = place_of(source, error.token.start_index)
    return TemplateError(message, line, column, kind=kind, phase=phase)


def remember_place(tag: Tag, stream: TokenStream, error: LiquidError, opened: Token) -> None:
    """Give a fault without a place that of the tag being read, and say what is missing there.

    The innermost tag hears of a fault first, so an unclosed block is the one opened last.
    """
    if is_placed(error):
        return
    error.token = opened
    if stream.current.kind == TOKEN_EOF and tag.block and tag.end:
        error.args = (f"this '{tag.name}' is never closed; end it with {{% {tag.end} %}}",)
    elif opened.kind == TOKEN_OUTPUT:
        error.args = (f"{error.message} before '}}}}'",)
    else:
        error.args = (f"{error.message} in '{opened.value}', before '%}}'",)
