"""Search across everything that has a name."""

from dashboard.stories import a_welcome
from dashboard.visitor import Door


def hits(visitor, asked):
    reply = visitor.request("GET", f"/search?q={asked}", hx_request="true")
    assert reply.status == 200
    return reply.body.decode()


def test_without_words_all_pages_are_offered_and_none_is_dead(ada):
    page = hits(ada, "")
    places = [part.partition('"')[0] for part in page.split('href="')[1:]]
    assert len(places) > 10
    for place in places:
        assert ada.get(place).status == 200


def test_people_templates_and_pages_are_found_in_any_case(project, ada):
    a_welcome(project.retenshun)
    user = {"id": "user_1", "email": "wel@example.com", "properties": {"name": "Ann Wells"}}
    number = project.retenshun.post("/api/v1/users", user).ok()["contactId"]
    page = hits(ada, "WEL")
    assert "Ann Wells" in page
    assert "Template" in page
    assert f'href="/contacts/{number}"' in hits(ada, number)
    assert hits(ada, number).count(f'href="/contacts/{number}"') == 1
    assert "Event types" in hits(ada, "event%20ty")
    assert "Nothing is called like" in hits(ada, "zzzzz")


def test_it_is_a_page_too(ada):
    page = ada.text("/search?q=temp")
    assert "<main" in page
    assert "Templates" in page


def test_what_is_another_projects_is_not_found(server, project, other, ada):
    a_welcome(other.retenshun)
    other.retenshun.post("/api/v1/users", {"id": "secret_person"}).ok()
    assert "Nothing is called like" in hits(ada, "secret_person")
    assert "Nothing is called like" in hits(ada, "Welcome")
    eve = Door(server, other.id).signed_in()
    assert "secret_person" in hits(eve, "secret_person")
    eve.close()


def test_hostile_words_are_shown_and_never_run(project, ada):
    hostile = '"><img src=x onerror=boom()>'
    project.retenshun.post("/api/v1/users", {"id": hostile}).ok()
    for page in (hits(ada, "%22%3E%3Cimg"), ada.text("/search?q=%22%3E%3Cimg")):
        assert "&lt;img" in page
        assert "<img" not in page
    assert ada.get("/search?q=%00").status == 400
