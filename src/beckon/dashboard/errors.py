"""Pages for what cannot be shown: a sentence that helps, never a trace."""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import HTMLResponse, Response

from beckon.dashboard.views import Views
from beckon.kit.refusals import Kind, Refusal

STATUSES = {
    Kind.INVALID: HTTPStatus.BAD_REQUEST,
    Kind.UNKNOWN: HTTPStatus.NOT_FOUND,
    Kind.CONFLICT: HTTPStatus.CONFLICT,
    Kind.FORBIDDEN: HTTPStatus.FORBIDDEN,
    Kind.UNPROVEN: HTTPStatus.FORBIDDEN,  # 401 belongs to HTTP's own sign-in, which we do not use
    Kind.LIMITED: HTTPStatus.TOO_MANY_REQUESTS,
    Kind.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Kind.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Kind.UPSTREAM: HTTPStatus.BAD_GATEWAY,
    Kind.UPSTREAM_LATE: HTTPStatus.GATEWAY_TIMEOUT,
}


def refusal_page(views: Views, refused: Refusal) -> Response:
    """Say what was refused, in its own words where they tell more than the status."""
    status = STATUSES[refused.kind]
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        return error_page(views, status, headers={"retry-after": "1"})
    detail = None if status is HTTPStatus.NOT_FOUND else refused.message
    return error_page(views, status, detail)


def error_page(
    views: Views,
    status: int,
    detail: str | None = None,
    *,
    request_id: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Show the page of a status; `request_id` finds the request in the log."""
    page = views.render("error.html", status=int(status), detail=detail, request_id=request_id)
    return HTMLResponse(page, status, headers)
