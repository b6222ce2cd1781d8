"""API reference: every call of both vocabularies, to be tried. Open to everybody."""

from starlette.responses import Response

from beckon.dashboard.visits import Page, Visit


async def show(visit: Visit) -> Response:
    """Answer GET /docs."""
    return visit.page("docs.html")


PAGES = (Page(path="/docs", get=show, is_open=True),)
