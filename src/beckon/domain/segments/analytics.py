"""Questions about rules asked of the analytics store: how many are meant, who, and why nobody.

Public; project first. Raises AnalyticsUnavailable and QuestionTooLong as `Analytics.ask` does.
"""

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import ContactId
from beckon.domain.segments.compiling import compile_cells, compile_count, compile_sample
from beckon.domain.segments.facts import AsOf, needs
from beckon.domain.segments.model import Cell, Grid, Rule, Standard
from beckon.storage.analytics.client import Analytics

_MAPS = ("strings", "numbers", "booleans", "times", "lists")


async def count(analytics: Analytics, project_id: ProjectId, rule: Rule, as_of: AsOf) -> int:
    """Count whom a rule means, as far as the analytics store knows by now."""
    question = compile_count(rule, project_id, as_of)
    rows = await analytics.ask(question.sql, question.values)
    return int(rows[0][0])


async def count_cells(
    analytics: Analytics, project_id: ProjectId, grid: Grid, as_of: AsOf
) -> dict[Cell, int]:
    """Count who is in each cell of a grid; cells without anybody are left out."""
    question = compile_cells(grid, project_id, as_of)
    rows = await analytics.ask(question.sql, question.values)
    return {Cell(*divmod(int(cell), 10)): int(people) for cell, people in rows}


async def list_some(
    analytics: Analytics, project_id: ProjectId, rule: Rule, as_of: AsOf, *, limit: int
) -> list[ContactId]:
    """List a few whom a rule means, the newest first."""
    question = compile_sample(rule, project_id, as_of, limit=limit)
    rows = await analytics.ask(question.sql, question.values)
    return [ContactId(row[0]) for row in rows]


async def list_missing(analytics: Analytics, project_id: ProjectId, rule: Rule) -> list[str]:
    """List the properties a rule asks for that nobody in the project has, by path."""
    standard = set(Standard)
    paths = sorted(path for path in needs(rule).properties if path not in standard)
    if not paths:
        return []
    marks = [f"{{p{place}:String}}" for place in range(len(paths))]
    has = ", ".join(
        f"max({' OR '.join(f'mapContains({one}, {mark})' for one in _MAPS)})" for mark in marks
    )
    values: dict[str, object] = {f"p{place}": path for place, path in enumerate(paths)}
    rows = await analytics.ask(
        f"SELECT {has} FROM contact FINAL WHERE project_id = {{project:UInt64}}",  # noqa: S608 - marks only
        {"project": project_id, **values},
    )
    return [path for path, is_there in zip(paths, rows[0], strict=True) if not is_there]
