"""The page of the schema shows the tables as they are: the print of a migration to be reviewed."""

import subprocess
import sys

import pytest

from architecture.tree import ROOT, plant


def is_outdated(root):
    """Tell whether the page of a tree is not what the script prints now."""
    printed = subprocess.run(
        [sys.executable, ROOT / "scripts" / "print_schema.py"],
        check=True,
        capture_output=True,
        text=True,
    )
    return (root / "docs" / "schema.md").read_text() != printed.stdout


def test_the_page_is_up_to_date():
    assert not is_outdated(ROOT), "give `make schema` and look at what changed"


@pytest.mark.parametrize("table", ["event", "message"])
def test_an_outdated_page_is_found(tmp_path, table):
    page = (ROOT / "docs" / "schema.md").read_text()
    assert f"CREATE TABLE {table} (" in page
    older = page.replace(f"CREATE TABLE {table} (", f"CREATE TABLE {table} (\n    stray TEXT,")
    assert is_outdated(plant(tmp_path, {"docs/schema.md": older}))
