"""People in from CSV files, people and events out, by the commands."""

import csv
import io
import json
import sys

import pytest
from sqlalchemy import event as sql_event

from beckon.cli import store, transfer
from beckon.domain.contacts import queries
from beckon.domain.contacts.model import ContactFilter
from beckon.kit.refusals import Invalid
from beckon.storage.state import open_engine
from support.builders import a_contact, a_project, an_event, happens

TABLE = '''\ufeffE-Mail;Customer ID;Full name;Phone;tags;Plan;Notes
ann@example.com;ann;Ann Lee;+380 50 123 45 67;vip, tea;pro;x
not an address;bo;Bo;;;;
;cy;;;;basic;
;;;;;;
"dan@example.com";;"Dan; the ""Man""";;;free;
'''


@pytest.fixture
def engine(state_url):
    """Open a fresh store of either kind."""
    opened = open_engine(state_url)
    yield opened
    opened.dispose()


@pytest.fixture
def project_id(engine):
    """Make a project in it."""
    with engine.begin() as tx:
        return a_project(tx)


def run(engine, project_id, table, tmp_path, **more):
    """Import a table; give the tally and the rows that were not taken."""
    errors = tmp_path / "errors.csv"
    options = {"is_dry": False, "resumes": False, **more}
    tally = transfer.import_contacts(engine, project_id, table, errors=errors, **options)
    rows = list(csv.DictReader(errors.read_text().splitlines())) if errors.exists() else []
    return (tally.taken, tally.refused), rows


def everybody(engine, project_id):
    """List who is there, by id or address."""
    with engine.connect() as tx:
        people = queries.list_page(tx, project_id, ContactFilter(), limit=1000)
    return {one.external_id or one.email: one for one in people}


@pytest.fixture
def path(tmp_path):
    """Write the sample table."""
    path = tmp_path / "people.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def test_rows_become_people_and_bad_ones_are_given_back(engine, project_id, path, tmp_path):
    table = transfer.look_at(path, ["Notes=-"])
    taken, bad = run(engine, project_id, table, tmp_path)
    assert taken == (3, 2)
    assert [(row["line"], row["reason"].split(":")[0]) for row in bad] == [
        ("3", "email is not an e-mail address"),
        ("5", "The row has no id, e-mail address or phone number."),
    ]
    people = everybody(engine, project_id)
    assert set(people) == {"ann", "cy", "dan@example.com"}
    ann = people["ann"]
    assert (ann.email, ann.phone, ann.name) == ("ann@example.com", "380501234567", "Ann Lee")
    assert (ann.tags, ann.properties) == (("vip", "tea"), {"Plan": "pro"})
    assert people["dan@example.com"].name == 'Dan; the "Man"'


def test_again_changes_nothing_and_blank_cells_overwrite_nothing(
    engine, project_id, path, tmp_path
):
    table = transfer.look_at(path, [])
    run(engine, project_id, table, tmp_path)
    path.write_text("id,Plan,firstName\nann,,\n", encoding="utf-8")
    before = everybody(engine, project_id)["ann"]
    run(engine, project_id, transfer.look_at(path, []), tmp_path)
    after = everybody(engine, project_id)["ann"]
    assert (after.properties, after.name) == (before.properties, before.name)


def test_a_dry_run_keeps_nothing_and_finds_the_same_faults(engine, project_id, path, tmp_path):
    table = transfer.look_at(path, [])
    dry = run(engine, project_id, table, tmp_path, is_dry=True)
    assert everybody(engine, project_id) == {}
    assert dry == run(engine, project_id, table, tmp_path)


def test_an_import_that_was_cut_off_goes_on_where_it_was(engine, project_id, tmp_path, monkeypatch):
    monkeypatch.setattr(transfer, "CHUNK", 10)
    path = tmp_path / "many.csv"
    path.write_text("id\n" + "".join(f"p{number}\n" for number in range(35)))
    table = transfer.look_at(path, [])
    commits = 0

    def break_off(_):
        nonlocal commits
        commits += 1
        if commits == 3:
            raise ConnectionError

    sql_event.listen(engine, "commit", break_off)
    with pytest.raises(ConnectionError):
        run(engine, project_id, table, tmp_path)
    sql_event.remove(engine, "commit", break_off)
    assert len(everybody(engine, project_id)) == 20
    assert run(engine, project_id, table, tmp_path, resumes=True)[0] == (15, 0)
    assert len(everybody(engine, project_id)) == 35
    assert not path.with_name("many.csv.import").exists()


@pytest.mark.parametrize(
    ("content", "mapped", "named"),
    [
        (b"name\nAnn\n", [], "No column"),
        (b"id,id\n1,2\n", [], "each once"),
        (b"", [], "must begin"),
        (b"id,userId\n1,2\n", [], "Two columns"),
        (b"id\n\xff\n", [], "not UTF-8"),
        (b"id\n1\n", ["x=email"], "--map"),
        (b"id\n1\n", ["id"], "--map"),
    ],
)
def test_what_is_no_table_of_people_is_refused(tmp_path, content, mapped, named):
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(Invalid, match=named):
        transfer.look_at(path, mapped)


def test_exports_are_whole_and_harmless_in_spreadsheets(engine, project_id, monkeypatch):
    monkeypatch.setattr(transfer, "PAGE", 3)
    with engine.begin() as tx:
        for number in range(7):
            a_contact(tx, project_id, f"p{number}", email=None, seat=number)
        a_contact(tx, project_id, "=HYPERLINK()", email=None)
        happens(tx, project_id, *(an_event(f"p{n}", "seen", n=n) for n in range(7)))
    out = io.StringIO()
    assert transfer.export_contacts(engine, project_id, out) == 8
    rows = list(csv.DictReader(io.StringIO(out.getvalue())))
    assert {row["id"] for row in rows} == {f"p{n}" for n in range(7)} | {"'=HYPERLINK()"}
    assert json.loads(rows[-1]["properties"]) == {"seat": 0}
    out = io.StringIO()
    assert transfer.export_events(engine, project_id, out) == 7
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["properties"]["n"] for line in lines] == [6, 5, 4, 3, 2, 1, 0]


def test_the_commands(tmp_path, path, monkeypatch, capsys):
    monkeypatch.setenv("BECKON_DATA_DIR", str(tmp_path / "data"))

    def beckon(*words):
        monkeypatch.setattr(sys, "argv", ["beckon", *words])
        with pytest.raises(SystemExit) as ended:
            store.main()
        return ended.value.code, capsys.readouterr().out

    assert beckon("project", "create", "Shop")[0] == 0
    code, told = beckon("import", "contacts", str(path), "--project", "Shop", "--map", "Notes=-")
    assert (code, "E-Mail -> email" in told) == (0, True)
    assert "3 were taken, 2 not." in told
    code, told = beckon("export", "contacts", "--project", "Shop")
    assert (code, len(told.splitlines())) == (0, 4)
    assert beckon("export", "events", "--project", "Shop") == (0, "")
    assert beckon("import", "contacts", str(path), "--project", "Nobody")[0] == 1
