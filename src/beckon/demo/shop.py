"""What the shop sells and says: products, texts, segments, workflows. Data, no behaviour."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from beckon.domain.contacts.model import Channel
from beckon.domain.templates.model import Details, Language, Text, Words

ORGANISATION = "Juniper Coffee"
TIME_ZONE = "Europe/London"
POSTAL_ADDRESS = "Juniper Coffee, 12 Harbour Lane, Bristol BS1 4XX, United Kingdom"
CURRENCY = "EUR"


class Product(NamedTuple):
    """Something the shop sells; the price is in cents."""

    id: str
    name: str
    category: str
    price: int


PRODUCTS = (
    Product("guji-250", "Ethiopia Guji, 250 g", "beans", 1190),
    Product("huila-250", "Colombia Huila, 250 g", "beans", 1090),
    Product("kirinyaga-250", "Kenya Kirinyaga, 250 g", "beans", 1290),
    Product("house-1000", "House espresso, 1 kg", "beans", 2850),
    Product("decaf-250", "Sugarcane decaf, 250 g", "beans", 1150),
    Product("v60", "Ceramic dripper", "brewing", 2400),
    Product("kettle", "Gooseneck kettle", "brewing", 8900),
    Product("grinder", "Hand grinder", "brewing", 11900),
    Product("filters", "Paper filters, 100", "brewing", 690),
    Product("cup", "Stoneware cup", "tableware", 1800),
)


def _mail(title: str, words: str, button: str, path: str) -> str:
    """Lay out a mail: a heading, a paragraph, a button, and how to leave."""
    return f"""<mjml><mj-body background-color="#f6f1ea">
<mj-section padding="32px 0 8px"><mj-column><mj-text font-size="20px" font-weight="700"
color="#6b4226">Juniper Coffee</mj-text></mj-column></mj-section>
<mj-section background-color="#ffffff"><mj-column>
<mj-text font-size="24px" font-weight="700" color="#2b211b">{title}</mj-text>
<mj-text font-size="16px" line-height="1.6" color="#4a3f38">{words}</mj-text>
<mj-button background-color="#6b4226" href="https://shop.example/{path}">{button}</mj-button>
</mj-column></mj-section>
<mj-section><mj-column><mj-text font-size="12px" color="#7d7068">You get this because you signed
up at Juniper Coffee. <a href="{{{{ unsubscribe_link }}}}">Unsubscribe</a></mj-text>
</mj-column></mj-section></mj-body></mjml>"""


def _letter(subject: str, preheader: str, *parts: str) -> Text:
    return Text(Language.LIQUID, subject, _mail(*parts), preheader=preheader)


def _note(channel: Channel, title: str, text: str, path: str | None = None) -> Text:
    details = Details(link_url=f"https://shop.example/{path}") if path else Details()
    return Text(Language.LIQUID, title, text, channel=channel, details=details)


_HELLO = '{{ firstName | default: "there" }}'

TEMPLATES: Mapping[str, Text] = {
    "Welcome": Text(
        Language.LIQUID,
        f"Welcome to Juniper, {_HELLO}",
        _mail(
            f"Good to have you, {_HELLO}",
            "We roast on Tuesdays and ship on Wednesdays. Tell us how you brew, and we pick.",
            "Find your coffee",
            "quiz",
        ),
        preheader="We roast on Tuesdays.",
        translations=(
            (
                "de",
                Words(
                    "Willkommen bei Juniper",
                    _mail(
                        "Schön, dass Sie da sind",
                        "Wir rösten dienstags und versenden mittwochs.",
                        "Kaffee finden",
                        "de/quiz",
                    ),
                ),
            ),
            (
                "uk",
                Words(
                    "Вітаємо в Juniper",
                    _mail(
                        "Раді, що ви з нами",
                        "Смажимо щовівторка, надсилаємо щосереди.",
                        "Знайти свою каву",
                        "uk/quiz",
                    ),
                ),
            ),
        ),
    ),
    "First order, ten percent": _letter(
        "Ten percent off your first bag",
        "Until Sunday.",
        "Your first bag is on us, a little",
        "Use HELLO10 at the checkout. It holds for everything but the grinder.",
        "Choose a bag",
        "beans",
    ),
    "How to brew": _letter(
        "Four minutes to a better cup",
        "A recipe that forgives.",
        "Fifteen grams, two hundred and fifty, four minutes",
        "Pour slowly, wait, and pour again. That is nearly all there is to it.",
        "Read the guide",
        "guides/filter",
    ),
    "Cart left behind": _letter(
        "{{ product }} is still in your cart",
        "We kept it for you.",
        f"Forgot something, {_HELLO}?",
        "{{ product }} waits in your cart. We roast again on Tuesday.",
        "Back to the cart",
        "cart",
    ),
    "How was it?": _letter(
        "How was your coffee?",
        "One question.",
        "One question about order {{ externalOrderId }}",
        "Was it what you hoped for? One click tells us, and helps the next one choose.",
        "Rate it",
        "reviews",
    ),
    "Happy birthday": _letter(
        f"Happy birthday, {_HELLO}",
        "A cup is on us.",
        f"All the best, {_HELLO}!",
        "A stoneware cup goes into your next parcel; nothing to type, nothing to do.",
        "See the cups",
        "tableware",
    ),
    "Spring harvest": _letter(
        "The spring harvest is here",
        "Three new coffees.",
        "Three new coffees from Guji, Huila and Kirinyaga",
        "Floral, sweet, and one that tastes of blackcurrant. Roasted to order until they are gone.",
        "Taste the season",
        "spring",
    ),
    "Spring harvest, short": _letter(
        "Three coffees, six weeks",
        "Then they are gone.",
        "New, and not for long",
        "Guji, Huila, Kirinyaga. Six weeks, then the harvest is drunk.",
        "Taste the season",
        "spring",
    ),
    "Free shipping weekend": _letter(
        "This weekend we carry the parcel",
        "Free shipping until Sunday night.",
        "Shipping is free until Sunday night",
        "Whatever you order, we pay the post. Nothing to type.",
        "Order now",
        "beans",
    ),
    "Meet the growers": _letter(
        "Who grew your coffee",
        "A letter from Guji.",
        "A letter from Guji",
        "Almaz has 2,400 trees at 2,100 metres. She writes about the rain that came late.",
        "Read her letter",
        "growers/almaz",
    ),
    "Cart, by text": _note(Channel.SMS, "", "Your cart at Juniper is kept until tonight."),
    "Roasting day": _note(
        Channel.PUSH, "We roast today", "Order until noon and it leaves tomorrow.", "beans"
    ),
}

LISTS = ("Newsletter", "App users")

SEGMENTS: Mapping[str, list[dict[str, Any]]] = {
    "Bought in the last 30 days": [
        {"orders": "count", "operator": "gte", "value": 1, "within": "30d"}
    ],
    "Regulars": [{"orders": "count", "operator": "gte", "value": 4}],
    "Cart, no order": [
        {
            "sequence": [
                {"event": "added_to_cart"},
                {"event": "orderINITIALIZED", "within": "1d", "not": True},
            ],
            "within": "30d",
        }
    ],
    "Espresso drinkers": [{"field": "brews", "operator": "eq", "value": "espresso"}],
    "Not seen for 60 days": [
        {"field": "lastSeenAt", "operator": "lt", "value": {"ago": "60d"}},
    ],
}


def workflows(
    templates: Mapping[str, int], lists: Mapping[str, int], segments: Mapping[str, int]
) -> list[tuple[str, bool, dict[str, Any]]]:
    """Give name, whether it is switched on, and stored definition of each workflow."""

    def mail(step: str, template: str, **more: object) -> dict[str, Any]:
        told = {"do": "send", "id": step, "channel": "email", "template_id": templates[template]}
        return told | more

    bought: dict[str, Any] = {
        "contact": [{"event": "orderINITIALIZED", "operator": "gte", "value": 1, "within": "14d"}]
    }
    welcome = {
        "trigger": {"on": "event", "event_name": "signed_up"},
        "steps": [
            {"do": "change_list", "id": "join", "segment_id": lists["Newsletter"]},
            mail("hello", "Welcome"),
            {"do": "wait", "id": "two_days", "days": 2},
            {
                "do": "condition",
                "id": "bought",
                "test": bought,
                "then": [mail("brew", "How to brew")],
                "otherwise": [
                    mail("offer", "First order, ten percent"),
                    {"do": "wait", "id": "three_days", "days": 3},
                    {
                        "do": "split",
                        "id": "nudge",
                        "shares": [
                            {
                                "name": "guide",
                                "percent": 50,
                                "steps": [mail("guide", "How to brew")],
                            },
                            {"name": "quiet", "percent": 50},
                        ],
                    },
                ],
            },
            {"do": "change_tags", "id": "welcomed", "add": ["welcomed"]},
        ],
        "manners": {
            "re_entry": {"again": "never"},
            "goal": {"event_name": "orderINITIALIZED", "seconds": 14 * 86_400},
            "holdout_percent": 5,
        },
    }
    cart = {
        "trigger": {"on": "event", "event_name": "added_to_cart"},
        "steps": [
            {
                "do": "wait_for_event",
                "id": "ordered",
                "event_name": "orderINITIALIZED",
                "timeout_seconds": 3 * 3600,
                "where": {},
                "then": [{"do": "exit", "id": "done", "reason": "ordered"}],
                "otherwise": [mail("reminder", "Cart left behind")],
            },
            {"do": "wait", "id": "a_day", "days": 1},
            {
                "do": "send",
                "id": "text",
                "channel": "sms",
                "template_id": templates["Cart, by text"],
            },
        ],
        "manners": {
            "re_entry": {"again": "after_period", "seconds": 7 * 86_400},
            "exits": [{"event_name": "orderINITIALIZED"}],
            "goal": {"event_name": "orderINITIALIZED", "seconds": 3 * 86_400},
        },
    }
    review = {
        "trigger": {"on": "order", "status": "DELIVERED"},
        "steps": [
            {"do": "wait", "id": "a_week", "days": 7},
            {"do": "wait_for_time", "id": "evening", "at": "18:00:00"},
            mail("ask", "How was it?"),
        ],
        "manners": {"re_entry": {"again": "after_period", "seconds": 30 * 86_400}},
    }
    birthday = {
        "trigger": {"on": "date", "field": "birthday", "is_yearly": True},
        "steps": [mail("cup", "Happy birthday")],
    }
    back = {
        "trigger": {
            "on": "segment",
            "segment_id": segments["Not seen for 60 days"],
        },
        "steps": [
            {
                "do": "switch",
                "id": "way",
                "branches": [
                    {
                        "name": "Espresso drinkers",
                        "test": {
                            "contact": [{"segment": segments["Espresso drinkers"]}],
                        },
                        "steps": [mail("beans", "Free shipping weekend")],
                    }
                ],
                "otherwise": [mail("letter", "Meet the growers")],
            },
        ],
        "manners": {"holdout_percent": 10},
    }
    return [
        ("Welcome", True, welcome),
        ("Cart left behind", True, cart),
        ("How was it?", True, review),
        ("Birthday", True, birthday),
        ("Come back", False, back),
    ]


NEWS = (
    (
        "A new roaster",
        "Since Monday a 15 kg drum stands in the back. It is called Bertha. Come and smell.",
        True,
    ),
    ("Opening hours in December", "Open on Sundays too, 10 to 16.", True),
    ("Subscriptions, nearly ready", "A bag every second week. Tell us what you would want.", False),
)
