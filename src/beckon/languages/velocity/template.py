"""A compiled template: from source to code once, then a call per recipient."""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from types import CodeType
from typing import Any

from beckon.languages.errors import TemplateError
from beckon.languages.statics import statics_of
from beckon.languages.velocity.directives import Dialect
from beckon.languages.velocity.expression_code import Options
from beckon.languages.velocity.generator import TOOLS, Code, generate
from beckon.languages.velocity.loops import LoopBroken, Stopped
from beckon.languages.velocity.parser import parse
from beckon.languages.velocity.run import (
    ITEMS_MAX,
    VALUE_DEPTH_MAX,
    MacroCode,
    Names,
    Out,
    Program,
    Run,
    Setting,
    limit,
)
from beckon.languages.velocity.runtime import RUNTIME
from beckon.languages.velocity.source import Place, Source
from beckon.languages.velocity.survey import survey, walk
from beckon.languages.velocity.tree import Text

_ALWAYS_BOUND = {name: RUNTIME[f"tool_{name}"] for name in TOOLS}


class Template:
    """A template that can be rendered any number of times, from any number of threads.

    `names` are the top-level names it reads and does not set itself, for a report of what a
    contact lacks; a path of `$data` counts as the name under it, a merge tag as its own.
    `statics` are the texts that it prints as they are.
    """

    def __init__(
        self, source: str, options: Options, dialect: Dialect, snippets: Mapping[str, str]
    ) -> None:
        limits = dialect.limits
        size = len(source.encode("utf-8", "replace"))
        if size > limits.source_bytes:
            message = f"the template has {size} bytes; at most {limits.source_bytes} are allowed"
            raise TemplateError(message, kind="limit")
        self._options = options
        self._dialect = dialect
        self._snippets = snippets
        self._more: dict[tuple[str, Place, frozenset[str]], Program] = {}
        parsed = parse(Source(source), dialect)
        known = survey(parsed.body)
        self.names = known.names
        self._is_shared = known.is_shared
        self._changes_data = known.changes_data
        code = generate(parsed.body, known, options)
        compiled = _compiled(code)
        texts = {node.text for node in walk(parsed.body) if isinstance(node, Text)}
        self.statics = statics_of(compiled, texts)
        self._program = _program(code, compiled)
        self._bytes_max = dialect.limits.output_bytes
        self._body = self._program.body
        self._needs_names = known.is_shared or known.changes_data
        self._setting = self._set(None, UTC, None)

    def render(
        self,
        data: Mapping[str, object],
        *,
        now: datetime | None = None,
        zone: tzinfo = UTC,
        contact_zone: tzinfo | None = None,
    ) -> str:
        """Fill the template with plain values: text, numbers, booleans, None, lists, dicts.

        The data is never changed. `now` (aware) and the zones are for `$dateTool`. Raises
        TemplateError; then nothing of the output is usable.
        """
        return "".join(self.render_pieces(data, now=now, zone=zone, contact_zone=contact_zone))

    def render_pieces(
        self,
        data: Mapping[str, object],
        *,
        now: datetime | None = None,
        zone: tzinfo = UTC,
        contact_zone: tzinfo | None = None,
    ) -> list[str]:
        """Do the same as `render`, and give the output in the pieces it was made of.

        Most static text is a piece of its own, one of `statics`, the same object each time.
        """
        is_plain = now is None and zone is UTC and contact_zone is None
        setting = self._setting if is_plain else self._set(now, zone, contact_zone)
        names: Names = data if data.__class__ is dict else dict(data)
        run = Run(names, setting)
        out: Out = []
        try:
            if self._needs_names:
                names = self._prepare(run, names)
            self._body(run, names, out)
        except (Stopped, LoopBroken):
            pass
        except (RecursionError, MemoryError):
            raise limit("the template or its data is nested too deeply") from None
        bytes_max = self._bytes_max
        length = sum(map(len, out))
        if length > bytes_max:
            raise limit(f"the output is larger than {bytes_max} bytes")
        if run.has_halves or 4 * length > bytes_max:
            return [run.checked_output("".join(out))]
        return out

    def _prepare(self, run: Run, names: Names) -> Names:
        if self._changes_data:
            names = run.data = _Copier(run).copy(names, 0)
        if not self._is_shared:
            return names
        run.macros = dict(self._program.macros)
        return {**_ALWAYS_BOUND, "data": names, **names}

    def _set(self, now: datetime | None, zone: tzinfo, contact_zone: tzinfo | None) -> Setting:
        contact = zone if contact_zone is None else contact_zone
        return Setting(self._dialect.limits, now, zone, contact, self._snippets, self._compile_more)

    def _compile_more(self, text: str, origin: Place, macros: frozenset[str]) -> Program:
        """Compile the source of an #evaluate or a snippet; what is compiled is kept a while."""
        key = text, origin, macros
        program = self._more.get(key)
        if program is None:
            parsed = parse(Source(text, origin), self._dialect, macros)
            known = survey(parsed.body, is_shared=True)
            code = generate(parsed.body, known, self._options)
            program = _program(code, _compiled(code))
            if len(self._more) >= _KEPT_MAX:
                self._more.clear()
            self._more[key] = program
        return program


_KEPT_MAX = 64
"""Sources of #evaluate and snippets kept compiled per template."""


def _compiled(code: Code) -> CodeType:
    return compile(code.source, "<velocity template>", "exec")


def _program(code: Code, compiled: CodeType) -> Program:
    """Turn generated code into functions. It knows the runtime's names, and no builtins."""
    namespace = dict(RUNTIME)
    exec(compiled, namespace)  # noqa: S102 - our own code; template text is in it as constants only
    macros = {
        name: MacroCode(
            macro.parameters,
            tuple(None if default is None else namespace[default] for default in macro.defaults),
            namespace[macro.function],
        )
        for name, macro in code.macros.items()
    }
    return Program(namespace["body"], macros)


class _Copier:
    """Copies data, so that a template that changes it changes its own."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._left = 10 * ITEMS_MAX

    def copy(self, value: Any, depth: int) -> Any:  # noqa: ANN401 - any value
        kind = value.__class__
        if kind is not dict and kind is not list:
            return value
        self._left -= len(value)
        if depth > VALUE_DEPTH_MAX or self._left < 0:
            raise limit("the data is too large or nested too deeply to be changed by a template")
        self._run.spend(1 + len(value) // 8)
        if kind is dict:
            return {key: self.copy(item, depth + 1) for key, item in value.items()}
        return [self.copy(item, depth + 1) for item in value]
