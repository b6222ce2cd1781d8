"""Where in a template something is wrong: any fault as a TemplateError with its place."""

from liquid.exceptions import LiquidError, LiquidValueError, ResourceLimitError, UnknownFilterError
from liquid.stream import TokenStream
from liquid.tag import Tag
from liquid.token import TOKEN_EOF, TOKEN_OUTPUT, Token

from beckon.languages.errors import TemplateError
from beckon.languages.liquid.meter import LimitError


def template_error(error: Exception, *, phase: str, near: Token | None = None) -> TemplateError:
    """Say the same as `error`, with its place, or that of the token it happened near to."""
    message, kind = str(error), "value"
    if isinstance(error, LimitError):
        kind = "limit"
    elif isinstance(error, RecursionError):
        message, kind = "this template nests too deeply", "recursion"
    elif isinstance(error, LiquidError):
        message, kind = str(error.message), _kind(error, phase)
        near = error.token if is_placed(error) else near
    if near is None:
        return TemplateError(message, kind=kind, phase=phase)
    line, column = place_of(near.source, near.start_index)
    return TemplateError(message, line, column, kind=kind, phase=phase)


def _kind(error: LiquidError, phase: str) -> str:
    if isinstance(error, ResourceLimitError | LiquidValueError):
        return "limit"
    if isinstance(error, UnknownFilterError):
        return "method"
    return "parse" if phase == "compile" else "value"


def place_of(source: str, index: int) -> tuple[int, int]:
    """Tell line and column, from 1; columns are UTF-16 units, as browsers' editors count."""
    line_start = source.rfind("\n", 0, index) + 1
    column = len(source[line_start:index].encode("utf-16-le", "surrogatepass")) // 2
    return source.count("\n", 0, line_start) + 1, column + 1


def is_placed(error: LiquidError) -> bool:
    """Tell whether python-liquid knows where it failed; its end-of-input token has no place."""
    return error.token is not None and error.token.start_index >= 0


def remember_place(tag: Tag, stream: TokenStream, error: LiquidError, opened: Token) -> None:
    """Give a fault without a place that of the tag being read, and say what is missing there.

    The innermost tag hears of a fault first, so an unclosed block is the one opened last.
    """
    if is_placed(error):
        return
    error.token = opened
    if not isinstance(error, ResourceLimitError):
        error.args = (_mend(tag, stream, error, opened),)


def _mend(tag: Tag, stream: TokenStream, error: LiquidError, opened: Token) -> str:
    if stream.current.kind == TOKEN_EOF and tag.block and tag.end:
        return f"this '{tag.name}' is never closed; end it with {{% {tag.end} %}}"
    if opened.kind == TOKEN_OUTPUT:
        return f"{error.message} before '}}}}'"
    return f"{error.message} in '{opened.value}', before '%}}'"
