"""A project on a stage: a worker, a clock that jumps, and the dry run held to what really was."""

from datetime import timedelta

from beckon.domain.events import actions as events
from beckon.domain.workflows import actions as workflows
from beckon.domain.workflows import dry_run, queries, runs
from beckon.domain.workflows.dry_run import Asked, Script
from beckon.domain.workflows.model import Definition, Manners
from beckon.domain.workflows.rehearsal import Cast
from support.builders import a_template, a_text, an_event
from support.clock import START
from support.worker import all_messages


class Stage:
    """A project with a worker; `say` logs an event now, `mails` tells who got what."""

    def __init__(self, state, clock, project_id, worker):
        self.state, self.clock, self.project_id, self.worker = state, clock, project_id, worker

    async def do(self, action, *args, **more):
        return await self.state.write(lambda tx: action(tx, self.project_id, *args, **more))

    async def look(self, query, *args, **more):
        """Ask a query of the project."""
        return await self.state.read(lambda tx: query(tx, self.project_id, *args, **more))

    async def template(self, subject):
        return (await self.do(a_template, a_text(subject, f"<p>{subject}</p>"))).id

    async def workflow(self, trigger, *steps, **manners):
        return await self.do(
            workflows.create,
            name="Programme",
            is_active=True,
            definition=Definition(trigger, steps, Manners(**manners)),
            now=self.clock.now(),
        )

    async def say(self, name, who="ann", **properties):
        event = an_event(who, name, email=f"{who}@example.com", now=self.clock.now(), **properties)
        await self.do(events.record, [event], self.clock.now())
        await self.worker.drain()

    async def wait(self, **parts):
        """Let time pass half an hour at a time, so that everything happens at its own time."""
        end = self.clock.now() + timedelta(**parts)
        await self.worker.drain()
        while self.clock.now() < end:
            self.clock.advance(min(timedelta(minutes=30), end - self.clock.now()))
            await self.worker.pass_by()

    async def mails(self):
        found = await self.messages()
        return [(one.subject, one.created_at - START) for one in found]

    async def messages(self):
        return await all_messages(self.state, self.project_id)

    async def check_play(self, workflow, *, contact_id=None):
        """Hold the dry run over all that happened to the journeys that were really made."""
        real, played = await self.state.read(
            lambda tx: (self._journeys(tx, workflow), self._play(tx, workflow, contact_id))
        )
        assert played == real

    def _journeys(self, tx, workflow):
        asked = runs.RunFilter(workflow.id)
        found = runs.list_runs(tx, self.project_id, asked, offset=0, limit=1000)
        return sorted(
            (int(run.contact_id), line.step, line.passing, line.note, line.planned_at)
            for run in found
            for line in runs.list_steps(tx, self.project_id, run.id)
        )

    def _play(self, tx, workflow, contact_id):
        plan = queries.get_workflow(tx, self.project_id, workflow.id)
        cast = Cast(self.project_id, workflow.id, plan.version_id)
        asked = Asked(START, self.clock.now() + timedelta(milliseconds=1), contact_id)
        result = dry_run.play(tx, Script(cast, plan.definition), asked)
        return sorted(
            (
                int(told.contact_id),
                told.trail.step,
                told.trail.passing,
                told.trail.note,
                told.trail.at,
            )
            for told in result.told
            if told.run_id is not None
        )
