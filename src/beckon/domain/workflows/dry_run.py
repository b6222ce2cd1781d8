"""Play a version over what happened, and tell who would have got what, when, and why not.

It runs the rules of the engine; nothing is written. What is known of people (fields, segments,
consent, policy) is as it is now; what they did counts up to each moment only.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import Channel, ContactId
from beckon.domain.messages import policies
from beckon.domain.messages import queries as messages
from beckon.domain.messages.policies import Policy, Recent
from beckon.domain.segments.model import Rule
from beckon.domain.subscriptions.model import Ask, Purpose
from beckon.domain.subscriptions.queries import find_refusals
from beckon.domain.templates import queries as templates
from beckon.domain.templates.model import Occasion, Rendered, TemplateId
from beckon.domain.templates.rules import gather, render
from beckon.domain.workflows import entering, history
from beckon.domain.workflows.conditions import NOTHING_KNOWN, Sight
from beckon.domain.workflows.model import Definition, Order, Passing, Run
from beckon.domain.workflows.planning import lay_out
from beckon.domain.workflows.rehearsal import Cast, Rehearsal, Told
from beckon.domain.workflows.sights import look
from beckon.domain.workflows.steps import Send
from beckon.languages.errors import TemplateError
from beckon.storage.schema import Tx

SAMPLES_MAX = 5
SENDS_KEPT_MAX = 1_000
TOLD_KEPT_MAX = 1_000
HEARD_AT_ONCE = 2_000
JUDGED_AT_ONCE = 5_000
ASKED_AT_ONCE = 500
PEOPLE_KEPT_MAX = 100_000
DEVICES = frozenset({Channel.PUSH, Channel.WEB_PUSH, Channel.IN_APP})


@dataclass(frozen=True, slots=True)
class Asked:
    """What is played: which period, its end excluded, and whose events; None means everybody's.

    Waits are followed up to `horizon`, by default the end of the period.
    """

    since: datetime
    until: datetime
    contact_id: ContactId | None = None
    horizon: datetime | None = None


@dataclass(frozen=True, slots=True)
class WouldSend:
    """One message that would have been made; `stopped` is why it would not have gone out."""

    contact_id: ContactId
    step: str
    channel: Channel
    template_id: TemplateId
    at: datetime
    stopped: str | None = None
    held_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """One of the messages as it would have read; `fault` is why it could not be written."""

    send: WouldSend
    rendered: Rendered | None
    fault: str | None = None


@dataclass(slots=True)
class DryRun:
    """What came of it. Lists are cut to their first entries; counts are whole."""

    signals: int = 0
    entered: int = 0
    held_out: int = 0
    converted: int = 0
    inside: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    steps: Counter[tuple[str, Passing]] = field(default_factory=Counter)
    sends: Counter[str] = field(default_factory=Counter)
    stopped: Counter[str] = field(default_factory=Counter)
    first_sends: list[WouldSend] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    marks: set[tuple[ContactId, str, datetime]] = field(default_factory=set)


ConsentKey = tuple[ContactId, Channel, str | None, bool]
Progress = Callable[[int, datetime], None]
"""Hears now and then how many signals were played, and which moment it is in the play."""


def play(
    tx: Tx,
    cast: Cast,
    definition: Definition,
    asked: Asked,
    *,
    progress: Progress = lambda _played, _moment: None,
    keeps_marks: bool = False,
) -> DryRun:
    """Play a version whose steps have ids over a period. `keeps_marks` allows `compare`."""
    theatre = _Theatre(tx, cast.project_id, definition, keeps_marks=keeps_marks)
    rehearsal = Rehearsal(cast, lay_out(definition), theatre.see, theatre.tell, theatre.order)
    is_direct = history.starts_by_calendar(definition)
    found = history.replay(
        tx, cast.project_id, definition, asked.since, asked.until, asked.contact_id
    )
    while piece := list(islice(found, HEARD_AT_ONCE)):
        theatre.meet({signal.contact_id for signal in piece})
        for signal in piece:
            rehearsal.hear(signal, is_direct=is_direct and not signal.keys)
        theatre.result.signals += len(piece)
        progress(theatre.result.signals, piece[-1].at)
    rehearsal.pass_until(asked.horizon or asked.until)
    theatre.judge()
    theatre.result.inside = rehearsal.inside
    progress(theatre.result.signals, asked.until)
    return theatre.result


def compare(one: DryRun, other: DryRun) -> tuple[list[str], list[str]]:
    """Tell which sends only the first and only the second would have made, by time.

    Each as `<moment> contact <number> step <id>`, at most 1,000; both kept their marks.
    """

    def listed(marks: set[tuple[ContactId, str, datetime]]) -> list[str]:
        ordered = sorted(marks, key=lambda mark: (mark[2], mark[0], mark[1]))
        return [
            f"{at.astimezone(UTC).isoformat()} contact {contact_id} step {step}"
            for contact_id, step, at in ordered[:SENDS_KEPT_MAX]
        ]

    return listed(one.marks - other.marks), listed(other.marks - one.marks)


class _Theatre:
    """Sees people, and counts what is told."""

    def __init__(
        self, tx: Tx, project_id: ProjectId, definition: Definition, *, keeps_marks: bool
    ) -> None:
        self.result = DryRun()
        self._tx = tx
        self._project_id = project_id
        self._keeps_marks = keeps_marks
        plan = lay_out(definition)
        self._rules: Sequence[Rule] = [*plan.rules, *entering.rules_of(definition)]
        self._looks = plan.looks or bool(self._rules)
        self._policy: Policy = messages.get_policy(tx, project_id)
        self._sights: dict[ContactId, Sight] = {}
        self._recent: dict[ContactId, list[Recent]] = defaultdict(list)
        self._consents: dict[ConsentKey, str | None] = {}
        self._pending: list[tuple[Run, Send, datetime]] = []

    def see(self, contact_id: ContactId) -> Sight:
        """Look at a contact, once; who is no more is not known."""
        if not self._looks:
            return NOTHING_KNOWN
        if contact_id not in self._sights:
            self.meet({contact_id})
        return self._sights[contact_id]

    def meet(self, people: Collection[ContactId]) -> None:
        """Look at many at once; who was seen longest ago is forgotten where room is short."""
        strangers = [one for one in people if one not in self._sights] if self._looks else []
        if not strangers:
            return
        found = look(self._tx, self._project_id, strangers, self._rules)
        self._sights |= {one: found.get(one, NOTHING_KNOWN) for one in strangers}
        for one in list(islice(self._sights, max(0, len(self._sights) - PEOPLE_KEPT_MAX))):
            del self._sights[one]

    def tell(self, told: Told) -> None:
        """Count a line of a journey."""
        result, trail = self.result, told.trail
        if len(result.told) < TOLD_KEPT_MAX:
            result.told.append(told)
        if trail.passing is Passing.REFUSED:
            result.refused[trail.note] += 1
        elif trail.passing is Passing.ENTERED:
            result.entered += 1
            result.held_out += bool(trail.note)
        else:
            result.converted += trail.passing is Passing.CONVERTED
            result.steps[trail.step, trail.passing] += 1

    def order(self, run: Run, order: Order) -> None:
        """Judge a message as the ledger would, and keep a sample."""
        step = order.step
        if not isinstance(step, Send):
            return
        result = self.result
        result.sends[step.id] += 1
        if self._keeps_marks:
            result.marks.add((run.contact_id, step.id, order.at))
        self._pending.append((run, step, order.at))
        if len(self._pending) >= JUDGED_AT_ONCE:
            self.judge()

    def judge(self) -> None:
        """Judge the messages ordered since the last time, in their order."""
        self._ask_consent()
        for run, step, at in self._pending:
            self._keep(run, self._judge(run, step, at))
        self._pending.clear()

    def _keep(self, run: Run, send: WouldSend) -> None:
        result = self.result
        if send.stopped is not None:
            result.stopped[send.stopped] += 1
        if len(result.first_sends) < SENDS_KEPT_MAX:
            result.first_sends.append(send)
        if len(result.samples) < SAMPLES_MAX:
            result.samples.append(self._write(run, send))

    def _judge(self, run: Run, step: Send, at: datetime) -> WouldSend:
        purpose = _purpose(step)
        held = None
        if self._policy.quiet is not None:
            zone = look(self._tx, self._project_id, [run.contact_id], ()).get(
                run.contact_id, NOTHING_KNOWN
            )
            held = policies.quiet_until(self._policy, purpose, zone.zone, at)
        stopped = self._consents[_consent_key(run, step)]
        leaves_at = held or at
        recent = self._recent[run.contact_id] if self._policy.caps else []
        cap = policies.reached_cap(
            self._policy, purpose, step.channel, step.category, recent=recent, now=leaves_at
        )
        if stopped is None and cap is not None:
            stopped = policies.describe(cap)
        if stopped is None and self._policy.caps:
            recent.append(Recent(step.channel, step.category, leaves_at))
        return WouldSend(run.contact_id, step.id, step.channel, step.template_id, at, stopped, held)

    def _ask_consent(self) -> None:
        """Learn of all that are pending whether they may be written to, as things are now."""
        if len(self._consents) > PEOPLE_KEPT_MAX:
            self._consents.clear()
        wanted = {
            key: (run.contact_id, step)
            for run, step, _ in self._pending
            if (key := _consent_key(run, step)) not in self._consents
        }
        keys = list(wanted)
        for start in range(0, len(keys), ASKED_AT_ONCE):
            self._ask_some({key: wanted[key] for key in keys[start : start + ASKED_AT_ONCE]})

    def _ask_some(self, wanted: dict[ConsentKey, tuple[ContactId, Send]]) -> None:
        found = contacts.list_contacts(
            self._tx, self._project_id, sorted({number for number, _ in wanted.values()})
        )
        people = {person.id: person for person in found}
        asks: dict[ConsentKey, Ask] = {}
        for key, (number, step) in wanted.items():
            person = people.get(number)
            if person is None:
                self._consents[key] = "The contact is no more."
            elif step.channel in DEVICES:
                self._consents[key] = None
            elif address := person.email if step.channel is Channel.EMAIL else person.phone:
                asks[key] = Ask(step.channel, address, number, _purpose(step), step.category)
            else:
                self._consents[key] = f"The contact has no address for {step.channel}."
        refusals = find_refusals(self._tx, self._project_id, list(asks.values()))
        self._consents |= dict(zip(asks, refusals, strict=True))

    def _write(self, run: Run, send: WouldSend) -> Sample:
        template = templates.get_template(self._tx, self._project_id, send.template_id)
        people = contacts.list_contacts(self._tx, self._project_id, [run.contact_id])
        person = people[0] if people else None
        occasion = Occasion(send.at, language=person.language if person else None)
        try:
            rendered = render(template.text, gather(person, run.data), occasion)
        except TemplateError as fault:
            return Sample(send, None, str(fault))
        return Sample(send, rendered)


def _purpose(step: Send) -> Purpose:
    return Purpose.TRANSACTIONAL if step.is_transactional else Purpose.TRIGGERED


def _consent_key(run: Run, step: Send) -> ConsentKey:
    return run.contact_id, step.channel, step.category, step.is_transactional
