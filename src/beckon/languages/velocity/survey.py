"""What can be known of a template before it runs: names, loops, and whether it changes data."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, is_dataclass

from beckon.languages.velocity.tree import (
    Body,
    Break,
    Call,
    Constant,
    Define,
    Evaluate,
    Foreach,
    Include,
    Index,
    Interpolation,
    Macro,
    MacroCall,
    MergeTag,
    Output,
    Property,
    Reference,
    Set,
    Text,
)

COUNTERS = {
    "count": "count",
    "index": "index",
    "hasNext": "hasNext",
    "first": "first",
    "last": "last",
    "getCount": "count",
    "getIndex": "index",
    "isFirst": "first",
    "isLast": "last",
}
"""Words on `$foreach` that a plain counter can answer; `hasNext()` too, under its own name."""

OLD_COUNTERS = {"velocityCount": "count", "velocityHasNext": "hasNext"}
"""The names of version 1 for two of them."""

LOOP_DEPTH_MAX = 8
"""How many loops stand inside each other in one Python function; it allows twenty blocks."""

_CHANGING = frozenset(
    {
        "add",
        "addAll",
        "clear",
        "iterator",
        "listIterator",
        "put",
        "putAll",
        "putIfAbsent",
        "remove",
        "removeAll",
        "replace",
        "retainAll",
        "set",
        "setValue",
        "sort",
    }
)
_BOUND = frozenset({"bodyContent", "dateTool", "foreach", "mathTool", "numberTool", *OLD_COUNTERS})


@dataclass(frozen=True, slots=True)
class Survey:
    """What the generator needs to know before it writes the first line.

    `is_shared`: variables live in a dictionary instead of Python's locals, because blocks run apart
    from where they stand, or because `$foreach` is more than the counters of its loop. `steady`
    names are bound in one place only, by the data or by one loop, and have entries read.
    """

    assigned: frozenset[str]
    steady: frozenset[str]
    names: frozenset[str]
    changes_data: bool
    is_shared: bool
    has_named_breaks: bool


def survey(body: Body, *, is_shared: bool = False) -> Survey:
    """Look through a whole tree. `is_shared` asks for variables in a dictionary in any case."""
    nodes = list(walk(body))
    references = [node for node in nodes if isinstance(node, Reference)]
    bindings = Counter(_assigned(nodes))
    assigned = frozenset(bindings)
    is_shared = (
        is_shared
        or any(map(_runs_apart, nodes))
        or _loop_depth(body) > LOOP_DEPTH_MAX
        or not _can_count(assigned, references)
    )
    used = assigned | {reference.name for reference in references}
    loops = [node.name for node in nodes if isinstance(node, Foreach)]
    return Survey(
        assigned=assigned,
        steady=_stepped(references) & ((used - assigned) | {n for n in loops if bindings[n] == 1}),
        names=frozenset(_needed(nodes, references)) - assigned - _BOUND,
        changes_data=any(map(_changes_data, nodes)),
        is_shared=is_shared,
        has_named_breaks=any(isinstance(node, Break | Evaluate | Include) for node in nodes),
    )


def walk(node: object) -> Iterator[object]:
    """Give every node below, parents before children."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        if isinstance(node, tuple):
            waiting.extend(reversed(node))
        elif is_dataclass(node):
            yield node
            slots: tuple[str, ...] = getattr(node, "__slots__", ())
            waiting.extend(getattr(node, slot) for slot in reversed(slots))


def counter(reference: Reference) -> str | None:
    """Tell which counter answers this reference, or None if only the loop itself can."""
    if reference.name in OLD_COUNTERS and not reference.steps:
        return OLD_COUNTERS[reference.name]
    match reference.steps:
        case (Property(name),) if reference.name == "foreach":
            return COUNTERS.get(name)
        case (Call("hasNext", ()),) if reference.name == "foreach":
            return "hasNext"
        case (Call(name, ()),) if reference.name == "foreach" and name.startswith(("get", "is")):
            return COUNTERS.get(name)
        case _:
            return None


def _stepped(references: list[Reference]) -> frozenset[str]:
    reads = Counter(reference.name for reference in references if reference.steps)
    return frozenset(name for name, times in reads.items() if times > 1)


def _can_count(assigned: frozenset[str], references: list[Reference]) -> bool:
    loops = [reference for reference in references if reference.name == "foreach"]
    return assigned.isdisjoint({"foreach", *OLD_COUNTERS}) and all(map(counter, loops))


def _assigned(nodes: list[object]) -> Iterator[str]:
    for node in nodes:
        match node:
            case Set(Reference(name, ())) | Foreach(name) | Define(name):
                yield name
            case Macro(_, parameters):
                yield from (name for name, _ in parameters)
            case _:
                pass


def _runs_apart(node: object) -> bool:
    match node:
        case Macro() | Define() | Evaluate() | MacroCall(block=tuple()):
            return True
        case Include(how=how):
            return how == "parse"
        case Break(loop):
            return loop is not None
        case Interpolation(body):
            return not all(isinstance(piece, Text | Output | MergeTag) for piece in body)
        case _:
            return False


def _loop_depth(node: object) -> int:
    deepest = 0
    waiting = [(node, 0)]
    while waiting:
        node, depth = waiting.pop()
        deepest = max(deepest, depth)
        if isinstance(node, tuple):
            waiting.extend((item, depth) for item in node)
        elif is_dataclass(node):
            inside = depth + isinstance(node, Foreach)
            slots: tuple[str, ...] = getattr(node, "__slots__", ())
            waiting.extend((getattr(node, slot), inside) for slot in slots)
    return deepest


def _changes_data(node: object) -> bool:
    match node:
        case Call(name):
            return name in _CHANGING
        case Set(Reference(_, steps)):
            return bool(steps)
        case Evaluate() | Include():
            return True
        case _:
            return False


def _needed(nodes: list[object], references: list[Reference]) -> Iterator[str]:
    yield from (node.name for node in nodes if isinstance(node, MergeTag))
    for reference in references:
        match reference.steps:
            case (Property(name), *_) if reference.name == "data":
                yield name
            case (Call("get", (Constant(str(name)),)), *_) if reference.name == "data":
                yield name
            case (Index(Constant(str(name))), *_) if reference.name == "data":
                yield name
            case _:
                yield reference.name
