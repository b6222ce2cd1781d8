"""Runs a file of conformance cases against the engine and tells where the two disagree.

One case is one JSON object in one line: `id`, `template`, `tools`, and `expect` with either `out`
(the exact output) or `error` (`kind`, `phase`, `line`, `column`). The reference has no merge tags,
so the cases are read without them.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from beckon.languages.errors import TemplateError
from beckon.languages.velocity import compile_template

SECONDS_MAX = 1.0
"""A case that takes longer counts as a disagreement."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One case where the engine did something else than was expected."""

    id: str
    template: str
    expected: str
    got: str


@dataclass(frozen=True, slots=True)
class Report:
    """How a file of cases went. Columns are compared apart, where an error's line is equal."""

    agreed: int
    cases: int
    columns_equal: int
    columns: int
    disagreements: tuple[Disagreement, ...]

    def lines(self) -> Iterator[str]:
        """Give the report line by line; the last is `N of M agree`."""
        for one in self.disagreements:
            yield f"{one.id}: {one.template!r}"
            yield f"  expected {one.expected}"
            yield f"  got      {one.got}"
        yield f"columns: {self.columns_equal} of {self.columns} equal"
        yield f"{self.agreed} of {self.cases} agree"


@dataclass(frozen=True, slots=True)
class _Outcome:
    output: str | None
    error: TemplateError | None
    seconds: float

    def __str__(self) -> str:
        if self.error is None:
            return repr(self.output)
        kind, phase = self.error.kind, self.error.phase
        return f"{kind} error ({phase}): {self.error}"


def check_cases(cases_path: Path, context_path: Path | None = None) -> Report:
    """Run every case of a file; the context file holds `context` and `files`, both optional."""
    given = {} if context_path is None else json.loads(context_path.read_text("utf-8"))
    context, files = given.get("context", {}), given.get("files", {})
    agreed = cases = columns_equal = columns = 0
    disagreements = []
    with cases_path.open(encoding="utf-8", newline="\n") as lines:
        for line in filter(str.strip, lines):
            case = json.loads(line)
            outcome = _run(case, context, files)
            cases += 1
            wanted = case["expect"].get("error")
            if not _agrees(case["expect"], outcome):
                disagreements.append(_disagreement(case, outcome))
                continue
            agreed += 1
            if wanted and wanted["line"] is not None and outcome.error is not None:
                columns += 1
                columns_equal += outcome.error.column == wanted["column"]
    return Report(agreed, cases, columns_equal, columns, tuple(disagreements))


def _run(case: dict[str, Any], context: dict[str, Any], files: dict[str, str]) -> _Outcome:
    started = time.perf_counter()
    output, error = None, None
    try:
        template = compile_template(
            case["template"],
            snippets=files,
            generic_tools=bool(case.get("tools")),
            merge_tags=False,
        )
        output = template.render(context)
    except TemplateError as raised:
        error = raised
    return _Outcome(output, error, time.perf_counter() - started)


def _agrees(expected: dict[str, Any], outcome: _Outcome) -> bool:
    if outcome.seconds > SECONDS_MAX:
        return False
    wanted = expected.get("error")
    if wanted is None:
        return outcome.error is None and outcome.output == expected["out"]
    error = outcome.error
    if error is None or error.phase != wanted["phase"]:
        return False
    return wanted["line"] is None or error.line == wanted["line"]


def _disagreement(case: dict[str, Any], outcome: _Outcome) -> Disagreement:
    expected = case["expect"]
    wanted = json.dumps(expected["error"]) if "error" in expected else repr(expected["out"])
    got = (
        f"{outcome} after {outcome.seconds:.1f} s"
        if outcome.seconds > SECONDS_MAX
        else str(outcome)
    )
    return Disagreement(case["id"], case["template"], wanted, got)
