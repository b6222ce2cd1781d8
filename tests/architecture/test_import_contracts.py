"""The import contracts bite: each one fails on a copy of the tree with one forbidden import.

Boundaries rot unless a machine holds them, and a machine that was never seen to say no may be
looking elsewhere.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from architecture.tree import ROOT, SOURCE

PLANTS = {
    "rooms": [
        ("kit/clock.py", "import beckon.storage.state"),
        ("engine/loop.py", "import beckon.channels"),
        ("api/call.py", "import beckon.settings"),
        ("storage/state.py", "import beckon.domain"),
        ("languages/errors.py", "import beckon.storage"),
        ("attic/__init__.py", '"""A room without a place."""'),
    ],
    "slices": [
        ("domain/events/actions.py", "import beckon.domain.workflows.queries"),
        ("domain/templates/queries.py", "import beckon.domain.messages.queries"),
        ("domain/attic/__init__.py", '"""A slice without a place."""'),
    ],
    "faces": [("api/reteno/events.py", "import beckon.api.retenshun.events")],
    "pure": [
        ("domain/workflows/rules.py", "import sqlalchemy"),
        ("domain/contacts/model.py", "import beckon.storage.schema"),
        ("domain/events/model.py", "from msgspec import Struct"),
    ],
    "wire": [
        ("engine/steps.py", "import starlette"),
        ("domain/messages/actions.py", "import msgspec"),
        ("kit/refusals.py", "import msgspec"),
    ],
    "writes": [
        ("domain/messages/queries.py", "import beckon.domain.messages.writes"),
        ("engine/steps.py", "import beckon.domain.messages.writes"),
    ],
}
CASES = [(contract, *plant) for contract, plants in PLANTS.items() for plant in plants]


def keeps(contract, tree):
    """Tell whether a tree keeps a contract; the installed project must not be looked at instead."""
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--contract", contract],
        cwd=tree,
        env={"PYTHONPATH": str(tree / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Contracts:" in done.stdout, done.stdout + done.stderr
    return done.returncode == 0


@pytest.fixture
def tree(tmp_path):
    copied = tmp_path / "tree"
    no_code = shutil.ignore_patterns("__pycache__", "static", "*.html")
    shutil.copytree(SOURCE, copied / "src" / "beckon", ignore=no_code)
    shutil.copy(ROOT / "pyproject.toml", copied)
    return copied


@pytest.mark.parametrize("contract", PLANTS)
def test_ours_keeps_its_contracts(tree, contract):
    assert keeps(contract, tree)


@pytest.mark.parametrize(("contract", "path", "line"), CASES)
def test_a_forbidden_import_breaks_the_contract(tree, contract, path, line):
    file = tree / "src" / "beckon" / path
    file.parent.mkdir(exist_ok=True)
    with file.open("a") as text:
        text.write(f"\n{line}\n")
    assert not keeps(contract, tree)
