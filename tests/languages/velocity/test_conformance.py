"""The published conformance cases, and the runner that counts them."""

import json
from pathlib import Path

import pytest

from beckon.languages.velocity.check import check_cases

SHARED = Path(__file__).parents[4] / "shared" / "velocity"


@pytest.mark.skipif(
    not (SHARED / "cases.jsonl").exists(),
    reason="SKIPPED: the conformance cases are not beside this checkout (../shared/velocity)",
)
def test_all_published_cases_agree_to_the_column():
    report = check_cases(SHARED / "cases.jsonl", SHARED / "context.json")
    assert list(report.lines())[:-2] == []
    assert report.columns_equal == report.columns
    assert report.agreed == report.cases


def test_the_runner_tells_each_disagreement_and_counts_last(tmp_path):
    cases = [
        {"id": "right", "template": "$x", "expect": {"out": "5"}},
        {"id": "wrong", "template": "$x", "expect": {"out": "6"}},
        {"id": "error", "template": "#if(", "expect": {"error": _error("compile", 1, 5)}},
        {"id": "column", "template": "$l[9]", "expect": {"error": _error("render", 1, 1)}},
        {"id": "phase", "template": "$l[9]", "expect": {"error": _error("compile", 1, 3)}},
        {"id": "tags", "template": "%SMS%", "expect": {"out": "%SMS%"}},
        {"id": "tools", "template": "$math.add(1,1)", "tools": True, "expect": {"out": "2"}},
        {"id": "no tools", "template": "$math.abs(1)", "expect": {"out": "$math.abs(1)"}},
    ]
    (tmp_path / "cases.jsonl").write_text("\n".join(map(json.dumps, cases)))
    (tmp_path / "context.json").write_text(json.dumps({"context": {"x": 5, "l": [1]}}))
    lines = list(check_cases(tmp_path / "cases.jsonl", tmp_path / "context.json").lines())
    assert [line for line in lines if not line.startswith(" ")] == [
        "wrong: '$x'",
        "phase: '$l[9]'",
        "columns: 1 of 2 equal",
        "6 of 8 agree",
    ]


def _error(phase, line, column):
    return {"kind": "any", "phase": phase, "line": line, "column": column}
