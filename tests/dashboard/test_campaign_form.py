"""The form of a campaign: whatever the API can plan, it shows, and saves unchanged."""

from html.parser import HTMLParser
from urllib.parse import urlencode

from hypothesis import given
from hypothesis import strategies as st

from beckon.dashboard.pages.campaign_texts import (
    ADD,
    REMOVE,
    act_on,
    read_variants,
    rows_of,
    shares_of,
)
from beckon.domain.campaigns.model import Variant
from beckon.domain.campaigns.rules import VARIANTS_MAX, WEIGHT_MAX
from beckon.domain.templates.model import TemplateId
from dashboard.stories import a_welcome

weights = st.lists(st.integers(1, WEIGHT_MAX), min_size=1, max_size=VARIANTS_MAX)


class Fields(HTMLParser):
    """Collects what a browser would send of the page's form, were nothing touched."""

    def __init__(self, text):
        super().__init__()
        self.pairs, self._select = [], None
        self.feed(text.partition('class="plan"')[2])

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "select":
            self._select = given["name"]
        elif tag == "option" and "selected" in given:
            self.pairs.append((self._select, given["value"]))
        elif tag == "input" and (
            given.get("type") not in ("checkbox", "radio") or "checked" in given
        ):
            self.pairs.append((given["name"], given.get("value", "on")))


def variants_of(found):
    return [
        Variant(f"v{place}", TemplateId(place + 1), weight) for place, weight in enumerate(found)
    ]


def save(ada, place, pairs):
    return ada.submit(place, body=urlencode(pairs).encode())


def planned(project, **more):
    """Plan a campaign over the API for two lists; give it as the API tells it."""
    a_welcome(project.retenshun)
    api = project.retenshun
    template = api.get("/api/v1/templates").ok()["templates"][0]["id"]
    lists = [
        api.post("/api/v1/segments", {"name": name, "type": "STATIC"}).ok()["id"]
        for name in ("Readers", "Buyers", "Staff")
    ]
    body = {
        "name": "Spring",
        "channel": "EMAIL",
        "segmentIds": lists[:2],
        "excludedSegmentIds": lists[2:],
        "variants": [
            {"name": name, "templateId": template, "weight": weight}
            for name, weight in (("short", 1), ("long", 1), ("none at all", 1))
        ],
        **more,
    }
    return api.post("/api/v1/campaigns", body).ok()


@given(weights)
def test_shares_are_whole_percents_that_sum_to_a_hundred(found):
    shares = shares_of(found)
    assert sum(shares) == 100
    assert all(
        abs(share - 100 * one / sum(found)) < 1 for share, one in zip(shares, found, strict=True)
    )


@given(weights)
def test_rows_that_come_back_as_they_were_given_are_the_same_variants(found):
    assert list(read_variants(rows_of(variants_of(found)))) == variants_of(found)


@given(weights, st.integers(0, VARIANTS_MAX))
def test_a_row_more_or_less_leaves_shares_that_sum_to_a_hundred(found, place):
    for act in (ADD, f"{REMOVE}{place}"):
        rows = act_on(rows_of(variants_of(found)), act)
        assert sum(int(row.share) for row in rows) == 100
        assert len({row.name for row in rows}) == len(rows)


def test_what_the_api_planned_is_shown_whole_and_saved_unchanged(ada, project):
    plans = [
        {},
        {"holdoutPercent": 5, "perMinute": 70, "localTime": True, "category": " news "},
        {"variants": [{"name": "only", "templateId": "tpl_0", "weight": 7}]},
        {"scheduledAt": "2027-01-30T10:11:12.345Z"},
    ]
    for more in plans:
        if "variants" in more:
            template = project.retenshun.get("/api/v1/templates").ok()["templates"][0]["id"]
            more["variants"][0]["templateId"] = template
        made = planned(project, **more)
        place = f"/campaigns/{made['id'].removeprefix('camp_')}/edit"
        assert save(ada, place, Fields(ada.text(place)).pairs).status == 303
        after = project.retenshun.get(f"/api/v1/campaigns/{made['id']}").ok()
        assert after == made


def test_other_shares_become_the_weights_and_must_be_whole(ada, project):
    made = planned(project)
    place = f"/campaigns/{made['id'].removeprefix('camp_')}/edit"
    shown = Fields(ada.text(place)).pairs

    def with_shares(*shares):
        left = iter(shares)
        return [(key, next(left) if key == "share" else value) for key, value in shown]

    refused = save(ada, place, with_shares("50", "30", "30"))
    assert refused.status == 400
    assert "these sum to 110" in refused.body.decode()
    assert save(ada, place, with_shares("70", "20", "10")).status == 303
    after = project.retenshun.get(f"/api/v1/campaigns/{made['id']}").ok()
    assert [one["weight"] for one in after["variants"]] == [70, 20, 10]
    assert [one["name"] for one in after["variants"]] == ["short", "long", "none at all"]


def test_a_copy_has_all_the_texts_and_no_time(ada, project):
    made = planned(project, scheduledAt="2027-01-30T10:00:00Z")
    place = f"/campaigns/new?like={made['id'].removeprefix('camp_')}"
    saved = save(ada, place, Fields(ada.text(place)).pairs)
    copy = project.retenshun.get(
        f"/api/v1/campaigns/camp_{saved.headers['location'].rpartition('/')[2]}"
    ).ok()
    assert (copy["name"], copy["scheduledAt"]) == ("Spring, again", None)
    same = ("variants", "segmentIds", "excludedSegmentIds", "holdoutPercent", "category")
    assert [copy[key] for key in same] == [made[key] for key in same]
