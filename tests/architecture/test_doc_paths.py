"""Every path that a guide names exists: a guide to folders that are gone is worse than none."""

import re

import pytest

from architecture.tree import ROOT, plant

GUIDES = ("ARCHITECTURE.md", "AGENTS.md", "CONTRIBUTING.md", "README.md")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
QUOTED = re.compile(r"`(\.?[\w-][\w./-]*)`")
LINKED = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)")
FILES = re.compile(r"\.(py|md|toml|lock|yaml|html|js|css|json|sh|txt)$")
BASES = (".", "src/beckon", "src/beckon/domain")


def dead_paths(root):
    """List the paths in the guides, quoted or linked, that lead nowhere; guides must exist."""
    missing = [f"{guide} is missing" for guide in GUIDES if not (root / guide).exists()]
    dead = [
        f"{guide} names {name}"
        for guide in GUIDES
        if (root / guide).exists()
        for name in named_paths((root / guide).read_text())
        if not leads_somewhere(root, name)
    ]
    return missing + dead


def leads_somewhere(root, name):
    """Tell whether a name is of a file or folder: from the top, a room or a slice, `.py` or not.

    A bare name such as `rules.py`, which every slice has, is good when any folder holds it.
    """
    named = (root / base / f"{name}{ending}" for base in BASES for ending in ("", ".py"))
    return any(path.exists() for path in named) or (
        "/" not in name and any((root / "src").rglob(name))
    )


def named_paths(text):
    """List what reads as a path: with a slash in it or a file's ending; routes begin with one."""
    prose = FENCED.sub("", text)
    quoted = [name for name in QUOTED.findall(prose) if "/" in name or FILES.search(name)]
    return quoted + LINKED.findall(prose)


def test_every_path_in_the_guides_exists():
    assert dead_paths(ROOT) == []


def test_a_missing_guide_is_found(tmp_path):
    assert dead_paths(tmp_path) == [f"{guide} is missing" for guide in GUIDES]


@pytest.mark.parametrize(
    ("text", "dead"),
    [
        ("See `engine/gone.py`.", ["engine/gone.py"]),
        ("See `gone.py` and `docs/gone/`.", ["gone.py", "docs/gone/"]),
        ("See [the map](docs/gone.md#rooms).", ["docs/gone.md"]),
        ("See `engine/`, `engine/wake.py`, `src/beckon/engine` and [it](src/beckon/engine/).", []),
        ("See `engine/wake` and `wake.py`, but not `engine/sleep`.", ["engine/sleep"]),
        ("`POST /api/v1/events`, `/health`, `tx`, [a site](https://example.com/x).", []),
    ],
)
def test_a_dead_path_is_found(tmp_path, text, dead):
    files = {**dict.fromkeys(GUIDES, ""), "README.md": text, "src/beckon/engine/wake.py": ""}
    assert dead_paths(plant(tmp_path, files)) == [f"README.md names {name}" for name in dead]
