"""RFM analysis: the grid counts what segments hold, and chosen cells become one."""

from datetime import timedelta

import pytest

from beckon.domain.accounts.model import Role
from beckon.domain.segments.queries import list_segments
from support.server import eventually, now

PLACE = "/rfm"


def buys(project, user, *days_ago):
    """Tell of delivered orders of somebody, each so many days ago."""
    orders = [
        {
            "externalOrderId": f"{user}-{place}",
            "externalCustomerId": user,
            "status": "DELIVERED",
            "totalCost": 10,
            "currency": "UAH",
            "date": (now() - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        for place, days in enumerate(days_ago)
    ]
    project.reteno.post("/api/v1/orders", {"orders": orders}).ok()


def people_in(page, cell):
    """Read from the page how many people a cell holds."""
    return page.partition(f'aria-label="{cell}, ')[2].partition(" people")[0]


def test_an_empty_grid_says_what_fills_it(ada):
    eventually(lambda: "Nobody has bought yet" in ada.text(PLACE), "analytics answers")
    assert "Nobody has opened anything yet" in ada.text(f"{PLACE}?grid=campaigns")


def test_the_grid_counts_and_chosen_cells_become_a_segment_of_the_same_people(server, project, ada):
    buys(project, "once", 3)
    buys(project, "often", 1, 20, 100)
    buys(project, "gone", 400, 500)
    eventually(lambda: people_in(ada.text(PLACE), "R6F2") == "1", "the grid knows all three")
    page = ada.text(f"{PLACE}?cell=R1F1&cell=R1F3")
    assert [people_in(page, cell) for cell in ("R1F1", "R1F3", "R6F2", "R1F2")] == list("1110")
    assert "2 in the cells chosen" in page
    assert "often" in page
    assert "1 in the cells chosen" in ada.text(f"{PLACE}?group=lost")
    often = project.retenshun.get("/api/v1/users/often").ok()["contactId"]
    profile = ada.text(f"/contacts/{often}")
    assert "/rfm?cell=R1F3" in profile
    assert "30.00 UAH" in profile
    made = ada.submit(PLACE, body=b"grid=sales&name=Fresh&cell=R1F1&cell=R1F3")
    assert made.status == 303
    where = made.headers["location"]

    def counted():
        (found,) = server.write(lambda tx: list_segments(tx, project.id, offset=0, limit=9))
        return found.members == 2

    eventually(counted, "the segment holds the same people")
    assert "Fresh" in ada.text(where)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"grid=sales&name=Fresh", "Choose at least one cell"),
        (b"grid=sales&name=&cell=R1F1", "name"),
        (b"grid=sales&name=Fresh&cell=R7F1", "R1F1 to R6F5"),
        (b"grid=luck&name=Fresh&cell=R1F1", "sales or campaigns"),
    ],
)
def test_what_is_no_segment_is_refused(server, project, ada, body, said):
    reply = ada.submit(PLACE, body=body)
    assert reply.status == 400
    assert said in reply.body.decode()
    assert server.write(lambda tx: list_segments(tx, project.id, offset=0, limit=9)) == []


def test_viewers_look_and_make_nothing(door):
    viewer = door.signed_in(Role.VIEWER)
    assert "Make a segment" not in viewer.text(PLACE)
    assert viewer.submit(PLACE, body=b"grid=sales&name=x&cell=R1F1").status == 403
    assert viewer.get(f"{PLACE}?cell=x").status == 400
    assert viewer.get(f"{PLACE}?grid=x").status == 400
    viewer.close()
