"""Reads the key out of a request's headers, as the face of the route wants it."""

from base64 import b64decode
from binascii import Error as BadBase64
from collections.abc import Iterable
from http import HTTPStatus

from beckon.api.answers import Fault, Header
from beckon.api.call import Face

MISSING = "Invalid or missing API key"
CHALLENGE: Header = (b"www-authenticate", b'Basic realm="Beckon", charset="UTF-8"')


def read_secret(headers: Iterable[Header], face: Face) -> str:
    """Find the one key in the request. Raises Fault 400 for two different ones, 401 for none."""
    given = {
        (name, value.strip())
        for name, value in headers
        if name in (b"x-api-key", b"authorization") and value.strip()
    }
    secrets = {_secret(name, value, face) for name, value in given}
    if len(secrets) > 1:
        raise Fault(HTTPStatus.BAD_REQUEST, "The request carries two different keys; send one.")
    schemes = {_scheme(name, value) for name, value in given}
    if not secrets or schemes - _TAKEN[face]:
        raise unauthorized(face)
    return secrets.pop()


def read_token(headers: Iterable[Header]) -> str | None:
    """Find the token where the request carries one, and nothing else that might be a key."""
    given = [value for name, value in headers if name in (b"x-api-key", b"authorization")]
    if len(given) != 1 or given[0][:7].lower() != b"bearer ":
        return None
    return given[0][7:].strip().decode("latin-1")


def carries_key(headers: Iterable[Header]) -> bool:
    """Tell whether a header is there in which a key is looked for."""
    return any(name in (b"x-api-key", b"authorization") for name, _ in headers)


def read_secret_inside(value: object, face: Face) -> str:
    """Find the key in a body that was read. Raises Fault 401 for none."""
    secret = value.get("writeKey") if isinstance(value, dict) else None
    if not isinstance(secret, str) or not secret:
        raise unauthorized(face)
    return secret


def unauthorized(face: Face) -> Fault:
    """Make the answer for a key that is missing, unknown or revoked."""
    headers = [CHALLENGE] if face is Face.RETENO else []
    return Fault(HTTPStatus.UNAUTHORIZED, MISSING, *headers)


_TAKEN = {
    Face.RETENSHUN: {"x-api-key", "bearer"},
    Face.RETENO: {"basic"},
    Face.SEGMENT: {"x-api-key", "bearer", "basic"},
}


def _scheme(name: bytes, value: bytes) -> str:
    if name == b"x-api-key":
        return "x-api-key"
    return value.partition(b" ")[0].decode("latin-1").lower()


def _secret(name: bytes, value: bytes, face: Face) -> str:
    """Cut the key out; of Basic it is the password, or in Segment's words the user name."""
    if name == b"x-api-key":
        return value.decode("latin-1")
    scheme, _, rest = value.partition(b" ")
    if scheme.lower() != b"basic":
        return rest.strip().decode("latin-1")
    try:
        user, _, password = b64decode(rest.strip(), validate=True).decode().partition(":")
    except (BadBase64, UnicodeDecodeError):
        return ""
    return user if face is Face.SEGMENT else password
