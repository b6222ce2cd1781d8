"""People and texts in a real browser: import, edit, the live preview, search by keyboard alone."""

import pytest

from browser.steps import the_client

CSV = """id,email,First name,plan
u1,ann@example.com,Ann,pro
u2,nonsense,Bob,free
u3,eve@example.com,Eve,free
"""
PATHS = [
    *("/", "/contacts", "/contacts/new", "/contacts/import", "/fields", "/templates"),
    *("/templates/new", "/templates/new?channel=push", "/event-types", "/orders", "/search?q=a"),
]


def test_a_file_is_tried_dry_then_imported_and_its_people_edited(inside):
    page = inside
    page.goto("/contacts/import")
    page.get_by_label("A CSV file").set_input_files(
        {"name": "people.csv", "mimeType": "text/csv", "buffer": CSV.encode()}
    )
    assert page.get_by_label("What email means").input_value() == "email"
    page.get_by_label("Put everybody on a list").fill("Fair")
    page.get_by_role("button", name="Dry run").click()
    page.get_by_text("2 could be taken, 1 refused in all.").wait_for()
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_text("2 taken, 1 refused in all.").wait_for()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Rows that were refused").click()
    text = saved.value.path().read_text()
    assert text.startswith('"row","reason","id"')
    assert '"2",' in text
    page.get_by_role("link", name="See the contacts").click()
    page.get_by_role("link", name="Ann u1").click()
    page.get_by_text("Fair").first.wait_for()
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Last name").fill("Smith")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name="Ann Smith").wait_for()
    page.get_by_role("button", name="Unsubscribe").click()
    page.get_by_text("unsubscribed", exact=True).wait_for()


def test_people_who_are_ticked_are_tagged_once_the_dialog_has_said_how_many(inside, server):
    page, client = inside, the_client(server)
    for one in ("ann", "bo", "cy"):
        client.post("/api/v1/users", {"id": one}).ok()
    page.goto("/contacts")
    page.get_by_label("Tick ann").check()
    page.get_by_label("All on this page").check()
    page.get_by_label("Tick cy").uncheck()
    page.get_by_role("button", name="Tag", exact=True).click()
    dialog = page.get_by_role("dialog", name="Tag 2 people?")
    dialog.get_by_label("Tag").fill("vip")
    dialog.get_by_role("button", name="Tag", exact=True).click()
    page.get_by_text("Done, for all who were ticked.").wait_for()
    tags = {one: client.get(f"/api/v1/users/{one}").ok()["tags"] for one in ("ann", "bo", "cy")}
    assert tags == {"ann": ["vip"], "bo": ["vip"], "cy": []}


def test_an_import_is_undone_from_its_page(inside):
    page = inside
    page.goto("/contacts/import")
    page.get_by_label("A CSV file").set_input_files(
        {"name": "mistake.csv", "mimeType": "text/csv", "buffer": CSV.encode()}
    )
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_role("link", name="This import, and its undo").click()
    page.get_by_role("heading", name="mistake.csv").wait_for()
    page.get_by_text("It made 2 people. Of them 2 are untouched").wait_for()
    page.get_by_role("button", name="Undo this import").click()
    page.get_by_role("dialog").get_by_text("2 people whom it made are deleted").wait_for()
    page.get_by_role("button", name="Undo import").click()
    page.get_by_text("Undone by").wait_for()
    page.get_by_text("2 people are gone").wait_for()
    page.get_by_role("link", name="Imports").click()
    page.get_by_role("link", name="mistake.csv").get_by_text("Undone").wait_for()


def test_a_mail_is_written_with_a_live_preview_and_no_broken_policy(inside):
    page = inside
    page.goto("/templates/new?editor=code")
    page.get_by_label("Name").fill("Welcome")
    page.get_by_label("Subject").fill("Hello {{ name }}")
    editor = page.get_by_role("textbox", name="Body")
    editor.click()
    page.keyboard.type("<h1>Dear {{ name }}</h1>")
    page.get_by_text("Without a value:").wait_for()
    page.get_by_text("Data", exact=True).click()
    page.get_by_label("Data for the preview").fill('{"name": "Grace"}')
    page.frame_locator(".frames iframe:not(.is-loading)").get_by_role(
        "heading", name="Dear Grace"
    ).wait_for()
    page.get_by_text("Every place is filled.").wait_for()
    page.locator("label[title=Text]").click()
    page.locator(".check-text", has_text="Dear Grace").wait_for()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name="Welcome", level=1).wait_for()
    editor.click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("{{ name | ")
    page.locator("[data-fault]", has_text="line 1").wait_for()


def test_help_with_words_fills_the_editor(inside):
    page = inside
    page.goto("/templates/new?editor=code")
    page.get_by_text("Write it with help").click()
    page.get_by_label("What is it about?").fill("20% off shoes with the code SPRING")
    page.get_by_role("button", name="Write", exact=True).click()
    page.get_by_role("button", name="Use these words").click()
    assert page.get_by_label("Subject").input_value()
    page.frame_locator(".frames iframe:not(.is-loading)").get_by_text("SPRING").first.wait_for()


@pytest.mark.parametrize("keys", ["/", "ControlOrMeta+k"])
def test_everything_is_found_by_keyboard_alone(inside, keys):
    page = inside
    page.goto("/events")
    page.keyboard.press(keys)
    page.get_by_role("dialog", name="Search").wait_for()
    page.keyboard.type("additional")
    page.locator(".hit", has_text="Additional fields").wait_for()
    page.locator(".hit", has_text="Home").wait_for(state="detached")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/fields")


@pytest.mark.parametrize("path", PATHS)
def test_no_page_is_wider_than_a_phone(inside, path):
    page = inside
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(path)
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) == 0
