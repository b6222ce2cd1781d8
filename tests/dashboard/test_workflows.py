"""Workflows in the dashboard: drawn, counted, edited step by step, tried out."""

import re
from copy import deepcopy
from html import unescape

import pytest

from beckon.dashboard.pages import workflow_outline as outline
from beckon.dashboard.pages.workflow_drawing import HEIGHT, WIDTH, draw, draw_with_gaps
from beckon.dashboard.pages.workflow_fields import NEW, STEPS, TRIGGERS, read_span, show_span
from beckon.domain.workflows import queries, stored
from dashboard.stories import a_welcome, signs_up, the_message
from dashboard.visitor import Door
from support.server import eventually

A_TREE = [
    {
        "do": "condition",
        "id": "cond",
        "test": {},
        "then": [{"do": "wait", "id": "a", "days": 1}, {"do": "wait", "id": "b", "days": 1}],
        "otherwise": [{"do": "exit", "id": "c"}],
    },
    {"do": "exit", "id": "exit"},
]
XSS = '"><script>alert(1)</script>'


class Editor:
    """The editor's form in somebody's browser: it sends back what the page before it held."""

    def __init__(self, visitor, path, view="outline"):
        self._visitor, self.path = visitor, path
        self.page = visitor.text(f"{path}?view={view}")

    def act(self, op, status=200, **typed):
        """Press a button; give the reply."""
        held = {name: self.hidden(name) for name in ("draft", "open", "view", "lifted")}
        name = re.search(r'id="name" name="name" value="([^"]*)"', self.page)
        reply = self._visitor.submit(
            self.path, **{**held, "name": unescape(name[1]), **typed, "op": op}
        )
        assert reply.status == status, reply.body.decode()[:2000]
        if status != 303:
            self.page = reply.body.decode()
        return reply

    def hidden(self, name):
        found = re.search(rf'name="{name}" value="([^"]*)"', self.page)
        return unescape(found[1]) if found else ""


def the_workflow(server, project):
    (only,) = server.write(lambda tx: queries.list_workflows(tx, project.id))
    return only


def test_every_kind_of_step_and_trigger_has_a_form():
    assert set(STEPS) == set(stored.STEPS)
    assert set(TRIGGERS) == set(stored.TRIGGERS)
    assert set(NEW) <= {*STEPS, *TRIGGERS}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("", 0), ("0", 0), ("45m", 2700), ("2d 3h", 183_600), ("-2d", -172_800), ("1H30s", 3630)],
)
def test_a_length_of_time_is_read_as_people_write_it(text, seconds):
    assert read_span(text, "Wait") == seconds
    assert read_span(show_span(seconds), "Wait") == seconds


def test_no_two_boxes_of_a_drawing_touch_and_all_lie_inside():
    def send():
        return {"do": "send", "id": "x", "channel": "email", "template_id": 1}

    split = {
        "do": "split",
        "shares": [{"name": str(n), "percent": 25, "steps": [send()] * n} for n in range(4)],
    }
    branch = {"do": "condition", "test": {}, "then": [split, send()], "otherwise": [send()]}
    picture = draw({"trigger": {"on": "call"}, "steps": [send(), branch, send()]})
    assert len(picture.boxes) == 1 + 3 + 2 + 1 + 6
    for box in picture.boxes:
        assert WIDTH / 2 <= box.x <= picture.width - WIDTH / 2
        assert 0 <= box.y <= picture.height - HEIGHT
    for number, one in enumerate(picture.boxes):
        for two in picture.boxes[number + 1 :]:
            assert abs(one.x - two.x) >= WIDTH or abs(one.y - two.y) >= HEIGHT


def test_a_gap_is_on_every_line_and_none_on_a_box():
    definition = {"trigger": {"on": "call"}, "steps": A_TREE}
    picture = draw_with_gaps(definition)
    assert [one.key for one in sorted(picture.gaps, key=lambda one: one.key)] == [
        *("0.otherwise:0", "0.otherwise:1", "0.then:0", "0.then:1", "0.then:2"),
        *(":0", ":1", ":2"),
    ]
    for gap in picture.gaps:
        for box in picture.boxes:
            assert abs(gap.x - box.x) >= WIDTH / 2 or not 0 <= gap.y - box.y <= HEIGHT


@pytest.mark.parametrize(
    ("path", "where", "place", "then"),
    [
        ("0.then.0", "", 2, "0.then: b, 0.otherwise: c, root: cond exit a"),
        ("1", "0.otherwise", 0, "0.then: a b, 0.otherwise: exit c, root: cond"),
        ("0.then.0", "0.then", 2, "0.then: b a, 0.otherwise: c, root: cond exit"),
        ("0", "", 2, "1.then: a b, 1.otherwise: c, root: exit cond"),
    ],
)
def test_a_step_is_moved_to_any_place_with_what_hangs_on_it(path, where, place, then):
    definition = {"trigger": {"on": "call"}, "steps": deepcopy(A_TREE)}
    moved = outline.step_at(definition, path)
    new = outline.put(definition, path, where, place)
    assert outline.step_at(definition, new) is moved
    at = next(place for place, step in enumerate(definition["steps"]) if step["do"] == "condition")
    told = [
        f"{name}: {' '.join(one['id'] for one in outline.list_at(definition, name))}"
        for name in (f"{at}.then", f"{at}.otherwise")
    ]
    assert ", ".join([*told, f"root: {' '.join(one['id'] for one in definition['steps'])}"]) == then


def test_a_step_is_never_moved_into_its_own_ways():
    with pytest.raises(outline.PathUnknown):
        outline.put({"trigger": {}, "steps": deepcopy(A_TREE)}, "0", "0.then", 0)


def test_a_copy_has_names_of_its_own():
    definition = {"trigger": {"on": "call"}, "steps": deepcopy(A_TREE)}
    assert outline.duplicate(definition, "0") == "1"
    names = [outline.step_at(definition, path)["id"] for path in outline.paths(definition)]
    assert len(names) == 2 * 4 + 1
    assert len(set(names)) == len(names)


def test_the_picture_takes_moves_and_shows_faults_at_their_steps(project, ada):
    editor = Editor(ada, "/workflows/new", view="picture")
    editor.act("add::0:condition", event_name="x", name="Drawn")
    editor.act("add::1:wait")
    editor.act("lift:1", days="2")
    assert "Put here" in editor.page
    editor.act("put:0.then:0")
    assert editor.hidden("open") == "0.then.0"
    assert 'id="at-0.then.0"' in editor.page
    editor.act("copy:0.then.0", days="900")
    assert "canvas-step is-wrong" in editor.page
    assert 'id="at-0.then.1"' in editor.page
    editor.act("put:0.then:0", 400)


def test_an_empty_list_teaches(ada):
    assert "Nothing happens by itself yet" in ada.text("/workflows")


def test_a_workflow_shows_its_counts_its_people_and_their_way(server, project, ada):
    a_welcome(project.retenshun)
    signs_up(project, email="ann@example.com")
    the_message(project)
    number = the_workflow(server, project).id
    eventually(lambda: "1</strong> entered" in ada.text("/workflows"), "the list counts")
    page = ada.text(f"/workflows/{number}")
    assert "1 passed" in page
    assert "<svg" in page
    people = ada.text(f"/workflows/{number}/runs?state=done")
    assert "user_1" in people
    way = re.search(rf"/workflows/{number}/runs/\d+", people)[0]
    assert "Send an e-mail: Welcome" in ada.text(way)


def test_a_workflow_is_made_step_by_step(server, project, ada):
    template = project.retenshun.post(
        "/api/v1/templates", {"name": "Hello", "channel": "EMAIL", "subject": "Hi", "body": "Hi"}
    ).ok()
    editor = Editor(ada, "/workflows/new")
    editor.act("gap::0", event_name="signed_up", name="Greeting")
    editor.act("add::0:condition")
    editor.act("gap:0.then:0", **{"test.data": '[{"field": "properties.n", "operator": "exists"}]'})
    editor.act("add:0.then:0:send")
    assert "names no template of the project" in editor.page
    editor.act("save", channel="email", template_id=template["id"].removeprefix("tpl_"))
    assert "names no template" not in editor.page
    editor.act("add::1:wait")
    editor.act("save", days="2", delay_seconds="3h")
    editor.act("up:1")
    editor.act("open:rules")
    editor.act("save", again="never", goal="bought", goal_span="7d", holdout="5")
    editor.act("publish", 303)
    made = the_workflow(server, project)
    assert (made.name, made.is_active, made.version) == ("Greeting", False, 1)
    kept = stored.to_stored(made.definition)
    assert kept["trigger"]["event_name"] == "signed_up"
    assert [step["do"] for step in kept["steps"]] == ["wait", "condition"]
    assert kept["steps"][0]["delay_seconds"] == 10_800
    assert kept["steps"][1]["then"][0]["do"] == "send"
    assert kept["manners"]["goal"]["seconds"] == 604_800


def test_a_new_version_says_what_becomes_of_people_and_what_changed(server, project, ada):
    a_welcome(project.retenshun)
    made = the_workflow(server, project)
    editor = Editor(ada, f"/workflows/{made.id}/edit")
    editor.act("add::1:exit")
    editor.act("save", reason="Enough")
    editor.act("publish", 303, people="leave")
    assert the_workflow(server, project).version == 2
    page = ada.text(f"/workflows/{made.id}/versions")
    assert '<span class="is-added">+' in page
    assert "Enough" in page


def test_what_is_wrong_stands_at_its_step_and_what_was_typed_stays(project, ada):
    editor = Editor(ada, "/workflows/new")
    editor.act("add::0:wait", event_name="x")
    editor.act("save", status=400, days="soon")
    assert "Days of their calendar must be a whole number" in editor.page
    assert 'value="soon"' in editor.page
    editor.act("save", days="900")
    assert "must be from 0 to 366" in editor.page
    editor.act("publish", 400)
    assert "must be from 0 to 366" in editor.page


@pytest.mark.parametrize("view", ["picture", "outline"])
def test_an_empty_workflow_teaches_and_is_refused_only_when_it_is_published(project, ada, view):
    editor = Editor(ada, "/workflows/new", view)
    for _ in range(2):
        assert "Add the first step" in editor.page
        assert "field-error" not in editor.page
        assert "to mend" not in editor.page
        editor.act("save", event_name="signed_up", name="Greeting")
    editor.act("publish", 400)
    assert re.search('role="alert".*There is no step yet', editor.page)
    editor.act("gap::0")
    assert "Add the first step" not in editor.page
    editor.act("add::0:exit")
    assert "No steps yet" not in editor.page
    editor.act("publish", 303)


@pytest.mark.parametrize("view", ["picture", "outline"])
def test_a_time_that_may_be_left_empty_is(ada, view):
    editor = Editor(ada, "/workflows/new", view)
    editor.act("start:schedule")
    editor.act("add::0:wait_for_time", segment_id="0", every="day", at="09:00", start="2026-01-01")
    editor.act("save", at="09:00", to="")
    assert "Wait for a time of day" in editor.page


def test_rules_that_cannot_be_read_are_refused_in_place(ada):
    editor = Editor(ada, "/workflows/new")
    editor.act("add::0:condition")
    for rules in ("{", '[{"nothing": 1}]', "[]", "1"):
        editor.act("save", status=400, **{"test.contact": rules})
        assert "Does this hold?" in editor.page


@pytest.mark.parametrize("sealed", ["", "AAAA", "not base64!", "é"])
def test_a_draft_that_is_not_ours_is_refused(ada, sealed):
    reply = ada.submit("/workflows/new", draft=sealed, name="x", open="", op="save")
    assert reply.status == 400


def test_a_draft_of_another_project_is_refused(server, other, ada):
    stranger = Door(server, other.id).signed_in()
    foreign = Editor(stranger, "/workflows/new").hidden("draft")
    stranger.close()
    assert ada.submit("/workflows/new", draft=foreign, name="x", op="save").status == 400


@pytest.mark.parametrize(
    "op", ["open:9", "remove:9.then", "add:x:0:send", "add::0:nothing", "up:a"]
)
def test_a_place_that_is_not_there_is_refused(ada, op):
    Editor(ada, "/workflows/new").act(op, 400)


def test_another_projects_workflow_is_unknown(server, other, ada):
    a_welcome(other.retenshun)
    number = the_workflow(server, other).id
    for path in ("", "/edit", "/runs", "/try", "/dry-run", "/versions", "/dry-run/1"):
        assert ada.get(f"/workflows/{number}{path}").status in (200, 404)
        assert "Welcome sequence" not in ada.get(f"/workflows/{number}{path}").body.decode()
    for act in ("activate", "pause", "delete"):
        assert ada.submit(f"/workflows/{number}/{act}").status == 404
    assert the_workflow(server, other).is_active


def test_it_is_paused_activated_and_deleted(server, project, ada):
    a_welcome(project.retenshun)
    number = the_workflow(server, project).id
    ada.submit(f"/workflows/{number}/pause")
    assert not the_workflow(server, project).is_active
    ada.submit(f"/workflows/{number}/activate")
    assert the_workflow(server, project).is_active
    ada.submit(f"/workflows/{number}/delete")
    assert ada.get(f"/workflows/{number}").status == 404


def test_a_dry_run_tells_who_would_have_got_what(server, project, ada):
    a_welcome(project.retenshun)
    signs_up(project, name="Ann", email="ann@example.com")
    the_message(project)
    number = the_workflow(server, project).id
    path = f"/workflows/{number}/dry-run"
    shown = ada.submit(path, days="7", version="1", against="1").headers["location"]
    playing = shown.replace("?trial=", "/")
    assert f'hx-get="{playing}"' in ada.text(shown)
    eventually(lambda: "Would have entered" in ada.text(playing), "what came of a dry run")
    assert "Welcome, " in ada.text(playing)
    assert "0 messages only here" in ada.text(playing)
    assert shown in ada.text(path)
    given_up = ada.submit(path, days="1", version="1", against="").headers["location"]
    given_up = given_up.replace("?trial=", "/")
    assert "Give it up" in ada.text(given_up)
    ada.submit(f"{given_up}/cancel")
    assert "Given up" in ada.text(given_up)
    tried = ada.text(f"/workflows/{number}/try?person=user_1")
    assert "Send an e-mail: Welcome" in tried
    assert "There is nobody with this id" in ada.text(f"/workflows/{number}/try?person=nobody")
    for days in ("0", "367"):
        assert ada.get(f"{path}?days={days}").status == 400


def test_no_name_becomes_markup(server, project, ada):
    editor = Editor(ada, "/workflows/new")
    editor.act("add::0:exit", event_name=XSS, name=XSS)
    editor.act("save", reason=XSS)
    assert "<script>alert" not in editor.page
    editor.act("publish", 303)
    number = the_workflow(server, project).id
    for path in ("", f"/{number}", f"/{number}/edit", f"/{number}/versions", f"/{number}/runs"):
        assert "<script>alert" not in ada.text(f"/workflows{path}")
