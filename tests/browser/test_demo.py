"""A marketer in the demo shop: in each area something is found, opened, used, and as the API says.

What is asserted comes from the API: the story ends now, so its numbers are others every day.
"""

import re
from datetime import timedelta

from playwright.sync_api import expect

from support.server import now


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def figure(page, name):
    """Give the number under a heading of the figures."""
    return page.locator("dl .card", has=page.get_by_text(name, exact=True)).locator("dd")


def buyer(shop):
    """Give the user who ordered last, and their orders."""
    events = shop.told("events", eventName="orderINITIALIZED", limit=1)["events"]
    user = events[0]["userId"]
    return user, shop.told(f"users/{user}/orders")["orders"]


def test_home_tells_how_the_shop_stands_and_leads_to_what_is_searched(walk, demo_shop):
    walk.goto("/")
    expect(walk.get_by_text("5 of 5 done")).to_be_visible()
    people = demo_shop.told("users", limit=1)["total"]
    expect(walk.locator("#figures")).to_contain_text(re.compile(rf"People\s*{people}\b"))
    walk.keyboard.press("/")
    walk.keyboard.type("Spring harvest")
    walk.locator(".hit[href^='/campaigns/']").first.click()
    expect(walk.get_by_role("heading", level=1)).to_contain_text("pring harvest")


def test_a_customer_is_found_read_and_changed(walk, demo_shop):
    user, orders = buyer(demo_shop)
    name = demo_shop.told(f"users/{user}")["properties"]["lastName"]
    walk.goto("/contacts")
    walk.get_by_role("searchbox", name="Search by id, e-mail, phone or name").fill(name)
    button(walk, "Search").click()
    total = demo_shop.told("users", search=name, limit=1)["total"]
    expect(walk.locator(".people-row")).to_have_count(total)
    walk.locator(".people-row", has_text=user).click()
    walk.get_by_role("link", name="Orders", exact=True).last.click()
    expect(walk.locator(".timeline-row")).to_have_count(len(orders))
    expect(walk.locator(".timeline-row").first).to_contain_text(orders[0]["id"])
    walk.get_by_role("link", name="Edit").click()
    walk.get_by_label("Last name").fill(f"{name}-Smith")
    button(walk, "Save").click()
    expect(walk.get_by_role("heading", level=1)).to_contain_text(f"{name}-Smith")
    assert demo_shop.told(f"users/{user}")["properties"]["lastName"] == f"{name}-Smith"
    walk.get_by_role("link", name="Changes", exact=True).click()
    expect(walk.locator(".timeline-row").first).to_contain_text("last name")


def test_a_segment_of_buyers_is_built_counted_and_explained(walk, demo_shop):
    asked = {"orders": "count", "operator": "gte", "value": 2, "status": ["DELIVERED"]}
    rules = [{**asked, "within": "90d"}]
    meant = demo_shop.asked("segments/estimate", {"rules": rules})["estimatedCount"]
    walk.goto("/segments/new")
    walk.get_by_label("Name", exact=True).fill("Came twice")
    walk.get_by_label("Remove this condition").click()
    button(walk, "Orders").click()
    walk.get_by_label("How many or how much").fill("2")
    walk.get_by_label("State of the order").select_option("delivered")
    walk.get_by_label("Time, empty for ever").fill("90d")
    walk.get_by_label("Name", exact=True).focus()
    expect(walk.locator(".preview-count strong")).to_have_text(str(meant))
    button(walk, "Create segment").click()
    expect(walk.locator(".segment-size strong")).to_have_text(str(meant))
    told = "has at least 2 orders that are delivered in the last 90d"
    expect(walk.locator(".rule-lines")).to_have_text(told)
    segment = f"seg_{walk.url.rpartition('/')[2]}"
    members = {one["id"] for one in demo_shop.told(f"segments/{segment}/users")["users"]}
    expect(walk.locator("#people .segment-row")).to_have_count(meant)
    assert {row.split()[0] for row in walk.locator("#people small").all_inner_texts()} == members
    walk.get_by_label("Why is this person in it or not?").fill(min(members))
    button(walk, "Why?").click()
    expect(walk.locator("#why")).to_contain_text("2")


def test_a_workflow_is_read_and_played_over_what_happened(walk, demo_shop):
    walk.goto("/workflows")
    walk.get_by_role("link", name="Cart left behind").first.click()
    number = walk.url.rpartition("/")[2]
    report = demo_shop.told(f"automations/auto_{number}/report")
    expect(figure(walk, "Entered")).to_have_text(str(report["entered"]))
    expect(figure(walk, "Converted")).to_have_text(re.compile(rf"^{report['converted']}\b"))
    walk.get_by_role("link", name="Dry run").click()
    walk.get_by_label("The last").select_option("90 days")
    button(walk, "Play").click()
    begin = {"from": (now() - timedelta(days=90)).isoformat()}
    played = demo_shop.asked(f"automations/auto_{number}/dry-run", begin)
    expect(figure(walk, "Heard")).to_have_text(str(played["signals"]))
    expect(figure(walk, "Would have entered")).to_have_text(str(played["entered"]))
    sent = str(sum(played["sends"].values()))
    expect(figure(walk, "Would have got messages")).to_have_text(sent)
    expect(walk.locator(".played pre").first).to_contain_text("waits in your cart")


def test_somebodys_way_through_a_workflow_is_followed_step_by_step(walk, demo_shop):
    walk.goto("/workflows")
    walk.get_by_role("link", name="Cart left behind").first.click()
    number = walk.url.rpartition("/")[2]
    walk.get_by_role("link", name="People", exact=True).click()
    runs = demo_shop.told(f"automations/auto_{number}/runs")["runs"]
    expect(walk.locator(".run-row")).to_have_count(len(runs))
    walk.locator(".run-row").first.click()
    run = demo_shop.told(f"automation-runs/{runs[0]['id']}")
    expect(walk.locator(".journey > li")).to_have_count(len(run["steps"]))


def test_a_campaign_that_went_out_tells_what_became_of_it(walk, demo_shop):
    walk.goto("/campaigns")
    walk.get_by_role("link", name="Spring harvest").last.click()
    number = walk.url.rpartition("/")[2]
    report = demo_shop.told(f"campaigns/camp_{number}/report")
    for name in ("Delivered", "Opened", "Clicked", "Unsubscribed"):
        told = report[name.lower()]
        expect(figure(walk, name)).to_have_text(re.compile(rf"^{told}\b"))
    links = walk.locator("#links tbody tr td:last-child")
    assert sum(map(int, links.all_inner_texts())) >= report["clicked"]
    sent = walk.locator("#domains tbody tr td:nth-child(2)")
    expect(sent.first).to_be_visible()
    assert sum(map(int, sent.all_inner_texts())) == report["accepted"]
    rows = walk.locator(".campaign-variants tbody tr")
    for row, variant in zip(rows.all(), report["variants"], strict=True):
        assert row.locator("td").nth(1).inner_text() == str(variant["accepted"])


def test_a_campaign_is_copied_and_looked_at_before_it_goes(walk, demo_shop):
    walk.goto("/campaigns")
    walk.get_by_role("link", name="Free shipping weekend").first.click()
    walk.get_by_role("link", name="Copy").click()
    button(walk, "Save and review").click()
    expect(walk.get_by_role("heading", level=1)).to_have_text("Free shipping weekend, again")
    number = walk.url.rpartition("/")[2]
    ahead = demo_shop.told(f"campaigns/camp_{number}/preflight")
    assert ahead["missing"] == {}, "every place of this text is filled, its own links too"
    lead = f"{ahead['recipients']} of {ahead['audience']} people get it"
    expect(walk.locator(".ahead-lead")).to_contain_text(lead)
    walk.get_by_role("link", name="Free shipping weekend", exact=True).click()
    mail = walk.frame_locator(".frames iframe:not(.is-loading)")
    expect(mail.get_by_text("Shipping is free until Sunday night")).to_be_visible()


def test_a_template_is_filled_for_a_customer_in_their_language(walk, demo_shop):
    user = next(
        one["id"]
        for one in demo_shop.told("users", limit=100)["users"]
        if one["properties"]["language"] == "en"
    )
    walk.goto("/templates")
    walk.get_by_label("Search by name").fill("Welcome")
    button(walk, "Search").click()
    walk.get_by_role("link", name="Welcome", exact=True).click()
    number = walk.url.rpartition("/")[2]
    filled = demo_shop.asked(f"templates/tpl_{number}/render", {"userId": user})
    walk.get_by_label("For whom: id, e-mail or contact number").fill(user)
    expect(walk.locator(".check-subject")).to_have_text(filled["subject"])
    walk.get_by_role("link", name="de", exact=True).click()
    expect(walk.locator(".check-subject")).to_have_text("Willkommen bei Juniper")
    mail = walk.frame_locator(".frames iframe:not(.is-loading)")
    expect(mail.get_by_text("Schön, dass Sie da sind")).to_be_visible()


def test_a_message_is_opened_as_its_reader_saw_it(walk, demo_shop):
    walk.goto("/messages")
    walk.get_by_label("State").get_by_role("link", name="Delivered").click()
    expect(walk.locator(".message-row", has_text="Meet the growers").first).to_be_visible()
    walk.locator(".message-row", has_text="Welcome").first.click()
    message = demo_shop.told(f"messages/msg_{walk.url.rpartition('/')[2].replace('-', '')}")
    expect(walk.get_by_role("heading", level=1)).to_have_text(message["subject"])
    expect(walk.locator("[aria-labelledby=history-title] .history-state").last).to_have_text(
        re.compile(message["status"], re.IGNORECASE)
    )
    mail = walk.frame_locator(".preview-frame iframe")
    expect(mail.get_by_text("Juniper Coffee").first).to_be_visible()
    walk.get_by_role("tab", name="Source").click()
    expect(walk.locator("#pane-source")).to_contain_text("List-Unsubscribe")


def test_single_reports_find_what_one_customer_got(walk, demo_shop):
    user, _ = buyer(demo_shop)
    walk.goto("/single-reports")
    walk.get_by_label("Person or request id").fill(user)
    walk.get_by_label("Channel").select_option("email")
    button(walk, "Filter").click()
    got = demo_shop.told(f"users/{user}/messages", channel="EMAIL", limit=100)["messages"]
    expect(walk.locator(".message-row")).to_have_count(
        sum(bool(one["automationId"]) for one in got)
    )


def test_events_are_filtered_read_and_come_by_themselves(walk, demo_shop):
    user, _ = buyer(demo_shop)
    walk.goto("/event-types")
    walk.get_by_role("link", name="added_to_cart").click()
    expect(walk.get_by_role("link", name="Cart left behind")).to_be_visible()
    walk.get_by_role("link", name="Event history").last.click()
    walk.get_by_placeholder("Person: id or e-mail").fill(user)
    button(walk, "Filter").click()
    told = demo_shop.told(f"users/{user}/events", eventName="added_to_cart")["events"]
    expect(walk.locator(".event")).to_have_count(len(told))
    walk.locator(".event summary").first.click()
    expect(walk.locator(".event").first).to_contain_text(told[0]["properties"]["product"])


def test_an_order_is_found_by_its_id(walk, demo_shop):
    _, orders = buyer(demo_shop)
    walk.goto("/orders")
    walk.get_by_label("Search by the order's whole id").fill(orders[0]["id"])
    button(walk, "Search").click()
    walk.locator(".list-row").click()
    expect(walk.locator(".lead")).to_contain_text(f"{orders[0]['total']:.2f}")
    for item in orders[0]["items"]:
        expect(walk.locator("#content")).to_contain_text(item["name"])


def test_a_crowd_of_buyers_becomes_a_segment(walk, demo_shop):
    walk.goto("/rfm")
    row = walk.locator(".rfm-groups tr", has_text="Growing")
    people = row.locator("td").nth(1).inner_text()
    row.get_by_role("link").click()
    expect(walk.get_by_role("heading", name=f"{people} in the cells chosen")).to_be_visible()
    walk.get_by_placeholder("Name of the segment").fill("Growing buyers")
    button(walk, "Make a segment").click()
    expect(walk.locator(".segment-size strong")).to_have_text(people)
    segment = demo_shop.told(f"segments/seg_{walk.url.rpartition('/')[2]}")
    assert (segment["name"], str(segment["userCount"])) == ("Growing buyers", people)


def test_reports_count_as_the_api_does(walk, demo_shop):
    walk.goto("/reports")
    walk.get_by_role("link", name="90 days").click()
    told = demo_shop.told("reports", range="90d")
    expect(figure(walk, "Events")).to_have_text(str(told["events"]))
    expect(figure(walk, "Delivered orders")).to_contain_text(f"{told['revenue']['EUR']:,.0f}")
    expect(walk.locator(".tally")).to_contain_text("orderINITIALIZED")
    walk.get_by_role("link", name="Cohorts").click()
    expect(walk.get_by_role("img", name="Who came back, by weeks")).to_be_visible()
    walk.get_by_role("link", name="Funnel").click()
    walk.get_by_label("First the event").fill("product_viewed")
    walk.get_by_label("Then").first.fill("added_to_cart")
    walk.get_by_label("In the last").select_option("90 days")
    button(walk, "Show").click()
    asked = {"steps": ["product_viewed", "added_to_cart"], "range": "90d", "within": "7d"}
    stages = demo_shop.asked("reports/funnel", asked)["steps"]
    rows = walk.locator(".tally tbody tr td:nth-child(2)")
    expect(rows).to_have_text([str(one["users"]) for one in stages])


def test_an_address_that_wants_nothing_is_kept_out_and_let_in_again(walk, demo_shop):
    user, _ = buyer(demo_shop)
    address = demo_shop.told(f"users/{user}")["email"]
    walk.goto("/suppressions")
    walk.get_by_label("Address or number").fill(address)
    button(walk, "Send nothing more").click()
    row = walk.locator(".suppressed", has_text=address)
    expect(row).to_contain_text("By hand")
    kept = demo_shop.told("suppressions", reason="manual")["suppressions"]
    assert [one["address"] for one in kept] == [address]
    row.get_by_role("button", name="Lift").click()
    expect(row).to_have_count(0)
    assert demo_shop.told("suppressions", reason="manual")["total"] == 0


def test_a_draft_of_the_news_feed_is_published(walk, demo_shop):
    walk.goto("/news")
    walk.get_by_label("Edit Subscriptions, nearly ready").click()
    walk.get_by_label("Published: everybody can read it").check()
    button(walk, "Save").click()
    expect(walk.get_by_text("Draft", exact=True)).to_have_count(0)
    assert all(one["published"] for one in demo_shop.told("news")["items"])
