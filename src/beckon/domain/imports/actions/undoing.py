"""Takes an import back: asked for by a person, done by the engine part by part.

Invariant: a part and the place it came to are one transaction, so whatever is cut off goes on
where it was, and nothing is done twice.
"""

from dataclasses import replace
from datetime import datetime

from beckon.domain.accounts.actions import audit
from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import actions as contacts
from beckon.domain.imports import footprints, queries, writes
from beckon.domain.imports.model import UNDO_WITHIN, Import, ImportId, Status, Undo
from beckon.domain.segments.actions import settle_members
from beckon.kit.refusals import Conflict
from beckon.storage.schema import Tx


class NotUndoable(Conflict):
    """The import stands: it was undone before, is too old, or still comes in."""

    code = "import_not_undoable"


def why_not(found: Import, undo: Undo | None, now: datetime) -> str | None:
    """Say why an import cannot be undone; None where it can."""
    if undo is not None:
        return "This import was undone before."
    if now - found.at > UNDO_WITHIN:
        return f"An import can be undone within {UNDO_WITHIN.days} days; this one is older."
    if found.is_fetched:
        return "This import still comes in. Wait for its end, then undo it."
    return None


def ask_undo(tx: Tx, project_id: ProjectId, import_id: ImportId, actor: str, now: datetime) -> None:
    """Have the engine undo an import; one whose rows still come in takes no more of them.

    Whom it made and nothing touched since is deleted, and places on lists that it gave are taken
    back. Who was there before keeps what was changed, and all keep what they chose to be sent.
    Raises ImportUnknown, and NotUndoable for a second time or after `UNDO_WITHIN`.
    """
    contacts.lock_people(tx, project_id, is_shared=False)
    found = queries.get_record(tx, project_id, import_id)
    reason = why_not(found, footprints.find_undo(tx, project_id, import_id), now)
    if reason is not None:
        raise NotUndoable(reason)
    writes.insert_undo(tx, project_id, import_id, actor, now)
    if found.status is Status.IMPORTING:
        writes.update_import(tx, project_id, import_id, Status.FINISHED, found.description, now)
    details = {"import": import_id.hex, "name": found.name}
    audit(tx, project_id, actor, "import.undone", now, **details)


def undo_part(
    tx: Tx, project_id: ProjectId, import_id: ImportId, now: datetime, *, limit: int
) -> None:
    """Take the next people back, at most `limit`, or note that there are no more."""
    contacts.lock_people(tx, project_id, is_shared=False)
    # Only now: another worker may have been here while we waited.
    undo = footprints.find_undo(tx, project_id, import_id)
    if undo is None or undo.ended_at is not None:
        return
    people = footprints.list_people(tx, project_id, import_id, first=undo.place, limit=limit)
    if not people:
        writes.update_undo(tx, project_id, replace(undo, ended_at=now))
        return
    ids = {contact_id for _, contact_id in people}
    untouched = footprints.find_untouched(tx, project_id, import_id, ids)
    contacts.delete_all(tx, project_id, untouched, now)
    taken_off = 0
    places = footprints.find_places(tx, project_id, import_id, ids)
    for segment_id, leaving in places.items():
        _, left = settle_members(tx, project_id, segment_id, entering=(), leaving=leaving, now=now)
        taken_off += left
    writes.update_undo(
        tx,
        project_id,
        replace(
            undo,
            place=people[-1][0] + 1,
            removed=undo.removed + len(untouched),
            taken_off=undo.taken_off + taken_off,
        ),
    )
