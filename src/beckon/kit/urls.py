"""Web addresses that people give: one strict reading, before anything is asked of the network."""

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import SplitResult, urlsplit

import idna

from beckon.kit.addresses import ascii_domain
from beckon.kit.refusals import Invalid

URL_CHARACTERS_MAX = 2048
HOST_CHARACTERS_MAX = 253

OWN_HEADERS = frozenset(["host", "content-length", "transfer-encoding", "connection"])
"""Headers that say where a request goes and where it ends: never for others to give."""

_PRINTED = re.compile(r"[!-~\u00a1-\uffff]+")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*")


@dataclass(frozen=True, slots=True)
class Url:
    """An http or https address, taken apart. `target` is path and query, as they travel."""

    is_secure: bool
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """Host and port as the Host header names them (RFC 9110 section 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = 443 if self.is_secure else 80
        return host if self.port == usual else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{'https' if self.is_secure else 'http'}://{self.authority}{self.target}"


def read_url(text: str, field: str) -> Url:
    """Read an absolute http or https address. Raises Invalid naming the field and the rule.

    Refused besides what is no address: user names and passwords, IPv6 zones, and numbers that
    some resolvers read as IPv4 addresses though nobody writes them so (`127.1`, `0x7f.1`).
    """
    trimmed = text.strip()
    if not _PRINTED.fullmatch(trimmed) or "\\" in trimmed or len(trimmed) > URL_CHARACTERS_MAX:
        raise Invalid(
            f"{field} must be an address of at most {URL_CHARACTERS_MAX} printed characters."
        )
    try:
        parts = urlsplit(trimmed)
        port = parts.port
    except ValueError:
        raise Invalid(f"{field} has a host or port that cannot be read.") from None
    if parts.scheme not in {"http", "https"}:
        raise Invalid(f"{field} must begin with https:// or http://.")
    if "@" in parts.netloc:
        raise Invalid(f"{field} must not hold a user name or password.")
    if port == 0:
        raise Invalid(f"{field} must not have port 0.")
    is_secure = parts.scheme == "https"
    return Url(
        is_secure,
        _host(parts.hostname or "", field),
        port or (443 if is_secure else 80),
        _target(parts, field),
    )


def _host(name: str, field: str) -> str:
    if ":" in name:
        try:
            return str(IPv6Address(name if "%" not in name else ""))
        except AddressValueError:
            raise Invalid(f"{field} has an IPv6 address that cannot be read.") from None
    try:
        host = ascii_domain(name.removesuffix(".")).lower()
    except idna.IDNAError:
        host = ""
    labels = host.split(".")
    if not all(_LABEL.fullmatch(label) for label in labels) or len(host) > HOST_CHARACTERS_MAX:
        raise Invalid(f"{field} has a host that is no domain name.")
    if _NUMERIC.fullmatch(labels[-1]):
        try:
            return str(IPv4Address(host))
        except AddressValueError:
            raise Invalid(f"{field} has an IPv4 address that cannot be read.") from None
    return host


def _target(parts: SplitResult, field: str) -> str:
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not target.isascii():
        raise Invalid(f"{field} must have its path and query percent-encoded.")
    return target
