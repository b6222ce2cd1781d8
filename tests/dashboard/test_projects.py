"""Projects in the dashboard: made, gone into, renamed, deleted; others stay unknown."""

import re

import pytest

from beckon.domain.accounts.model import Role

INSIDE = re.compile(r'action="/projects/(\d+)/enter"')


def number_of_other(page):
    """Cut the number of a project one is not in out of the list."""
    return INSIDE.search(page).group(1)


def test_a_project_is_made_gone_into_and_left_again(ada):
    ada.submit("/api-keys", name="Key of the first", type="public")
    made = ada.submit("/projects", name="Second shop", time_zone="Asia/Tokyo")
    assert (made.status, made.headers["location"]) == (303, "/")
    assert "Second shop" in ada.text("/")
    assert "Key of the first" not in ada.text("/api-keys")
    first = number_of_other(ada.text("/projects/menu"))
    assert ada.submit(f"/projects/{first}/enter").status == 303
    assert "Key of the first" in ada.text("/api-keys")


def test_a_project_is_renamed_and_deleted_by_its_name(ada):
    ada.submit("/projects", name="Second shop", time_zone="UTC")
    first = number_of_other(ada.text("/projects"))
    changed = ada.submit(f"/projects/{first}", name="Old shop", time_zone="Europe/Kyiv")
    assert changed.status == 303
    assert "Old shop" in ada.text("/projects")
    refused = ada.submit(f"/projects/{first}/delete", name="old shop")
    assert refused.status == 400
    assert "Type the name" in refused.body.decode()
    assert ada.submit(f"/projects/{first}/delete", name="Old shop").status == 303
    assert "Old shop" not in ada.text("/projects")


def test_the_only_project_stays(ada, project):
    reply = ada.submit(f"/projects/{project.id}/delete", name="A test")
    assert reply.status == 400
    assert "only project" in reply.body.decode()


@pytest.mark.parametrize("act", ["", "/enter", "/delete"])
def test_another_organisations_project_is_unknown(ada, other, act):
    reply = ada.submit(f"/projects/{other.id}{act}", name="A test", time_zone="UTC")
    assert reply.status == 404
    assert ada.submit(f"/projects/x{act}", name="A test", time_zone="UTC").status == 404


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"name": " ", "time_zone": "UTC"}, "name must have"),
        ({"name": "x" * 101, "time_zone": "UTC"}, "name must have"),
        ({"name": "Shop", "time_zone": "Mars/Base"}, "timeZone must be"),
    ],
)
def test_a_project_that_cannot_be_is_refused_beside_its_form(ada, form, said):
    reply = ada.submit("/projects", **form)
    assert reply.status == 400
    assert said in reply.body.decode()


def test_members_go_in_and_make_none(door):
    member = door.signed_in(Role.MEMBER)
    assert "New project" not in member.text("/projects")
    assert member.submit("/projects", name="Mine", time_zone="UTC").status == 403
    member.close()
