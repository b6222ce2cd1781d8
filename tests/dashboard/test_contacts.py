"""People in the dashboard: found, shown with all about them, changed, erased, imported."""

import json
import re

import pytest

from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import Channel
from beckon.domain.segments import actions as segments
from beckon.domain.subscriptions.queries import find_standings, list_entries
from dashboard.stories import signs_up
from dashboard.visitor import Door
from support.server import now

HOSTILE = '"><img src=x onerror=boom()>{{7*7}}'
FIELD = re.compile(r'<label class="form-label" for="(field_\d+)">([^<]+)<')


def someone(project, user="user_1", **more):
    """Make a person; give the number pages know them by."""
    body = {"id": user, **more}
    return project.retenshun.post("/api/v1/users", body).ok()["contactId"]


def find(server, project, number):
    return server.write(lambda tx: contacts.get_contact(tx, project.id, number))


def test_an_empty_list_says_how_people_come(ada):
    assert "Nobody here yet" in ada.text("/contacts")


def test_people_are_found_by_id_address_phone_name_and_number(project, ada):
    ann = someone(
        project, email="ann@example.com", phone="+380501112233", properties={"name": "Ann Smith"}
    )
    someone(project, "user_2", email="bob@example.com")
    assert "2 people" in ada.text("/contacts")
    for asked in ("user_1", "ANN@", "50111", "ann%20smi", str(ann), f"contact_{ann}"):
        page = ada.text(f"/contacts?search={asked}")
        assert "ann@example.com" in page
        assert "bob@example.com" not in page
    assert "Nobody found" in ada.text("/contacts?search=zzz")


def test_the_list_is_paged_by_number(project, ada):
    users = [{"id": f"many_{number:02}"} for number in range(60)]
    project.retenshun.post("/api/v1/users/batch", {"users": users}).ok()
    first = ada.text("/contacts")
    assert "many_59" in first
    assert "many_09<" not in first
    older = first.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
    second = ada.text(older.replace("&amp;", "&"))
    assert "many_09<" in second
    assert "many_59" not in second


def test_an_address_nobody_confirmed_is_grey(project, ada):
    project.reteno.post(
        "/api/v1/contact/subscribe",
        {"contact": {"channels": [{"type": "email", "value": "new@example.com"}]}},
    )
    page = ada.text("/contacts")
    assert "is-unconfirmed" in page
    assert "(not confirmed)" in page


def test_a_page_tells_all_about_somebody(server, project, ada):
    number = someone(
        project,
        email="ann@example.com",
        phone="+380501112233",
        tags=["vip"],
        properties={"plan": "pro", "address": {"town": "Kyiv"}},
    )
    signs_up(project, total=12)
    page = ada.text(f"/contacts/{number}")
    for told in ("user_1", "ann@example.com", "+380501112233", "vip", "pro", "Kyiv", "signup"):
        assert told in page
    assert "In none." in page
    assert "signup" not in ada.text(f"/contacts/{number}?show=orders")
    assert "signup" in ada.text(f"/contacts/{number}?show=events")
    assert "Became known" in ada.text(f"/contacts/{number}?show=changes")


def test_a_person_is_added_and_changed_by_a_form(server, project, ada):
    made = ada.submit("/contacts/new", external_id="user_9", email="nina@example.com", tags="a, b")
    number = int(made.headers["location"].rpartition("/")[2])
    assert find(server, project, number).tags == ("a", "b")
    form = {
        "first_name": "Nina",
        "email": "nina@example.org",
        "properties": '{"plan": "pro"}',
        "shown": '["old"]',
    }
    project.retenshun.put("/api/v1/users/user_9", {"properties": {"old": 1, "later": 2}}).ok()
    assert ada.submit(f"/contacts/{number}/edit", **form).status == 303
    nina = find(server, project, number)
    assert (nina.first_name, nina.email) == ("Nina", "nina@example.org")
    # `later` did not stand in the form, so it cannot have been taken out of it.
    assert nina.properties == {"plan": "pro", "later": 2}


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("email", "nobody", "e-mail address"),
        ("phone", "12", "phone number"),
        ("time_zone", "Mars/Olympus", "time zone"),
        ("properties", "[1]", "JSON object"),
        ("properties", "{", "not valid JSON"),
        ("first_name", "x" * 61, "first name"),
    ],
)
def test_a_form_that_cannot_be_taken_says_why_and_keeps_what_was_typed(
    server, project, ada, field, value, said
):
    number = someone(project)
    reply = ada.submit(f"/contacts/{number}/edit", **{"language": "uk", field: value})
    assert reply.status == 400
    page = reply.body.decode()
    assert said in page
    assert 'value="uk"' in page
    assert find(server, project, number).language is None


def test_consent_is_changed_with_a_proof(server, project, ada):
    number = someone(project, email="ann@example.com")
    place = (Channel.EMAIL, "ann@example.com")

    def standing():
        return server.write(lambda tx: find_standings(tx, project.id, [place]))[place]

    def choose(**fields):
        return ada.submit(f"/contacts/{number}/consent", **fields).status

    assert choose(channel="email", act="unsubscribe") == 303
    assert standing().unsubscribed_at is not None
    assert choose(channel="email", act="subscribe") == 303
    assert standing().takes_bulk
    assert choose(channel="email", act="suppress") == 303
    assert not standing().takes_bulk
    assert choose(channel="email", act="lift") == 303
    assert standing().takes_bulk
    entries = server.write(
        lambda tx: list_entries(tx, project.id, channel=place[0], address=place[1])
    )
    assert all("@example.com" in entry.proof.details["by"] for entry in entries)
    assert choose(channel="sms", act="unsubscribe") == 400
    assert choose(channel="email", act="shout") == 400
    assert choose(channel="fax", act="lift") == 400


def test_somebody_is_put_on_a_list_and_taken_off(server, project, ada):
    number = someone(project)
    made = server.write(
        lambda tx: segments.create(tx, project.id, name="Guests", rule=None, now=now())
    )
    path = f"/contacts/{number}/lists"
    assert ada.submit(path, segment=made.id, act="add").status == 303
    assert "Remove from Guests" in ada.text(f"/contacts/{number}")
    assert ada.submit(path, segment=made.id, act="remove").status == 303
    assert "Remove from Guests" not in ada.text(f"/contacts/{number}")
    assert ada.submit(path, segment="", act="add").status == 400
    assert ada.submit(path, segment=made.id, act="burn").status == 400


def test_everything_about_somebody_is_given_out_and_then_erased(server, project, ada):
    number = someone(project, email="ann@example.com")
    signs_up(project)
    given = ada.get(f"/contacts/{number}/export")
    assert "attachment" in given.headers["content-disposition"]
    assert json.loads(given.body)["event"][0]["contact_id"] == number
    assert ada.submit(f"/contacts/{number}/erase").status == 303
    assert ada.get(f"/contacts/{number}").status == 404
    assert "ann@example.com" not in ada.text("/contacts")


def test_fields_are_added_and_get_a_number(project, ada):
    assert "No fields yet" in ada.text("/fields")
    done = ada.submit("/fields", key="plan", label="Plan", kind="choice", allowed="free\npro")
    assert done.status == 303
    assert "free, pro" in ada.text("/fields")
    for bad in (
        {"key": "", "kind": "text"},
        {"key": "a", "kind": "x"},
        {"key": "a", "kind": "choice"},
    ):
        assert ada.submit("/fields", **bad).status == 400


def test_another_projects_people_are_unknown(server, project, other, ada):
    theirs = someone(other)
    for path in ("", "/edit", "/export", "/why/1"):
        assert ada.get(f"/contacts/{theirs}{path}").status == 404
    for path in ("edit", "erase", "consent", "lists"):
        assert ada.submit(f"/contacts/{theirs}/{path}", segment=1, act="add").status == 404
    assert "Nobody found" in ada.text(f"/contacts?search={theirs}")
    eve = Door(server, other.id).signed_in()
    assert eve.get(f"/contacts/{theirs}").status == 200
    eve.close()
    for path in ("/contacts/0", "/contacts/abc", "/contacts/" + "9" * 400):
        assert ada.get(path).status == 404


def test_hostile_words_about_people_are_shown_and_never_run(project, ada):
    number = someone(
        project, HOSTILE, tags=[HOSTILE], properties={HOSTILE: HOSTILE, "firstName": HOSTILE}
    )
    ada.submit("/fields", key=HOSTILE, label=HOSTILE, kind="choice", allowed=HOSTILE)
    ada.submit(f"/contacts/{number}/lists", segment="1", act="add")
    for path in (
        "/contacts",
        "/contacts?search=%22%3E%3Cimg%20src=x",
        f"/contacts/{number}",
        f"/contacts/{number}/edit",
        "/fields",
    ):
        page = ada.text(path)
        assert "<img src=x" not in page, path
    looked = ada.request(
        "POST",
        "/contacts/import/look",
        json.dumps({"sample": f'"{HOSTILE.replace(chr(34), chr(34) * 2)}",id\nx,y\n'}).encode(),
        content_type="application/json",
        origin=ada.url,
    )
    assert b"<img src=x" not in looked.body


def test_what_a_page_does_not_wait_for_is_counted_beside_it(project, ada):
    for number in range(51):
        project.retenshun.post("/api/v1/users", {"id": f"counted_{number}"}).ok()
    page = ada.text("/contacts")
    assert 'hx-get="/contacts/count?"' in page
    assert "51 people" not in page
    assert "51 people" in ada.text("/contacts/count?")
    assert "11 people" in ada.text("/contacts/count?search=counted_1")
    assert "11 people" in ada.text("/contacts?search=counted_1")


def test_additional_fields_are_filled_in_and_read_by_their_kind(server, project, ada):
    number = someone(project)
    ada.submit("/fields", key="plan", label="Plan", kind="choice", allowed="free\npro")
    ada.submit("/fields", key="shoe", label="Shoe size", kind="number")
    project.retenshun.put("/api/v1/users/user_1", {"properties": {"shoe": "wide", "old": 1}}).ok()
    form = ada.text(f"/contacts/{number}/edit")
    names = {label: name for name, label in FIELD.findall(form)}
    plan, shoe = names["Plan"], names["Shoe size"]

    # What is no number is left as it is while nobody touches it.
    untouched = {"properties": '{"old": 1}', "shown": '["old"]', shoe: "wide"}
    assert ada.submit(f"/contacts/{number}/edit", **untouched, **{plan: "pro"}).status == 303
    assert find(server, project, number).properties == {"plan": "pro", "shoe": "wide", "old": 1}

    refused = ada.submit(f"/contacts/{number}/edit", **{**untouched, shoe: "broad"})
    assert refused.status == 400
    assert "Shoe size must be a whole number" in refused.body.decode()
    assert 'value="broad"' in refused.body.decode()

    assert ada.submit(f"/contacts/{number}/edit", **{**untouched, shoe: "43"}).status == 303
    assert find(server, project, number).properties == {"shoe": 43, "old": 1}


def test_why_somebody_is_meant_is_said_in_words_with_the_moment(server, project, ada):
    number = someone(project)
    signs_up(project)
    rules = [{"event": "signup", "operator": "exists", "within": "30d"}]
    made = project.retenshun.post("/api/v1/segments", {"name": "New here", "rules": rules}).ok()
    page = ada.text(f"/contacts/{number}/why/{made['id'].removeprefix('seg_')}")
    assert "did signup in the last 30d" in page
    assert "{" not in page
