"""What a news item must look like, and how a reader is proved."""

import hmac
from hashlib import sha256

from beckon.kit.refusals import Invalid, Kind, Refusal
from beckon.kit.texts import is_line

TITLE_CHARACTERS_MAX = 255
BODY_CHARACTERS_MAX = 20_000


class ReaderUnproven(Refusal):
    """Nobody showed that the caller is the user whose inbox this is."""

    kind = Kind.FORBIDDEN
    code = "reader_unproven"


def check_title(title: str) -> str:
    """Trim a title. Raises Invalid unless one line of 1 to 255 characters is left."""
    trimmed = title.strip()
    if not 0 < len(trimmed) <= TITLE_CHARACTERS_MAX or not is_line(trimmed):
        raise Invalid(f"title must be one line of 1 to {TITLE_CHARACTERS_MAX} characters.")
    return trimmed


def check_body(body: str) -> str:
    """Take a body of at most 20,000 characters. Raises Invalid."""
    if len(body) > BODY_CHARACTERS_MAX:
        raise Invalid(f"body must have at most {BODY_CHARACTERS_MAX} characters.")
    return body


def user_hash(secret: str, user_id: str) -> str:
    """Sign a user's id, as the customer's own server does: HMAC-SHA256 in hex."""
    return hmac.new(secret.encode(), user_id.encode(), sha256).hexdigest()


def check_user_hash(secret: str | None, user_id: str, given: str | None) -> None:
    """Let a proven reader pass. Raises ReaderUnproven, also where no secret was ever made."""
    if secret is None:
        raise ReaderUnproven(
            "This project has no identity secret yet; make one with POST /client/secret/rotate."
        )
    expected = user_hash(secret, user_id).encode()
    if given is None or not hmac.compare_digest(expected, given.strip().lower().encode()):
        raise ReaderUnproven("userHash must be the HMAC-SHA256 of userId, in hex.")
