"""What the rules look at: the files of the project, and small trees with a planted fault.

Each rule is a function from a tree to its violations, in words; so it can be shown to hold on
ours, and to fail on one that breaks it.
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "beckon"
DASHBOARD = SOURCE / "dashboard"
VENDOR = DASHBOARD / "static" / "vendor"


def python_files(folder: Path) -> list[Path]:
    """List the Python files under a folder, in order."""
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def imports(path: Path) -> Iterator[str]:
    """Tell the full dotted name of everything a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def plant(folder: Path, files: Mapping[str, str]) -> Path:
    """Write files into a folder, by their path in it. Returns the folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def holds(role, place):
    """Tell whether a file is a slice's `role` (as `writes`), or part of one that is a package."""
    return place[-1] == f"{role}.py" or role in place[-2:-1]
