"""Runs of automations in the Retenshun vocabulary: started, followed, stopped, counted."""

from msgspec import Struct

from beckon.api.call import Call
from beckon.api.retenshun.automations import read_automation
from beckon.api.retenshun.automations_tests import read_choice
from beckon.api.retenshun.automations_words import StepWords, write_steps
from beckon.api.retenshun.objects import Page, read_number, read_who, user_id
from beckon.api.times import write_moment, write_moment_or_none
from beckon.domain.contacts import actions as contacts
from beckon.domain.messages.model import RunId
from beckon.domain.workflows import actions, queries, runs
from beckon.domain.workflows.model import Passing, RunState, Version
from beckon.domain.workflows.planning import lay_out
from beckon.domain.workflows.stored import kind_of
from beckon.kit.refusals import Invalid

KEY_BYTES_MAX = 255


class StartWords(Struct, rename="camel"):
    """Body of POST /automations/:id/start; the same `key` starts it once, without one each time."""

    user_id: str | None = None
    anonymous_id: str | None = None
    key: str | None = None
    properties: dict[str, object] = {}


class Started(Struct, rename="camel"):
    """Reply to POST /automations/:id/start; no run where the rules did not let the user enter."""

    run_id: str | None
    started: bool


class RunsAsked(Page, rename="camel"):
    """Query of GET /automations/:id/runs."""

    user_id: str | None = None
    status: str | None = None


class RunObject(Struct, rename="camel"):
    """One user's run."""

    id: str
    automation_id: str
    user_id: str | None
    status: str
    version: int
    current_step: str | None
    due_at: str | None
    started_at: str
    ended_at: str | None
    converted_at: str | None
    error: str | None


class RunList(Struct):
    """Reply to GET /automations/:id/runs."""

    runs: list[RunObject]
    total: int
    page: int
    limit: int


class JourneyStep(Struct, rename="camel"):
    """One line of a journey: what came of a step, when it was planned, when it was, and why."""

    step: str | None
    result: str
    note: str
    planned_at: str
    at: str


class Journey(RunObject):
    """A run and every step it took."""

    steps: list[JourneyStep]


class StepCounts(Struct, rename="camel"):
    """How often a step was passed, and how."""

    index: int
    id: str
    type: str
    waiting: int
    passed: int
    failed: int
    converted: int


class AutomationReport(Struct, rename="camel"):
    """Reply to GET /automations/:id/report. `lift` compares with those who were held out."""

    id: str
    entered: int
    refused: int
    in_progress: int
    completed: int
    exited: int
    failed: int
    converted: int
    held_out: int
    held_out_converted: int
    lift: float | None
    steps: list[StepCounts]


class VersionObject(Struct, rename="camel"):
    """One state of an automation, as it stays for ever."""

    version: int
    steps: list[StepWords]
    created_at: str


class VersionList(Struct):
    """Reply to GET /automations/:id/versions."""

    versions: list[VersionObject]
    total: int


def start_automation(call: Call, automation_id: str, body: StartWords) -> Started:
    """POST /automations/:id/start, whatever its trigger; the user comes to be if not known."""
    who = read_who(body.user_id, body.anonymous_id)
    if body.key is not None and not 0 < len(body.key.encode()) <= KEY_BYTES_MAX:
        raise Invalid(f"key must have 1 to {KEY_BYTES_MAX} bytes.")
    contact_id = contacts.resolve(call.tx, call.project_id, [who], call.now)[0]
    assert contact_id is not None
    run_id = actions.start(
        call.tx,
        call.project_id,
        read_automation(automation_id),
        contact_id,
        key=body.key or call.new_id().hex,
        data=body.properties,
        now=call.now,
    )
    return Started(None if run_id is None else f"run_{run_id}", run_id is not None)


def list_runs(call: Call, automation_id: str, query: RunsAsked) -> RunList:
    """GET /automations/:id/runs, newest first."""
    query.check()
    number = read_automation(automation_id)
    queries.get_workflow(call.tx, call.project_id, number)
    asked = runs.RunFilter(number, query.user_id, state=_read_state(query.status))
    found = runs.list_runs(call.tx, call.project_id, asked, offset=query.offset, limit=query.limit)
    versions = _versions(call, automation_id)
    return RunList(
        [_run_object(call, one, versions) for one in found],
        runs.count_runs(call.tx, call.project_id, asked),
        query.page,
        query.limit,
    )


def get_run(call: Call, run_id: str) -> Journey:
    """GET /automation-runs/:id, with every step taken or refused."""
    one = runs.get_run(call.tx, call.project_id, _read_run(run_id))
    shown = _run_object(call, one, _versions(call, f"auto_{one.workflow_id}"))
    steps = [
        JourneyStep(
            line.step or None,
            line.passing.upper(),
            line.note,
            write_moment(line.planned_at),
            write_moment(line.at),
        )
        for line in runs.list_steps(call.tx, call.project_id, one.id)
    ]
    fields = {name: getattr(shown, name) for name in RunObject.__struct_fields__}
    return Journey(**fields, steps=steps)


def stop_run(call: Call, run_id: str) -> Journey:
    """POST /automation-runs/:id/stop; one that has ended stays as it ended."""
    actions.stop(call.tx, call.project_id, _read_run(run_id), call.now)
    return get_run(call, run_id)


def report_automation(call: Call, automation_id: str) -> AutomationReport:
    """GET /automations/:id/report, over all versions; steps are those of the present one."""
    workflow = queries.get_workflow(call.tx, call.project_id, read_automation(automation_id))
    tx, project_id = call.tx, call.project_id
    states = queries.count_runs(tx, project_id, [workflow.id])
    times = runs.count_steps(tx, project_id, workflow.id)
    converted = runs.count_converted(tx, project_id, workflow.id)
    entered, reached = converted.get(False, (0, 0))
    held_out, held_out_reached = converted.get(True, (0, 0))

    def count(state: RunState) -> int:
        return states.get((workflow.id, state), 0)

    return AutomationReport(
        id=f"auto_{workflow.id}",
        entered=entered,
        refused=times.get(("", Passing.REFUSED), 0),
        in_progress=count(RunState.ACTIVE),
        completed=count(RunState.DONE),
        exited=count(RunState.EXITED) + count(RunState.STOPPED),
        failed=count(RunState.FAILED),
        converted=reached,
        held_out=held_out,
        held_out_converted=held_out_reached,
        lift=_lift(entered, reached, held_out, held_out_reached),
        steps=_count_steps(call, automation_id, times),
    )


def list_versions(call: Call, automation_id: str) -> VersionList:
    """GET /automations/:id/versions, newest first."""
    queries.get_workflow(call.tx, call.project_id, read_automation(automation_id))
    found = _list_versions(call, automation_id)
    shown = [
        VersionObject(one.number, write_steps(one.definition.steps), write_moment(one.created_at))
        for one in found
    ]
    return VersionList(shown, len(shown))


def _count_steps(
    call: Call, automation_id: str, times: dict[tuple[str, Passing], int]
) -> list[StepCounts]:
    number = read_automation(automation_id)
    workflow = queries.get_workflow(call.tx, call.project_id, number)
    waiting: dict[str, int] = {}
    versions = _versions(call, automation_id)
    counted = runs.count_waiting(call.tx, call.project_id, number)
    for (version_id, position), people in counted.items():
        nodes = lay_out(versions[version_id].definition).nodes
        if position < len(nodes):
            step_id = nodes[position].step.id
            waiting[step_id] = waiting.get(step_id, 0) + people

    def count(step_id: str, *passings: Passing) -> int:
        return sum(times.get((step_id, passing), 0) for passing in passings)

    return [
        StepCounts(
            index,
            node.step.id,
            kind_of(node.step).upper(),
            waiting.get(node.step.id, 0),
            count(
                node.step.id,
                Passing.PASSED,
                Passing.WAITED,
                Passing.BRANCHED,
                Passing.CONVERTED,
                Passing.EXITED,
            ),
            count(node.step.id, Passing.FAILED),
            count(node.step.id, Passing.CONVERTED),
        )
        for index, node in enumerate(lay_out(workflow.definition).nodes)
    ]


def _lift(entered: int, reached: int, held_out: int, held_out_reached: int) -> float | None:
    """Tell by how much more of those who got something reached the goal; None without measure."""
    if not entered or not held_out_reached:
        return None
    return reached / entered / (held_out_reached / held_out) - 1


def _list_versions(call: Call, automation_id: str) -> list[Version]:
    return queries.list_versions(call.tx, call.project_id, read_automation(automation_id))


def _versions(call: Call, automation_id: str) -> dict[int, Version]:
    return {int(one.id): one for one in _list_versions(call, automation_id)}


def _run_object(call: Call, one: runs.RunRecord, versions: dict[int, Version]) -> RunObject:
    version = versions[one.version_id]
    nodes = lay_out(version.definition).nodes
    is_active = one.state is RunState.ACTIVE
    failed = one.state is RunState.FAILED
    trail = runs.list_steps(call.tx, call.project_id, one.id) if failed else []
    return RunObject(
        id=f"run_{one.id}",
        automation_id=f"auto_{one.workflow_id}",
        user_id=user_id(one.external_id, one.contact_id),
        status=one.state.upper(),
        version=version.number,
        current_step=nodes[one.position].step.id
        if is_active and one.position < len(nodes)
        else None,
        due_at=write_moment(one.wake_at) if is_active else None,
        started_at=write_moment(one.started_at),
        ended_at=write_moment_or_none(one.ended_at),
        converted_at=write_moment_or_none(one.converted_at),
        error=trail[-1].note if trail else None,
    )


def _read_state(name: str | None) -> RunState | None:
    return None if name is None else read_choice(RunState, name, "status")


def _read_run(run_id: str) -> RunId:
    return RunId(read_number("run", run_id, "run"))
