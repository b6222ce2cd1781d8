"""Consent in the Retenshun vocabulary: a user's subscriptions, topics, and the suppression list."""

from msgspec import Struct, field

from beckon.api.call import Call
from beckon.api.retenshun.objects import Deleted, Page
from beckon.api.times import write_moment
from beckon.domain.contacts import actions as contacts
from beckon.domain.contacts.model import Channel, Contact
from beckon.domain.subscriptions import actions, queries
from beckon.domain.subscriptions.model import Category, Proof, Suppressed, Suppression
from beckon.domain.subscriptions.rules import is_subscribed
from beckon.kit.addresses import check_email
from beckon.kit.refusals import Invalid

EMAILS_MAX = 1000
BY_API = "API"

SUBSCRIBED = "subscribed"
UNSUBSCRIBED = "unsubscribed"

_CHANNELS = {"email": Channel.EMAIL, "sms": Channel.SMS, "viber": Channel.VIBER}
_REASONS = {
    Suppression.BOUNCE: "bounce",
    Suppression.SOFT_BOUNCES: "bounce",
    Suppression.COMPLAINT: "complaint",
    Suppression.MANUAL: "manual",
}
_ASKED = {
    UNSUBSCRIBED: (UNSUBSCRIBED,),
    "bounce": (Suppression.BOUNCE, Suppression.SOFT_BOUNCES),
    "complaint": (Suppression.COMPLAINT,),
    "manual": (Suppression.MANUAL,),
}


class TopicChoice(Struct):
    """A topic and whether the user hears of it; `name` is only told."""

    key: str
    subscribed: bool
    name: str | None = None


class Subscriptions(Struct):
    """Reply to GET and PUT /users/:id/subscriptions, and the body of PUT; what is left out stays.

    A channel is `subscribed` or `unsubscribed`; one the user has no address for is not told.
    """

    channels: dict[str, str] = field(default_factory=dict)
    topics: list[TopicChoice] = field(default_factory=list)


class SuppressionsAsked(Page):
    """Query of GET /suppressions."""

    reason: str | None = None


class SuppressionObject(Struct, rename="camel"):
    """An address that gets no mail to many, or none at all; null once its owner was erased."""

    address: str | None
    channel: str
    reason: str
    created_at: str


class SuppressionList(Struct):
    """Reply to GET /suppressions."""

    suppressions: list[SuppressionObject]
    total: int
    page: int
    limit: int


class Emails(Struct):
    """Body of POST and DELETE /suppressions."""

    emails: list[str]


class RejectedEmail(Struct):
    """Which address was not taken, and why."""

    index: int
    message: str


class EmailsTaken(Struct):
    """Reply to POST /suppressions."""

    accepted: int
    rejected: list[RejectedEmail]
    status: str = "ok"


class NewTopic(Struct, rename="camel"):
    """Body of POST /topics. With `optIn` only who chose the topic hears of it."""

    key: str
    name: str
    opt_in: bool = False


class TopicObject(Struct, rename="camel"):
    """A topic that users choose or leave."""

    key: str
    name: str
    opt_in: bool
    created_at: str


class TopicList(Struct):
    """Reply to GET /topics."""

    topics: list[TopicObject]


def get_subscriptions(call: Call, user_id: str) -> Subscriptions:
    """GET /users/:id/subscriptions."""
    user = contacts.get_by_external_id(call.tx, call.project_id, user_id)
    return _subscriptions(call, user)


def update_subscriptions(call: Call, user_id: str, body: Subscriptions) -> Subscriptions:
    """PUT /users/:id/subscriptions; channels and topics not named stay as they are."""
    user = contacts.get_by_external_id(call.tx, call.project_id, user_id)
    proof = Proof(BY_API)
    addresses = dict(_addresses(user))
    for name, wanted in body.channels.items():
        if name not in _CHANNELS:
            raise Invalid(f"channels.{name}: a channel is {', '.join(_CHANNELS)}.")
        if wanted not in (SUBSCRIBED, UNSUBSCRIBED):
            raise Invalid(f"channels.{name} must be {SUBSCRIBED} or {UNSUBSCRIBED}.")
        if (address := addresses.get(name)) is None:
            raise Invalid(f"channels.{name}: the user has no address for it.")
        _set_channel(call, user, _CHANNELS[name], address, wanted, proof)
    choices = {topic.key: topic.subscribed for topic in body.topics}
    if unknown := choices.keys() - {one.key for one in _topics(call)}:
        raise Invalid(f"topics: there is no topic '{min(unknown)}'.")
    actions.choose(
        call.tx,
        call.project_id,
        user.id,
        choices,
        channel=Channel.EMAIL,
        address=user.email,
        proof=proof,
        now=call.now,
    )
    return _subscriptions(call, user)


def list_suppressions(call: Call, query: SuppressionsAsked) -> SuppressionList:
    """GET /suppressions, latest first."""
    query.check()
    if query.reason is not None and query.reason not in _ASKED:
        raise Invalid(f"reason must be one of {', '.join(_ASKED)}.")
    reasons = None if query.reason is None else _ASKED[query.reason]
    found = queries.list_suppressed(
        call.tx,
        call.project_id,
        reasons=reasons,
        offset=query.offset,
        limit=query.limit,
    )
    total = queries.count_suppressed(call.tx, call.project_id, reasons=reasons)
    return SuppressionList([_suppression(one) for one in found], total, query.page, query.limit)


def add_suppressions(call: Call, body: Emails) -> EmailsTaken:
    """POST /suppressions: nothing goes to these addresses any more."""
    _check_count(body)
    taken, rejected = [], []
    for index, email in enumerate(body.emails):
        try:
            taken.append(check_email(email, f"emails[{index}]"))
        except Invalid as fault:
            rejected.append(RejectedEmail(index, fault.message))
    actions.suppress(
        call.tx,
        call.project_id,
        Channel.EMAIL,
        taken,
        reason=Suppression.MANUAL,
        proof=Proof(BY_API),
        now=call.now,
    )
    return EmailsTaken(len(taken), rejected)


def delete_suppressions(call: Call, body: Emails) -> Deleted:
    """DELETE /suppressions: lifts what was unsubscribed or put there by hand, nothing else."""
    _check_count(body)
    actions.lift(
        call.tx, call.project_id, Channel.EMAIL, body.emails, proof=Proof(BY_API), now=call.now
    )
    return Deleted()


def create_topic(call: Call, body: NewTopic) -> TopicObject:
    """POST /topics; 409 for a key that is taken."""
    made = actions.create_category(
        call.tx,
        call.project_id,
        key=body.key,
        name=body.name,
        is_opt_in=body.opt_in,
        now=call.now,
    )
    return next(_topic(one) for one in _topics(call) if one.id == made)


def list_topics(call: Call) -> TopicList:
    """GET /topics, by name."""
    return TopicList([_topic(one) for one in _topics(call)])


def delete_topic(call: Call, topic_key: str) -> Deleted:
    """DELETE /topics/:key, with what users chose of it."""
    found = next((one for one in _topics(call) if one.key == topic_key), None)
    if found is None:
        raise queries.CategoryUnknown(f"There is no topic '{topic_key}'.")
    actions.delete_category(call.tx, call.project_id, found.id)
    return Deleted()


def _set_channel(
    call: Call, user: Contact, channel: Channel, address: str, wanted: str, proof: Proof
) -> None:
    if wanted == SUBSCRIBED:
        actions.resubscribe(
            call.tx,
            call.project_id,
            channel,
            address,
            proof=proof,
            now=call.now,
            contact_id=user.id,
        )
    else:
        actions.unsubscribe(
            call.tx,
            call.project_id,
            channel,
            [address],
            proof=proof,
            now=call.now,
            contact_id=user.id,
        )


def _subscriptions(call: Call, user: Contact) -> Subscriptions:
    addresses = _addresses(user)
    standings = queries.find_standings(
        call.tx, call.project_id, [(_CHANNELS[name], address) for name, address in addresses]
    )
    choices = queries.find_choices(call.tx, call.project_id, [user.id]).get(user.id, {})
    channels = {}
    for name, address in addresses:
        standing = standings.get((_CHANNELS[name], address))
        is_open = standing is None or standing.unsubscribed_at is None
        channels[name] = SUBSCRIBED if is_open else UNSUBSCRIBED
    topics = [TopicChoice(one.key, is_subscribed(one, choices), one.name) for one in _topics(call)]
    return Subscriptions(channels, topics)


def _addresses(user: Contact) -> list[tuple[str, str]]:
    known = {"email": user.email, "sms": user.phone, "viber": user.phone}
    return [(name, address) for name, address in known.items() if address is not None]


def _topics(call: Call) -> list[Category]:
    return queries.list_categories(call.tx, call.project_id)


def _topic(category: Category) -> TopicObject:
    return TopicObject(
        category.key, category.name, category.is_opt_in, write_moment(category.created_at)
    )


def _suppression(one: Suppressed) -> SuppressionObject:
    reason = UNSUBSCRIBED if one.reason is None else _REASONS[one.reason]
    return SuppressionObject(one.address, one.channel, reason, write_moment(one.since))


def _check_count(body: Emails) -> None:
    if not 1 <= len(body.emails) <= EMAILS_MAX:
        raise Invalid(f"emails must have 1 to {EMAILS_MAX} addresses.")
