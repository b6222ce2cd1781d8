"""Velocity: compiles templates to Python and renders them, with hard limits and no way out.

    compile_template("Hello $!name").render({"name": "Ann"})

Pure: it knows the standard library and the two languages' shared errors, nothing else of Beckon.
"""

from collections.abc import Mapping
from types import MappingProxyType

from beckon.languages.errors import DEFAULT_LIMITS, Limits, TemplateError
from beckon.languages.velocity.directives import Dialect
from beckon.languages.velocity.expression_code import Options
from beckon.languages.velocity.parser import code_spans
from beckon.languages.velocity.run import limit
from beckon.languages.velocity.slips import Slip, find_slips
from beckon.languages.velocity.template import Template

__all__ = [
    "DEFAULT_LIMITS",
    "Limits",
    "Slip",
    "Template",
    "TemplateError",
    "code_spans",
    "compile_template",
    "find_slips",
]

_NO_SNIPPETS: Mapping[str, str] = MappingProxyType({})


def compile_template(
    source: str,
    *,
    html: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    snippets: Mapping[str, str] = _NO_SNIPPETS,
    generic_tools: bool = True,
    merge_tags: bool = True,
) -> Template:
    """Compile a template once; what is wrong with it is found here, without any data.

    `html` escapes printed values and merge tags (never the author's own text, nor fallbacks), and
    percent-encodes them in the query of an `href`; off, values print raw, as in the original.
    `snippets` are the sources `#parse` and `#include` may name. `generic_tools` binds `$math`,
    `$number`, `$date`, `$esc`, `$display`, `$sorter` where the data has no such name. `merge_tags`
    reads `%FIRSTNAME|there%`; off, a percent sign is text, as in the original.
    Raises TemplateError with line and column.
    """
    try:
        return Template(source, Options(html, generic_tools), Dialect(limits, merge_tags), snippets)
    except (RecursionError, MemoryError):
        raise limit("the template is nested too deeply") from None
