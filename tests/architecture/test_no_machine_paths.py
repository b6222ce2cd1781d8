"""Nothing names a place on somebody's machine: it would be wrong on every other."""

import re

import pytest

from architecture.tree import ROOT, plant

FOLDERS = ("src", "tests", "docs", "scripts", "benchmarks", ".ci", ".github")
HERE = re.compile(
    r"(?<![\w.:{}/-])(/(?:home|Users|root|work|workspace)/[\w.-]+)|\b[A-Z]:\\\\?Users"
)
TEXT = {".py", ".md", ".html", ".css", ".js", ".json", ".toml", ".yaml", ".yml", ".mako", ""}


def machine_paths(root):
    """List the places in our own texts that name a folder of one machine."""
    top = [path for path in root.glob("*") if path.is_file() and path.suffix != ".lock"]
    files = [*top, *(path for folder in FOLDERS for path in (root / folder).rglob("*"))]
    return [
        f"{path.relative_to(root)}:{number} {found[0]}"
        for path in sorted(files)
        if path.is_file() and path.suffix in TEXT and not {"vendor", "__pycache__"} & {*path.parts}
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if (found := HERE.search(line))
    ]


def test_no_path_of_a_machine():
    assert machine_paths(ROOT) == []


@pytest.mark.parametrize("place", ["/{}/ann", "/{}/ann/beckon", "file: '/{}/x'"])
@pytest.mark.parametrize("top", ["home", "Users", "root", "work"])
def test_a_machine_path_is_found(tmp_path, place, top):
    root = plant(tmp_path, {"docs/start.md": f"First line.\nSee {place.format(top)}.\n"})
    assert [found.partition(" ")[0] for found in machine_paths(root)] == ["docs/start.md:2"]


def test_an_address_is_no_machine_path(tmp_path):
    text = "https://example.com/home/ann, {base}/home/x, ./root/x and /homely/x\n"
    assert machine_paths(plant(tmp_path, {"README.md": text})) == []
