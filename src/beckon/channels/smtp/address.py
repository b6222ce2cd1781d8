"""Where the relay is and how to come in: the one reading of an SMTP URL."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NoReturn
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from beckon.kit.refusals import Invalid

SUBMISSION_PORT = 587
SUBMISSIONS_PORT = 465


class Security(StrEnum):
    """When the connection turns into TLS; `required`, `auto` and `off` are words of the URL."""

    IMPLICIT = "implicit"
    REQUIRED = "required"
    AUTO = "auto"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class SmtpAddress:
    """A relay and the account there; the password shows in no representation.

    `found_at` is the network address to connect to where the host's name was looked up before.
    """

    host: str
    port: int
    security: Security
    user: str | None = None
    password: str = field(default="", repr=False)
    found_at: str | None = None

    @property
    def is_verified(self) -> bool:
        """Whether the relay must prove its name before anything is said to it.

        Opportunistic TLS without a password hides mail from listeners and proves nothing
        (RFC 7435): a relay's self-made certificate is better than no TLS.
        """
        if self.security is Security.AUTO:
            return self.user is not None and not _is_local(self.host)
        return self.security is not Security.OFF


def parse(url: str) -> SmtpAddress:
    """Read `smtp://user:password@host:port`, `smtps://…`, with `?starttls=required|auto|off`.

    The port is 587, for smtps 465, unless given (RFC 6409, RFC 8314). Without `starttls` a
    password is said to another machine only inside TLS. Raises Invalid, without the password.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        _refuse("has a host or port that cannot be read")
    if parts.scheme not in {"smtp", "smtps"}:
        _refuse("must begin with smtp:// or smtps://")
    if port == 0:
        _refuse("has port 0")
    if not parts.hostname:
        _refuse("names no host")
    if parts.path not in {"", "/"} or parts.fragment:
        _refuse("goes on after the host; write # / and ? in a password as %23 %2F and %3F")
    user, password = _account(parts)
    return SmtpAddress(
        host=_host(parts.hostname),
        port=port or (SUBMISSIONS_PORT if parts.scheme == "smtps" else SUBMISSION_PORT),
        security=_security(parts, has_account=user is not None),
        user=user,
        password=password,
    )


def _account(parts: SplitResult) -> tuple[str | None, str]:
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if password and not user:
        _refuse("has a password but no user name")
    if "\0" in user + password:
        _refuse("has a NUL in the user name or password")
    return user or None, password


def _host(name: str) -> str:
    try:
        return name.encode("idna").decode()
    except UnicodeError:
        _refuse("has a host that is no domain name")


def _security(parts: SplitResult, *, has_account: bool) -> Security:
    options = parse_qsl(parts.query, keep_blank_values=True)
    if any(name != "starttls" for name, _ in options) or len(options) > 1:
        _refuse("knows one option, ?starttls=required, auto or off")
    if parts.scheme == "smtps":
        if options:
            _refuse("cannot have ?starttls= with smtps://, which is TLS from the first byte")
        return Security.IMPLICIT
    if not options:
        is_far = has_account and not _is_local(parts.hostname or "")
        return Security.REQUIRED if is_far else Security.AUTO
    if options[0][1] not in {Security.REQUIRED, Security.AUTO, Security.OFF}:
        _refuse("must have required, auto or off as ?starttls=")
    return Security(options[0][1])


def _is_local(host: str) -> bool:
    return host in {"localhost", "::1"} or host.startswith("127.")


def _refuse(why: str) -> NoReturn:
    raise Invalid(f"The SMTP URL {why}. It reads smtp://user:password@host:port.")
