"""Reports in the dashboard: figures from analytics, funnels as asked, no markup from names."""

from urllib.parse import quote

from support.server import eventually

XSS = '"><script>alert(1)</script>'


def tell(project, user, name):
    project.retenshun.post("/api/v1/events", {"userId": user, "eventName": name}).ok()


def test_what_happened_is_counted(project, ada):
    for user in ("a", "b"):
        tell(project, user, "viewed")
    eventually(lambda: "viewed" in ada.text("/reports?days=7"), "the report knows the event")
    page = ada.text("/reports?days=7")
    assert "<dd>2</dd>" in page
    assert '<svg class="chart"' in page


def test_a_funnel_tells_how_many_get_how_far(project, ada):
    for user, names in (("a", ("viewed", "bought")), ("b", ("viewed",))):
        for name in names:
            tell(project, user, name)
    path = "/reports/funnel?step=Viewed&step=bought&step=&days=7"
    eventually(lambda: "50.0%" in ada.text(path), "half of them bought")
    assert "Name two events" in ada.text("/reports/funnel")


def test_newcomers_have_a_row(project, ada):
    assert "Nobody yet" in ada.text("/reports/cohorts")
    tell(project, "a", "viewed")
    eventually(lambda: "chart-cell" in ada.text("/reports/cohorts"), "the cohort of this week")


def test_no_name_becomes_markup_and_bad_words_are_refused(project, ada):
    assert "<script>alert" not in ada.text(f"/reports/funnel?step={quote(XSS)}&step=x")
    assert ada.get("/reports?days=8").status == 400
    assert ada.get("/reports/funnel?within=x").status == 400
    assert "2 to 10 steps" in ada.text("/reports/funnel?" + "&".join(["step=a"] * 40))
