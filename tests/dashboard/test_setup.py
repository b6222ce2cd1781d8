"""Set-up: a fresh server explains itself; its link makes the first person, once."""

import pytest

from beckon.domain.accounts import actions as accounts
from beckon.domain.accounts.model import Role
from beckon.domain.accounts.queries import has_people_any_project, list_projects_any_project
from dashboard.visitor import PASSWORD, a_visitor
from support.server import now

FORM = {
    "name": "Ada Lovelace",
    "email": "ada@example.com",
    "password": PASSWORD,
    "organisation": "Acme",
    "project": "Acme Shop",
    "time_zone": "Europe/Kyiv",
}


@pytest.fixture
def browser(fresh):
    visitor = a_visitor(fresh)
    yield visitor
    visitor.close()


def has_people(server):
    return server.write(has_people_any_project)


def test_before_set_up_the_door_says_how_to_get_the_link(browser):
    reply = browser.get("/")
    assert (reply.status, reply.headers["location"]) == (303, "/login")
    page = browser.text("/login")
    assert "Not set up yet" in page
    assert "Restart Beckon" in page
    assert 'name="password"' not in page


def test_the_link_makes_the_first_person_and_signs_them_in(fresh, browser, setup_link):
    assert 'name="organisation"' in browser.text(setup_link)
    reply = browser.submit(setup_link, **FORM)
    assert (reply.status, reply.headers["location"]) == (303, "/")

    home = browser.text("/")
    assert "All is set up" in home
    assert "Acme Shop" in home
    assert "Ada Lovelace" in home
    assert "All is set up, and" not in browser.text("/")

    again = a_visitor(fresh)
    assert again.sign_in("ADA@example.com").status == 303
    again.close()


def test_the_link_works_once(fresh, browser, setup_link):
    browser.submit(setup_link, **FORM)
    stranger = a_visitor(fresh)
    assert "was used or is too old" in stranger.text(setup_link, status=403)
    assert stranger.submit(setup_link, **FORM | {"email": "eve@example.com"}).status == 403
    assert stranger.sign_in("eve@example.com").status == 403
    assert "Not set up yet" not in stranger.text("/login")
    stranger.close()


def test_the_link_is_void_once_the_command_line_made_somebody(fresh, browser, setup_link):
    def make(tx):
        accounts.create_project(tx, organisation="Acme", name="Shop", time_zone="UTC", now=now())
        (project,) = list_projects_any_project(tx)
        accounts.create_person(
            tx,
            project.organisation_id,
            email="ada@example.com",
            name="Ada",
            password_hash="hash",
            role=Role.ADMIN,
            now=now(),
        )

    fresh.write(make)
    assert "was used or is too old" in browser.text(setup_link, status=403)
    assert browser.submit(setup_link, **FORM | {"email": "eve@example.com"}).status == 403


@pytest.mark.parametrize("link", ["/setup", "/setup?token=", "/setup?token=guessed"])
def test_without_the_link_nobody_gets_in(fresh, browser, setup_link, link):
    assert browser.get(link).status == 403
    assert browser.submit(link, **FORM).status == 403
    assert not has_people(fresh)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "", "Your name must have 1 to 100 characters."),
        ("name", "A\x07da", "Your name must not hold control characters."),
        ("email", "ada", "is not an e-mail address"),
        ("password", "short", "Password must have 8 to 256 characters"),
        ("password", "password", "one of the first that anybody would try"),
        ("organisation", "x" * 101, "The organisation must have 1 to 100 characters."),
        ("project", " ", "The project must have 1 to 100 characters."),
        ("time_zone", "Mars/Olympus", "The time zone must be a tz database name"),
        ("time_zone", "../../etc/passwd", "The time zone must be a tz database name"),
    ],
)
def test_a_refused_form_says_why_keeps_the_rest_and_makes_nothing(
    fresh, browser, setup_link, field, value, said
):
    reply = browser.submit(setup_link, **FORM | {field: value})
    page = reply.body.decode()
    assert reply.status == 400
    assert said in page
    assert FORM["password"] not in page
    kept = [FORM[name] for name in ("name", "email", "organisation", "project") if name != field]
    assert all(f'value="{text}"' in page for text in kept)
    assert not has_people(fresh)
    assert browser.submit(setup_link, **FORM).status == 303
