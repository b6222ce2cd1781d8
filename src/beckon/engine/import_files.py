"""Fetches files of people that callers named, and takes them in, part by part."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from itertools import islice

import structlog

from beckon.domain.contacts.matching import Entry
from beckon.domain.contacts.queries import list_fields
from beckon.domain.imports import actions
from beckon.domain.imports.columns import read_file
from beckon.domain.imports.model import FetchFailedError, Upload
from beckon.domain.imports.queries import list_takers_any_project, list_waiting_any_project
from beckon.kit.clock import Clock
from beckon.kit.refusals import Invalid, Refusal
from beckon.storage.presence import Presence
from beckon.storage.state import State

AT_ONCE = 1000
FAULTS_SHOWN = 20
BROKEN = "Something broke while the file was taken in; it was logged."
Fetch = Callable[[str], Awaitable[bytes]]
"""Get a file; raises FetchFailedError with a reason that a person can read."""

log = structlog.get_logger()


async def import_files(state: State, clock: Clock, fetch: Fetch, *, worker: str) -> bool:
    """Take in the file that waits the longest. Returns whether there was one."""
    waiting = await state.read(partial(list_waiting_any_project, limit=1))
    if not waiting:
        return False
    upload = waiting[0]
    claiming = partial(actions.claim, upload=upload, worker=worker, now=clock.now())
    if await state.write(claiming):
        await _take_in(state, clock, fetch, upload)
    return True


async def free_imports(state: State, presence: Presence) -> bool:
    """Let others take in the files of workers that are gone."""
    gone = await presence.gone(await state.read(list_takers_any_project))
    if not gone:
        return False
    return await state.write(partial(actions.free, workers=gone)) > 0


async def _take_in(state: State, clock: Clock, fetch: Fetch, upload: Upload) -> None:
    finish = partial(actions.finish, project_id=upload.project_id, import_id=upload.id)
    try:
        content = await fetch(upload.link)
        fields = await state.read(partial(list_fields, project_id=upload.project_id))
        rows = read_file(content, fields)
        faults: list[str] = []
        first = 0
        while part := list(islice(rows, AT_ONCE)):
            faults += [
                f"line {line}: {one.message}" for line, one in part if isinstance(one, Invalid)
            ]
            entries = [one for _, one in part if isinstance(one, Entry)]
            faults += await _take_part(state, clock, upload, entries, first)
            first += len(entries)
    except (FetchFailedError, Refusal) as fault:
        log.info("import.failed", project=upload.project_id, reason=str(fault))
        await state.write(partial(finish, now=clock.now(), fault=str(fault)))
    except Exception:  # the one who took it lives, so nobody else would take it again
        await state.write(partial(finish, now=clock.now(), fault=BROKEN))
        raise
    else:
        await state.write(partial(finish, now=clock.now(), description=_told(faults)))


async def _take_part(
    state: State, clock: Clock, upload: Upload, entries: Sequence[Entry], first: int
) -> list[str]:
    taken = await state.write(
        partial(
            actions.take_part,
            project_id=upload.project_id,
            entries=entries,
            wish=upload.wish,
            import_id=upload.id,
            now=clock.now(),
            first=first,
        )
    )
    return [one.message for one in taken.results if isinstance(one, Invalid)]


def _told(faults: Sequence[str]) -> str | None:
    if not faults:
        return None
    return f"{len(faults)} rows were not taken: {'; '.join(faults[:FAULTS_SHOWN])}"
