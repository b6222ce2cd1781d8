"""People out of a CSV file: looked at, mapped, tried dry, then taken piece by piece.

The file stays in the browser, which sends it in pieces of whole rows; so nothing of it lies about
here, a file may be of any size, and an import that was cut off is begun anew without harm: a row
taken twice changes nothing. What came in is kept, so that it can be undone: `import_undo`.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from beckon.dashboard.forms import read_body
from beckon.dashboard.visits import Page, Visit
from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import importing, queries
from beckon.domain.contacts.model import Profile, Who
from beckon.domain.imports import actions
from beckon.domain.imports.model import ImportId
from beckon.domain.segments import actions as segments
from beckon.kit import json
from beckon.kit.ids import new_uuid
from beckon.kit.refusals import Invalid, Refusal
from beckon.storage.schema import Tx

PIECE_BYTES_MAX = 1_048_576
ROWS_MAX = 1_000
SAMPLE_ROWS = 5
COLUMNS_MAX = 256
DELIMITERS = ",;\t|"
PLACE_MAX = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole rows of a file with what its columns mean. `list_name` is a list for all, or "".

    `first` is the place of the first row in the file. No import takes a dry piece.
    """

    columns: Sequence[str]
    mapping: Mapping[str, str]
    delimiter: str
    rows: str
    list_name: str
    first: int
    import_id: ImportId | None


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was not taken; `place` counts from 0 within its piece."""

    place: int
    reason: str
    cells: Sequence[str]


async def show(visit: Visit) -> Response:
    """Answer GET /contacts/import."""
    visit.check_editor()
    return visit.page("contacts_import.html")


async def look(visit: Visit) -> Response:
    """Answer POST /contacts/import/look: the columns of a file's beginning, and what they mean."""
    visit.check_editor()
    told = await _read(visit)
    sample = told.get("sample")
    if not isinstance(sample, str):
        raise Invalid("sample must be the beginning of a file.")
    delimiter, rows = _parse(sample.removeprefix("\ufeff"))
    columns = rows[0] if rows else []
    if not columns or len(set(columns)) < len(columns) or len(columns) > COLUMNS_MAX:
        raise Invalid("The file must begin with a row of column names, each once.")
    project_id = visit.session.project.id
    fields = await visit.house.state.read(lambda tx: queries.list_fields(tx, project_id))
    return visit.bare_page(
        "contacts_import_columns.html",
        delimiter=delimiter,
        columns=columns,
        guessed=importing.guess(columns),
        standard=importing.FIELDS,
        fields=[one for one in fields if one.key not in importing.FIELDS],
        sample=[row for row in rows[1 : SAMPLE_ROWS + 1] if row],
        skipped=importing.SKIPPED,
    )


async def begin(visit: Visit) -> Response:
    """Answer POST /contacts/import/begin: the number that the pieces of an import come under."""
    visit.check_editor()
    name = (await _read(visit)).get("name", "")
    if not isinstance(name, str):
        raise Invalid("name must be a text.")
    import_id = ImportId(new_uuid())
    await visit.house.state.write(
        partial(
            actions.begin_pieces,
            project_id=visit.session.project.id,
            import_id=import_id,
            name=name,
            actor=visit.session.person.email,
            now=visit.now,
        )
    )
    return JSONResponse({"import": str(import_id), "page": f"/contacts/imports/{import_id}"})


async def end(visit: Visit) -> Response:
    """Answer POST /contacts/import/end: no more pieces come."""
    visit.check_editor()
    project_id, import_id = visit.session.project.id, _import_id(await _read(visit))
    await visit.house.state.write(
        lambda tx: actions.end_pieces(tx, project_id, import_id, visit.now)
    )
    return JSONResponse({})


async def take(visit: Visit) -> Response:
    """Answer POST /contacts/import/rows: one piece, dry or for good, with the rows refused."""
    visit.check_editor()
    piece = read_piece(await _read(visit))
    rows = [row for row in _split(piece.rows, piece.delimiter) if row]
    if len(rows) > ROWS_MAX:
        raise Invalid(f"A piece has at most {ROWS_MAX} rows.")
    good, refused = read_rows(piece, rows)
    import_id = piece.import_id
    if import_id is not None and good:
        project_id, now = visit.session.project.id, visit.now
        refused += await visit.house.state.write(
            lambda tx: take_rows(tx, project_id, import_id, piece, rows, good, now)
        )
        visit.house.after_write()
    refused.sort(key=lambda one: one.place)
    return JSONResponse(
        {
            "taken": len(rows) - len(refused),
            "refused": [
                {"place": one.place, "reason": one.reason, "cells": list(one.cells)}
                for one in refused
            ],
        }
    )


def read_piece(told: Mapping[str, Any]) -> Piece:
    """Read what the browser sent. Raises Invalid for what is no piece of ours."""
    columns, mapping = told.get("columns"), told.get("mapping")
    if not isinstance(columns, list) or not all(isinstance(one, str) for one in columns):
        raise Invalid("columns must be a list of names.")
    if not isinstance(mapping, dict) or set(mapping) != set(columns):
        raise Invalid("mapping must say of every column what it is.")
    if not all(isinstance(one, str) and one.strip() for one in mapping.values()):
        raise Invalid("mapping must name a field for every column, or leave it out with -.")
    if told.get("delimiter") not in tuple(DELIMITERS):
        raise Invalid("delimiter must be a comma, semicolon, tab or bar.")
    rows, name = told.get("rows"), told.get("list", "")
    if not isinstance(rows, str) or not isinstance(name, str):
        raise Invalid("rows and list must be texts.")
    first = told.get("first", 0)
    if type(first) is not int or not 0 <= first <= PLACE_MAX:
        raise Invalid(f"first must be a whole number, 0 to {PLACE_MAX}.")
    name = name.strip()
    return Piece(
        columns,
        importing.check_mapping(mapping),
        told["delimiter"],
        rows,
        list_name=segments.check_name(name) if name else "",
        first=first,
        import_id=_import_id(told) if told.get("dry") is False else None,
    )


def read_rows(
    piece: Piece, rows: Sequence[Sequence[str]]
) -> tuple[list[tuple[int, tuple[Who, Profile]]], list[Refused]]:
    """Read each row as a person; those that cannot be read are told with their reason."""
    good, refused = [], []
    for place, row in enumerate(rows):
        try:
            cells = dict(zip(piece.columns, row, strict=False))
            good.append((place, importing.read_row(cells, piece.mapping)))
        except Refusal as fault:
            refused.append(Refused(place, fault.message, row))
    return good, refused


def take_rows(
    tx: Tx,
    project_id: ProjectId,
    import_id: ImportId,
    piece: Piece,
    rows: Sequence[Sequence[str]],
    good: Sequence[tuple[int, tuple[Who, Profile]]],
    now: datetime,
) -> list[Refused]:
    """Take people, and put them on the list where one is named; gives who could not be taken."""
    found = actions.take_piece(
        tx,
        project_id,
        import_id,
        [(piece.first + place, person) for place, person in good],
        list_name=piece.list_name,
        now=now,
    )
    return [
        Refused(place, answer.message, rows[place])
        for (place, _), answer in zip(good, found, strict=True)
        if isinstance(answer, Invalid)
    ]


def _import_id(told: Mapping[str, Any]) -> ImportId:
    try:
        return ImportId(UUID(told["import"]))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Invalid("import must be the number that this import began with.") from None


def _parse(sample: str) -> tuple[str, list[list[str]]]:
    """Tell what parts the column names, and read the rows of a file's beginning."""
    names = sample.partition("\n")[0]
    delimiter = max(DELIMITERS, key=names.count)
    return delimiter, _split(sample, delimiter)


def _split(text: str, delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as fault:
        raise Invalid(f"This is no CSV table: {fault}.") from None


async def _read(visit: Visit) -> dict[str, Any]:
    if visit.request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Rows come as JSON.")
    body = await read_body(visit.request, PIECE_BYTES_MAX)
    told = json.read(body, string_max=PIECE_BYTES_MAX)
    if not isinstance(told, dict):
        raise Invalid("The body must be an object.")
    return told


PAGES = (
    Page(path="/contacts/import", get=show),
    Page(path="/contacts/import/look", post=look),
    Page(path="/contacts/import/begin", post=begin),
    Page(path="/contacts/import/rows", post=take),
    Page(path="/contacts/import/end", post=end),
)
