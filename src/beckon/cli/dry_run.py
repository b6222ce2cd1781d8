"""`beckon dry-run`: play a workflow over past events, and show who would have got what."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from beckon.domain.accounts.model import ProjectId
from beckon.domain.messages.model import WorkflowId
from beckon.domain.workflows import dry_run, queries
from beckon.domain.workflows.dry_run import Asked, Script
from beckon.domain.workflows.findings import Compared, DryRun
from beckon.domain.workflows.rehearsal import Cast
from beckon.storage.schema import Tx
from beckon.storage.state import open_state

SHOWN_MAX = 20


@dataclass(frozen=True, slots=True)
class Play:
    """What to play: one version of a workflow over so many days up to now.

    With `against`, another version is played too, and the differences are listed.
    """

    project_id: ProjectId
    number: int
    now: datetime
    days: int
    version: int | None
    against: int | None


def run(state_url: str, choose: Callable[[Tx], Play]) -> None:
    """Play what is chosen in one reading transaction, which holds nobody up, and print it."""

    async def read() -> None:
        state = open_state(state_url)
        try:
            await state.read(lambda tx: show(tx, choose(tx), Console()))
        finally:
            await state.close()

    asyncio.run(read())


def show(tx: Tx, play: Play, console: Console) -> None:
    """Play, and print what came of it. Raises WorkflowUnknown."""
    project_id, against = play.project_id, play.against
    workflow = queries.get_workflow(tx, project_id, WorkflowId(play.number))
    asked = Asked(play.now - timedelta(days=play.days), play.now)

    def script(chosen: int) -> Script:
        found = queries.get_version(tx, project_id, workflow.id, chosen)
        return Script(Cast(project_id, workflow.id, found.id), found.definition)

    def show_one(chosen: int, result: DryRun) -> None:
        _print(console, f"'{workflow.name}', version {chosen}, {play.days} days", result)

    chosen = play.version or workflow.version
    with _Bar(console) as bar:
        if against is None:
            found = dry_run.play(tx, script(chosen), asked, progress=bar.advance_to)
        else:
            compared = dry_run.compare(
                tx, script(chosen), script(against), asked, progress=bar.advance_to
            )
    if against is None:
        show_one(chosen, found)
    else:
        show_one(chosen, compared.one)
        show_one(against, compared.other)
        _print_differences(console, compared)


class _Bar:
    """A bar over the people of the play."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %  {task.fields[played]:,} signals"),
            TimeElapsedColumn(),
            console=console,
        )
        self._task = self._progress.add_task("dry run", total=1.0, played=0)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def advance_to(self, played: int, part: float) -> None:
        """Show how far the play is."""
        self._progress.update(self._task, completed=part, played=played)


def _print(console: Console, title: str, result: DryRun) -> None:
    table = Table(title=title, show_header=False)
    table.add_row("signals", f"{result.signals:,}")
    table.add_row("entered", f"{result.entered:,} ({result.held_out:,} held out)")
    table.add_row("inside at the end", f"{result.inside:,}")
    table.add_row("converted", f"{result.converted:,}")
    for reason, times in result.refused.most_common(SHOWN_MAX):
        table.add_row(f"refused: {reason}", f"{times:,}")
    for (step, passing), times in sorted(result.steps.items()):
        table.add_row(f"{step} {passing}", f"{times:,}")
    for reason, times in result.stopped.most_common(SHOWN_MAX):
        table.add_row(f"would not have gone out: {reason}", f"{times:,}")
    console.print(table)
    for sample in result.samples:
        subject = sample.rendered.subject if sample.rendered else f"not written: {sample.fault}"
        at = sample.send.at.astimezone(UTC).isoformat(timespec="minutes")
        console.print(f"{at}  contact {sample.send.contact_id}  {subject}", markup=False)


def _print_differences(console: Console, compared: Compared) -> None:
    one, other = compared.only_one, compared.only_other
    console.print(f"{one.count:,} sends only in the first, {other.count:,} only in the other")
    for sign, difference in (("-", one), ("+", other)):
        for mark in difference.first[:SHOWN_MAX]:
            console.print(f"{sign} {mark}", markup=False)
