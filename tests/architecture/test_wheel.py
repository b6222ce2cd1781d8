"""The wheel holds all that the source tree holds: pages, styles, migrations, and no more.

A file that packaging forgets works on the developer's machine and nowhere else.
"""

import shutil
import subprocess
import sys
from zipfile import ZipFile

import pytest

from architecture.tree import ROOT, plant

PACKAGING = ("pyproject.toml", "README.md", ".gitignore")


def missing_from_wheel(root, folder):
    """Build the wheel of a tree into a folder; list the files under src that it leaves out."""
    order = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder]
    subprocess.run(order, cwd=root, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    source = root / "src"
    held = set(ZipFile(wheel).namelist())
    wanted = {
        path.relative_to(source).as_posix()
        for path in source.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    return sorted(wanted - held)


@pytest.fixture
def small_tree(tmp_path):
    root = plant(tmp_path / "tree", {"src/beckon/__init__.py": '"""A small one."""'})
    for name in PACKAGING:
        shutil.copy(ROOT / name, root)
    return root


def test_the_wheel_holds_every_file(tmp_path):
    assert missing_from_wheel(ROOT, tmp_path) == []


def test_a_forgotten_file_is_found(small_tree, tmp_path):
    plant(small_tree, {".gitignore": "*.html\n", "src/beckon/dashboard/page.html": "<p>"})
    assert missing_from_wheel(small_tree, tmp_path) == ["beckon/dashboard/page.html"]
