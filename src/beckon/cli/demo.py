"""`beckon demo`: a shop with three months behind it, to look around in.

Other projects in the store are held while the story's engine plays, and go on afterwards.
"""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from functools import partial

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from beckon.demo.crowd import DAYS, make_people
from beckon.demo.opening import Owner, open_shop
from beckon.demo.playing import Story
from beckon.domain.accounts import queries as projects
from beckon.domain.accounts.model import ProjectId
from beckon.domain.messages import actions as messages
from beckon.domain.messages import queries as sending
from beckon.engine.dress import Dresser
from beckon.kit.clock import SystemClock
from beckon.kit.ids import new_token, new_uuid
from beckon.kit.refusals import Conflict
from beckon.kit.signing import Signer
from beckon.main import open_vault
from beckon.settings import Settings
from beckon.storage.presence import FilePresence, PostgresPresence, Presence
from beckon.storage.schema import Tx
from beckon.storage.state import is_postgres, open_state

HELD = "Held while `beckon demo` plays its story."


def run(settings: Settings, *, people: int, name: str, owner: Owner, is_forced: bool) -> None:
    """Fill a new project. No server may work on the store meanwhile.

    Raises Conflict where there are other projects and it is not forced, AlreadyServedError.
    """
    asyncio.run(_run(settings, people, name, owner, is_forced=is_forced))


async def _run(
    settings: Settings, people: int, name: str, owner: Owner, *, is_forced: bool
) -> None:
    worker, end = f"demo:{new_uuid().hex}", SystemClock().now()
    async with AsyncExitStack() as opened:
        presence: Presence = (
            PostgresPresence(settings.state_url, worker)
            if is_postgres(settings.state_url)
            else FilePresence(settings.data_dir, worker)
        )
        opened.push_async_callback(presence.close)
        await presence.begin()
        state = open_state(settings.state_url)
        opened.push_async_callback(state.close)
        vault = await state.write(partial(open_vault, settings=settings))
        others = await state.write(partial(_hold_others, is_forced=is_forced, now=end))
        begin = end - timedelta(days=DAYS)
        place = await state.write(
            partial(open_shop, name=name, owner=owner, vault=vault, new_token=new_token, now=begin)
        )
        story = Story(
            state,
            place,
            make_people(people, begin, end),
            end=end,
            sender=settings.default_sender,
            dress=Dresser(Signer(vault.derive("links")), settings.base_url),
        )
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
        ) as progress:
            bar = progress.add_task(f"{DAYS} days of {name}", total=1.0)
            async for part in story.play():
                progress.update(bar, completed=part)
        await state.write(partial(_resume_others, others=others))


def _hold_others(tx: Tx, *, is_forced: bool, now: datetime) -> list[ProjectId]:
    """Let nothing leave of other projects: the story's engine would keep it in the outbox."""
    found = [project.id for project in projects.list_projects_any_project(tx)]
    if found and not is_forced:
        raise Conflict(
            "There are projects in this store already. Give another --data-dir, or --force to "
            "have the demo beside them."
        )
    held = sending.list_holds_any_project(tx)
    others = [project_id for project_id in found if project_id not in held]
    for project_id in others:
        messages.hold(tx, project_id, HELD, now)
    return others


def _resume_others(tx: Tx, others: Sequence[ProjectId]) -> None:
    for project_id in others:
        messages.resume(tx, project_id)
