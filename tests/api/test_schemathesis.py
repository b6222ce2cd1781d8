"""Schemathesis asks every operation, with all its checks, what `/openapi.json` promises.

`make test` asks a sample, always the same; `make soak` asks all of it, longer, and in sequences.
"""

import json
import subprocess
import sys
from urllib.request import urlopen

import pytest

from beckon.api.call import Access, Face
from dashboard.visitor import PASSWORD, Door, a_visitor
from support.bodies import some_things
from support.http import basic
from support.promised import ROUTES

SAMPLE = 9
RUN_SECONDS = 3600

# Signing out or leaving the project would have all that is asked later refused at the door.
ENDS_THE_SESSION = {
    "retenshun_post_api_v1_auth_logout",
    "retenshun_delete_api_v1_projects_project_id",
}

SOMETIMES_EMPTY = "reteno_post_api_v1_orders"

# What JSON Schema has no words for, by the operations that ask it. There a body that fits the
# schema may be refused by 400; everywhere else it may not.
BEYOND = {
    "a period has both ends, the first one first": [
        "get_api_v1_events",
        "get_api_v1_users_user_id_events",
        "get_api_v1_audit",
        "get_api_v1_reports.*",
        "post_api_v1_reports_funnel",
        "get_api_v1_balance_history",
        "get_api_v[12]_contact.*",
        "(get|delete)_api_v[12]_past_events.*",
        "post_api_v1_automations_automation_id_dry_run",
    ],
    "an event lies at most five minutes ahead": ["post_api_v1_events"],
    "an address is one that could be on the internet": [
        "post_api_v1_(identify|users)",
        "(put|patch)_api_v1_users_user_id",
        "post_api_v1_(templates_template_id|campaigns_campaign_id|channels_provider_id)_test",
        "post_api_v1_sending_domains",
        "(post|put|patch)_api_v1_webhooks.*",
        "put_api_v1_ai_model",
        "post_api_v1_emails_unsubscribed.*",
        "post_api_v1_team_invites.*",
    ],
    "what a body names by its id is there": [
        "(post|put|patch)_api_v1_(campaigns|automations|messages).*",
        "(post|delete)_api_v1_segments_segment_id_users",
        "put_api_v1_users_user_id_subscriptions",
        "post_api_v1_client_inbox.*",
        "get_api_v1_client_inbox.*",
    ],
    "a text is code that compiles, and fits its channel": ["(post|put|patch)_api_v1_templates.*"],
    "a rule is one of the language of rules": ["(post|put|patch)_api_v1_segments.*"],
    "settings are those of the provider that is chosen": ["(post|put|patch)_api_v1_channels"],
    "a time zone is one of the tz database": ["(post|put|patch)_api_v1_projects.*"],
    "caps, hours and days fit together": ["put_api_v1_sending_policy"],
    "a moment is written in one of several ways": ["(t|p|s|track|page|screen|b|batch|import)"],
    "the rules of fields, channels and merging of the Reteno API": [
        "(post|put|delete)_api_v[123]_(?!orders$).*"
    ],
}
RETENO_ONLY = "the rules of fields, channels and merging of the Reteno API"


def beyond():
    """Write a pattern of all operations that ask more than their schema can say."""
    for rule, names in BEYOND.items():
        face = "reteno" if rule == RETENO_ONLY else "(retenshun|reteno|segment)"
        yield from (f"^{face}_(post_v1_)?{name}$" for name in names)


def written():
    """Write the settings of a run: what counts as taken and as refused, operation by operation."""
    lines = [
        "[generation]",
        "with-security-parameters = false",
        "allow-x00 = false",
        # 422: the same Idempotency-Key came before, with another body.
        "[checks.positive_data_acceptance]",
        f"expected-statuses = {json.dumps([*GOOD, '422'])}",
        "[checks.negative_data_rejection]",
        f"expected-statuses = {json.dumps(REFUSALS)}",
        # This reply is empty where all went well, as the vendor's is; a schema cannot say so.
        "[[operations]]",
        f"include-operation-id = {json.dumps(SOMETIMES_EMPTY)}",
        "[operations.checks.response_schema_conformance]",
        "enabled = false",
        "[operations.checks.positive_data_acceptance]",
        f"expected-statuses = {json.dumps([*GOOD, '400', '422'])}",
    ]
    for pattern in beyond():
        lines += ["[[operations]]", f"include-operation-id-regex = {json.dumps(pattern)}"]
        lines += ["[operations.checks.positive_data_acceptance]"]
        lines += [f"expected-statuses = {json.dumps([*GOOD, '400', '422'])}"]
    return "\n".join(lines)


GOOD = ["2xx", "3xx", "401", "403", "404", "409", "429", "5xx"]
REFUSALS = ["400", "401", "403", "404", "405", "409", "413", "415", "422", "429", "5xx"]


def ask(project, folder, routes, *options):
    """Run schemathesis over these routes, each asked as its face wants it."""
    some_things(project)
    (folder / "schemathesis.toml").write_text(written())
    people = [route for route in routes if route.access is Access.SESSION]
    reteno = [route for route in routes if route.face is Face.RETENO]
    others = [route for route in routes if route not in people and route not in reteno]
    run(project, folder, others, f"x-api-key: {project.secret.secret}", options)
    run(project, folder, reteno, f"Authorization: {basic(project.secret.secret)}", options)
    run(project, folder, people, f"Cookie: {sign_in(project)}", options)


def sign_in(project):
    """Sign somebody in, and give the cookie."""
    visitor = a_visitor(project.server)
    person = {"email": Door(project.server, project.id).person(), "password": PASSWORD}
    visitor.post("/api/v1/auth/login", person).ok()
    cookie = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    visitor.close()
    return cookie


def run(project, folder, routes, header, options):
    """Ask these routes with a header; fail with what is found."""
    order = [sys.executable, "-m", "schemathesis.cli", "--no-color"]
    order += ["run", f"{project.server.url}/openapi.json", "--checks", "all", "--seed", "1"]
    order += ["--suppress-health-check", "all", "--continue-on-failure", "--warnings", "off"]
    order += ["--header", header, *options]
    order += [part for route in routes for part in ("--include-operation-id", route.name)]
    done = subprocess.run(
        order, cwd=folder, capture_output=True, text=True, check=False, timeout=RUN_SECONDS
    )
    assert done.returncode == 0, done.stdout[-20000:] + done.stderr[-2000:]


def asked():
    return [route for route in ROUTES if route.name not in ENDS_THE_SESSION]


def test_the_description_is_one_that_names_every_route(project):
    with urlopen(f"{project.server.url}/openapi.json", timeout=10) as answer:
        paths = json.loads(answer.read())["paths"]
    told = {(method.upper(), path) for path, ways in paths.items() for method in ways}
    assert told == {(route.method, route.path) for route in ROUTES}


@pytest.mark.before_the_store
def test_a_sample_of_operations_keeps_all_promises(project, tmp_path):
    ask(project, tmp_path, asked()[::SAMPLE], "--phases", "examples,coverage", "-n", "3")


@pytest.mark.soak
def test_all_operations_keep_all_promises(project, tmp_path):
    # In sequences schemathesis does not heed what is set for one operation: see `written`.
    routes = [route for route in asked() if route.name != SOMETIMES_EMPTY]
    ask(project, tmp_path, routes, "-n", "20")
