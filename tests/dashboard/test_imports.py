"""Files of people: looked at, tried dry, taken in, and undone from the page that each has."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import update

from beckon.domain.accounts.model import Role
from beckon.domain.contacts import queries as contacts
from beckon.domain.imports.tables import contact_import
from dashboard.visitor import Door
from support.server import eventually, now

HOSTILE = '"><img src=x onerror=boom()>{{7*7}}'


def send(visitor, path, **body):
    return visitor.request(
        "POST",
        f"/contacts/import/{path}",
        json.dumps(body).encode(),
        content_type="application/json",
        origin=visitor.url,
    )


def begin(visitor, name="fair.csv"):
    """Begin an import; give its number."""
    return json.loads(send(visitor, "begin", name=name).body)["import"]


def take(visitor, rows, *, columns=("id", "email"), mapping=None, dry=False, **more):
    body = {
        "columns": list(columns),
        "mapping": mapping or {column: column for column in columns},
        "delimiter": ",",
        "rows": rows,
        "dry": dry,
        **more,
    }
    return send(visitor, "rows", **body)


def imported(visitor, rows, **more):
    """Take a whole file in; give the address of its page."""
    number = begin(visitor)
    taken = take(visitor, rows, **{"import": number, "first": 1, **more})
    assert json.loads(taken.body)["refused"] == []
    assert send(visitor, "end", **{"import": number}).status == 200
    return f"/contacts/imports/{number}"


def undone(visitor, page):
    """Wait for an undo to come to its end; give what its page says."""
    eventually(lambda: "Undone by" in visitor.text(page), "the end of the undo")
    return visitor.text(page)


def test_a_file_is_looked_at_and_its_columns_guessed(ada):
    sample = "Customer ID;Mail;Plan;Town\n1;a@example.com;pro;Lviv\n"
    page = send(ada, "look", sample=sample).body.decode()
    assert 'data-delimiter=";"' in page
    assert '<option value="id" selected>' in page
    assert '<option value="email" selected>' in page
    assert '<option value="Plan" selected>' in page
    assert "<span>Lviv</span>" in page


def test_rows_are_tried_dry_then_taken_and_the_bad_ones_told(server, project, ada):
    rows = "u1,a@example.com\nu2,nonsense\nu3,\n"
    dry = json.loads(take(ada, rows, dry=True).body)
    assert dry["taken"] == 2
    assert [one["place"] for one in dry["refused"]] == [1]
    assert "e-mail" in dry["refused"][0]["reason"] or "email" in dry["refused"][0]["reason"]
    assert "Nobody here yet" in ada.text("/contacts")
    under = {"import": begin(ada)}
    done = json.loads(take(ada, rows, list="Fair", **under).body)
    assert (done["taken"], len(done["refused"])) == (2, 1)
    assert "2 people" in ada.text("/contacts")
    number = server.write(lambda tx: contacts.find_ids_by_external_id(tx, project.id, ["u1"])["u1"])
    assert "Remove from Fair" in ada.text(f"/contacts/{number}")
    assert json.loads(take(ada, rows, **under).body) == done
    assert "2 people" in ada.text("/contacts")


@pytest.mark.parametrize(
    "more",
    [
        {"columns": [1]},
        {"mapping": {"id": "id"}},
        {"mapping": {"id": "-", "email": "-"}},
        {"mapping": {"id": "id", "email": "id"}},
        {"mapping": {"id": "id", "email": " "}},
        {"delimiter": "x"},
        {"rows": 7},
        {"rows": "a,b\n" * 1001},
        {"list": "x" * 201},
        {"first": -1},
        {"first": 2**31},
        {"first": True},
        {"import": "fair"},
        {"import": None},
    ],
)
def test_a_piece_that_is_none_of_ours_is_refused(ada, more):
    under = {"import": begin(ada)}
    assert take(ada, **{"rows": "u1,a@example.com\n", **under, **more}).status == 400
    assert "Nobody here yet" in ada.text("/contacts")


def test_an_import_is_listed_and_undone_from_its_page(project, ada):
    project.retenshun.post("/api/v1/users", {"id": "known"}).ok()
    rows = "known,k@example.com\nu1,a@example.com\nu2,b@example.com\n"
    page = imported(ada, rows, list="Fair")
    assert "fair.csv" in ada.text("/contacts/imports")
    project.retenshun.put("/api/v1/users/u2", {"properties": {"plan": "pro"}}).ok()
    ahead = ada.text(f"{page}/ahead")
    assert "It made 2 people. Of them 1 are untouched: these would go. 1 did something" in ahead
    assert "It found 1 people who were there before: these stay" in ahead
    assert "onto lists 3 times" in ahead
    assert f'action="{page}/undo"' in ahead
    done = ada.submit(f"{page}/undo")
    assert (done.status, done.headers["location"]) == (303, page)
    assert "being undone" in ada.text(page)
    assert "1 people are gone, 3 places on lists were taken back." in undone(ada, page)
    people = ada.text("/contacts")
    assert "2 people" in people
    assert "a@example.com" not in people
    assert "k@example.com" in people
    assert "Undone" in ada.text("/contacts/imports")
    assert ada.submit(f"{page}/undo").status == 409
    assert "/undo" not in ada.text(f"{page}/ahead")


def test_what_comes_after_an_undo_is_refused(ada):
    number = begin(ada)
    assert ada.submit(f"/contacts/imports/{number}/undo").status == 303
    assert take(ada, "u1,a@example.com\n", **{"import": number}).status == 409
    assert send(ada, "end", **{"import": number}).status == 409
    assert "Nobody here yet" in ada.text("/contacts")


def test_an_old_import_stands(server, project, ada):
    page = imported(ada, "u1,a@example.com\n")
    long_ago = now() - timedelta(days=8)
    table = contact_import
    server.write(
        lambda tx: tx.execute(
            update(table).where(table.c.project_id == project.id).values(at=long_ago)
        )
    )
    assert "this one is older" in ada.text(f"{page}/ahead")
    assert ada.submit(f"{page}/undo").status == 409
    assert "a@example.com" in ada.text("/contacts")


def test_who_may_see_an_import_and_who_may_undo_it(server, project, other, ada, door):
    page = imported(ada, "u1,a@example.com\n")
    member, viewer = door.signed_in(Role.MEMBER), door.signed_in(Role.VIEWER)
    eve = Door(server, other.id).signed_in()
    assert "An administrator can undo it" in member.text(f"{page}/ahead")
    assert member.submit(f"{page}/undo").status == 403
    for path in ("/contacts/imports", page, f"{page}/ahead"):
        assert viewer.get(path).status == 403
    for path in (page, f"{page}/ahead", "/contacts/imports/nothing"):
        assert eve.get(path).status == 404
    assert eve.submit(f"{page}/undo").status == 404
    under = {"import": page.rpartition("/")[2]}
    assert take(eve, "u1,a@example.com\n", **under).status == 404
    for visitor in (member, viewer, eve):
        visitor.close()
    assert "a@example.com" in ada.text("/contacts")


def test_imports_are_paged_and_their_names_never_run(ada):
    for number in range(51):
        begin(ada, f"{HOSTILE}{number}\n")
    first = ada.text("/contacts/imports")
    assert "<img src=x" not in first
    older = first.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
    assert "{{7*7}}0<" in ada.text(older)
    assert "{{7*7}}0<" not in first
    assert send(ada, "begin", name=7).status == 400
    assert ada.get("/contacts/imports?before=x").status == 404
