"""Event history: newest first, live, filtered, in pieces."""

import json

import pytest

from beckon.domain.events.model import EventFilter
from beckon.domain.events.queries import list_events
from dashboard.stories import signs_up, tells


def test_events_come_newest_first_and_tell_all(project, ada):
    first = signs_up(project, name="Ann")
    second = signs_up(project, "user_2", name="Bo")
    page = ada.text("/events")
    assert page.index(second) < page.index(first)
    assert "&#34;name&#34;: &#34;Bo&#34;" in page
    assert "user_2" in page


def test_new_events_come_by_the_tail_and_nothing_else_does(project, ada):
    signs_up(project)
    page = ada.text("/events")
    poll = page.partition('data-poll hx-get="')[2].partition('"')[0]
    assert ada.get(poll).status == 204
    fresh = signs_up(project, "user_2")
    rows = ada.text(poll)
    assert fresh in rows
    assert rows.count('class="event"') == 1
    assert ada.get(rows.partition('data-poll hx-get="')[2].partition('"')[0]).status == 204


def test_the_tail_of_an_empty_log_waits_for_the_first_event(project, ada):
    page = ada.text("/events")
    assert "No events yet" in page
    signs_up(project)
    assert "user_1" in ada.text(page.partition('data-poll hx-get="')[2].partition('"')[0])


def test_older_events_come_piece_by_piece_and_each_once(project, ada):
    batch = [
        {"type": "track", "event": f"event_{number}", "user_id": "user_1"} for number in range(120)
    ]
    for start in (0, 60):
        chunk = {"batch": batch[start : start + 60]}
        assert project.retenshun.post("/api/v1/events/batch", chunk).ok()["accepted"] == 60
    path, names = "/events", []
    while path:
        rows = ada.text(path)
        names += [part.partition("<")[0] for part in rows.split("</svg><span>")[1:]]
        path = rows.partition('ledger-more"><a class="btn" href="')[2].partition('"')[0]
    assert len(names) == len(set(names)) == 120


def test_too_many_at_once_are_counted_and_not_shown(project, ada):
    signs_up(project)
    poll = ada.text("/events").partition('data-poll hx-get="')[2].partition('"')[0]
    batch = [{"type": "track", "event": "e", "user_id": "user_1"} for _ in range(60)]
    project.retenshun.post("/api/v1/events/batch", {"batch": batch}).ok()
    rows = ada.text(poll)
    assert rows.count('class="event"') == 50
    assert "10 more came too fast" in rows


@pytest.mark.parametrize(
    "asked", ["name=SIGNUP", "user=user_1", "user=ANN@", "name=signup&user=user_1"]
)
def test_events_are_filtered_by_name_and_person(project, ada, asked):
    address = project.address()
    wanted = signs_up(project, email=address)
    other = tells(project, {"userId": "user_2", "eventName": "bought"})
    page = ada.text("/events?" + asked.replace("ANN@", address.upper()))
    assert wanted in page
    assert other not in page


def test_a_filter_that_nothing_matches_says_so(project, ada):
    signs_up(project)
    assert "No event matches" in ada.text("/events?user=nobody")
    assert "No event matches" in ada.text("/events?name=nothing")
    assert ada.get("/events/rows?after=0&user=nobody").status == 204


def test_moments_are_told_in_the_zone_of_the_project(project, ada):
    signs_up(project)
    page = ada.text("/events")
    title = page.partition('<time datetime="')[2].partition("data-moment")[0]
    assert "EET" in title or "EEST" in title


def test_a_huge_event_is_shown_by_its_beginning(server, project, ada):
    signs_up(project, note="x" * 60_000)
    page = ada.text("/events")
    assert len(page) < 60_000
    assert "characters more" in page
    kept = server.write(lambda tx: list_events(tx, project.id, EventFilter(), offset=0, limit=1))[0]
    assert len(json.dumps(kept.properties)) > 60_000
