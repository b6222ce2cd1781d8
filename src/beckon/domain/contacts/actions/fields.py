"""The catalogue of additional fields."""

from collections.abc import Sequence
from datetime import datetime

from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts import queries, rules, writes
from beckon.domain.contacts.fields import FIRST_FIELDS
from beckon.domain.contacts.model import (
    Field,
    FieldKind,
)
from beckon.storage.schema import Tx


def keep_field(
    tx: Tx,
    project_id: ProjectId,
    *,
    key: str,
    label: str,
    kind: FieldKind,
    allowed: Sequence[str] = (),
    now: datetime,
) -> None:
    """Keep an additional field in the catalogue; a known key keeps its number. Raises Invalid."""
    writes.upsert_field(
        tx,
        project_id,
        key=rules.check_field_key(key),
        label=rules.check_name(label, "label") or key,
        kind=kind,
        allowed=allowed,
        now=now,
    )


def begin_fields(tx: Tx, project_id: ProjectId, now: datetime) -> list[Field]:
    """List the additional fields; a project that has none begins with the usual two."""
    known = queries.list_fields(tx, project_id)
    if known:
        return known
    for key, label, kind, allowed in FIRST_FIELDS:
        keep_field(tx, project_id, key=key, label=label, kind=kind, allowed=list(allowed), now=now)
    return queries.list_fields(tx, project_id)
