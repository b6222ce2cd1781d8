"""Short words about what was just done, carried over one redirect by a cookie that names them.

The cookie holds a key of the table below and nothing else, so nobody can put words into it.
"""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

COOKIE = "beckon-flash"
LIFE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Flash:
    """Words of the server; `kind` chooses the colour."""

    kind: str
    text: str


SET_UP = "set-up"
KEY_REVOKED = "key-revoked"
PROVIDER_SAVED = "provider-saved"
PROVIDER_DELETED = "provider-deleted"
CONTACT_SAVED = "contact-saved"
CONTACT_ERASED = "contact-erased"
CONSENT_SAVED = "consent-saved"
FIELD_SAVED = "field-saved"
TEMPLATE_SAVED = "template-saved"
TEMPLATE_DELETED = "template-deleted"
TEMPLATE_RESTORED = "template-restored"
TEST_QUEUED = "test-queued"
WEBHOOK_SAVED = "webhook-saved"
WEBHOOK_DELETED = "webhook-deleted"
DELIVERY_QUEUED = "delivery-queued"
MODEL_SAVED = "model-saved"
MODEL_FORGOTTEN = "model-forgotten"
PROJECT_SAVED = "project-saved"
REQUIRED_SAVED = "required-saved"
IMPORT_UNDONE = "import-undone"
COPIED = "copied"
PEOPLE_CHANGED = "people-changed"

_FLASHES = {
    SET_UP: Flash("success", "All is set up, and you are signed in. The link you came by is void."),
    KEY_REVOKED: Flash("success", "The key is revoked. Programs that use it are refused from now."),
    PROVIDER_SAVED: Flash("success", "Saved. Messages take this way within a second."),
    CONTACT_SAVED: Flash("success", "Saved."),
    PEOPLE_CHANGED: Flash("success", "Done, for all who were ticked."),
    COPIED: Flash("success", "This is the copy. What you change here changes nothing there."),
    CONTACT_ERASED: Flash("success", "Erased. Nothing of this person is left but the number."),
    CONSENT_SAVED: Flash("success", "Noted, with your name and the time as its proof."),
    FIELD_SAVED: Flash("success", "The field is there. Forms and segments know it from now."),
    TEMPLATE_SAVED: Flash("success", "Saved. What is sent from now on has the new words."),
    TEMPLATE_DELETED: Flash("success", "The template is gone. What was queued with it still goes."),
    TEMPLATE_RESTORED: Flash("success", "The old words are back, as a new version."),
    TEST_QUEUED: Flash("success", "The test is on its way; you find it under Messages."),
    WEBHOOK_SAVED: Flash("success", "Saved. What happens from now on is told so."),
    WEBHOOK_DELETED: Flash("success", "The webhook is gone, and its log with it."),
    DELIVERY_QUEUED: Flash("success", "It is told again, under the same id."),
    MODEL_SAVED: Flash("success", "Saved. The model writes from now on; try it below."),
    MODEL_FORGOTTEN: Flash("success", "The built-in composer writes again."),
    PROJECT_SAVED: Flash("success", "Saved."),
    REQUIRED_SAVED: Flash("success", "Saved. It holds for events from now on."),
    IMPORT_UNDONE: Flash("success", "The import is being undone; this page tells how far it is."),
    PROVIDER_DELETED: Flash("success", "The provider is gone, its secrets with it."),
}


def read(request: Request) -> list[Flash]:
    """List what is to be said on this page."""
    flash = _FLASHES.get(request.cookies.get(COOKIE, ""))
    return [] if flash is None else [flash]


def leave(response: Response, key: str) -> None:
    """Say it on the next page."""
    response.set_cookie(COOKIE, key, max_age=LIFE_SECONDS, path="/", httponly=True, samesite="lax")


def forget(response: Response) -> None:
    """Say it no more."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")
