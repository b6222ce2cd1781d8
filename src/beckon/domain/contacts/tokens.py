"""What a device's push token is known again by."""

from beckon.kit import json
from beckon.kit.ids import digest_of


def token_digest(token: str) -> bytes:
    """Name a token; a web-push subscription goes by its endpoint, whose keys may change."""
    return digest_of(json.stored(token)["endpoint"] if token.startswith("{") else token)
