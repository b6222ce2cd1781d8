"""Random people with all that a rule can look at: as facts for one reading, as rows for the other.

Moments crowd around the edges of the windows that `random_rules` asks for.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import Channel, Contact, ContactId
from beckon.domain.segments.evaluating import evaluate
from beckon.domain.segments.facts import AsOf, Facts, Happened, Purchase, Recorded
from beckon.domain.segments.model import Reach, SegmentId
from beckon.kit.typed import flatten

TICK = timedelta(milliseconds=1)
SPANS = ("1s", "30m", "12h", "1d", "7d", "14d", "30d", "90d", "365d")
SECONDS = {"1s": 1, "30m": 1800, "12h": 43_200} | {
    f"{days}d": days * 86_400 for days in (1, 7, 14, 30, 90, 365)
}
EVENTS = ("view", "cart", "purchase", "über")
PATHS = ("plan", "age", "score", "vip", "tags", "birthday", "address.city", "items.sku", "email")
TEXTS = ("gold", "Gold", "go", "", "12", "12.0", "-0.5", "007", "true", "naïve", "Київ", "a'b\\")
DATES = ("2026-03-01", "1990-02-28", "1992-02-29", "1990-03-01", "2026-03-29", "2026-12-31")
NUMBERS = (0, 1, -1.5, 12, 12.0, 0.1, 0.2, 0.3, 0.00005, 0.00015, 99.99995, 1e15, -1e15, 2**53)
SCORES = (0.00005, 0.00035, 0.0003, 0.0004, 0.00007, 0.0001, 1e15)  # about the finest of a sum
NOWS = (
    datetime(2026, 4, 1, 12, tzinfo=UTC),
    datetime(2026, 3, 29, 0, 30, tzinfo=UTC),  # clocks go forward in Europe
    datetime(2026, 10, 25, 3, 0, 0, 1000, tzinfo=UTC),  # and back
    datetime(2027, 2, 28, 10, tzinfo=UTC),
    datetime(2028, 2, 29, 23, 59, 59, 999_000, tzinfo=UTC),
    datetime(2026, 12, 31, 22, tzinfo=UTC),
)
ZONES = ("UTC", "Europe/Kyiv", "America/New_York", "Asia/Kolkata", "Asia/Beirut", "Pacific/Apia")
CONTACT_ZONES = (None, "Europe/Kyiv", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Mars/Phobos", "")
STATUSES = ("DELIVERED", "CANCELLED", "INITIALIZED")
KINDS = ("accepted", "delivered", "opened", "opened", "opened", "clicked", "failed", "dead")


@dataclass(frozen=True)
class World:
    """The people of one project at one moment."""

    project_id: ProjectId
    as_of: AsOf
    people: tuple[Facts, ...]


def a_world(random, project_id, size=40):
    """Make people whose moments lie where rules decide."""
    as_of = AsOf(NOWS[project_id % len(NOWS)], ZoneInfo(random.choice(ZONES)))
    people = [_person(random, project_id, number, as_of) for number in range(1, size + 1)]
    return World(ProjectId(project_id), as_of, tuple(people))


def members(rule, world):
    """Tell, by the evaluator, for whom a rule holds."""
    return {person.contact.id for person in world.people if evaluate(rule, person, world.as_of)}


def _person(random, project_id, number, as_of):
    def some(values):
        return random.choice((None, *values))

    contact = Contact(
        id=ContactId(number),
        project_id=ProjectId(project_id),
        external_id=some(("ann", "bob", "12", "gold", "Київ")),
        first_name=some(("Ann", "ann", "", "Олена")),
        last_name=some(("Lee",)),
        language=some(("uk", "en")),
        time_zone=random.choice(CONTACT_ZONES),
        email=some(("Ann@Example.com", "ann@example.com", "bob@ÄB.de")),
        phone=some(("380441234567",)),
        properties={},
        created_at=_moment(random, as_of),
        updated_at=_moment(random, as_of),
        last_seen_at=some([_moment(random, as_of)]),
    )
    happened = [
        (random.choice(EVENTS), Happened(at, flatten(_properties(random, as_of))))
        for at in _moments(random, as_of)
    ]
    return Facts(
        contact=contact,
        properties=flatten(_properties(random, as_of)),
        reach={
            reach: frozenset(channel for channel in Channel if random.random() < 0.4)
            for reach in Reach
        },
        events={
            name: [event for found, event in happened if found == name]
            for name in {found for found, _ in happened}
        },
        visits=[event.at for _, event in happened],
        outcomes=[_outcome(random, as_of) for _ in range(random.choice((0, 1, 2, 4, 11)))],
        segments=frozenset(SegmentId(one) for one in (1, 2, 3) if random.random() < 0.4),
        purchases=[_purchase(random, as_of) for _ in range(random.choice((0, 0, 1, 2, 3, 5, 10)))],
    )


def _moment(random, as_of):
    """Choose a moment on the edge of something, or anywhere in two years."""
    now = as_of.now
    kind = random.random()
    if kind < 0.45:
        moment = now - timedelta(seconds=SECONDS[random.choice(SPANS)])
    elif kind < 0.65:
        day = now.astimezone(as_of.zone).date() - timedelta(
            days=random.choice((-1, 0, 0, 1, 7, 31))
        )
        moment = datetime.combine(day, time(), as_of.zone).astimezone(UTC)
    elif kind < 0.75:
        moment = now
    else:
        moment = now - timedelta(milliseconds=random.randrange(700 * 86_400_000))
    return moment + random.choice((0, 0, -1, 1)) * TICK


def _moments(random, as_of):
    """Choose when somebody did something; one thing often follows another by a span of a rule."""
    found = []
    for _ in range(random.choice((0, 0, 1, 2, 3, 6, 12))):
        if found and random.random() < 0.6:
            span = timedelta(seconds=SECONDS[random.choice(SPANS[:5])])
            found.append(found[-1] + span + random.choice((0, 0, -1, 1)) * TICK)
        else:
            found.append(_moment(random, as_of))
    return found


def _value(random, as_of):
    moment = _moment(random, as_of)
    return random.choice(
        (
            None,
            random.choice(TEXTS),
            random.choice(NUMBERS),
            round(random.uniform(-100, 100), random.choice((0, 1, 2, 5, 15))),
            random.choice((True, False)),
            random.choice(DATES),
            moment.isoformat(),
            moment.astimezone(ZoneInfo("Asia/Kolkata")).isoformat(),
            str(moment.date()),
            [random.choice((*TEXTS, *NUMBERS)) for _ in range(random.randrange(3))],
        )
    )


def _properties(random, as_of):
    found = {path: _value(random, as_of) for path in PATHS if random.random() < 0.6}
    if random.random() < 0.8:
        found["score"] = random.choice((*SCORES, *SCORES, *NUMBERS))
    if random.random() < 0.7:
        found["birthday"] = _birthday(random, as_of)
    if random.random() < 0.3:
        found["address"] = {"city": random.choice(TEXTS)}
    if random.random() < 0.3:
        found["items"] = [{"sku": random.choice(TEXTS)} for _ in range(2)]
    return found


def _birthday(random, as_of):
    """Choose a day that is celebrated about now, somewhere in the world."""
    day = as_of.now.date() + timedelta(days=random.choice((-1, 0, 0, 1, 2, 3)))
    if (day.month, day.day) == (2, 28) and random.random() < 0.5:
        return "1992-02-29"
    year = day.year - random.choice((0, 1, 36))
    return f"{year}-{day.month:02}-{day.day:02}"


def _outcome(random, as_of):
    return Recorded(
        kind=random.choice(KINDS),
        at=_moment(random, as_of),
        message_id=UUID(int=random.randrange(1, 4)),
        channel=random.choice(tuple(Channel)),
        template_id=random.randrange(3),
        campaign_id=random.randrange(3),
        workflow_id=random.randrange(3),
        link=random.choice(("", "https://shop.example/a?b=c", "https://shop.example/")),
        is_machine=random.random() < 0.2,
    )


def _purchase(random, as_of):
    return Purchase(
        status=random.choice(STATUSES),
        total=random.choice((0, 1, 100, 12_345, -500, random.randrange(10_000))),
        currency=random.choice(("UAH", "EUR")),
        placed_at=_moment(random, as_of),
        products=frozenset(sku for sku in ("a", "b", "c") if random.random() < 0.4),
        categories=frozenset(name for name in ("tea", "чай") if random.random() < 0.4),
    )


def fill(engine, world):
    """Write a world into the analytics tables, replaced versions of everything among them."""
    for table, columns, rows in (
        ("contact", CONTACT, _contact_rows(world)),
        ("event", EVENT, _event_rows(world)),
        ("outcome", OUTCOME, _outcome_rows(world)),
        ("membership", MEMBERSHIP, _membership_rows(world)),
        ("purchase", PURCHASE, _purchase_rows(world)),
    ):
        if rows:
            engine.insert(table, columns, rows, f"{table}-{world.project_id}")


MAPS = ("strings", "numbers", "booleans", "times", "lists")
CONTACT = (
    *("project_id", "contact_id", "version", "is_erased", "external_id", "email", "phone"),
    *("first_name", "last_name", "language", "time_zone", "created_at", "updated_at"),
    *("last_seen_at", "addressed", "confirmed", "subscribed", *MAPS),
)
EVENT = ("project_id", "name", "contact_id", "at", "id", "position", *MAPS)
OUTCOME = (
    *("project_id", "kind", "contact_id", "at", "message_id", "channel", "template_id"),
    *("campaign_id", "workflow_id", "variant", "domain", "link", "is_machine", "reason"),
)
MEMBERSHIP = ("project_id", "segment_id", "contact_id", "version", "is_member", "since", "until")
PURCHASE = (
    *("project_id", "order_id", "contact_id", "version", "external_id", "status", "total"),
    *("currency", "placed_at", "product_ids", "categories", "quantities", "prices"),
)


def _maps(typed):
    return [getattr(typed, name) for name in MAPS]


def _contact_rows(world):
    nothing = flatten({"plan": "old", "age": 1})
    rows = []
    for person in world.people:
        one = person.contact
        fields = [one.external_id, one.email, one.phone, one.first_name, one.last_name]
        fields += [one.language, one.time_zone, one.created_at, one.updated_at, one.last_seen_at]
        reach = [sorted(person.reach[reach]) for reach in Reach]
        start = [world.project_id, one.id]
        rows.append([*start, 1, 0, *fields, [], ["email"], list(Channel), *_maps(nothing)])
        rows.append([*start, 2, 0, *fields, *reach, *_maps(person.properties)])
    gone = len(world.people) + 1  # somebody erased, whom no rule may find
    blank = [None] * 7 + [world.as_of.now, world.as_of.now, None, [], [], [], *_maps(nothing)]
    rows += [[world.project_id, gone, 1, 0, *blank], [world.project_id, gone, 2, 1, *blank]]
    return rows


def _event_rows(world):
    rows = []
    for person in world.people:
        for name, events in person.events.items():
            for event in events:
                id_ = str(UUID(int=world.project_id * 1_000_000 + len(rows)))
                key = [world.project_id, name, person.contact.id, event.at, id_, len(rows)]
                rows.append([*key, *_maps(event.properties)])
    return rows


def _outcome_rows(world):
    return [
        [
            *(world.project_id, one.kind, person.contact.id, one.at, str(one.message_id)),
            *(one.channel, one.template_id, one.campaign_id, one.workflow_id, "", ""),
            *(one.link, int(one.is_machine), ""),
        ]
        for person in world.people
        for one in person.outcomes
    ]


def _membership_rows(world):
    now = world.as_of.now
    rows = []
    for person in world.people:
        for segment_id in (1, 2, 3):
            is_in = segment_id in person.segments
            key = [world.project_id, segment_id, person.contact.id]
            rows += [[*key, 1, int(not is_in), now, None], [*key, 2, int(is_in), now, None]]
    return rows


def _purchase_rows(world):
    rows = []
    for person in world.people:
        for order in person.purchases:
            key = [world.project_id, len(rows) + 1, person.contact.id]
            lists = [sorted(order.products), sorted(order.categories), [], []]
            now = [order.status, order.total, order.currency, order.placed_at, *lists]
            rows.append([*key, 2, "x", *now])
    old = [
        [*row[:3], 1, "x", "DELIVERED", 7, "EUR", world.as_of.now, [], [], [], []] for row in rows
    ]
    return [*old, *rows]
