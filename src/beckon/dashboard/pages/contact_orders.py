"""What one person bought, in a few figures, as their profile shows it."""

from dataclasses import dataclass
from datetime import datetime

from beckon.dashboard.pages.orders import price_of
from beckon.dashboard.pages.rfm import GROUPS
from beckon.domain.accounts.model import ProjectId
from beckon.domain.contacts.model import ContactId
from beckon.domain.orders import queries
from beckon.domain.segments.measuring import cell_of
from beckon.storage.schema import Tx


@dataclass(frozen=True, slots=True)
class Bought:
    """The figures. `totals` are written out, one a currency, of what was delivered.

    `cell` is the person's cell of the grid of sales, as in R1F4, and `group` what people call it;
    both are "" for those who have bought nothing yet.
    """

    count: int
    delivered: int
    totals: list[str]
    last_at: datetime
    cell: str
    group: str


def read_bought(
    tx: Tx, project_id: ProjectId, contact_id: ContactId, now: datetime
) -> Bought | None:
    """Read what somebody ordered; None for those who never did."""
    summary = queries.sum_up(tx, project_id, contact_id, now)
    if summary.last_at is None:
        return None
    name = group = ""
    if summary.bought_at is not None:
        cell = cell_of(summary.bought_at, summary.bought, now)
        name = f"R{cell.recency}F{cell.frequency}"
        group = next(one.name for one in GROUPS if name in one.cells)
    return Bought(
        summary.count,
        summary.bought,
        [price_of(total, currency) for currency, total in summary.totals.items()],
        summary.last_at,
        name,
        group,
    )
