"""python-liquid with every limit set: the reference engine, and the one for unusual templates.

Left out on purpose: `include`, `render`, files, and the system's clock and time zone.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any

from liquid import BoundTemplate, Environment, RenderContext, TokenStream
from liquid.ast import Node
from liquid.builtin.illegal import Illegal
from liquid.builtin.tags.for_tag import ForLoop
from liquid.builtin.tags.tablerow_tag import TableRow
from liquid.exceptions import LiquidError, LiquidSyntaxError
from liquid.parser import get_parser
from liquid.tag import Tag
from liquid.token import TOKEN_TAG, Token
from liquid.undefined import UNDEFINED
from liquid.utils import ReadOnlyChainMap

from beckon.languages.errors import Limits
from beckon.languages.liquid import filters
from beckon.languages.liquid.faults import remember_place, template_error
from beckon.languages.liquid.lexer import tokenize
from beckon.languages.liquid.meter import Meter, Output, is_small
from beckon.languages.liquid.survey import Survey
from beckon.languages.liquid.tree import Call

SCOPES_BEFORE_BLOCKS = 4
ABSENT_TAGS = ("include", "render")
EXPLAINED_TAGS = {
    "include": "the tag 'include' does not exist here: a template stands alone",
    "render": "the tag 'render' does not exist here: a template stands alone",
    "raw": "this 'raw' is never closed; end it with {% endraw %}",
}
DEPENDENT_TAGS = frozenset({"else", "elsif", "when"})


class TimedStream(TokenStream):
    """The tokens of a template, parsed against the clock."""

    def __init__(self, source: str, limits: Limits, *, merge_tags: bool) -> None:
        super().__init__(tokenize(source, merge_tags=merge_tags))
        self.meter = Meter(limits)


class PlacedTag(Tag):
    """A tag of python-liquid whose faults always know where they happened."""

    def __init__(self, env: "LimitedEnvironment", tag: Tag) -> None:
        super().__init__(env)
        self._tag = tag
        self.name, self.block, self.end = tag.name, tag.block, tag.end

    def parse(self, stream: TokenStream) -> Node:
        """Parse as the tag does; a fault without a place gets that of this tag."""
        opened = stream.current
        if isinstance(stream, TimedStream):
            stream.meter.look()
        try:
            return self._tag.parse(stream)
        except LiquidError as error:
            remember_place(self._tag, stream, error, opened)
            raise


class UnknownTag(Illegal):
    """Any tag the language does not have; says what to do instead."""

    def parse(self, stream: TokenStream) -> Any:  # noqa: ANN401 - it never returns
        """Raise LiquidSyntaxError, always."""
        token = stream.expect(TOKEN_TAG)
        name = token.value
        if name in EXPLAINED_TAGS:
            message = EXPLAINED_TAGS[name]
        elif name in DEPENDENT_TAGS or (name.startswith("end") and name[3:] in self.env.tags):
            message = f"'{name}' does not belong to the block that is open here"
        else:
            message = f"unknown tag '{name}'"
        raise LiquidSyntaxError(message, token=token)


class LimitedEnvironment(Environment):
    """The language as Beckon speaks it: known tags and filters, limits, escaping or not."""

    def __init__(self, limits: Limits, *, html: bool) -> None:
        self.limits = limits
        self.block_nesting_limit = limits.depth  # type: ignore[misc]  # ours differ by template
        self.context_depth_limit = limits.depth + SCOPES_BEFORE_BLOCKS  # type: ignore[misc]  # ours differ by template
        super().__init__(autoescape=html)

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        """Register python-liquid's own, less what reaches outside, plus what has to be bounded."""
        super().setup_tags_and_filters(extra=extra)
        for name in ABSENT_TAGS:
            del self.tags[name]
        self.add_tag(UnknownTag)
        self.tags = {name: PlacedTag(self, tag) for name, tag in self.tags.items()}
        self.filters |= filters.BOUNDED

    def filter_for(self, call: Call) -> Callable[..., object]:
        """Give a filter as generated code calls it: the meter first, then value and arguments."""
        function = self.filters[call.name]
        if getattr(function, "with_environment", False):
            function = partial(function, environment=self)
        return filters.measured(call.name, function, call.token)

    def parsed(self, source: str, *, merge_tags: bool = False) -> "LimitedTemplate":
        """Parse and survey a template. Raises LiquidError, LimitError, RecursionError."""
        stream = TimedStream(source, self.limits, merge_tags=merge_tags)
        template = LimitedTemplate(self, get_parser(self).parse(stream))
        survey = Survey(MeteredContext(template, {}, None), template.nodes)
        template.names = frozenset(survey.names)
        return template


class LimitedTemplate(BoundTemplate):
    """A parsed template that renders under a meter; `names` are those it reads from the data."""

    env: LimitedEnvironment
    names: frozenset[str]

    def render_limited(self, data: Mapping[str, object], now: datetime | None) -> str:
        """Render with a fresh allowance.

        Raises TemplateError, placed at the outermost tag where no better place is known.
        """
        context = MeteredContext(self, data, now)
        buffer = Output(self.env.limits.output_bytes)
        for node in self.nodes:
            try:
                node.render(context, buffer)
            except Exception as error:  # a filter may stumble in any way over a value
                raise template_error(error, phase="render", near=node.token) from error
        return buffer.getvalue()


class MeteredContext(RenderContext):
    """The state of one rendering, with the checks that python-liquid leaves out."""

    def __init__(
        self, template: LimitedTemplate, data: Mapping[str, object], now: datetime | None
    ) -> None:
        self.limits = template.env.limits
        self.meter = Meter(self.limits, now)
        self.now = now
        super().__init__(template, globals=data)
        clock = {} if now is None else {"now": now, "today": now.date()}
        self.scope = ReadOnlyChainMap(self.locals, self.globals, clock, self.counters)

    @property
    def disabled_tags(self) -> list[str]:
        """No tag is ever disabled; but every node asks, and so every node is counted."""
        self.meter.node()
        return []

    @disabled_tags.setter
    def disabled_tags(self, names: list[str]) -> None:
        assert not names

    def get(
        self, path: list[object], *, token: Token | None, default: object = UNDEFINED
    ) -> object:
        """Resolve a path; what it leads to may be large, and so may be what is done with it."""
        value = super().get(path, token=token, default=default)
        if not is_small(value):
            self.meter.look()
        return value

    @contextmanager
    def loop(
        self, namespace: Mapping[str, object], forloop: ForLoop | TableRow
    ) -> Iterator[RenderContext]:
        """Enter a loop after paying for all its steps. Raises LimitError."""
        self.meter.loop(forloop.length)
        with super().loop(namespace, forloop) as context:
            yield context

    def assign(self, key: str, val: object) -> None:
        """Bind a name, counting bytes. Raises LimitError when all names hold too much."""
        super().assign(key, val)
        self.meter.keep(key, val)

    def cycle(self, key: object, length: int) -> int:
        """Tell the next index of a cycle; its key is kept, so it counts as a name does."""
        self.meter.keep(("cycle", key), key)
        return super().cycle(key, length)

    def filter(self, name: str, token: Token | None) -> Callable[..., object]:
        """Give the named filter, under the meter and with a place for whatever it raises."""
        return partial(filters.measured(name, super().filter(name, token), token), self.meter)

    def get_buffer(self, buf: Any = None) -> Output:  # noqa: ANN401 - any text stream
        """Give a buffer for captured text, as large as what is left of the output."""
        left = buf.bytes_left if isinstance(buf, Output) else self.limits.output_bytes
        return Output(left)
