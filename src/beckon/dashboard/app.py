"""The dashboard's application: its pages, and what stands before and behind them."""

from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ExceptionHandler

from beckon.dashboard import errors
from beckon.dashboard.assets import Assets
from beckon.dashboard.guard import Guard
from beckon.dashboard.outside import Outside
from beckon.dashboard.pages import (
    ai_model,
    api_keys,
    audit,
    campaign_form,
    campaign_outcomes,
    campaigns,
    channel_form,
    channels,
    contact,
    contact_why,
    contacts,
    contacts_bulk,
    copies,
    domains,
    event_types,
    events,
    fields,
    home,
    import_undo,
    imports,
    invite,
    message,
    messages,
    news,
    orders,
    projects,
    reference,
    reports,
    rfm,
    search,
    security,
    segment_form,
    segments,
    settings,
    setup,
    sign_in,
    single_reports,
    suppressions,
    team,
    template,
    template_preview,
    templates,
    webhook,
    webhooks,
    workflow_edit,
    workflow_plays,
    workflow_trials,
    workflows,
)
from beckon.dashboard.passwords import Passwords
from beckon.dashboard.sessions import Sessions
from beckon.dashboard.views import FOLDER, Views
from beckon.dashboard.visits import House
from beckon.kit.clock import Clock
from beckon.kit.secrets import Vault
from beckon.storage.analytics.client import Analytics
from beckon.storage.state import State

PAGES = (
    *home.PAGES,
    *contacts_bulk.PAGES,
    *contacts.PAGES,
    *imports.PAGES,
    *import_undo.PAGES,
    *contact.PAGES,
    *contact_why.PAGES,
    *fields.PAGES,
    *segment_form.PAGES,
    *segments.PAGES,
    *rfm.PAGES,
    *events.PAGES,
    *event_types.PAGES,
    *orders.PAGES,
    *search.PAGES,
    *messages.PAGES,
    *single_reports.PAGES,
    *message.PAGES,
    *templates.PAGES,
    *template_preview.PAGES,
    *template.PAGES,
    *copies.PAGES,
    *campaign_form.PAGES,
    *campaigns.PAGES,
    *campaign_outcomes.PAGES,
    *channels.PAGES,
    *channel_form.PAGES,
    *api_keys.PAGES,
    *webhooks.PAGES,
    *webhook.PAGES,
    *workflow_edit.PAGES,
    *workflow_plays.PAGES,
    *workflow_trials.PAGES,
    *workflows.PAGES,
    *suppressions.PAGES,
    *settings.PAGES,
    *domains.PAGES,
    *news.PAGES,
    *reports.PAGES,
    *ai_model.PAGES,
    *projects.PAGES,
    *team.PAGES,
    *invite.PAGES,
    *audit.PAGES,
    *security.PAGES,
    *reference.PAGES,
    *sign_in.PAGES,
    *setup.PAGES,
)


def create_dashboard(
    state: State,
    clock: Clock,
    *,
    base_url: str,
    new_token: Callable[[], str],
    keeps_mail: bool,
    after_write: Callable[[], None],
    vault: Vault,
    outside: Outside,
    analytics: Analytics,
) -> Starlette:
    """Make the application. `keeps_mail` says that messages stay in the built-in outbox.

    `base_url` is how people reach it, without a slash at its end; over https the session's cookie
    is encrypted on its way. `new_token` makes URL-safe secrets of at least 160 random bits.
    """
    assets = Assets(FOLDER / "static")
    views = Views(assets)
    house = House(
        state=state,
        clock=clock,
        views=views,
        sessions=Sessions(state, is_https=urlsplit(base_url).scheme == "https"),
        passwords=Passwords(),
        base_url=base_url,
        new_token=new_token,
        keeps_mail=keeps_mail,
        after_write=after_write,
        vault=vault,
        outside=outside,
        analytics=analytics,
    )
    app = Starlette(
        routes=[_static(assets), *(page.route(house) for page in PAGES)],
        middleware=[Middleware(Guard, base_url=base_url, refuse=_foreign_form(views))],
        exception_handlers={HTTPException: _refused(views)},
    )
    # Its redirects to the path with or without a slash would name the Host that was sent.
    app.router.redirect_slashes = False
    return app


def _static(assets: Assets) -> Route:
    async def answer(request: Request) -> Response:
        found = assets.answer(request.path_params["path"], request)
        if found is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return found

    return Route("/static/{path:path}", answer, methods=["GET"])


def _foreign_form(views: Views) -> Response:
    return errors.error_page(
        views,
        HTTPStatus.FORBIDDEN,
        "Another site sent this form, so nothing was done. Open the page here and send it anew.",
    )


def _refused(views: Views) -> ExceptionHandler:
    def answer(_request: Request, refused: Exception) -> Response:
        assert isinstance(refused, HTTPException)
        # The router gives a status and nothing to say; its phrase tells less than the page's own.
        said = refused.detail if refused.detail != HTTPStatus(refused.status_code).phrase else None
        return errors.error_page(views, refused.status_code, said, headers=refused.headers)

    return answer
