"""People in from a CSV file, people and events out: a chunk of rows a transaction, never all."""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import typer
from sqlalchemy import Engine

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import actions, importing
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import Contact, ContactFilter, ContactId, Profile, Who
from beckon.domain.events import queries as events
from beckon.domain.events.model import Event, EventFilter
from beckon.kit.clock import SystemClock
from beckon.kit.refusals import Invalid, Refusal

CHUNK = 500
PAGE = 1000
POSITION_MAX = 2**62
LINE_CHARACTERS_MAX = 65_536
DELIMITERS = ",;\t|"
FORMULA = ("=", "+", "-", "@", "\t", "\r")

CONTACT_COLUMNS = (
    "id", "contactId", "email", "phone", "firstName", "lastName", "language", "timezone", "tags",
    "createdAt", "updatedAt", "lastSeenAt", "properties",
)  # fmt: skip


@dataclass(slots=True)
class Tally:
    """How an import went so far."""

    taken: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV file that was looked at: how it is written and what its columns mean."""

    path: Path
    delimiter: str
    columns: Sequence[str]
    mapping: dict[str, str]
    rows: int

    def read(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Give each row with the line it ends on."""
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, delimiter=self.delimiter, restkey="")
            for row in reader:
                yield reader.line_num, row


def look_at(path: Path, mapped: Sequence[str]) -> Table:
    """Look at a file: delimiter, columns, number of rows. Raises Invalid for what is no table."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            delimiter = _delimiter(file.readline(LINE_CHARACTERS_MAX))
            file.seek(0)
            reader = csv.reader(file, delimiter=delimiter)
            columns = next(reader, [])
            rows = sum(1 for row in reader if row)
    except UnicodeDecodeError:
        raise Invalid(f"{path} is not UTF-8; save it as CSV UTF-8.") from None
    except csv.Error as fault:
        raise Invalid(f"{path} is no CSV table: {fault}.") from None
    if not columns or len(set(columns)) < len(columns):
        raise Invalid(f"{path} must begin with a row of column names, each once.")
    mapping = importing.guess(columns)
    for pair in mapped:
        column, sign, field = pair.partition("=")
        if not sign or column not in mapping:
            raise Invalid(f"--map {pair}: write COLUMN=FIELD with one of {', '.join(columns)}.")
        mapping[column] = field
    return Table(path, delimiter, columns, dict(importing.check_mapping(mapping)), rows)


def import_contacts(
    engine: Engine,
    project_id: ProjectId,
    table: Table,
    *,
    errors: Path,
    is_dry: bool,
    resumes: bool,
) -> Tally:
    """Take the rows in chunks; rows that cannot be taken go to `errors` with line and reason.

    How far it is stands in a file beside the table, so that an import that was cut off goes on
    where it was. A row taken twice changes nothing.
    """
    place = table.path.with_name(f"{table.path.name}.import")
    done = _done(place, table) if resumes and not is_dry else 0
    tally = Tally()
    rows = islice(table.read(), done, None)
    with (
        errors.open("a" if done else "w", encoding="utf-8", newline="") as bad,
        typer.progressbar(
            length=table.rows - done, label="Checking" if is_dry else "Importing"
        ) as bar,
    ):
        refused = csv.writer(bad)
        if not done:
            refused.writerow(["line", "reason", *table.columns])
        while chunk := list(islice(rows, CHUNK)):
            _take(engine, project_id, table, chunk, refused, tally, is_dry=is_dry)
            bad.flush()
            done += len(chunk)
            if not is_dry:
                place.write_text(json.dumps({"rows": done, "bytes": table.path.stat().st_size}))
            bar.update(len(chunk))
    if not is_dry:
        place.unlink(missing_ok=True)
    if not tally.refused and not resumes:
        errors.unlink()
    return tally


def export_contacts(engine: Engine, project_id: ProjectId, out: TextIO) -> int:
    """Write all people as CSV, the newest first; gives how many."""
    writer = csv.writer(out)
    writer.writerow(CONTACT_COLUMNS)
    before, count = None, 0
    while True:
        with engine.connect() as tx:
            page = contacts.list_page(tx, project_id, ContactFilter(), before=before, limit=PAGE)
        writer.writerows(_cells(contact) for contact in page)
        count += len(page)
        if len(page) < PAGE:
            return count
        before = ContactId(page[-1].id)


def export_events(engine: Engine, project_id: ProjectId, out: TextIO) -> int:
    """Write all events as one JSON object a line, the latest arrival first; gives how many."""
    position, count = POSITION_MAX, 0
    while True:
        with engine.connect() as tx:
            page = events.list_events_before(
                tx, project_id, EventFilter(), position=position, limit=PAGE
            )
        out.writelines(json.dumps(_line(event), ensure_ascii=False) + "\n" for event in page)
        count += len(page)
        if len(page) < PAGE:
            return count
        position = page[-1].position


def _delimiter(names: str) -> str:
    """Tell what parts the column names; csv.Sniffer would guess at quotes too, and wrongly."""
    return max(DELIMITERS, key=names.count)


def _done(place: Path, table: Table) -> int:
    """Tell how many rows an earlier import took; 0 without one, or if the table changed since."""
    try:
        told = json.loads(place.read_text())
    except FileNotFoundError:
        return 0
    if told["bytes"] != table.path.stat().st_size:
        raise Invalid(f"{table.path} changed since the import that was cut off; delete {place}.")
    rows: int = told["rows"]
    return rows


def _take(
    engine: Engine,
    project_id: ProjectId,
    table: Table,
    chunk: Iterable[tuple[int, dict[str, str]]],
    refused: Any,  # noqa: ANN401 - csv has no public name for its writer
    tally: Tally,
    *,
    is_dry: bool,
) -> None:
    good: list[tuple[int, dict[str, str], tuple[Who, Profile]]] = []
    bad: list[tuple[int, str, dict[str, str]]] = []
    rows = list(chunk)
    for line, row in rows:
        try:
            good.append((line, row, importing.read_row(row, table.mapping)))
        except Refusal as fault:
            bad.append((line, fault.message, row))
    if not is_dry:
        now = SystemClock().now()
        with engine.begin() as tx:
            people = [person for _, _, person in good]
            found = actions.identify_all(tx, project_id, people, now)
        bad += [
            (line, answer.message, row)
            for (line, row, _), answer in zip(good, found, strict=True)
            if isinstance(answer, Invalid)
        ]
    for line, reason, row in sorted(bad, key=lambda one: one[0]):
        refused.writerow([line, reason, *(row.get(column) or "" for column in table.columns)])
    tally.refused += len(bad)
    tally.taken += len(rows) - len(bad)


def _cells(contact: Contact) -> list[str]:
    """Spell a person for a spreadsheet; no cell can begin a formula there."""
    moments = (contact.created_at, contact.updated_at, contact.last_seen_at)
    told = [
        contact.external_id,
        str(contact.id),
        contact.email,
        contact.phone,
        contact.first_name,
        contact.last_name,
        contact.language,
        contact.time_zone,
        ",".join(contact.tags),
        *(moment and moment.isoformat() for moment in moments),
        json.dumps(dict(contact.properties), ensure_ascii=False),
    ]
    return [f"'{cell}" if cell and cell.startswith(FORMULA) else cell or "" for cell in told]


def _line(event: Event) -> dict[str, object]:
    return {
        "id": f"evt_{event.id.hex}",
        "event": event.name,
        "userId": event.external_id,
        "contactId": event.contact_id,
        "properties": dict(event.properties),
        "timestamp": event.occurred_at.isoformat(),
        "receivedAt": event.received_at.isoformat(),
    }
