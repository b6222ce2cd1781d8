"""Dry runs in the background, in the Retenshun vocabulary: asked for, followed, given up."""

from functools import partial

from msgspec import Struct

from beckon.api.call import Call, Face, Route
from beckon.api.retenshun.automations import read_automation
from beckon.api.retenshun.automations_dry_run import (
    Differences,
    DryRunReply,
    DryRunWords,
    differ,
    read_asked,
    read_draft,
    write_reply,
)
from beckon.api.retenshun.objects import read_number
from beckon.api.times import write_moment, write_moment_or_none
from beckon.domain.workflows import actions, queries, trials
from beckon.domain.workflows.trials import Found, Trial, TrialId, Wanted


class TrialObject(Struct, rename="camel"):
    """A dry run in the background; `progress` is from 0 to 1, `result` there once it is done."""

    id: str
    status: str
    progress: float
    signals: int
    error: str | None
    created_at: str
    ended_at: str | None
    result: DryRunReply | None


class TrialList(Struct, rename="camel"):
    """The last dry runs of an automation, without what they found."""

    dry_runs: list[TrialObject]


def ask_dry_run(call: Call, automation_id: str, body: DryRunWords) -> TrialObject:
    """POST /automations/:id/dry-runs, as large a period as there is."""
    workflow = queries.get_workflow(call.tx, call.project_id, read_automation(automation_id))
    wanted = Wanted(
        read_asked(call, body),
        body.version or workflow.version,
        body.against,
        None if body.draft is None else read_draft(call, body.draft),
    )
    asked = actions.ask_trial(call.tx, call.project_id, workflow.id, wanted, call.now)
    return _trial_object(asked, None)


def list_dry_runs(call: Call, automation_id: str) -> TrialList:
    """GET /automations/:id/dry-runs, the last twenty, newest first; kept for a week."""
    workflow = queries.get_workflow(call.tx, call.project_id, read_automation(automation_id))
    found = trials.list_trials(call.tx, call.project_id, workflow.id)
    return TrialList([_trial_object(one, None) for one in found])


def get_dry_run(call: Call, automation_id: str, dry_run_id: str) -> TrialObject:
    """GET /automations/:id/dry-runs/:id, with what it found once it is done."""
    number = read_automation(automation_id)
    one = trials.get_trial(call.tx, call.project_id, number, _read_trial(dry_run_id))
    return _trial_object(one, trials.find_found(call.tx, one))


def cancel_dry_run(call: Call, automation_id: str, dry_run_id: str) -> TrialObject:
    """POST /automations/:id/dry-runs/:id/cancel; one that is over stays as it ended."""
    number = read_automation(automation_id)
    one = actions.cancel_trial(call.tx, call.project_id, number, _read_trial(dry_run_id), call.now)
    return _trial_object(one, trials.find_found(call.tx, one))


def _read_trial(dry_run_id: str) -> TrialId:
    return TrialId(read_number("dry", dry_run_id, "dry run"))


def _trial_object(one: Trial, found: Found | None) -> TrialObject:
    return TrialObject(
        f"dry_{one.id}",
        one.state.upper(),
        one.part,
        one.played,
        one.fault,
        write_moment(one.created_at),
        write_moment_or_none(one.ended_at),
        None if found is None else write_reply(found.run, _differences(found)),
    )


def _differences(found: Found) -> Differences | None:
    if found.only_here is None or found.only_there is None:
        return None
    return differ(found.only_here, found.only_there)


_route = partial(Route, face=Face.RETENSHUN, tag="Automations", reply=TrialObject)

ROUTES = (
    _route(
        "POST",
        "/api/v1/automations/{automation_id}/dry-runs",
        ask_dry_run,
        "Play an automation over past events in the background",
        body=DryRunWords,
        example={"from": "2026-03-01T00:00:00Z", "to": "2026-03-09T00:00:00Z", "against": 1},
    ),
    _route(
        "GET",
        "/api/v1/automations/{automation_id}/dry-runs",
        list_dry_runs,
        "List the last dry runs of an automation",
        reply=TrialList,
    ),
    _route(
        "GET",
        "/api/v1/automations/{automation_id}/dry-runs/{dry_run_id}",
        get_dry_run,
        "Follow a dry run, and see what it found",
    ),
    _route(
        "POST",
        "/api/v1/automations/{automation_id}/dry-runs/{dry_run_id}/cancel",
        cancel_dry_run,
        "Give a dry run up",
    ),
)
