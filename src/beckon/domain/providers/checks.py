"""What a provider's settings must look like: a value and its field's name in, the value out.

Each refuses by raising Invalid, and no message repeats a secret.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from beckon.kit import json
from beckon.kit.addresses import check_email, check_mailbox
from beckon.kit.refusals import Invalid
from beckon.kit.texts import is_line
from beckon.kit.urls import OWN_HEADERS, read_url

LINE_CHARACTERS_MAX = 500
SECRET_CHARACTERS_MAX = 8192
RATES = range(1, 10_001)
CONNECTIONS = range(1, 101)

SECURITIES = ("required", "implicit", "auto", "off")
METHODS = ("POST", "PUT", "PATCH", "GET")
CODINGS = ("json", "form")

# The order of P-256: a private key is a number below it (FIPS 186-5).
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

_PLACE = re.compile(r"\{\{\s*([A-Za-z_]+)\s*\}\}")
_PLACES = frozenset(["to", "from", "text", "title", "link_url", "image_url", "button", "id"])
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_HEADER_VALUE = re.compile(r"[\t -~]*")
_PATH = re.compile(r"[^.\s]+(\.[^.\s]+){0,9}")


def check_line(value: str, field: str) -> str:
    """Trim one line of 1 to 500 characters."""
    trimmed = value.strip()
    if not 0 < len(trimmed) <= LINE_CHARACTERS_MAX or not is_line(trimmed):
        raise Invalid(f"{field} must be one line of 1 to {LINE_CHARACTERS_MAX} characters.")
    return trimmed


def check_secret(value: str, field: str) -> str:
    """Trim one line of 1 to 8,192 characters of ASCII, as it will stand in a header."""
    trimmed = value.strip()
    is_short = 0 < len(trimmed) <= SECRET_CHARACTERS_MAX
    if not is_short or not trimmed.isascii() or not is_line(trimmed):
        raise Invalid(f"{field} must be one line of 1 to {SECRET_CHARACTERS_MAX} characters.")
    return trimmed


def check_host(value: str, field: str) -> str:
    """Take the name or address of a machine, without scheme or port."""
    url = read_url(f"https://{check_line(value, field)}", field)
    if url.target != "/" or url.port != 443:
        raise Invalid(f"{field} must be a host alone, such as smtp.example.com.")
    return url.host


def check_port(value: str, field: str) -> str:
    """Take a port, 1 to 65535."""
    trimmed = value.strip()
    if not (trimmed.isascii() and trimmed.isdecimal()) or not 0 < int(trimmed[:6]) < 65_536:
        raise Invalid(f"{field} must be a port from 1 to 65535.")
    return str(int(trimmed))


def check_sender(value: str, field: str) -> str:
    """Take one mailbox: an address, or a name and an address."""
    check_mailbox(value, field)
    return value.strip()


def check_address(value: str, field: str) -> str:
    """Take one e-mail address."""
    return check_email(value, field)


def check_address_of_web(value: str, field: str) -> str:
    """Take an https or http address."""
    return str(read_url(value, field)).rstrip("/")


def check_described_url(value: str, field: str) -> str:
    """Take an address with places to fill in its path and query, never in its host."""
    trimmed = check_line(value, field)
    _check_places(trimmed, field)
    host, slash, target = trimmed.partition("://")[2].partition("/")
    if "{" in host or "?" in host:
        raise Invalid(f"{field} must have its places in path or query, not in the host.")
    del slash, target
    read_url(_PLACE.sub("x", trimmed), field)
    return trimmed


def check_body(value: str, field: str) -> str:
    """Take a JSON object whose texts may have places to fill."""
    _check_places(value, field)
    _read_object(value, field)
    return value.strip()


def check_headers(value: str, field: str) -> str:
    """Take a JSON object of header names and values; those of HTTP itself are not for settings."""
    for name, text in _read_object(value, field).items():
        check_header_name(name, field)
        if not isinstance(text, str) or not _HEADER_VALUE.fullmatch(text):
            raise Invalid(f"{field}.{name} must be one line of plain text.")
        _check_places(text, field)
    return value.strip()


def check_header_name(value: str, field: str) -> str:
    """Take the name of a header that HTTP itself does not need."""
    trimmed = value.strip()
    if not _HEADER.fullmatch(trimmed) or trimmed.lower() in OWN_HEADERS:
        raise Invalid(f"{field} must be the name of a header, such as X-Api-Key.")
    return trimmed


def check_path(value: str, field: str) -> str:
    """Take names and numbers joined by dots, at most ten."""
    trimmed = check_line(value, field)
    if not _PATH.fullmatch(trimmed):
        raise Invalid(f"{field} must be a path such as messages.0.id.")
    return trimmed


def check_service_account(value: str, field: str) -> str:
    """Take the JSON file of a Google service account, with a key that can sign."""
    account = _read_object(value, field)
    for name in ("project_id", "client_email", "private_key"):
        if not isinstance(account.get(name), str) or not account[name]:
            raise Invalid(f"{field} must have a {name}, as the file of a service account has.")
    if not re.fullmatch(r"[a-z0-9:.-]{1,100}", account["project_id"]):
        raise Invalid(f"{field}.project_id must be a project's id.")
    try:
        key = load_pem_private_key(account["private_key"].encode(), None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise Invalid(f"{field}.private_key cannot be read as an RSA key.")
    return value.strip()


def check_subject(value: str, field: str) -> str:
    """Take a mailto: or https: address (RFC 8292 section 2.1)."""
    trimmed = check_line(value, field)
    if trimmed.startswith("mailto:"):
        return f"mailto:{check_email(trimmed.removeprefix('mailto:'), field)}"
    if trimmed.startswith("https://"):
        return str(read_url(trimmed, field))
    raise Invalid(f"{field} must begin with mailto: or https://.")


def check_private_key(value: str, field: str) -> str:
    """Take a P-256 private key as 32 bytes in base64url."""
    trimmed = value.strip().rstrip("=")
    try:
        number = int.from_bytes(urlsafe_b64decode(trimmed + "=" * (-len(trimmed) % 4)))
    except (BadBase64, ValueError):
        number = 0
    if len(trimmed) != 43 or not 0 < number < P256_ORDER:
        raise Invalid(f"{field} must be a P-256 key: 32 bytes in base64url.")
    return trimmed


def public_half(private_key: str) -> str:
    """Give the public half of a P-256 key, as browsers want it to subscribe (RFC 8292 § 3.2)."""
    number = int.from_bytes(urlsafe_b64decode(private_key + "="))
    point = derive_private_key(number, SECP256R1()).public_key()
    coded = point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return urlsafe_b64encode(coded).rstrip(b"=").decode()


def check_rate(value: int | None, field: str) -> int | None:
    """Take 1 to 10,000 messages per second; None for as many as it takes."""
    if value is not None and value not in RATES:
        raise Invalid(f"{field} must be 1 to {RATES.stop - 1} messages per second.")
    return value


def check_connections(value: int | None, field: str) -> int | None:
    """Take 1 to 100 connections at once; None for the usual number."""
    if value is not None and value not in CONNECTIONS:
        raise Invalid(f"{field} must be 1 to {CONNECTIONS.stop - 1} connections.")
    return value


def _choice(choices: tuple[str, ...]) -> Callable[[str, str], str]:
    def check(value: str, field: str) -> str:
        if value.strip() not in choices:
            raise Invalid(f"{field} must be one of {', '.join(choices)}.")
        return value.strip()

    return check


check_security = _choice(SECURITIES)
check_method = _choice(METHODS)
check_coding = _choice(CODINGS)


def _check_places(text: str, field: str) -> None:
    unknown = sorted(set(_PLACE.findall(text)) - _PLACES)
    if unknown:
        known = ", ".join(f"{{{{{name}}}}}" for name in sorted(_PLACES))
        raise Invalid(f"{field} has a place {{{{{unknown[0]}}}}}; there are {known}.")


def _read_object(text: str, field: str) -> Mapping[str, Any]:
    if len(text) > SECRET_CHARACTERS_MAX * 2:
        raise Invalid(f"{field} must have at most {SECRET_CHARACTERS_MAX * 2} characters.")
    try:
        value = json.read(text.encode())
    except Invalid:
        value = None
    except UnicodeEncodeError:  # a lone half of a pair
        value = None
    if not isinstance(value, dict):
        raise Invalid(f"{field} must be a JSON object.")
    return value
