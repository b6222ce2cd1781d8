"""Who comes to the shop and what they do there: made of dice that always fall the same way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge
from random import Random
from typing import NamedTuple

from beckon.demo.shop import CURRENCY, PRODUCTS, Product
from beckon.domain.contacts.model import NewDevice, Platform, Profile, Who
from beckon.domain.events.model import EventId, NewEvent
from beckon.domain.orders.model import Item, NewOrder, Status
from beckon.kit.ids import named_uuid

DAYS = 90
OLD_PERCENT = 62
"""How many of a hundred were customers before the story begins."""


class Habit(NamedTuple):
    """A kind of visitor: how many of a hundred, visits a month, and what comes of a visit."""

    percent: int
    visits: float
    cart: float
    order: float


HABITS = (Habit(15, 3.0, 0.5, 0.75), Habit(40, 1.0, 0.3, 0.5), Habit(45, 0.4, 0.15, 0.25))

NAMES = {
    "en": (
        ("Ann", "Ben", "Chloe", "Dylan", "Emma", "Finn", "Grace", "Harry", "Isla", "Jack"),
        ("Adams", "Baker", "Clarke", "Doyle", "Evans", "Foster", "Green", "Hughes", "Jones"),
        ("Europe/London", "America/New_York", "Europe/Dublin"),
    ),
    "de": (
        ("Anja", "Björn", "Clara", "Dirk", "Eva", "Felix", "Greta", "Jürgen", "Lena", "Moritz"),
        ("Bauer", "Fischer", "Groß", "Hoffmann", "Krüger", "Müller", "Schäfer", "Weber"),
        ("Europe/Berlin", "Europe/Vienna"),
    ),
    "uk": (
        ("Олена", "Ганна", "Марія", "Андрій", "Ірина", "Богдан", "Соломія", "Юрій"),
        ("Шевченко", "Коваленко", "Бондаренко", "Ткаченко", "Мельник", "Кравчук"),
        ("Europe/Kyiv",),
    ),
    "es": (
        ("Lucía", "Mateo", "Sofía", "Hugo", "Carmen", "José", "Elena", "Iván"),
        ("García", "López", "Martínez", "Núñez", "Pérez", "Sánchez"),
        ("Europe/Madrid",),
    ),
}
LANGUAGES = ("en", "en", "en", "en", "en", "de", "de", "de", "uk", "es")
BREWS = ("filter", "filter", "espresso", "moka", "french press")
HOSTS = ("mail.example.com", "post.example.net", "inbox.example.org")
TURN = {Status.INITIALIZED: 0.0, Status.DELIVERED: 2.2}
"""After how many days an order is how far."""


@dataclass(frozen=True, slots=True)
class Person:
    """One customer: under which id, since when, and what is known."""

    id: str
    since: datetime
    profile: Profile
    habit: Habit
    device: NewDevice | None
    takes_news: bool


Deed = tuple[datetime, int, NewEvent | NewOrder]
"""When, in which order among equals, and what."""


def make_people(count: int, begin: datetime, end: datetime) -> list[Person]:
    """Make so many people, the oldest customers first."""
    dice = Random(1808)  # noqa: S311 - a story, always the same one; nothing secret
    span = (end - begin) / timedelta(seconds=1)
    since = [
        begin
        if dice.random() * 100 < OLD_PERCENT
        # More come each week than the week before: the root crowds them to the end.
        else begin + timedelta(seconds=int(span * dice.random() ** 0.7))
        for _ in range(count)
    ]
    return [_person(dice, number, moment) for number, moment in enumerate(sorted(since), 1)]


def deeds_of(people: Sequence[Person], begin: datetime, end: datetime) -> Iterator[Deed]:
    """Tell what everybody does from beginning to end, in the order of time."""
    return merge(*(sorted(_deeds(person, begin, end), key=_when) for person in people), key=_when)


def _when(deed: Deed) -> tuple[datetime, int]:
    return deed[:2]


def _person(dice: Random, number: int, since: datetime) -> Person:
    language = dice.choice(LANGUAGES)
    first_names, last_names, zones = NAMES[language]
    habit = dice.choices(HABITS, [one.percent for one in HABITS])[0]
    properties: dict[str, object] = {"brews": dice.choice(BREWS)}
    if dice.random() < 0.5:
        born = datetime(1955, 1, 1) + timedelta(days=dice.randrange(50 * 365))  # noqa: DTZ001 - a date, no moment
        properties["birthday"] = born.date().isoformat()
    device = None
    if dice.random() < 0.1:
        platform = dice.choice((Platform.IOS, Platform.ANDROID))
        device = NewDevice(platform, "fcm", f"demo-token-{number}")
    profile = Profile(
        email=f"customer{number}@{dice.choice(HOSTS)}",
        # 555-0100 to 555-0199 belong to nobody, in every area.
        phone=f"1{200 + number // 100 % 800}55501{number % 100:02}",
        first_name=dice.choice(first_names),
        last_name=dice.choice(last_names),
        language=language,
        time_zone=dice.choice(zones),
        properties=properties,
    )
    return Person(f"c-{number:05}", since, profile, habit, device, dice.random() < 0.3)


def _deeds(person: Person, begin: datetime, end: datetime) -> Iterator[Deed]:
    dice = Random(person.id)  # noqa: S311 - likewise
    if person.since > begin:
        yield _event(person, person.since, 0, "signed_up", {"from": dice.choice(("web", "app"))})
    visits = person.habit.visits * ((end - person.since) / timedelta(days=30))
    for number in range(int(visits + dice.random())):
        at = person.since + (end - person.since) * dice.random()
        # People shop in the evening of their day rather than at night.
        at = at.replace(hour=min(23, max(6, int(dice.gauss(17, 4)))))
        if person.since <= at < end:
            yield from _visit(person, dice, at, number, end)


def _visit(
    person: Person, dice: Random, at: datetime, number: int, end: datetime
) -> Iterator[Deed]:
    """Look at a product or two; perhaps put one into the cart; perhaps order what is there."""
    product = PRODUCTS[0]
    for look in range(dice.randint(1, 2)):
        product = dice.choice(PRODUCTS)
        told: dict[str, object] = {"product": product.name, "category": product.category}
        yield _event(person, at, number * 10 + look, "product_viewed", told)
        at += timedelta(seconds=dice.randint(20, 240))
    if dice.random() > person.habit.cart or at >= end:
        return
    told = {"product": product.name, "price": product.price / 100}
    yield _event(person, at, number * 10 + 8, "added_to_cart", told)
    if dice.random() < person.habit.order:
        placed = at + timedelta(seconds=dice.randint(60, 5400))
        yield from _order(person, dice, product, number, placed, end)


def _order(
    person: Person, dice: Random, product: Product, number: int, placed: datetime, end: datetime
) -> Iterator[Deed]:
    bought = [product, *dice.sample(PRODUCTS, dice.randint(0, 2))]
    items = tuple(
        Item(one.id, 1.0, one.name, one.category, one.price) for one in dict.fromkeys(bought)
    )
    total = sum(item.price or 0 for item in items)
    is_cancelled = dice.random() < 0.03
    for status, days in TURN.items():
        at = placed + timedelta(days=days)
        if at >= end:
            return
        told = Status.CANCELLED if is_cancelled and status is Status.DELIVERED else status
        name = f"{person.id}-{number}"
        order = NewOrder(name, Who(external_id=person.id), told, total, CURRENCY, placed, items)
        yield at, number, order


def _event(person: Person, at: datetime, number: int, name: str, told: dict[str, object]) -> Deed:
    event = NewEvent(
        id=EventId(named_uuid("demo", person.id, name, str(number))),
        name=name,
        who=Who(external_id=person.id),
        key=None,
        properties=told,
        occurred_at=at,
        received_at=at,
    )
    return at, number, event
