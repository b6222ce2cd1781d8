"""Operations on automations beyond the reference's own: switching, starting, runs, dry runs."""

from functools import partial

from beckon.api.call import Face, Route
from beckon.api.retenshun import (
    automations,
    automations_dry_run,
    automations_hook,
    automations_runs,
)

_route = partial(Route, face=Face.RETENSHUN, tag="Automations")

ROUTES = (
    _route(
        "POST",
        "/api/v1/automations/{automation_id}/activate",
        automations.activate_automation,
        "Activate an automation",
        reply=automations.AutomationObject,
    ),
    _route(
        "POST",
        "/api/v1/automations/{automation_id}/pause",
        automations.pause_automation,
        "Pause an automation: nobody enters, whoever is inside goes on",
        reply=automations.AutomationObject,
    ),
    _route(
        "POST",
        "/api/v1/automations/{automation_id}/start",
        automations_runs.start_automation,
        "Start an automation for a user",
        body=automations_runs.StartWords,
        reply=automations_runs.Started,
        example={"userId": "user_123", "key": "order 100500", "properties": {"total": 12.5}},
    ),
    _route(
        "POST",
        "/api/v1/automations/{automation_id}/hook",
        automations_hook.open_hook,
        "Make the address of an automation that starts by webhook; an older one is void",
        reply=automations_hook.HookObject,
    ),
    _route(
        "POST",
        "/api/v1/automations/{automation_id}/dry-run",
        automations_dry_run.dry_run_automation,
        "Play an automation over past events; nothing is sent",
        body=automations_dry_run.DryRunWords,
        reply=automations_dry_run.DryRunReply,
        only_looks=True,
        example={"from": "2026-03-01T00:00:00Z", "to": "2026-03-09T00:00:00Z"},
    ),
    _route(
        "GET",
        "/api/v1/automations/{automation_id}/report",
        automations_runs.report_automation,
        "Counts of an automation, by step",
        reply=automations_runs.AutomationReport,
    ),
    _route(
        "GET",
        "/api/v1/automations/{automation_id}/versions",
        automations_runs.list_versions,
        "List the versions of an automation",
        reply=automations_runs.VersionList,
    ),
    _route(
        "GET",
        "/api/v1/automations/{automation_id}/runs",
        automations_runs.list_runs,
        "List the runs of an automation",
        query=automations_runs.RunsAsked,
        reply=automations_runs.RunList,
    ),
    _route(
        "GET",
        "/api/v1/automation-runs/{run_id}",
        automations_runs.get_run,
        "Follow one run, step by step",
        reply=automations_runs.Journey,
    ),
    _route(
        "POST",
        "/api/v1/automation-runs/{run_id}/stop",
        automations_runs.stop_run,
        "Stop one run where it stands",
        reply=automations_runs.Journey,
    ),
)
