"""Every file opens with one sentence, so that a folder can be read as a table of contents."""

import ast

import pytest

from architecture.tree import ROOT, plant, python_files

FOLDERS = ("src", "tests", "scripts", "benchmarks")


def without_sentence(root):
    """List the files whose first line is not a sentence."""
    files = [path for folder in FOLDERS for path in python_files(root / folder)]
    return [
        f"{path.relative_to(root)} does not open with a sentence"
        for path in [*files, *root.glob("*.py")]
        if not first_line(path).endswith((".", "?", "!"))
    ]


def first_line(path):
    """Give the first line of a file's docstring, or nothing."""
    return (ast.get_docstring(ast.parse(path.read_text())) or "").partition("\n")[0]


def test_every_file_opens_with_a_sentence():
    assert without_sentence(ROOT) == []


@pytest.mark.parametrize(
    "text", ["", "x = 1\n", "# A comment.\n", '"""No end"""\n', '"""Two\nlines."""\n']
)
def test_a_file_without_is_found(tmp_path, text):
    root = plant(tmp_path, {"src/beckon/mute.py": text, "dev.py": '"""Fine."""\n'})
    assert without_sentence(root) == ["src/beckon/mute.py does not open with a sentence"]
