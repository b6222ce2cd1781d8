"""Sealed columns: all are known, and all are sealed anew when the key changes."""

from beckon.kit.secrets import Vault
from beckon.main import Server
from beckon.storage.kept_replies import PURPOSE, Name, begin, find, finish
from beckon.storage.schema import metadata
from beckon.storage.sealed import seal_anew, sealed_columns
from support.builders import a_project
from support.clock import START

OLD, NEW = "old key of thirty-two characters and more", "new key of thirty-two characters and more"


def test_every_column_that_is_called_sealed_says_for_what():
    assert Server
    marked = {(table.name, column.name) for table, column, _ in sealed_columns()}
    named = {
        (table.name, column.name)
        for table in metadata.tables.values()
        for column in table.columns
        if column.name.startswith("sealed")
    }
    assert named
    assert named <= marked


def test_what_an_old_key_sealed_opens_with_the_new_one_alone(tx):
    name = Name(a_project(tx), "a route", "a key")
    begin(tx, name, b"digest", START)
    finish(tx, name, Vault([OLD]).seal(b"a reply", PURPOSE))
    both = Vault([NEW, OLD])
    assert seal_anew(tx, both) == 1
    assert seal_anew(tx, both) == 0
    found = find(tx, name, START)
    assert found is not None
    assert Vault([NEW]).open(found.sealed, PURPOSE) == b"a reply"
