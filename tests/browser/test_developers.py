"""Webhooks, the model that writes copy, and projects, by hand in a real browser."""

import pytest

from support.server import NOBODY, serving


@pytest.fixture
def server(tmp_path):
    """Serve from an empty store, with one address of this machine open where nobody answers."""
    with serving(tmp_path, private_targets=NOBODY) as running:
        yield running


def test_a_webhook_is_added_tried_switched_and_deleted(inside):
    page = inside
    page.goto("/webhooks")
    page.get_by_text("Nobody is told yet").wait_for()
    page.get_by_label("Address").fill(f"https://{NOBODY}/hook")
    page.get_by_role("button", name="Add webhook").click()
    page.get_by_text("whsec_").first.wait_for()
    page.goto("/webhooks")
    assert page.get_by_text("whsec_").count() == 0, "a secret is shown once"
    page.get_by_role("link", name=NOBODY).click()
    page.get_by_role("button", name="Test").click()
    page.get_by_role("status").first.wait_for()
    page.get_by_role("button", name="Switch off").click()
    page.get_by_role("button", name="Switch on").wait_for()
    page.get_by_role("button", name="Delete").first.click()
    page.get_by_role("button", name="Delete webhook").click()
    page.get_by_text("Nobody is told yet").wait_for()


def test_the_composer_writes_until_a_model_is_named_whose_key_is_not_shown_again(inside):
    page = inside
    page.goto("/ai-model")
    page.get_by_label("What is the message about?").fill("A discount on coffee")
    page.get_by_role("button", name="Write a push message").click()
    page.locator("blockquote.written").first.wait_for()
    page.get_by_label("Base address").fill(f"https://{NOBODY}/v1")
    page.get_by_label("Model", exact=True).fill("small")
    page.get_by_label("Key").fill("sk-hidden")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Back to the composer").wait_for()
    assert "sk-hidden" not in page.content()
    page.get_by_role("button", name="Back to the composer").click()
    page.get_by_role("button", name="Forget the model").click()
    page.get_by_text("Built-in composer", exact=True).wait_for()


def test_a_second_project_is_made_gone_into_and_left_again(inside):
    page = inside
    page.goto("/projects")
    page.get_by_label("Name", exact=True).first.fill("Second Shop")
    page.get_by_role("button", name="Make it and go in").click()
    page.get_by_role("heading", name="Second Shop").first.wait_for()
    page.goto("/contacts")
    page.goto("/projects")
    page.get_by_role("button", name="Go in").first.click()
    page.wait_for_load_state()
    assert page.get_by_role("heading", name="Second Shop").count() == 0
