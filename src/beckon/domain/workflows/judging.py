"""Judges the messages of a dry run as the ledger would: consent, caps and quiet hours.

Consent and policy are as they are now.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from itertools import islice
from typing import NamedTuple, TypeAlias

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import Channel, Contact, ContactId
from beckon.domain.messages import policies
from beckon.domain.messages import queries as messages
from beckon.domain.messages.policies import Recent
from beckon.domain.subscriptions.model import Ask, Purpose
from beckon.domain.subscriptions.queries import find_refusals
from beckon.domain.templates import queries as templates
from beckon.domain.templates.model import Occasion
from beckon.domain.templates.rules import gather, render
from beckon.domain.workflows.findings import Sample, WouldSend
from beckon.domain.workflows.local_times import zone_of
from beckon.domain.workflows.model import Run
from beckon.domain.workflows.sights import project_zone
from beckon.domain.workflows.steps import Send
from beckon.languages.errors import TemplateError
from beckon.storage.schema import Tx

ASKED_AT_ONCE = 500
DEVICES = frozenset({Channel.PUSH, Channel.WEB_PUSH, Channel.IN_APP})

ConsentKey: TypeAlias = tuple[ContactId, Channel, str | None, bool]


class Ordered(NamedTuple):
    """A message that a run ordered, at its planned moment."""

    run: Run
    step: Send
    at: datetime


class Judge:
    """Judges everything that was ordered for some people, each person's messages in their order."""

    def __init__(self, tx: Tx, project_id: ProjectId) -> None:
        self._tx = tx
        self._project_id = project_id
        self._policy = messages.get_policy(tx, project_id)
        self._zone: tzinfo = project_zone(tx, project_id)

    def judge(self, ordered: Sequence[Ordered]) -> list[WouldSend]:
        """Tell of each message whether it would have gone out; all of a person's come together."""
        people = self._find_people({one.run.contact_id for one in ordered})
        consents = self._ask_consent(ordered, people)
        recent: dict[ContactId, list[Recent]] = defaultdict(list)
        return [
            self._judge_one(one, people, consents[_consent_key(one)], recent[one.run.contact_id])
            for one in ordered
        ]

    def write(self, one: Ordered, send: WouldSend) -> Sample:
        """Write a message as it would have read."""
        template = templates.get_template(self._tx, self._project_id, send.template_id)
        person = self._find_people({one.run.contact_id}).get(one.run.contact_id)
        occasion = Occasion(send.at, language=person.language if person else None)
        try:
            rendered = render(template.text, gather(person, one.run.data), occasion)
        except TemplateError as fault:
            return Sample(send, None, str(fault))
        return Sample(send, rendered)

    def _judge_one(
        self,
        one: Ordered,
        people: Mapping[ContactId, Contact],
        stopped: str | None,
        recent: list[Recent],
    ) -> WouldSend:
        step, policy, purpose = one.step, self._policy, _purpose(one.step)
        held = None
        if policy.quiet is not None:
            person = people.get(one.run.contact_id)
            zone = zone_of(person.time_zone if person else None, self._zone)
            held = policies.quiet_until(policy, purpose, zone, one.at)
        if stopped is None and policy.caps:
            leaves_at = held or one.at
            cap = policies.reached_cap(
                policy, purpose, step.channel, step.category, recent=recent, now=leaves_at
            )
            if cap is None:
                recent.append(Recent(step.channel, step.category, leaves_at))
            else:
                stopped = policies.describe(cap)
        return WouldSend(
            one.run.contact_id, step.id, step.channel, step.template_id, one.at, stopped, held
        )

    def _find_people(self, wanted: set[ContactId]) -> dict[ContactId, Contact]:
        numbers = iter(sorted(wanted))
        people: dict[ContactId, Contact] = {}
        while chunk := list(islice(numbers, ASKED_AT_ONCE)):
            found = contacts.list_contacts(self._tx, self._project_id, chunk)
            people |= {person.id: person for person in found}
        return people

    def _ask_consent(
        self, ordered: Sequence[Ordered], people: Mapping[ContactId, Contact]
    ) -> dict[ConsentKey, str | None]:
        """Learn of all messages whether they may go to these people."""
        told: dict[ConsentKey, str | None] = {}
        asks: dict[ConsentKey, Ask] = {}
        for one in ordered:
            key = _consent_key(one)
            if key in told or key in asks:
                continue
            found = _ask(one, people.get(one.run.contact_id))
            if isinstance(found, Ask):
                asks[key] = found
            else:
                told[key] = found
        keys = iter(asks)
        while chunk := list(islice(keys, ASKED_AT_ONCE)):
            refusals = find_refusals(self._tx, self._project_id, [asks[key] for key in chunk])
            told |= dict(zip(chunk, refusals, strict=True))
        return told


def _ask(one: Ordered, person: Contact | None) -> Ask | str | None:
    """Make the question of consent; or tell what is in the way, None where nothing can be."""
    channel = one.step.channel
    if person is None:
        return "The contact is no more."
    if channel in DEVICES:
        return None
    if address := person.email if channel is Channel.EMAIL else person.phone:
        return Ask(channel, address, person.id, _purpose(one.step), one.step.category)
    return f"The contact has no address for {channel}."


def _purpose(step: Send) -> Purpose:
    return Purpose.TRANSACTIONAL if step.is_transactional else Purpose.TRIGGERED


def _consent_key(one: Ordered) -> ConsentKey:
    return one.run.contact_id, one.step.channel, one.step.category, one.step.is_transactional
