"""Anyone above may read; only the owner writes: else a rule of the owner can be gone round.

import-linter holds `writes` to `actions`, but cannot say "of the same slice"; this can. And who
could write another slice's tables would need no `writes` at all, so that is looked at as well.
"""

import pytest

from architecture.tree import SOURCE, holds, imports, plant, python_files

STATEMENTS = {"insert", "update", "delete", "insert_ignoring", "upsert"}


def foreign_writes(source):
    """List who changes what another slice owns, or changes rows outside `writes`."""
    return [
        f"{path.relative_to(source)} {wrong}"
        for path in python_files(source)
        for name in imports(path)
        if (wrong := fault(path.relative_to(source).parts, name.split(".")))
    ]


def fault(place, imported):
    """Say what is wrong with an import, given where it stands; None when all is well."""
    match imported:
        case ["beckon", "domain", owner, "writes", *_] if place[:2] != ("domain", owner):
            return f"writes for {owner}"
        case ["beckon", "domain", owner, "tables", *_] if holds("writes", place) and place[:2] != (
            "domain",
            owner,
        ):
            return f"writes into the tables of {owner}"
        case ["sqlalchemy", *_, word] | ["beckon", "storage", "schema", word] if (
            word in STATEMENTS and place[0] != "storage" and not holds("writes", place)
        ):
            return f"has a statement of its own: {word}"
    return None


def test_only_the_owner_writes():
    assert foreign_writes(SOURCE) == []


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        (
            "engine/wake.py",
            "from beckon.domain.contacts import writes",
            "engine/wake.py writes for contacts",
        ),
        (
            "domain/events/actions.py",
            "import beckon.domain.contacts.writes",
            "domain/events/actions.py writes for contacts",
        ),
        (
            "domain/events/writes.py",
            "from beckon.domain.contacts.tables import contact",
            "domain/events/writes.py writes into the tables of contacts",
        ),
        (
            "domain/events/actions.py",
            "def record():\n    from sqlalchemy.dialects.sqlite import insert",
            "domain/events/actions.py has a statement of its own: insert",
        ),
    ],
)
def test_a_foreign_write_is_found(tmp_path, path, text, found):
    assert foreign_writes(plant(tmp_path, {path: text})) == [found]


def test_a_slice_may_write_what_it_owns(tmp_path):
    own = {
        "domain/events/actions.py": "from beckon.domain.events import writes",
        "domain/events/writes.py": "from sqlalchemy import update\n"
        "from beckon.domain.events.tables import event",
        "domain/reports/queries.py": "from beckon.domain.events.tables import event",
    }
    assert foreign_writes(plant(tmp_path, own)) == []
