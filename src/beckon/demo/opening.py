"""Opens the shop: its project with texts, lists, segments and workflows, as of the first day."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from beckon.demo import shop
from beckon.domain.accounts import actions as accounts
from beckon.domain.accounts import queries as projects
from beckon.domain.accounts.model import ProjectId, Role
from beckon.domain.campaigns import actions as campaigns
from beckon.domain.campaigns.model import Act, Audience, Campaign, Plan, Variant
from beckon.domain.contacts import actions as contacts
from beckon.domain.contacts.model import Channel, FieldKind
from beckon.domain.messages import actions as messages
from beckon.domain.messages.policies import Cap, Policy, QuietHours
from beckon.domain.news import actions as news
from beckon.domain.providers import actions as providers
from beckon.domain.providers.model import NewProvider, ProviderKind
from beckon.domain.segments import actions as segments
from beckon.domain.segments.model import SegmentId
from beckon.domain.segments.parsing import parse
from beckon.domain.subscriptions import actions as subscriptions
from beckon.domain.templates import actions as templates
from beckon.domain.templates.model import TemplateId
from beckon.domain.workflows import actions as workflows
from beckon.domain.workflows.stored import from_stored
from beckon.kit.secrets import Vault
from beckon.storage.schema import Tx


@dataclass(frozen=True, slots=True)
class Shop:
    """The project and what stands in it, by name."""

    project_id: ProjectId
    templates: Mapping[str, TemplateId]
    lists: Mapping[str, SegmentId]
    segments: Mapping[str, SegmentId]


@dataclass(frozen=True, slots=True)
class Mailing:
    """A campaign to come: on which day of the story, what, to how many people a minute."""

    day: int
    name: str
    templates: tuple[str, ...]
    channel: Channel = Channel.EMAIL
    audience: str = "Newsletter"
    holdout_percent: int = 0


MAILINGS = (
    Mailing(18, "Spring harvest", ("Spring harvest", "Spring harvest, short"), holdout_percent=10),
    Mailing(46, "Free shipping weekend", ("Free shipping weekend",)),
    Mailing(71, "Meet the growers", ("Meet the growers",)),
    Mailing(84, "Roasting day", ("Roasting day",), Channel.PUSH, "App users"),
)


@dataclass(frozen=True, slots=True)
class Owner:
    """Who signs in to look at the shop."""

    email: str
    password_hash: str


FIELDS = (
    ("brews", "How they brew", FieldKind.TEXT),
    ("birthday", "Birthday", FieldKind.DATE),
)


def open_shop(
    tx: Tx,
    name: str,
    owner: Owner,
    vault: Vault,
    new_token: Callable[[], str],
    now: datetime,
) -> Shop:
    """Make the project, all of whose channels lead to the outbox, whatever the installation has.

    Raises Conflict for an owner whose address signs in already.
    """
    project_id = accounts.create_project(
        tx, organisation=shop.ORGANISATION, name=name, time_zone=shop.TIME_ZONE, now=now
    )
    accounts.create_person(
        tx,
        projects.get_project(tx, project_id).organisation_id,
        email=owner.email,
        name="Demo",
        password_hash=owner.password_hash,
        role=Role.ADMIN,
        now=now,
    )
    for channel in Channel:
        providers.create(
            tx,
            project_id,
            NewProvider(channel, ProviderKind.OUTBOX, "Outbox of the demo", {}),
            vault,
            report_token=new_token(),
            actor="beckon demo",
            now=now,
        )
    subscriptions.set_postal_address(tx, project_id, shop.POSTAL_ADDRESS, now)
    caps = (Cap(4, timedelta(days=7), Channel.EMAIL), Cap(2, timedelta(days=7), Channel.SMS))
    messages.set_policy(tx, project_id, Policy(caps=caps, quiet=QuietHours(22 * 60, 8 * 60)), now)
    for key, label, kind in FIELDS:
        contacts.keep_field(tx, project_id, key=key, label=label, kind=kind, allowed=(), now=now)
    return _furnish(tx, project_id, now)


def switch_on(tx: Tx, place: Shop, now: datetime) -> None:
    """Make the workflows."""
    for name, is_active, stored in shop.workflows(place.templates, place.lists, place.segments):
        workflows.create(
            tx,
            place.project_id,
            name=name,
            is_active=is_active,
            definition=from_stored(stored),
            now=now,
        )


def plan_mailing(tx: Tx, place: Shop, mailing: Mailing, now: datetime) -> Campaign:
    """Make a campaign and send it."""
    made = _campaign(tx, place, mailing, None, now)
    return campaigns.act(tx, place.project_id, made.id, Act.SEND, now)


def leave_plans(tx: Tx, place: Shop, now: datetime) -> None:
    """Leave what is still to come: a campaign for the day after tomorrow, and a draft."""
    ahead = Mailing(0, "Last bags of the spring harvest", ("Spring harvest, short",))
    _campaign(tx, place, ahead, now + timedelta(days=2), now)
    _campaign(tx, place, Mailing(0, "Winter blend", ("Meet the growers",)), None, now)
    for title, body, is_published in shop.NEWS:
        news.create(
            tx, place.project_id, title=title, body=body, is_published=is_published, now=now
        )


def _campaign(
    tx: Tx, place: Shop, mailing: Mailing, scheduled_at: datetime | None, now: datetime
) -> Campaign:
    variants = tuple(
        Variant(letter, place.templates[template])
        for letter, template in zip("AB", mailing.templates, strict=False)
    )
    plan = Plan(
        mailing.channel,
        Audience((place.lists[mailing.audience],)),
        variants,
        holdout_percent=mailing.holdout_percent,
    )
    return campaigns.create(
        tx, place.project_id, name=mailing.name, plan=plan, scheduled_at=scheduled_at, now=now
    )


def _furnish(tx: Tx, project_id: ProjectId, now: datetime) -> Shop:
    texts = {
        name: templates.create(
            tx, project_id, name=name, channel=text.channel, tags=(), text=text, now=now
        ).id
        for name, text in shop.TEMPLATES.items()
    }
    lists = {
        name: segments.create(tx, project_id, name=name, rule=None, now=now).id
        for name in shop.LISTS
    }
    asked = {
        name: segments.create(tx, project_id, name=name, rule=parse(rule), now=now).id
        for name, rule in shop.SEGMENTS.items()
    }
    return Shop(project_id, texts, lists, asked)
