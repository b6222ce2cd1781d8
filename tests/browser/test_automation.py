"""Workflows in a browser: made on the picture, published, tried out, compared, paused."""

import re

import pytest
from playwright.sync_api import expect

from beckon.dashboard.pages.workflow_words import STEPS
from browser.steps import a_template, people, the_client

SOON = 30_000


@pytest.fixture
def client(server, inside):
    return the_client(server)


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def add(page, gap, kind):
    """Press a plus and choose a kind."""
    button(page, gap).click()
    page.get_by_role("group", name="What comes here").get_by_role(
        "button", name=kind, exact=True
    ).click()
    expect(page.locator(".panel-title")).not_to_have_text(re.compile("What comes here"))


def begin(page, name, event="signed_up"):
    page.goto("/workflows/new")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Name of the event").fill(event)


def test_every_kind_of_step_is_put_on_the_picture_and_told_what_it_lacks(inside, client):
    page = inside
    begin(page, "All of them")
    for kind, (_, title) in STEPS.items():
        add(page, "Add a step in front, right after the start", title)
        expect(page.locator(".canvas-step.is-open")).to_have_count(1)
        assert page.locator(".panel").get_by_role("button", name="Done").is_visible(), kind
    boxes = page.locator(".canvas-step:not(.is-trigger)")
    assert boxes.count() == len(STEPS)
    assert page.locator(".canvas-step.is-wrong").count() >= 5
    expect(page.locator(".editor-end")).to_contain_text("to mend before it can be published")
    button(page, "Keep it, paused").click()
    expect(page.locator(".editor-end [role=alert]")).to_be_visible()


def test_a_workflow_is_drawn_published_and_run(inside, client):
    page = inside
    people(client)
    a_template(client)
    begin(page, "Greeting")
    add(page, "Add a step in front, right after the start", "Condition")
    page.get_by_text("Or by rules").click()
    page.get_by_label("About the person").fill(
        '[{"field": "plan", "operator": "eq", "value": "pro"}]'
    )
    add(page, "Add a step in front, Condition, Yes", "Send a message")
    expect(page.locator(".panel .field-error")).to_contain_text("names no template")
    expect(page.locator(".canvas-step.is-open.is-wrong")).to_be_visible()
    page.get_by_label("Template").select_option("Welcome (email)")
    button(page, "Done").click()
    expect(page.locator(".canvas-step.is-wrong")).to_have_count(0)
    add(page, "Add a step after: Condition", "Wait")
    page.get_by_label("Days of their calendar").fill("900")
    button(page, "Done").click()
    wrong = page.locator(".canvas-step.is-wrong")
    wrong.click()
    page.get_by_label("Days of their calendar").fill("2")
    # A wait that stands last would be for nothing: it goes in front of the mail.
    button(page, "Move elsewhere: Wait").click()
    expect(page.locator(".canvas-step.is-lifted")).to_have_count(1)
    button(page, "Put here").nth(1).click()
    expect(page.locator(".panel-title")).to_have_text("Wait")
    button(page, "Copy: Wait").click()
    expect(page.locator(".canvas-step")).to_have_count(5)
    button(page, "Take out: Wait").click()
    expect(page.locator(".canvas-step")).to_have_count(4)
    button(page, "Outline").click()
    expect(page.locator(".tree .node")).to_have_count(3)
    button(page, "Picture").click()
    button(page, "Keep it, paused").click()
    page.wait_for_url(re.compile(r"/workflows/\d+$"))
    button(page, "Activate").click()
    expect(page.locator(".workflow-active")).to_be_visible()
    for user in ("user_0", "user_1"):
        client.post("/api/v1/events", {"userId": user, "eventName": "signed_up"}).ok()
    expect(page.locator(".drawing-passed").first).to_contain_text("2 passed", timeout=SOON)
    expect(page.locator("#figures")).to_contain_text("Entered2", timeout=SOON)
    page.get_by_role("link", name="People", exact=True).click()
    expect(page.locator(".run-row")).to_have_count(2)
    page.locator(".run-row").first.click()
    expect(page.locator(".journey")).to_contain_text("Condition")


def test_the_picture_is_walked_by_keyboard_alone(inside, client):
    page = inside
    begin(page, "By keys")
    page.locator("#at-trigger").focus()
    page.keyboard.press("ArrowDown")
    expect(button(page, "Add a step in front, right after the start")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Send a message")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".panel-title")).to_have_text("Wait")
    page.locator("[id='at-0']").focus()
    page.keyboard.press("ArrowDown")
    expect(button(page, "Add a step after: Wait")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator("[id='at-0']")).to_be_focused()


def test_a_version_is_tried_played_over_the_past_and_compared(inside, client):
    page = inside
    people(client)
    template = a_template(client)
    steps = [{"type": "SEND_EMAIL", "templateId": f"tpl_{template}"}]
    made = client.post(
        "/api/v1/automations",
        {
            "name": "Welcome",
            "active": True,
            "triggerType": "EVENT",
            "triggerEvent": "signed_up",
            "steps": steps,
        },
    ).ok()
    number = made["id"].removeprefix("auto_")
    client.post("/api/v1/events", {"userId": "user_0", "eventName": "signed_up"}).ok()
    page.goto(f"/workflows/{number}")
    expect(page.locator(".drawing-passed")).to_contain_text("1 passed", timeout=SOON)
    page.get_by_role("link", name="Edit").click()
    expect(page.locator(".canvas-step")).to_have_count(2)
    add(page, "Add a step in front, right after the start", "Wait")
    page.get_by_label("Days of their calendar").fill("3")
    page.get_by_label("Who is inside").select_option("leaves")
    button(page, "Publish a new version").click()
    page.wait_for_url(f"**/workflows/{number}")
    page.get_by_role("link", name="Versions").click()
    expect(page.locator(".is-added").first).to_be_visible()
    page.get_by_role("link", name="Try it").click()
    page.get_by_label("The person's id").fill("user_0")
    button(page, "Fast-forward").click()
    expect(page.locator(".journey")).to_contain_text("Send an e-mail: Welcome")
    page.get_by_role("link", name="Dry run").click()
    page.get_by_label("Compared with").select_option("1")
    button(page, "Play").click()
    expect(page.locator(".played")).to_contain_text(
        "0 messages only here, 1 only there", timeout=SOON
    )
    page.get_by_label("Version", exact=True).select_option("1")
    page.get_by_label("Compared with").select_option("no other")
    button(page, "Play").click()
    expect(page.locator(".played")).to_contain_text("Hi Ann", timeout=SOON)
    page.get_by_role("link", name="Overview", exact=True).click()
    button(page, "Pause").click()
    expect(page.locator(".workflow-paused")).to_be_visible()
