"""From an empty server to the first mail in the outbox, by the dashboard alone, in few clicks."""

from playwright.sync_api import expect

from browser.steps import Clicks

CLICKS_MAX = 40
"""At eight seconds a click, slowly read, these are five minutes and a bit of tea."""


def test_the_first_mail_is_in_the_outbox_after_few_clicks(page, setup_link):
    page.goto(setup_link)
    hand = Clicks(page)
    for label, text in [
        ("Your name", "Ada Lovelace"),
        ("E-mail", "ada@example.com"),
        ("Password", "a sentence to go in by"),
        ("Organisation", "Acme"),
        ("Project", "Acme Shop"),
    ]:
        hand.fill(label, text)
    hand.click("button", "Create and go in")

    hand.click("link", "Templates", exact=True)
    hand.click("button", "New template")
    hand.click("link", "E-mail")
    hand.fill("Name", "Welcome")
    hand.fill("Subject", "Welcome, {{ firstName }}")
    hand.fill("Heading", "Hello {{ firstName }}")
    preview = page.frame_locator(".frames iframe:not(.is-loading)")
    expect(preview.get_by_text("Have a look")).to_be_visible(timeout=30_000)
    hand.click("button", "Save")

    hand.click("link", "Workflows", exact=True)
    hand.click("link", "New workflow")
    hand.fill("Name", "Welcome everybody")
    hand.click("button", "Somebody new, or a changed field")
    hand.click("button", "Add a step in front, right after the start")
    hand.click("button", "Send a message")
    hand.choose("Template", "Welcome (email)")
    hand.click("button", "Keep it, paused")
    hand.click("button", "Activate")

    hand.click("link", "All contacts")
    hand.click("link", "New contact")
    hand.fill("E-mail", "grace@example.com")
    hand.fill("First name", "Grace")
    hand.click("button", "Add contact")

    hand.click("link", "Messages", exact=True)
    hand.click("link", "grace@example.com")
    expect(page.get_by_role("heading", name="Welcome, Grace")).to_be_visible(timeout=30_000)
    mail = page.frame_locator("iframe")
    expect(mail.get_by_text("Hello Grace")).to_be_visible(timeout=30_000)
    assert hand.count <= CLICKS_MAX
