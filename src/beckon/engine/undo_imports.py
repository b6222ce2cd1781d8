"""Takes imports back that people undo, part by part."""

from functools import partial

from beckon.domain.imports import actions
from beckon.domain.imports.footprints import find_open_undo_any_project
from beckon.kit.clock import Clock
from beckon.storage.state import State

PEOPLE_AT_ONCE = 500


async def undo_imports(state: State, clock: Clock) -> bool:
    """Take a part of the oldest undo back. Returns whether there was one."""
    undo = await state.read(find_open_undo_any_project)
    if undo is None:
        return False
    await state.write(
        partial(
            actions.undo_part,
            project_id=undo.project_id,
            import_id=undo.import_id,
            now=clock.now(),
            limit=PEOPLE_AT_ONCE,
        )
    )
    return True
