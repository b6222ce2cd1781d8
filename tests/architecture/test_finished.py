"""What is on the main branch is finished: no note to self, no promise instead of code."""

import re

import pytest

from architecture.tree import ROOT, plant

NOTE = re.compile(r"\b(TODO|FIXME|NotImplementedError)\b")


def unfinished(root):
    """List the places in the source, in any language, that say they are not finished."""
    return [
        f"{path.relative_to(root)}:{number} {found[0]}"
        for path in sorted((root / "src").rglob("*"))
        if path.suffix in {".py", ".html", ".css", ".js", ".md", ".mako"}
        and "vendor" not in path.parts
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if (found := NOTE.search(line))
    ]


def test_nothing_is_left_unfinished():
    assert unfinished(ROOT) == []


@pytest.mark.parametrize("note", ["# TODO later", "raise NotImplementedError", "// FIXME"])
def test_a_note_to_self_is_found(tmp_path, note):
    root = plant(tmp_path, {"src/beckon/a.py": f'"""Fine."""\n{note}\n', "src/vendor/b.js": note})
    assert len(unfinished(root)) == 1
    assert unfinished(root)[0].startswith("src/beckon/a.py:2 ")
