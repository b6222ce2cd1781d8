"""What simulated worlds begin from."""

import sqlite3

import pytest


@pytest.fixture(scope="module")
def template(sqlite_template):
    connection = sqlite3.connect(sqlite_template, check_same_thread=False)
    yield connection
    connection.close()
