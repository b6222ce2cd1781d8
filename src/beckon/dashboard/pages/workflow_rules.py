"""Forms of what has parts of its own: the rules around a run, and steps with many ways."""

from collections.abc import Mapping, Sequence
from typing import Any

from beckon.dashboard.pages.workflow_fields import (
    STEPS,
    Field,
    read_fields,
    read_span,
    read_test,
    show_fields,
    show_span,
    show_test,
)
from beckon.domain.workflows.model import Again
from beckon.kit.refusals import Invalid

WAYS_MAX = 20
EXITS_MAX = 5


def read(form: Mapping[str, str]) -> dict[str, Any]:
    """Read the rules around a run. Raises Invalid naming the field."""
    manners: dict[str, Any] = {"holdout_percent": _whole(form, "holdout", "Held out")}
    if entry := read_test(form, "entry", "Only who"):
        manners["entry"] = entry
    manners["re_entry"] = _read_re_entry(form)
    if form.get("limit_runs", "").strip():
        manners["limit"] = {
            "runs": _whole(form, "limit_runs", "At most so many runs"),
            "seconds": read_span(form.get("limit_span", ""), "Within"),
        }
    if name := form.get("goal", "").strip():
        manners["goal"] = {
            "event_name": name,
            "seconds": read_span(form.get("goal_span", ""), "Within"),
            "exits": form.get("goal_exits") == "on",
            "where": read_test(form, "goal_where", "Goal, only where"),
        }
    exits = [
        name for number in range(EXITS_MAX) if (name := form.get(f"exit.{number}", "").strip())
    ]
    manners["exits"] = [{"event_name": name} for name in exits]
    if stays := _whole(form, "stays_in", "Segment"):
        manners["stays_in"] = stays
    return manners


def show_rules(manners: Mapping[str, Any]) -> dict[str, Any]:
    """Write the rules around a run as their form shows them."""
    again, limit = manners.get("re_entry", {}), manners.get("limit", {})
    goal = manners.get("goal", {})
    exits = [way_out["event_name"] for way_out in manners.get("exits", [])]
    return {
        "entry": show_test(manners.get("entry", {})),
        "again": again.get("again", Again.ALWAYS),
        "again_choices": list(Again),
        "again_span": show_span(again.get("seconds", 0)),
        "again_key": again.get("key") or "",
        "limit_runs": limit.get("runs", ""),
        "limit_span": show_span(limit.get("seconds", 0)),
        "goal": goal.get("event_name", ""),
        "goal_span": show_span(goal.get("seconds", 0)),
        "goal_exits": goal.get("exits", False),
        "goal_where": show_test(goal.get("where", {})),
        "exits": [*exits, ""][:EXITS_MAX],
        "stays_in": manners.get("stays_in", 0),
        "holdout": manners.get("holdout_percent", 0),
    }


def read_step(step: Mapping[str, Any], form: Mapping[str, str]) -> dict[str, Any]:
    """Read the fields of a step; the steps in its ways stay. Raises Invalid naming the field."""
    match step["do"]:
        case "switch":
            return {"branches": _read_branches(step["branches"], form)}
        case "split":
            return {"shares": _read_shares(step["shares"], form)}
        case kind:
            return read_fields(STEPS[kind], form)


def show(fields: Sequence[Field], node: Mapping[str, Any]) -> dict[str, Any]:
    """Write a step's or trigger's values as its form shows them; ways have an empty row more."""
    shown = show_fields(fields, node)
    if "branches" in shown:
        ways = [(way["name"], show_test(way["test"])) for way in node["branches"]]
        shown["branches"] = [*ways, ("", show_test({}))][:WAYS_MAX]
    if "shares" in shown:
        shares = [(share["name"], share["percent"]) for share in node["shares"]]
        shown["shares"] = [*shares, ("", "")][:WAYS_MAX]
    return shown


def _read_branches(old: Sequence[Mapping[str, Any]], form: Mapping[str, str]) -> list[Any]:
    found = []
    for number in range(WAYS_MAX):
        name = form.get(f"branch.{number}", "").strip()
        if name:
            steps = old[number].get("steps", []) if number < len(old) else []
            test = read_test(form, f"branch.{number}.test", name)
            found.append({"name": name, "test": test, "steps": steps})
    return found


def _read_shares(old: Sequence[Mapping[str, Any]], form: Mapping[str, str]) -> list[Any]:
    found = []
    for number in range(WAYS_MAX):
        name = form.get(f"share.{number}", "").strip()
        if name:
            steps = old[number].get("steps", []) if number < len(old) else []
            percent = _whole(form, f"share.{number}.percent", name)
            found.append({"name": name, "percent": percent, "steps": steps})
    return found


def _read_re_entry(form: Mapping[str, str]) -> dict[str, Any]:
    try:
        again = Again(form.get("again", Again.ALWAYS))
    except ValueError:
        raise Invalid("Again: choose one of those listed.") from None
    key = form.get("again_key", "").strip() or None
    seconds = read_span(form.get("again_span", ""), "After") if again is Again.AFTER_PERIOD else 0
    return {"again": again.value, "seconds": seconds, "key": key}


def _whole(form: Mapping[str, str], name: str, label: str) -> int:
    text = form.get(name, "").strip() or "0"
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise Invalid(f"{label} must be a whole number.")
    return int(text)
