"""SQL that changes which language model writes. Private: only this slice's actions import it."""

from datetime import datetime

from sqlalchemy import delete

from beckon.domain.accounts.model import ProjectId
from beckon.domain.ai.model import Chosen
from beckon.domain.ai.tables import ai_model
from beckon.storage import schema
from beckon.storage.schema import Tx


def upsert_model(tx: Tx, project_id: ProjectId, chosen: Chosen, now: datetime) -> None:
    """Keep the project's model."""
    values = {
        "base_url": chosen.base_url,
        "model": chosen.name,
        "sealed": chosen.sealed,
        "updated_at": now,
    }
    adding = schema.insert(tx, ai_model).values(project_id=project_id, **values)
    tx.execute(adding.on_conflict_do_update(index_elements=["project_id"], set_=values))


def delete_model(tx: Tx, project_id: ProjectId) -> None:
    """Forget the project's model."""
    tx.execute(delete(ai_model).where(ai_model.c.project_id == project_id))
