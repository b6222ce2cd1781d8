"""SQL that reads which language model writes for a project. Public."""

from sqlalchemy import select

from beckon.domain.accounts.model import ProjectId
from beckon.domain.ai.model import Chosen
from beckon.domain.ai.tables import ai_model
from beckon.storage.schema import Tx


def find_model(tx: Tx, project_id: ProjectId) -> Chosen | None:
    """Find the model a project chose; None where the built-in composer writes."""
    row = tx.execute(select(ai_model).where(ai_model.c.project_id == project_id)).one_or_none()
    if row is None:
        return None
    return Chosen(row.base_url, row.model, None if row.sealed is None else bytes(row.sealed))
