"""Products that are recommended: over HTTP, and in mails of either template language."""

from email import message_from_bytes, policy

import pytest

from support.server import eventually, now


@pytest.fixture
def shop(project):
    """Give a shop where two of three who bought a lamp bought a bulb as well."""
    carts = {"ann": ("lamp", "bulb"), "bob": ("lamp", "bulb"), "eve": ("lamp",), "kim": ("rope",)}
    orders = [
        {
            "externalOrderId": f"order of {who}",
            "externalCustomerId": who,
            "totalCost": 10,
            "status": "DELIVERED",
            "date": now().isoformat(),
            "currency": "UAH",
            "items": [
                {
                    "externalItemId": name,
                    "quantity": 1,
                    "name": name.title(),
                    "cost": 5.5,
                    "url": f"https://shop.example.com/{name}",
                    "category": "home",
                }
                for name in names
            ],
        }
        for who, names in carts.items()
    ]
    assert project.reteno.post("/api/v1/orders", {"orders": orders}).body == b""

    def are_there():
        reply = project.reteno.get("/api/v2/contacts/recoms/popular")
        return reply.status == 200 and len(reply.json()) == 3

    eventually(are_there, "the orders in the analytics store")
    return project


def recommended(project, source, **query):
    return [one["id"] for one in project.reteno.get(path_of(source), **query).ok()]


def path_of(source):
    return f"/api/v2/contacts/recoms/{source}"


def test_four_sources_by_number_and_name(shop):
    (first, *_) = shop.reteno.get(path_of(1), externalCustomerId="eve").ok()
    assert first == {
        "id": "bulb",
        "name": "Bulb",
        "url": "https://shop.example.com/bulb",
        "price": 5.5,
        "currency": "UAH",
        "category": ["home"],
        "reason": "Bought by 2 people who also bought Lamp.",
        "score": pytest.approx(0.8165),
    }
    assert recommended(shop, "personal", externalCustomerId="ann") == ["rope"]
    assert recommended(shop, "together", products="lamp,unheard of") == ["bulb"]
    assert recommended(shop, 3, category="home", limit=2) == ["lamp", "bulb"]
    assert recommended(shop, "popular", externalCustomerId="kim") == ["lamp", "bulb"]
    contact = shop.reteno.get("/api/v1/contacts", externalCustomerId="eve").ok()[0]["id"]
    assert recommended(shop, "personal", contactId=contact, limit=1) == ["bulb"]


@pytest.mark.parametrize(
    ("source", "query", "status", "words"),
    [
        ("5", {}, 404, "Data source with id='5' is not found."),
        ("personal", {}, 400, "contactId, externalCustomerId, email or phone is required."),
        ("personal", {"externalCustomerId": "nobody"}, 404, "The contact is not found."),
        ("together", {}, 400, "products is required"),
        ("category", {}, 400, "category is required"),
        ("popular", {"limit": 51}, 400, "limit must be from 1 to 50."),
        ("together", {"products": "x" * 256}, 400, "products[0] must have at most 255"),
    ],
)
def test_what_cannot_be_recommended_is_refused(project, source, query, status, words):
    reply = project.reteno.get(path_of(source), **query)
    assert (reply.status, reply.json()["message"].startswith(words)) == (status, True), reply.body


def test_mails_recommend_to_whom_they_go(server, shop):
    stored = {
        "name": "More",
        "from": "info@shop.example.com",
        "subject": "For you",
        "htmlText": "<p>#foreach($one in $recommendations)$one.name, $one.price; #end</p>",
    }
    made = shop.reteno.post("/api/v1/messages/email", stored).ok()["id"]
    addresses = {name: shop.address() for name in ("ann", "eve")}
    for name, address in addresses.items():
        shop.retenshun.put(f"/api/v1/users/{name}", {"email": address}).ok()
    people = [{"externalCustomerId": name} for name in addresses]
    shop.reteno.post(f"/api/v1/message/{made}/smartsend", {"recipients": people}).ok()
    liquid = {
        "userId": "eve",
        "channel": "EMAIL",
        "subject": "Again",
        "body": "<p>{{ recommendations[0].name }}: {{ recommendations[0].reason }}</p>",
    }
    shop.retenshun.post("/api/v1/messages", liquid).ok()
    assert words_of(server.mails_to(addresses["ann"])[0]) == "Rope, 5.5;"
    mails = server.mails_to(addresses["eve"], at_least=2)
    assert {words_of(mail) for mail in mails} == {
        "Bulb, 5.5; Rope, 5.5;",
        "Bulb: Bought by 2 people who also bought Lamp.",
    }


def words_of(mail):
    content = message_from_bytes(mail.content, policy=policy.default)
    return content.get_body(("plain",)).get_content().strip()
