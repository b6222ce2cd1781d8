"""The tenant door: every read and write names its project, so no project sees another's rows.

Who forgets it in SQL has nothing to compare with, as long as each function takes `tx` first and
`project_id` second. The few that work across projects say so in their names.
"""

import ast

import pytest

from architecture.tree import SOURCE, holds, plant, python_files

CROSSING = "_any_project"


def open_doors(source):
    """List the public functions of `queries` and `writes` that do not ask for the project."""
    return [
        f"{path.relative_to(source)}: {function.name}({', '.join(first_two(function))}, …)"
        for path in python_files(source / "domain")
        if holds("queries", path.parts) or holds("writes", path.parts)
        for function in ast.parse(path.read_text()).body
        if isinstance(function, ast.FunctionDef) and not is_shut(function)
    ]


def is_shut(function):
    """Tell whether a function asks for the project, says that it crosses them, or is private."""
    wanted = ["tx"] if CROSSING in function.name else ["tx", "project_id"]
    return function.name.startswith("_") or first_two(function)[: len(wanted)] == wanted


def first_two(function):
    """Tell the names of the first two arguments that may be given by position."""
    return [argument.arg for argument in function.args.args[:2]]


def test_every_read_and_write_names_its_project():
    assert open_doors(SOURCE) == []


@pytest.mark.parametrize(
    "signature",
    [
        "get_event(tx, event_id)",
        "get_event(project_id, tx)",
        "get_event(tx, *, project_id)",
        "list_all()",
        "count_any_project(now)",
    ],
)
@pytest.mark.parametrize("file", ["queries", "writes", "queries/reading", "writes/runs"])
def test_an_open_door_is_found(tmp_path, signature, file):
    path = f"domain/events/{file}.py"
    found = open_doors(plant(tmp_path, {path: f"def {signature}: return tx"}))
    assert len(found) == 1
    assert found[0].startswith(f"{path}: {signature.partition('(')[0]}(")


def test_a_shut_door_is_left_alone(tmp_path):
    text = "def get(tx, project_id): ...\ndef claim_any_project(tx, now): ...\ndef _row(row): ..."
    assert open_doors(plant(tmp_path, {"domain/events/queries.py": text})) == []
