"""Liquid: `{{ name }}` and `{% if %}` templates, compiled once and rendered per recipient."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

from liquid.exceptions import LiquidError, LiquidValueError, ResourceLimitError, UnknownFilterError

from beckon.languages.errors import DEFAULT_LIMITS, Limits, TemplateError
from beckon.languages.liquid.faults import to_template_error
from beckon.languages.liquid.interpreter import LimitedEnvironment, LimitedTemplate, MeteredContext
from beckon.languages.liquid.meter import LimitError
from beckon.languages.liquid.survey import Survey

__all__ = ["Template", "compile_template"]


class Template:
    """A compiled template; renders any number of times, from any thread.

    `names` are the top-level names it reads from its data. `engine` is "python-liquid".
    """

    __slots__ = ("_interpreted", "_source", "engine", "names")

    def __init__(self, source: str, interpreted: LimitedTemplate, names: frozenset[str]) -> None:
        self._source = source
        self._interpreted = interpreted
        self.names = names
        self.engine = "python-liquid"

    def render(self, data: Mapping[str, object], *, now: datetime | None = None) -> str:
        """Fill the template in with `data`, plain JSON values; a name it lacks prints nothing.

        `now` is what the names `now` and `today` mean; without it they are like any missing
        name. Raises TemplateError when a filter cannot work with a value or a limit is passed;
        nothing else, whatever the template.
        """
        try:
            return self._interpreted.render_limited(data, now)
        except TemplateError:
            raise
        except LiquidError as error:
            kind = "limit" if isinstance(error, ResourceLimitError) else "value"
            raise to_template_error(error, self._source, kind=kind, phase="render") from error
        except RecursionError:
            raise LimitError("this template nests too deeply") from None
        except Exception as error:  # a value python-liquid stumbles over fails one message alone
            raise TemplateError(str(error), kind="value", phase="render") from error


def compile_template(
    source: str, *, html: bool = False, limits: Limits = DEFAULT_LIMITS
) -> Template:
    """Compile Liquid source. `html` escapes every printed value unless `| raw` or `| safe`.

    Raises TemplateError with line and column for every fault that needs no data: syntax, unknown
    tags and filters, wrong arguments, blocks nested beyond `limits.depth`, too long a source.
    """
    if len(source.encode("utf-8", "surrogatepass")) > limits.source_bytes:
        raise LimitError(f"a template has at most {limits.source_bytes} bytes", phase="compile")
    try:
        parsed = environment(limits, html=html).from_string(source)
        assert isinstance(parsed, LimitedTemplate)
        survey = Survey(MeteredContext(parsed, {}, None), parsed.nodes)
    except LiquidError as error:
        raise to_template_error(error, source, kind=_kind(error), phase="compile") from error
    except RecursionError:
        raise LimitError("this template nests too deeply", phase="compile") from None
    return Template(source, parsed, frozenset(survey.names))


def _kind(error: LiquidError) -> str:
    if isinstance(error, ResourceLimitError | LiquidValueError):
        return "limit"
    return "method" if isinstance(error, UnknownFilterError) else "parse"


@lru_cache(maxsize=8)
def environment(limits: Limits, *, html: bool) -> LimitedEnvironment:
    """Share one environment among all templates with the same limits."""
    return LimitedEnvironment(limits, html=html)
