"""A dry run over a million past events: seconds and memory.

    python benchmarks/p07_dry_run.py [--events 1000000] [--people 100000]

Half of the events mean something to the workflow: three in ten start it, two in ten end it. It
sends, waits three days, asks what the person did since, and sends again. Target: a million in
under a minute.
"""

import argparse
import random
import resource
import tempfile
import time
from datetime import UTC, datetime, timedelta

from beckon.domain.accounts import actions as accounts
from beckon.domain.contacts.model import Channel, Who
from beckon.domain.events import actions as events
from beckon.domain.events.model import EventId, NewEvent
from beckon.domain.segments.parsing import parse
from beckon.domain.templates import actions as templates
from beckon.domain.templates.model import Language, Text
from beckon.domain.workflows import actions as workflows
from beckon.domain.workflows import dry_run
from beckon.domain.workflows.conditions import Proviso
from beckon.domain.workflows.dry_run import Asked, Script
from beckon.domain.workflows.model import Definition, Exit, Manners
from beckon.domain.workflows.rehearsal import Cast
from beckon.domain.workflows.steps import Condition, Send, Wait
from beckon.domain.workflows.triggers import EventTrigger
from beckon.kit.clock import to_ms
from beckon.kit.ids import new_uuid
from beckon.storage.migrate import migrate
from beckon.storage.schema import run, run_many
from beckon.storage.state import open_engine

START = datetime(2026, 3, 1, tzinfo=UTC)
DAYS = 30
NAMES = (("view", 5), ("signed_up", 3), ("purchase", 2))
AT_ONCE = 1000


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="beckon-dry-run-") as folder:
        engine = open_engine(f"sqlite:///{folder}/state.sqlite")
        migrate(engine)
        with engine.begin() as tx:
            project_id, workflow = prepare(tx)
        fill(engine, project_id, options.people, options.events)
        before = memory()
        asked = Asked(START, START + timedelta(days=DAYS))
        began = time.perf_counter()
        with engine.connect() as tx:
            cast = Cast(project_id, workflow.id, workflow.version_id)
            result = dry_run.play(tx, Script(cast, workflow.definition), asked)
        seconds = time.perf_counter() - began
        engine.dispose()
    assert result.entered > options.events // 5
    print(f"events      {options.events:>12,}")
    print(f"signals     {result.signals:>12,}")
    print(f"entered     {result.entered:>12,}")
    print(f"mails       {sum(result.sends.values()):>12,}")
    print(f"seconds     {seconds:>12.1f}")
    print(f"memory      {memory() - before:>12.0f} MiB more at its peak")


def prepare(tx):
    project_id = accounts.create_project(
        tx, name="Dry run", organisation="Bench", time_zone="UTC", now=START
    )
    text = Text(Language.LIQUID, "Hello", "<p>Hello</p>")
    template = templates.create(
        tx, project_id, name="Hello", channel=Channel.EMAIL, tags=(), text=text, now=START
    )
    mail = Send(Channel.EMAIL, template.id)
    has_looked = Proviso(parse([{"event": "view", "within": "3d"}]))
    definition = Definition(
        EventTrigger("signed_up"),
        (mail, Wait(3 * 86_400), Condition(has_looked, then=(mail,))),
        Manners(exits=(Exit("purchase"),)),
    )
    return project_id, workflows.create(
        tx, project_id, name="Welcome", is_active=True, definition=definition, now=START
    )


def fill(engine, project_id, people: int, count: int) -> None:
    """Make people, each by an event of each name, and then write the others straight."""
    dice = random.Random(1)
    for start in range(0, people, AT_ONCE):
        with engine.begin() as tx:
            new = [an_event(number, dice) for number in range(start, start + AT_ONCE)]
            events.record(tx, project_id, new, START)
    with engine.begin() as tx:
        for name, _ in NAMES:
            events.record(tx, project_id, [an_event(0, dice, name)], START)
        types = dict(run(tx, "SELECT name, id FROM event_type"))
        drawn = dice.choices(
            [types[name] for name, _ in NAMES], [share for _, share in NAMES], k=count - people
        )
        run_many(
            tx,
            "INSERT INTO event (epoch, project_id, id, type_id, contact_id, key, properties, "
            "occurred_at, received_at) VALUES (0, ?, ?, ?, ?, NULL, ?, ?, ?)",
            [
                (project_id, new_uuid().bytes, type_id, person, '{"total": 12.5}', at, at)
                for type_id in drawn
                for person in [dice.randint(1, people)]
                for at in [to_ms(START) + dice.randrange(DAYS * 86_400_000)]
            ],
        )


def an_event(number: int, dice, name: str = "view") -> NewEvent:
    who = Who(external_id=f"person {number}", email=f"person{number}@example.com")
    at = START + timedelta(seconds=dice.randrange(DAYS * 86_400))
    return NewEvent(EventId(new_uuid()), name, who, None, {}, at, at)


def memory() -> float:
    """Peak resident memory of this process in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--people", type=int, default=100_000)
    return parser.parse_args()


if __name__ == "__main__":
    main()
