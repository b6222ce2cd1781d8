"""Every setting has a line in the reference and in the example: what nobody knows nobody sets."""

import re
from dataclasses import fields

from architecture.tree import ROOT, plant
from beckon.settings import Settings

PAGES = ("docs/settings.md", ".env.example")
SETTING = re.compile(r"\bBECKON_[A-Z][A-Z0-9_]*[A-Z0-9]\b")


def undocumented(root, names):
    """List the settings that a page leaves out, and those that it makes up."""
    violations = []
    for page in PAGES:
        path = root / page
        told = set(SETTING.findall(path.read_text())) if path.exists() else set()
        made_up = {name for name in told - set(names) if name.removesuffix("_FILE") not in names}
        violations += [f"{page} leaves out {name}" for name in sorted(set(names) - told)]
        violations += [f"{page} makes up {name}" for name in sorted(made_up)]
    return violations


def test_every_setting_is_documented():
    assert undocumented(ROOT, [f"BECKON_{field.name.upper()}" for field in fields(Settings)]) == []


def test_a_forgotten_and_a_made_up_setting_are_found(tmp_path):
    text = "BECKON_PORT=8000\nBECKON_KEY_FILE=key\nBECKON_COLOUR=red\n"
    root = plant(tmp_path, {"docs/settings.md": text, ".env.example": "BECKON_PORT BECKON_KEY"})
    assert undocumented(root, ["BECKON_PORT", "BECKON_KEY"]) == [
        "docs/settings.md leaves out BECKON_KEY",
        "docs/settings.md makes up BECKON_COLOUR",
    ]
