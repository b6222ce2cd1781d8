"""Dry runs in the Retenshun vocabulary: what an automation would have done, told in one reply."""

from datetime import timedelta

import msgspec
from msgspec import Struct

from beckon.api.call import Call
from beckon.api.retenshun.automations import CreateAutomation, read_automation, read_definition
from beckon.api.times import read_moment, write_moment, write_moment_or_none
from beckon.domain.contacts.actions import get_by_external_id
from beckon.domain.messages.model import WorkflowId
from beckon.domain.workflows import dry_run, queries
from beckon.domain.workflows.actions import find_faults
from beckon.domain.workflows.dry_run import Asked, Script
from beckon.domain.workflows.findings import Difference, DryRun, Sample, WouldSend
from beckon.domain.workflows.model import Definition, VersionId
from beckon.domain.workflows.planning import named
from beckon.domain.workflows.rehearsal import Cast, Told
from beckon.domain.workflows.validation import DefinitionInvalid
from beckon.kit.refusals import Invalid

DAYS_MAX = 366
LISTED_MAX = 200


class DryRunWords(Struct, rename="camel"):
    """Body of POST /automations/:id/dry-run; moments in ISO 8601, `to` excluded.

    Waits are followed up to `horizon`, by default up to `to`: with a `userId` and a horizon ahead
    it is a run in virtual time.
    `draft` is played instead of the stored version; `against` is the number of a version to
    compare with.
    """

    since: str | None = msgspec.field(default=None, name="from")
    to: str | None = None
    horizon: str | None = None
    user_id: str | None = None
    version: int | None = None
    against: int | None = None
    draft: CreateAutomation | None = None


class SendObject(Struct, rename="camel"):
    """A message that would have been made; `stopped` says why it would not have gone out."""

    contact_id: int
    step: str
    channel: str
    template_id: str
    at: str
    stopped: str | None
    held_until: str | None


class SampleObject(Struct, rename="camel"):
    """One of the messages as it would have read."""

    send: SendObject
    subject: str | None
    body: str | None
    error: str | None


class JourneyLine(Struct, rename="camel"):
    """One line of somebody's journey."""

    contact_id: int
    run: int | None
    step: str | None
    result: str
    note: str
    at: str


class Differences(Struct, rename="camel"):
    """Sends that only one of two versions would have made: the first of them, and how many."""

    only_here: list[str]
    only_there: list[str]
    only_here_count: int
    only_there_count: int


class DryRunReply(Struct, rename="camel"):
    """What an automation would have done. Lists are cut to their first entries, counts whole."""

    signals: int
    entered: int
    held_out: int
    converted: int
    inside: int
    refused: dict[str, int]
    sends: dict[str, int]
    stopped: dict[str, int]
    first_sends: list[SendObject]
    samples: list[SampleObject]
    journey: list[JourneyLine]
    differences: Differences | None


def dry_run_automation(call: Call, automation_id: str, body: DryRunWords) -> DryRunReply:
    """POST /automations/:id/dry-run; nothing is written or sent."""
    workflow = queries.get_workflow(call.tx, call.project_id, read_automation(automation_id))
    asked = read_asked(call, body)
    version = queries.get_version(
        call.tx, call.project_id, workflow.id, body.version or workflow.version
    )
    definition = version.definition if body.draft is None else read_draft(call, body.draft)
    script = _script(call, workflow.id, version.id, definition)
    if body.against is None:
        return write_reply(dry_run.play(call.tx, script, asked), None)
    other = queries.get_version(call.tx, call.project_id, workflow.id, body.against)
    against = _script(call, workflow.id, other.id, other.definition)
    compared = dry_run.compare(call.tx, script, against, asked)
    return write_reply(compared.one, differ(compared.only_one, compared.only_other))


def _script(call: Call, number: WorkflowId, version: VersionId, definition: Definition) -> Script:
    return Script(Cast(call.project_id, number, version), definition)


def differ(here: Difference, there: Difference) -> Differences:
    """Write which sends only one of two versions would have made."""
    return Differences(
        [str(mark) for mark in here.first],
        [str(mark) for mark in there.first],
        here.count,
        there.count,
    )


def read_asked(call: Call, body: DryRunWords) -> Asked:
    """Read which period is meant, and whose. Raises Invalid, naming the field and the rule."""
    until = call.now if body.to is None else read_moment(body.to, "to")
    since = until - timedelta(days=30) if body.since is None else read_moment(body.since, "from")
    if not timedelta(0) < until - since <= timedelta(days=DAYS_MAX):
        raise Invalid(f"from must lie before to, at most {DAYS_MAX} days.")
    contact = None
    if body.user_id is not None:
        contact = get_by_external_id(call.tx, call.project_id, body.user_id).id
    horizon = None if body.horizon is None else read_moment(body.horizon, "horizon")
    if horizon is not None and not timedelta(0) <= horizon - until <= timedelta(days=DAYS_MAX):
        raise Invalid(f"horizon must not lie before to, nor more than {DAYS_MAX} days after it.")
    return Asked(since, until, contact, horizon)


def read_draft(call: Call, draft: CreateAutomation) -> Definition:
    """Read a definition that is not kept. Raises DefinitionInvalid with every fault."""
    definition = named(read_definition(draft))
    faults = find_faults(call.tx, call.project_id, definition)
    if faults:
        raise DefinitionInvalid(" ".join(f"{fault.place} {fault.rule}." for fault in faults))
    return definition


def write_reply(result: DryRun, differences: Differences | None) -> DryRunReply:
    """Write what a dry run found."""
    return DryRunReply(
        signals=result.signals,
        entered=result.entered,
        held_out=result.held_out,
        converted=result.converted,
        inside=result.inside,
        refused=dict(result.refused),
        sends=dict(result.sends),
        stopped=dict(result.stopped),
        first_sends=[_sent(send) for send in result.first_sends[:LISTED_MAX]],
        samples=[_sample(sample) for sample in result.samples],
        journey=[_line(told) for told in result.told[:LISTED_MAX]],
        differences=differences,
    )


def _sent(send: WouldSend) -> SendObject:
    return SendObject(
        send.contact_id,
        send.step,
        send.channel.name,
        f"tpl_{send.template_id}",
        write_moment(send.at),
        send.stopped,
        write_moment_or_none(send.held_until),
    )


def _sample(sample: Sample) -> SampleObject:
    words = sample.rendered
    return SampleObject(
        send=_sent(sample.send),
        subject=words.subject if words else None,
        body=words.body if words else None,
        error=sample.fault,
    )


def _line(told: Told) -> JourneyLine:
    trail = told.trail
    at = write_moment(trail.at)
    step = trail.step or None
    return JourneyLine(told.contact_id, told.run_id, step, trail.passing.upper(), trail.note, at)
