"""People who are ticked in the list are put on a list, taken off, tagged and untagged at once."""

from beckon.dashboard.pages.contacts_bulk import PEOPLE_MAX

PLACE = "/contacts/bulk"


def some(project, *ids):
    """Make people; give their contact numbers."""
    api = project.retenshun
    for one in ids:
        api.post("/api/v1/users", {"id": one, "properties": {}, "tags": ["old"]}).ok()
    return [str(api.get(f"/api/v1/users/{one}").ok()["contactId"]) for one in ids]


def tags_of(project, *ids):
    return [project.retenshun.get(f"/api/v1/users/{one}").ok()["tags"] for one in ids]


def test_those_who_are_ticked_are_tagged_and_untagged_and_the_others_are_not(ada, project):
    ann, bo, _ = some(project, "ann", "bo", "cy")
    for _ in range(2):
        answer = ada.submit(f"{PLACE}?search=a", act="tag", who=f"{ann} {bo}", **{"with": " vip "})
        assert answer.headers["location"] == "/contacts?search=a"
    assert tags_of(project, "ann", "bo", "cy") == [["old", "vip"], ["old", "vip"], ["old"]]
    ada.submit(PLACE, act="untag", who=bo, **{"with": "vip"})
    assert tags_of(project, "ann", "bo") == [["old", "vip"], ["old"]]


def test_those_who_are_ticked_are_put_on_a_list_and_taken_off(ada, project):
    ann, bo = some(project, "ann", "bo")
    api = project.retenshun
    made = api.post("/api/v1/segments", {"name": "Readers", "type": "STATIC"}).ok()["id"]
    number = made.removeprefix("seg_")

    def on_it():
        return {one["id"] for one in api.get(f"/api/v1/segments/{made}/users").ok()["users"]}

    assert "Put on a list" in ada.text("/contacts")
    ada.submit(PLACE, act="put-on", who=f"{ann} {bo}", **{"with": number})
    assert on_it() == {"ann", "bo"}
    ada.submit(PLACE, act="take-off", who=ann, **{"with": number})
    assert on_it() == {"bo"}


def test_what_cannot_be_done_for_all_is_done_for_nobody(ada, project, other):
    (ann,) = some(project, "ann")
    (stranger,) = some(other, "zoe")
    crowd = " ".join(str(number) for number in range(1, PEOPLE_MAX + 2))
    for who, act, what in [
        (f"{ann} {stranger}", "tag", "vip"),
        (f"{ann} x", "tag", "vip"),
        ("", "tag", "vip"),
        (crowd, "tag", "vip"),
        (ann, "tag", ""),
        (ann, "tag", "x" * 101),
        (ann, "shout", "vip"),
        (ann, "put-on", "none"),
    ]:
        assert ada.submit(PLACE, act=act, who=who, **{"with": what}).status == 400, (who, act, what)
    assert ada.submit(PLACE, act="put-on", who=ann, **{"with": "999"}).status == 404
    assert tags_of(project, "ann") == [["old"]]
    assert tags_of(other, "zoe") == [["old"]]
