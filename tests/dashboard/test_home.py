"""Home: figures, the chart, what fails, and examples with keys made on the spot."""

from datetime import UTC, datetime

from beckon.dashboard.pages import home
from beckon.dashboard.pages.home import days_of
from beckon.domain.accounts.model import Role
from beckon.domain.reports.model import Bar, Period
from dashboard.stories import signs_up


def test_the_chart_has_every_day_of_the_projects_zone():
    period = Period(
        datetime(2026, 3, 28, 10, tzinfo=UTC), datetime(2026, 3, 31, 9, tzinfo=UTC), "Europe/Kyiv"
    )
    # The clocks go forward on the 29th: that day begins at 22 UTC, the next at 21.
    found = [Bar(datetime(2026, 3, 29, 21, tzinfo=UTC), 5, 2)]
    marks = days_of(period, found)
    assert [(mark.name, mark.value) for mark in marks] == [
        ("28 Mar", 0),
        ("29 Mar", 0),
        ("30 Mar", 5),
        ("31 Mar, so far", 0),
    ]
    assert marks[2].note == "5 events of 2 people"


def test_the_chart_is_a_piece_of_its_own(project, ada):
    assert "/start/activity" not in ada.text("/")
    signs_up(project)
    assert "/start/activity" in ada.text("/")
    piece = ada.text("/start/activity")
    assert "<svg" in piece or "as soon as the analytics store answers" in piece


def test_keys_made_here_work_and_are_shown_once(server, project, ada):
    page = ada.submit("/start/keys").body.decode()
    secret = "sk_live_" + page.partition("x-api-key: sk_live_")[2].partition("&")[0]
    assert secret != "sk_live_your_key"
    assert "pk_live_your_key" not in page
    event = {"eventName": "tried", "userId": "user_1"}
    assert server.client(x_api_key=secret).post("/api/v1/events", event).status == 200
    again = ada.text("/")
    assert secret not in again
    assert "Made on Home (secret)" in ada.text("/api-keys")


def test_only_administrators_make_keys(door):
    member = door.signed_in(Role.MEMBER)
    assert "Make keys" not in member.text("/")
    assert member.submit("/start/keys").status == 403
    member.close()


def test_the_first_steps_go_further(project, ada):
    assert "is-done" not in ada.text("/").partition("And then")[2]
    signs_up(project)
    assert ada.text("/").partition("And then")[2].count("is-done") == 1


def test_the_figures_of_a_large_project_follow_the_page(project, ada, monkeypatch):
    monkeypatch.setattr(home, "COUNTED_MAX", 2)
    for number in range(3):
        project.retenshun.post("/api/v1/users", {"id": f"user_{number}"}).ok()
    page = ada.text("/")
    assert "2+" in page
    assert 'hx-get="/start/figures"' in page
    exact = ada.text("/start/figures")
    assert ">3</span>" in exact
    assert "hx-get" not in exact
