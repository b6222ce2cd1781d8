"""Reports over HTTP: what happened in the last days, in numbers that equal the log."""

import pytest

from support.server import eventually


@pytest.fixture
def busy(project):
    """A project where ann bought twice after looking, and bob only looked."""
    for user, name in (
        ("ann", "looked"),
        ("bob", "looked"),
        ("ann", "bought"),
        ("ann", "bought"),
    ):
        body = {"userId": user, "eventName": name}
        assert project.retenshun.post("/api/v1/events", body).status == 200

    def there():
        return project.retenshun.get("/api/v1/reports").json().get("events") == 4

    eventually(there, "the events in the report", within_seconds=30)
    return project


def get(project, path):
    reply = project.retenshun.get(f"/api/v1/reports{path}")
    assert reply.status == 200, reply.json()
    return reply.json()


def test_the_documented_report(busy):
    report = get(busy, "?range=30d")
    assert report["range"] == "30d"
    assert (report["events"], report["activeUsers"], report["messagesSent"]) == (4, 2, 0)
    assert report["revenue"] == {}


@pytest.mark.parametrize(
    ("metrics", "keys"),
    [
        ("events", {"range", "events"}),
        ("users", {"range", "activeUsers"}),
        ("events,users", {"range", "events", "activeUsers"}),
    ],
)
def test_only_metrics_asked_for_are_told(busy, metrics, keys):
    assert get(busy, f"?range=7d&metrics={metrics}").keys() == keys


def test_days_sum_to_the_report(busy):
    report = get(busy, "?range=7d&interval=day&metrics=events&metrics=users")
    assert len(report["series"]) == 7
    assert sum(day["events"] for day in report["series"]) == report["events"] == 4
    assert report["series"][-1].keys() == {"date", "events", "activeUsers"}


def test_activity_active_users_and_top_events(busy):
    series = get(busy, "/activity?range=7d")["series"]
    assert (series[-1]["events"], series[-1]["users"]) == (4, 2)
    bought = get(busy, "/activity?range=7d&eventName=Bought&interval=week")["series"]
    assert sum(bar["events"] for bar in bought) == 2
    assert get(busy, "/active-users?range=7d")["series"][-1]["monthly"] == 2
    top = {one["eventName"]: one["events"] for one in get(busy, "/events?limit=2")["events"]}
    assert top == {"bought": 2, "looked": 2}
    assert get(busy, "/messages")["series"] == []


def test_a_funnel_and_cohorts(busy):
    body = {"steps": ["looked", "Bought"], "within": "1d", "range": "7d"}
    told = busy.retenshun.post("/api/v1/reports/funnel", body).json()["steps"]
    assert [(one["eventName"], one["users"], one["percent"]) for one in told] == [
        ("looked", 2, 100.0),
        ("Bought", 1, 50.0),
    ]
    cohorts = get(busy, "/cohorts?range=30d&interval=day")["cohorts"]
    assert sum(one["users"] for one in cohorts) in (0, 2)  # today is beyond the first twelve days
    assert get(busy, "/cohorts?range=7d&interval=day")["cohorts"][-1]["users"] == 2


@pytest.mark.parametrize(
    "path",
    [
        "?range=1y",
        "?metrics=sales",
        "?interval=hour",
        "/activity?interval=minute",
        "/activity?from=2026-01-01",
        "/activity?from=2026-01-02&to=2026-01-01T00:00:00Z",
        "/events?limit=0",
        "/cohorts?cohorts=0",
    ],
)
def test_what_no_report_can_be_is_refused(project, path):
    assert project.retenshun.get(f"/api/v1/reports{path}").status == 400


@pytest.mark.parametrize(
    "wrong", [{"steps": ["a"]}, {"steps": ["a", "b"], "within": "soon"}, {"steps": ["a", ""]}]
)
def test_what_no_funnel_can_be_is_refused(project, wrong):
    assert project.retenshun.post("/api/v1/reports/funnel", wrong).status == 400
