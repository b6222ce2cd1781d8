"""What runs go through while everything is killed: mail, wait, condition, webhook, mail.

Besides the promises of `story`, each step is taken once, none before its time, and no run is stuck.
"""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from beckon.domain.workflows.model import RunState
from beckon.domain.workflows.tables import run, run_step
from beckon.storage.schema import Line
from kills.crowd import EVENT, Crowd, address_of
from kills.story import DRAIN_SECONDS, LOOK_EVERY_SECONDS, WAIT, tell
from support.http_sink import Asked, Said
from support.server import Project
from support.smtp_sink import Mail

STEPS = (
    ("", "entered"),
    ("first", "passed"),
    ("wait", "waited"),
    ("ask", "branched"),
    ("call", "passed"),
    ("second", "passed"),
)
"""Every line of every journey, in order."""


def answer(asked: Asked) -> Said:
    """Be the service outside: give everybody a code of their own."""
    return Said(200, {"code": f"for {asked.json()['who']}"})


def tell_the_journey(project: Project, url: str) -> None:
    """Store the workflow; its condition holds for everybody."""
    client = project.retenshun
    first, second = (
        client.post(
            "/api/v1/templates",
            {"name": name, "channel": "EMAIL", "subject": name, "body": body},
        ).ok()["id"]
        for name, body in (("First", "<p>Hello"), ("Second", "<p>Your code {{ promo.code }}"))
    )
    webhook = {
        "type": "WEBHOOK",
        "id": "call",
        "url": f"{url}/codes",
        "body": '{"who": "{{ name }}"}',
        "saveAs": "promo",
    }
    client.post(
        "/api/v1/automations",
        {
            "name": "Journey",
            "triggerType": "EVENT",
            "triggerEvent": EVENT,
            "active": True,
            "steps": [
                {"type": "SEND_EMAIL", "id": "first", "templateId": first},
                {"type": "WAIT", "id": "wait", "delay": WAIT.seconds},
                {
                    "type": "CONDITION",
                    "id": "ask",
                    "rules": [{"event": EVENT}, {"message": "queued"}],
                    "then": [webhook],
                    "else": [{"type": "EXIT", "reason": "the condition did not hold"}],
                },
                {"type": "SEND_EMAIL", "id": "second", "templateId": second},
            ],
        },
    ).ok()


@dataclass(frozen=True, slots=True)
class Journeys:
    """Where all runs have come to; each method holds them to one promise."""

    project: Project
    crowd: Crowd

    def wait(self) -> None:
        """Wait until every run has ended: none is stuck."""
        people = len(self.crowd.acknowledged)
        began = time.monotonic()
        while (states := self._states()) != {RunState.DONE: people}:
            assert time.monotonic() < began + DRAIN_SECONDS, f"stuck: {states} of {people}"
            time.sleep(LOOK_EVERY_SECONDS)
        tell(f"all {people} runs done in {time.monotonic() - began:.1f} s")

    def check_steps(self) -> None:
        """Each run took each step once, in order, and none before its time."""
        taken: dict[int, list[tuple[str, str]]] = {}
        early = []
        planned: dict[tuple[int, str], datetime] = {}
        for line in self._lines():
            taken.setdefault(line.run_id, []).append((line.step, line.passing))
            planned[line.run_id, line.step] = line.planned_at
            if line.at < line.planned_at:
                early.append(line)
        assert Counter(map(tuple, taken.values())) == {STEPS: len(self.crowd.acknowledged)}
        assert early == []
        waits = {planned[one, "wait"] - planned[one, "first"] for one in taken}
        assert waits == {WAIT}, "a wait is counted from its plan"

    def check_calls(self, asked: Sequence[Asked], *, repeated_max: int) -> None:
        """Everybody's call was made; one made twice says so by its name, and those are few."""
        people = {one.json()["who"] for one in asked}
        assert people == set(self.crowd.acknowledged)
        names = Counter(one.headers["idempotency-key"] for one in asked)
        assert len(names) == len(people), "one name a call"
        repeated = sum(times - 1 for times in names.values())
        tell(f"{len(names)} calls, {repeated} told again")
        assert repeated <= repeated_max

    def check_codes(self, mails: Sequence[Mail]) -> None:
        """The second mail has the answer of the call of whoever got it."""
        codes = {address_of(person): f"for {person}".encode() for person in self.crowd.acknowledged}
        seconds = [mail for mail in mails if b"Subject: Second" in mail.content]
        assert seconds
        assert [one for one in seconds if codes[one.recipients[0]] not in one.content] == []

    def _states(self) -> dict[RunState, int]:
        with self.project.server.engine.begin() as tx:
            rows = tx.execute(select(run.c.state).where(run.c.project_id == self.project.id))
            return Counter(RunState(row.state) for row in rows)

    def _lines(self) -> Sequence[Line]:
        with self.project.server.engine.begin() as tx:
            asked = select(run_step).where(run_step.c.project_id == self.project.id)
            return tx.execute(asked.order_by(run_step.c.id)).all()
