"""Workflows in words: what each kind of step and trigger is called, and what one of them does."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from beckon.dashboard.pages.segment_sentences import RuleNames, sentence
from beckon.dashboard.pages.workflow_fields import WEEKDAYS, show_span
from beckon.domain.accounts.model import ProjectId
from beckon.domain.segments import queries as segments
from beckon.domain.segments.model import Segment, SegmentKind
from beckon.domain.templates import queries as templates
from beckon.domain.templates.model import Template
from beckon.domain.workflows import queries
from beckon.domain.workflows.model import Workflow
from beckon.storage.schema import Tx

CHOICES_MAX = 500

STEPS: Mapping[str, tuple[str, str]] = {
    "send": ("send", "Send a message"),
    "wait": ("clock", "Wait"),
    "wait_for_time": ("calendar", "Wait for a time of day"),
    "wait_for_date": ("calendar-event", "Wait for a date"),
    "wait_for_event": ("hourglass", "Wait for an event"),
    "condition": ("git-branch", "Condition"),
    "switch": ("arrows-split", "Many ways"),
    "split": ("chart-pie", "Split by chance"),
    "update_contact": ("user-cog", "Change fields"),
    "change_tags": ("tag", "Change tags"),
    "change_list": ("users-group", "Put on a list"),
    "change_consent": ("shield-check", "Change consent"),
    "fire_event": ("bolt", "Log an event"),
    "call_webhook": ("webhook", "Call a webhook"),
    "write_copy": ("wand", "Write a text"),
    "goal": ("target", "Goal"),
    "go_to": ("route", "Go on in another workflow"),
    "exit": ("logout", "End here"),
}
TRIGGERS: Mapping[str, tuple[str, str]] = {
    "event": ("bolt", "An event"),
    "segment": ("users-group", "Entering or leaving a segment"),
    "contact": ("user-plus", "Somebody new, or a changed field"),
    "date": ("cake", "A date in a field"),
    "schedule": ("calendar", "A schedule"),
    "order": ("shopping-cart", "An order"),
    "call": ("code", "A call of the API"),
    "hook": ("webhook", "Somebody else's webhook"),
}


@dataclass(frozen=True, slots=True)
class Names:
    """What the project has that a workflow may name."""

    templates: list[Template] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    workflows: list[Workflow] = field(default_factory=list)

    @property
    def lists(self) -> list[Segment]:
        """The segments that people are put into by hand."""
        return [one for one in self.segments if one.kind is SegmentKind.STATIC]

    def template(self, number: object) -> str:
        """Name a template."""
        return next((one.name for one in self.templates if one.id == number), "no template yet")

    def segment(self, number: object) -> str:
        """Name a segment."""
        return next((one.name for one in self.segments if one.id == number), "no segment yet")

    def workflow(self, number: object) -> str:
        """Name a workflow."""
        return next((one.name for one in self.workflows if one.id == number), "no workflow yet")


def read_names(tx: Tx, project_id: ProjectId) -> Names:
    """Read what there is to name, at most 500 of each."""
    return Names(
        templates.list_templates(tx, project_id, None, offset=0, limit=CHOICES_MAX),
        segments.list_segments(tx, project_id, offset=0, limit=CHOICES_MAX),
        queries.list_workflows(tx, project_id, limit=CHOICES_MAX),
    )


def icon_of(node: Mapping[str, Any]) -> str:
    """Choose the icon of a step or trigger."""
    return (STEPS[node["do"]] if "do" in node else TRIGGERS[node["on"]])[0]


def title_of(node: Mapping[str, Any]) -> str:
    """Say what kind of step or trigger it is."""
    if "on" in node:
        return TRIGGERS[node["on"]][1]
    if node["do"] == "send":
        return f"Send {CHANNEL_WORDS[node['channel']]}"
    return STEPS[node["do"]][1]


def summary_of(node: Mapping[str, Any], names: Names) -> str:  # noqa: C901, PLR0911, PLR0912 - a line a kind
    """Say in a line what a step or trigger does."""
    match node:
        case {"do": "send", "template_id": number}:
            return names.template(number)
        case {"do": "wait"}:
            days, seconds = node.get("days", 0), node.get("delay_seconds", 0)
            return show_span(days * 86_400 + seconds)
        case {"do": "wait_for_time", "at": at}:
            days = " ".join(WEEKDAYS[day] for day in node.get("weekdays", ()))
            until = f" to {node['to'][:5]}" if node.get("to") else ""
            return f"{at[:5]}{until} {days}".strip()
        case {"do": "wait_for_date", "field": name}:
            return f"{name or 'no field yet'} {_after(node.get('seconds', 0))}".strip()
        case {"do": "wait_for_event", "event_name": name, "timeout_seconds": seconds}:
            return f"{name or 'no event yet'}, at most {show_span(seconds)}"
        case {"do": "condition" | "goal", "test": test}:
            return test_in_words(test, names)
        case {"do": "switch", "branches": ways}:
            return ", ".join(way["name"] for way in ways) or "no way yet"
        case {"do": "split", "shares": shares}:
            return " · ".join(f"{share['name']} {share['percent']} %" for share in shares)
        case {"do": "update_contact", "fields": fields}:
            return ", ".join(fields) or "no field yet"
        case {"do": "change_tags"}:
            put = [f"+{tag}" for tag in node.get("add", ())]
            return " ".join([*put, *(f"-{tag}" for tag in node.get("remove", ()))]) or "no tag yet"
        case {"do": "change_list", "segment_id": number}:
            return ("" if node.get("is_member", True) else "off ") + names.segment(number)
        case {"do": "change_consent", "is_subscribed": is_subscribed, "channel": channel}:
            act = "subscribe" if is_subscribed else "unsubscribe"
            return " ".join(part for part in (act, channel, node.get("category")) if part)
        case {"do": "call_webhook", "url": url}:
            return url or "no address yet"
        case {"do": "write_copy", "prompt": prompt}:
            return prompt or "nothing asked yet"
        case {"do": "go_to", "workflow_id": number}:
            return names.workflow(number)
        case {"do": "exit"}:
            return str(node.get("reason", ""))
        case {"event_name": name}:
            return name or "no event yet"
        case {"on": "segment", "segment_id": number}:
            return f"{node.get('side', 'entered')} {names.segment(number)}"
        case {"on": "contact"}:
            return ", ".join(node.get("fields", ())) or "everybody new"
        case {"on": "date", "field": name}:
            return f"{name or 'no field yet'} {_after(node.get('days', 0) * 86_400)}".strip()
        case {"on": "schedule", "segment_id": number, "at": at}:
            return f"every {node.get('every', 'day')} at {at[:5]}, {names.segment(number)}"
        case {"on": "order", "status": status}:
            return str(status)
        case _:
            return ""


def test_in_words(test: Mapping[str, Any], names: Names) -> str:
    """Say in a line what is asked."""
    parts = [words for rule in test.values() if (words := _rule_in_words(rule, names))]
    return " and ".join(parts) or "nothing asked: everybody"


CHANNEL_WORDS = {
    "email": "an e-mail",
    "sms": "an SMS",
    "viber": "a Viber message",
    "push": "a push message",
    "web_push": "a web push",
    "in_app": "an in-app message",
}


def _rule_in_words(rule: Any, names: Names) -> str:  # noqa: ANN401 - any stored rule
    match rule:
        case {"combinator": combinator, "rules": inner}:
            words = f" {combinator} ".join(_rule_in_words(one, names) for one in inner)
            return f"not ({words})" if rule.get("not") else words
        case {"segment": number}:
            is_in = rule.get("operator", "in") == "in"
            return f"{'in' if is_in else 'not in'} {names.segment(number)}"
        case {"operator": _}:
            return sentence(rule, RuleNames())
        case _:
            return "a rule"


def _after(seconds: int) -> str:
    if not seconds:
        return ""
    return f"{show_span(abs(seconds))} {'before' if seconds < 0 else 'after'}"
