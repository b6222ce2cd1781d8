"""Macros, blocks, `#evaluate`, snippets: text that is printed apart from where it stands."""

from collections.abc import Callable

from beckon.languages.errors import TemplateError
from beckon.languages.velocity.printing import plain
from beckon.languages.velocity.run import Body, MacroCode, Names, Out, Program, Run, limit
from beckon.languages.velocity.source import Place
from beckon.languages.velocity.values import Block

MACRO_DEPTH_MAX = 20
SNIPPET_DEPTH_MAX = 10
EVALUATIONS_MAX = 50
EVALUATED_CHARACTERS_MAX = 65_536


def joined(run: Run, pieces: tuple[str, ...]) -> str:
    """Put together the text of a string literal."""
    run.grow_text(sum(map(len, pieces)))
    return "".join(pieces)


def captured(run: Run, names: Names, body: Body) -> str:
    """Print a block into a text."""
    run.call()
    out: Out = []
    body(run, names, out)
    text = run.text(out)
    run.grow_text(len(text))
    return text


def make_block(run: Run, names: Names, body: Body) -> Block:
    """Make the value of a `#define`."""
    run.grow(64)
    return Block(names, body)


def invoke(
    run: Run,
    names: Names,
    out: Out,
    name: str,
    arguments: tuple[object, ...],
    content: Body | None,
    place: Place,
) -> None:
    """Call a macro. Its parameters hide variables of their names and give them back after."""
    macro = run.macros[name]
    run.call()
    if run.macro_depth >= MACRO_DEPTH_MAX:
        message = f"macros call each other more than {MACRO_DEPTH_MAX} deep; `#{name}` is one more"
        raise TemplateError(message, *place, kind="recursion", phase="render")
    given = _bind(run, names, macro, arguments)
    if content is not None or "bodyContent" not in given:
        given["bodyContent"] = None if content is None else Block(names, content)
    kept = {parameter: names.get(parameter) for parameter in given}
    names.update(given)
    run.macro_depth += 1
    try:
        macro.body(run, names, out)
    finally:
        run.macro_depth -= 1
        _put_back(names, kept)
    run.look_at(out)


def _bind(run: Run, names: Names, macro: MacroCode, arguments: tuple[object, ...]) -> Names:
    given: Names = dict(zip(macro.parameters, arguments, strict=False))
    for parameter, default in zip(macro.parameters, macro.defaults, strict=True):
        if parameter not in given:
            given[parameter] = None if default is None else default(run, names)
    return given


def _put_back(names: Names, kept: Names) -> None:
    for name, value in kept.items():
        if value is None:
            names.pop(name, None)
        else:
            names[name] = value


def evaluate(run: Run, names: Names, out: Out, value: object, place: Place, origin: Place) -> None:
    """Parse the printed form of a value as a template and run it in the same variables."""
    if value is None:
        return
    run.evaluations += 1
    source = plain(run, value)
    if run.evaluations > EVALUATIONS_MAX:
        raise limit(f"#evaluate runs more than {EVALUATIONS_MAX} times").at(place)
    if len(source) > EVALUATED_CHARACTERS_MAX:
        raise limit(f"#evaluate takes at most {EVALUATED_CHARACTERS_MAX} characters").at(place)
    _run_more(run, names, out, source, origin, place)


def parse_snippet(run: Run, names: Names, out: Out, value: object, place: Place) -> None:
    """Run a stored snippet in the same variables."""
    if value is not None:
        source = _snippet(run, value, place)
        _run_more(run, names, out, source, (1, 1), place)


def include_snippet(run: Run, value: object, place: Place) -> str:
    """Give the source of a stored snippet."""
    return "" if value is None else _snippet(run, value, place)


def _snippet(run: Run, value: object, place: Place) -> str:
    name = plain(run, value)
    source = run.setting.snippets.get(name)
    if source is None:
        message = f"there is no stored snippet named `{name[:100]}`"
        raise TemplateError(message, *place, kind="resource", phase="render")
    run.grow_text(len(source))
    return source


def _run_more(run: Run, names: Names, out: Out, source: str, origin: Place, place: Place) -> None:
    run.call()
    if run.snippet_depth >= SNIPPET_DEPTH_MAX:
        message = f"snippets and #evaluate run each other more than {SNIPPET_DEPTH_MAX} deep"
        raise TemplateError(message, *place, kind="recursion", phase="render")
    program = _compiled(run, source, origin)
    for name, macro in program.macros.items():
        run.macros.setdefault(name, macro)
    run.snippet_depth += 1
    try:
        program.body(run, names, out)
    finally:
        run.snippet_depth -= 1
    run.look_at(out)


def _compiled(run: Run, source: str, origin: Place) -> Program:
    # Parsing and compiling costs far more than its length suggests.
    run.spend(500 + 10 * len(source))
    compile_more: Callable[[str, Place, frozenset[str]], Program] | None
    compile_more = run.setting.compile_more
    assert compile_more is not None, "the compiler hands itself to each setting"
    try:
        return compile_more(source, origin, frozenset(run.macros))
    except TemplateError as error:
        error.phase = "render"
        raise
