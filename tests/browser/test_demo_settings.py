"""Whoever runs the demo shop sets it up: people who come in, fields, sending, keys, the team."""

import re

from playwright.sync_api import expect

from browser.shop import OWNER
from dashboard.visitor import PASSWORD
from support.server import NOBODY

CSV = """id,email,First name
c-00001,,Gretchen
fair-1,first@fair.example.com,Fay
fair-2,nonsense,Fred
"""


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def test_a_list_of_people_comes_in_and_goes_again(walk, demo_shop):
    before = demo_shop.told("users", limit=1)["total"]
    walk.goto("/contacts")
    walk.get_by_role("link", name="Import").click()
    walk.get_by_label("A CSV file").set_input_files(
        {"name": "fair.csv", "mimeType": "text/csv", "buffer": CSV.encode()}
    )
    button(walk, "Dry run").click()
    walk.get_by_text("2 could be taken, 1 refused in all.").wait_for()
    assert demo_shop.told("users", limit=1)["total"] == before
    button(walk, "Import").click()
    walk.get_by_text("2 taken, 1 refused in all.").wait_for()
    assert demo_shop.told("users", limit=1)["total"] == before + 1
    assert demo_shop.told("users/c-00001")["properties"]["firstName"] == "Gretchen"
    walk.get_by_role("link", name="This import, and its undo").click()
    button(walk, "Undo this import").click()
    button(walk, "Undo import").click()
    walk.get_by_text("Undone by").wait_for()
    assert demo_shop.told("users", limit=1)["total"] == before


def test_a_field_gets_a_name_that_profiles_show(walk, demo_shop):
    walk.goto("/fields")
    walk.get_by_label("Key").fill("birthday")
    walk.get_by_label("Label").fill("Day of birth")
    walk.get_by_label("Kind").select_option("Day")
    button(walk, "Save field").click()
    expect(walk.get_by_role("cell", name="Day of birth")).to_be_visible()
    known = demo_shop.told("users", limit=100)["users"]
    born = next(one for one in known if "birthday" in one["properties"])
    walk.goto(f"/contacts/{born['contactId']}")
    fact = walk.locator("dl > div", has_text="Day of birth")
    expect(fact.locator("dd")).to_have_text(born["properties"]["birthday"])


def test_a_channel_is_tried_out_and_a_domain_is_signed_for(walk, demo_shop):
    walk.goto("/channels")
    walk.get_by_role("link", name="Edit and test").first.click()
    walk.get_by_label("Recipient").fill("ada@example.com")
    button(walk, "Send a test").click()
    walk.locator(".told").wait_for()
    walk.goto("/domains")
    walk.get_by_label("Domain").fill("mail.juniper.example.com")
    button(walk, "Add").click()
    (domain,) = demo_shop.told("sending/domains")["domains"]
    assert domain["domain"] == "mail.juniper.example.com"
    expect(walk.locator("#content")).to_contain_text(domain["records"][0]["value"])
    button(walk, "Sign no more").click()
    expect(walk.get_by_role("heading", name="No mail is signed yet")).to_be_visible()


def test_all_sending_is_held_and_goes_on(walk, demo_shop):
    walk.goto("/settings")
    expect(walk.get_by_label("From")).to_have_value("22:00")
    walk.get_by_label("Why, for whoever asks").fill("Prices are wrong")
    button(walk, "Hold all sending").click()
    walk.get_by_role("heading", name="Nothing leaves").wait_for()
    assert demo_shop.told("sending/hold")["reason"] == "Prices are wrong"
    button(walk, "Confirm and resume").click()
    button(walk, "Resume sending").click()
    button(walk, "Hold all sending").wait_for()
    assert not demo_shop.told("sending/hold")["held"]


def test_a_key_opens_the_api_until_it_is_revoked(walk, demo_shop):
    walk.goto("/api-keys")
    walk.get_by_label("Name").fill("Till in the shop")
    button(walk, "Create key").click()
    secret = walk.locator(".reveal-key code").inner_text()
    till = demo_shop.client.with_headers(x_api_key=secret)
    assert till.get("/api/v1/users").status == 200
    till.close()
    walk.goto("/api-keys")
    button(walk, "Revoke Till in the shop").click()
    button(walk, "Revoke key").click()
    walk.get_by_text("The key is revoked.").wait_for()
    assert till.get("/api/v1/users").status == 401
    till.close()


def test_a_webhook_is_told_and_its_log_read(walk, demo_shop):
    walk.goto("/webhooks")
    walk.get_by_label("Address").fill(f"https://{NOBODY}/hook")
    button(walk, "Add webhook").click()
    walk.get_by_text("whsec_").first.wait_for()
    walk.goto("/webhooks")
    walk.get_by_role("link", name=NOBODY).click()
    button(walk, "Test").click()
    walk.get_by_role("status").first.wait_for()
    (webhook,) = demo_shop.told("webhooks")["webhooks"]
    told = demo_shop.told(f"webhooks/{webhook['id']}/deliveries")["deliveries"]
    expect(walk.locator(".delivery")).to_have_count(len(told))


def test_somebody_is_invited_and_not_after_all(walk, demo_shop):
    walk.goto("/team")
    walk.get_by_label("E-mail").fill("grace@example.com")
    walk.get_by_label("Role", exact=True).select_option("Viewer")
    button(walk, "Invite").click()
    walk.get_by_text("The invitation is ready").wait_for()
    (invite,) = demo_shop.told_inside("team/invites")["invites"]
    assert (invite["email"], invite["role"]) == ("grace@example.com", "VIEWER")
    walk.goto("/team")
    walk.get_by_label("Revoke the invitation of grace@example.com").click()
    expect(walk.get_by_text("grace@example.com")).to_have_count(0)


def test_another_project_knows_nothing_of_the_shop(walk, demo_shop):
    # Which project somebody is in belongs to the session, so the others' must not be this one.
    walk.context.clear_cookies()
    walk.goto("/projects")
    walk.get_by_label("E-mail").fill(OWNER.email)
    walk.get_by_label("Password").fill(PASSWORD)
    button(walk, "Sign in").click()
    walk.get_by_label("Name", exact=True).first.fill("Juniper Tea")
    button(walk, "Make it and go in").click()
    walk.get_by_role("heading", name="Juniper Tea").first.wait_for()
    walk.goto("/contacts")
    expect(walk.get_by_role("heading", name="Nobody here yet")).to_be_visible()
    walk.goto("/projects")
    walk.get_by_role("button", name="Go in to Juniper Coffee").click()
    walk.goto("/contacts")
    people = demo_shop.told("users", limit=1)["total"]
    expect(walk.locator(".people-total")).to_contain_text(str(people))


def test_the_composer_writes_a_draft(walk, demo_shop):
    walk.goto("/ai-model")
    walk.get_by_label("What is the message about?").fill("A new coffee from Guji")
    button(walk, "Write a push message").click()
    expect(walk.locator("blockquote.written").first).to_be_visible()
    assert demo_shop.told("ai/model")


def test_the_audit_log_names_who_did_what(walk, demo_shop):
    walk.goto("/audit")
    told = demo_shop.told_inside("audit")["entries"]
    rows = walk.locator(".key")
    expect(rows).to_have_count(len(told))
    act = re.sub("[._]", " ", told[0]["act"])
    expect(rows.first).to_contain_text(act, ignore_case=True)
    expect(rows.first).to_contain_text(told[0]["actor"])


def test_whoever_looks_sees_where_they_are_signed_in(walk):
    walk.goto("/")
    button(walk, "You: Demo").click()
    walk.get_by_role("link", name="Security").click()
    expect(walk.get_by_text("This one")).to_have_count(1)


def test_the_menu_leads_everywhere_on_a_phone(walk):
    walk.set_viewport_size({"width": 390, "height": 800})
    walk.goto("/")
    button(walk, "Open the menu").click()
    walk.get_by_role("link", name="Audit log").click()
    expect(walk.get_by_role("heading", name="Audit log")).to_be_visible()
