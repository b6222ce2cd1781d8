"""RFM analysis: how recently and how often people buy, or open mail; any cells become a segment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from http import HTTPStatus

from starlette.responses import Response

from beckon.dashboard.visits import EDITORS, Page, Visit, go_to
from beckon.domain.contacts import queries as contacts
from beckon.domain.contacts.model import Contact
from beckon.domain.segments import actions, analytics
from beckon.domain.segments.facts import AsOf
from beckon.domain.segments.model import Cell, Grid, RfmRule, Segment
from beckon.domain.segments.spans import RFM_FREQUENCIES, RFM_RECENCY_DAYS
from beckon.domain.segments.zones import zone_of
from beckon.kit.refusals import Invalid
from beckon.storage.analytics.client import AnalyticsUnavailable, QuestionTooLong
from beckon.storage.schema import Tx

SAMPLE = 8
SHADES = 5

RECENCIES = tuple(range(1, len(RFM_RECENCY_DAYS) + 2))
FREQUENCIES = tuple(range(1, len(RFM_FREQUENCIES) + 1))
CELLS = {f"R{r}F{f}": Cell(r, f) for r in RECENCIES for f in FREQUENCIES}


@dataclass(frozen=True, slots=True)
class Group:
    """Cells that people treat alike; every cell is in one group."""

    key: str
    name: str
    about: str
    recencies: Sequence[int]
    frequencies: Sequence[int]

    @property
    def cells(self) -> list[str]:
        """The names of its cells, as in R1F4."""
        return [f"R{r}F{f}" for r in self.recencies for f in self.frequencies]


GROUPS = (
    Group("champions", "Champions", "Often, and just now. Thank them; ask them.", (1, 2), (4, 5)),
    Group("growing", "Growing", "Came again of late. Show them more.", (1, 2), (2, 3)),
    Group("new", "New", "One time, just now. Welcome them.", (1, 2), (1,)),
    Group("attention", "Need attention", "Regulars who are a little late.", (3,), (3, 4, 5)),
    Group("cooling", "Cooling", "Seldom, and a while ago. Remind them.", (3,), (1, 2)),
    Group("risk", "At risk", "Regulars who stay away. Win them back.", (4, 5), (3, 4, 5)),
    Group("sleeping", "Sleeping", "Seldom, and long ago.", (4, 5), (1, 2)),
    Group("lost", "Lost", "Nothing for a year. A last word, or none.", (6,), FREQUENCIES),
)


@dataclass(frozen=True, slots=True)
class Square:
    """A cell as it is drawn. `shade` from 0 (nobody) to 5 (as many as in the fullest)."""

    name: str
    people: int
    shade: int


async def show(visit: Visit) -> Response:
    """Answer GET /rfm (?grid=&group=&cell=…): the grid, and some people of the cells chosen."""
    asked = visit.request.query_params
    chosen = _cells(asked.getlist("cell"))
    group = next((one for one in GROUPS if one.key == asked.get("group")), None)
    if group is not None:
        chosen = group.cells
    return await _page(visit, _grid(visit.asked("grid")), chosen, group.name if group else "")


async def keep(visit: Visit) -> Response:
    """Answer POST /rfm: make a segment of the cells, which follows people by itself."""
    visit.check_editor()
    pairs = await visit.pairs()
    form = dict(pairs)
    grid = _grid(form.get("grid", ""))
    chosen = _cells([value for name, value in pairs if name == "cell"])

    def make(tx: Tx) -> Segment:
        rule = RfmRule(grid, tuple(CELLS[name] for name in chosen))
        name = form.get("name", "")
        return actions.create(tx, visit.session.project.id, name=name, rule=rule, now=visit.now)

    if not chosen:
        return await _page(visit, grid, chosen, form.get("name", ""), "Choose at least one cell.")
    try:
        made = await visit.house.state.write(make)
    except Invalid as refused:
        return await _page(visit, grid, chosen, form.get("name", ""), refused.message)
    visit.house.after_write()
    return go_to(f"/segments/{made.id}")


async def _page(
    visit: Visit, grid: Grid, chosen: Sequence[str], name: str, fault: str = ""
) -> Response:
    counts: Mapping[Cell, int] = {}
    sample: list[Contact] = []
    away = ""
    project = visit.session.project
    as_of = AsOf(visit.now, zone_of(project.time_zone, UTC))
    try:
        counts = await analytics.count_cells(visit.house.analytics, project.id, grid, as_of)
        if chosen:
            rule = RfmRule(grid, tuple(CELLS[one] for one in chosen))
            ids = await analytics.list_some(
                visit.house.analytics, project.id, rule, as_of, limit=SAMPLE
            )
            sample = await visit.house.state.read(
                lambda tx: contacts.list_contacts(tx, project.id, ids)
            )
    except (AnalyticsUnavailable, QuestionTooLong) as refused:
        away = refused.message
    total = sum(counts.values())
    return visit.page(
        "rfm.html",
        status=HTTPStatus.BAD_REQUEST if fault else HTTPStatus.OK,
        grid=grid,
        lines=[(_recency(r), [_square(r, f, counts) for f in FREQUENCIES]) for r in RECENCIES],
        heads=[_frequency(place) for place in range(len(FREQUENCIES))],
        groups=[(one, sum(counts.get(CELLS[cell], 0) for cell in one.cells)) for one in GROUPS],
        total=total,
        chosen=chosen,
        chosen_people=sum(counts.get(CELLS[one], 0) for one in chosen),
        sample=sample,
        name=name,
        fault=fault,
        away=away,
        may_edit=visit.session.role in EDITORS,
    )


def _square(recency: int, frequency: int, counts: Mapping[Cell, int]) -> Square:
    people = counts.get(Cell(recency, frequency), 0)
    most = max(counts.values(), default=0)
    return Square(f"R{recency}F{frequency}", people, -(-people * SHADES // most) if most else 0)


def _recency(number: int) -> str:
    if number > len(RFM_RECENCY_DAYS):
        return f"over {RFM_RECENCY_DAYS[-1]} days"
    if number == 1:
        return f"up to {RFM_RECENCY_DAYS[0]} days"
    return f"{RFM_RECENCY_DAYS[number - 2] + 1} to {RFM_RECENCY_DAYS[number - 1]} days"


def _frequency(place: int) -> str:
    least = RFM_FREQUENCIES[place]
    if place + 1 == len(RFM_FREQUENCIES):
        return f"{least} and more"
    most = RFM_FREQUENCIES[place + 1] - 1
    return f"{least}" if least == most else f"{least} to {most}"


def _grid(name: str) -> Grid:
    try:
        return Grid(name or Grid.SALES)
    except ValueError:
        raise Invalid("grid must be sales or campaigns.") from None


def _cells(names: Sequence[str]) -> list[str]:
    """Read the names of cells, each once. Raises Invalid for one that is not of the grid."""
    for name in names:
        if name not in CELLS:
            raise Invalid("cell must be one of R1F1 to R6F5.")
    return list(dict.fromkeys(names))


PAGES = (Page(path="/rfm", get=show, post=keep),)
