"""Liquid: `{{ name }}` and `{% if %}` templates, compiled once and rendered per recipient."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

from beckon.languages.errors import DEFAULT_LIMITS, Limits
from beckon.languages.liquid.faults import template_error
from beckon.languages.liquid.generator import Program, generate
from beckon.languages.liquid.interpreter import LimitedEnvironment, LimitedTemplate
from beckon.languages.liquid.lowering import NotOursError, lower
from beckon.languages.liquid.meter import LimitError, Meter, size_bytes
from beckon.languages.liquid.spans import code_spans

__all__ = ["Template", "code_spans", "compile_template"]


class Template:
    """A compiled template; renders any number of times, from any thread.

    `names` are the top-level names it reads from its data. `engine` tells what renders it:
    "compiled" for Beckon's own code, "python-liquid" for a template with rarer constructs;
    the output is the same. `statics` are the texts that it prints as they are.
    """

    __slots__ = ("_body", "_limits", "engine", "names", "statics")

    def __init__(
        self, body: Program | LimitedTemplate, names: frozenset[str], limits: Limits
    ) -> None:
        self._body = body
        self._limits = limits
        self.names = names
        self.statics = body.statics if isinstance(body, Program) else frozenset[str]()
        self.engine = "compiled" if isinstance(body, Program) else "python-liquid"

    def render(self, data: Mapping[str, object], *, now: datetime | None = None) -> str:
        """Fill the template in with `data`, plain JSON values; a name it lacks prints nothing.

        `now` is what the names `now` and `today` mean; without it they are like any missing
        name. Raises TemplateError when a filter cannot work with a value or a limit is passed.
        """
        return "".join(self.render_pieces(data, now=now))

    def render_pieces(
        self, data: Mapping[str, object], *, now: datetime | None = None
    ) -> list[str]:
        """Do the same as `render`, and give the output in the pieces it was made of.

        Most static text is a piece of its own, one of `statics`, the same object each time.
        """
        body = self._body
        if isinstance(body, LimitedTemplate):
            return [body.render_limited(data, now)]
        meter = Meter(self._limits, now)
        try:
            return meter.finish(body.render(data.get, meter))
        except Exception as error:  # a filter may stumble in any way over a value
            raise template_error(error, phase="render", near=body.near(error)) from error


def compile_template(
    source: str,
    *,
    html: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    merge_tags: bool = True,
) -> Template:
    """Compile Liquid source. `html` escapes every printed value but those `| raw` or `| safe`.

    `merge_tags` reads `%FIRSTNAME|there%` in text; off, a percent sign is text, as in Liquid.
    Raises TemplateError with line and column for every fault that needs no data: syntax, unknown
    tags and filters, wrong arguments, blocks nested beyond `limits.depth`, too long a source.
    """
    try:
        if size_bytes(source) > limits.source_bytes:
            raise LimitError(f"a template has at most {limits.source_bytes} bytes")  # noqa: TRY301 - told like every other fault
        parsed = _environment(limits, html=html).parsed(source, merge_tags=merge_tags)
    except Exception as error:  # python-liquid's parser may stumble in any way over a source
        raise template_error(error, phase="compile") from error
    return Template(_body(parsed, html=html), parsed.names, limits)


def _body(parsed: LimitedTemplate, *, html: bool) -> Program | LimitedTemplate:
    try:
        block = lower(parsed.nodes)
    except NotOursError:
        return parsed
    return generate(block, parsed.env.filter_for, html=html)


@lru_cache(maxsize=8)
def _environment(limits: Limits, *, html: bool) -> LimitedEnvironment:
    return LimitedEnvironment(limits, html=html)
