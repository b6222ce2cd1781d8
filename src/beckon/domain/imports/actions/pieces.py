"""Tables of people that a person sends piece by piece: begun, taken, ended."""

from collections.abc import Sequence
from datetime import datetime

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import actions as contacts
from beckon.domain.contacts.model import ContactId, Profile, Who
from beckon.domain.imports import footprints, queries, writes
from beckon.domain.imports.actions.taking import put_on_list
from beckon.domain.imports.model import ImportId, Status
from beckon.kit.refusals import Conflict, Invalid
from beckon.storage.schema import Tx

NAME_CHARACTERS_MAX = 200


def begin_pieces(
    tx: Tx, project_id: ProjectId, import_id: ImportId, *, name: str, actor: str, now: datetime
) -> None:
    """Begin an import of a table; `name` is its file's, whose signs that cannot be shown go."""
    shown = "".join(sign for sign in name if sign.isprintable()).strip()[:NAME_CHARACTERS_MAX]
    writes.insert_import(
        tx, project_id, import_id, Status.IMPORTING, now, name=shown or None, actor=actor
    )


def take_piece(
    tx: Tx,
    project_id: ProjectId,
    import_id: ImportId,
    people: Sequence[tuple[int, tuple[Who, Profile]]],
    *,
    list_name: str,
    now: datetime,
) -> list[ContactId | Invalid | None]:
    """Take people, each with their place in the table, and put them on a list where one is named.

    Gives each in order, or why not. A piece that comes twice changes nothing. Raises ImportUnknown,
    and Conflict once the import is over.
    """
    since = _open(tx, project_id, import_id)
    found = contacts.identify_all(tx, project_id, [person for _, person in people], now)
    taken = [
        (place, who.external_id or who.email or who.phone or str(answer), ContactId(answer))
        for (place, (who, _)), answer in zip(people, found, strict=True)
        if isinstance(answer, int)
    ]
    if list_name:
        ids = sorted({contact_id for _, _, contact_id in taken})
        put_on_list(tx, project_id, list_name, ids, now, import_id=import_id)
    rows = footprints.mark(tx, project_id, taken, since=since)
    writes.insert_rows(tx, project_id, import_id, rows)
    return found


def end_pieces(tx: Tx, project_id: ProjectId, import_id: ImportId, now: datetime) -> None:
    """Note that a table was sent to its end, or as far as was wanted. Raises as `take_piece`."""
    _open(tx, project_id, import_id)
    writes.update_import(tx, project_id, import_id, Status.FINISHED, None, now)


def _open(tx: Tx, project_id: ProjectId, import_id: ImportId) -> int:
    """See that the import still takes people; tells how far the log of changes is before."""
    contacts.lock_people(tx, project_id, is_shared=False)
    found = queries.get_record(tx, project_id, import_id)
    if found.status is not Status.IMPORTING or found.is_fetched:
        raise Conflict("This import is over: it came to its end, or was undone. Begin anew.")
    return footprints.find_last_change(tx)
