"""The settings: one frozen value, read once from the environment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from beckon.storage.analytics.address import Address, parse_address, read_address

T = TypeVar("T")

LANES = range(1, 65)
PORTS = range(1, 65_536)
NO_ANALYTICS = "none"


class SettingInvalidError(Exception):
    """A setting that cannot be taken; the message names it and the rule."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator may choose. Each field has a line in docs/settings.md."""

    data_dir: Path = Path("data")
    database_url: str | None = field(default=None, repr=False)
    clickhouse_url: str | None = field(default=None, repr=False)
    smtp_url: str | None = field(default=None, repr=False)
    secret_key: str | None = field(default=None, repr=False)
    public_url: str | None = None
    mail_from: str | None = None
    bounce_address: str | None = None
    rate_limit: int | None = None
    lanes: int = 8
    private_targets: str = ""
    cors_origins: tuple[str, ...] = ("*",)
    host: str = "127.0.0.1"
    port: int = 8000

    @property
    def state_url(self) -> str:
        """Address of the state store; SQLite in the data directory unless another is given."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'state.sqlite'}"

    @property
    def analytics_dir(self) -> Path:
        """Where the embedded analytics engine keeps its files."""
        return self.data_dir / "analytics"

    def locate_analytics(self) -> Address | None:
        """Tell where ClickHouse answers just now; None while nobody does, or without it."""
        if self.clickhouse_url is None:
            return read_address(self.analytics_dir)
        return None if self.clickhouse_url == NO_ANALYTICS else parse_address(self.clickhouse_url)

    @property
    def embeds_analytics(self) -> bool:
        """Whether the engine is to be kept running here."""
        return self.clickhouse_url is None

    @property
    def base_url(self) -> str:
        """Address under which people and mail readers reach Beckon, without a final slash."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def default_sender(self) -> str:
        """Address in From where neither template nor project says another."""
        if self.mail_from:
            return self.mail_from
        host = urlsplit(self.base_url).hostname or ""
        # A bare machine has no domain to send from; reserved ones reach nobody by mistake.
        domain = host if "." in host and not host[-1].isdigit() else "beckon.example"
        return f"Beckon <no-reply@{domain}>"


def read(environ: Mapping[str, str]) -> Settings:
    """Read BECKON_… settings; a secret may also lie in the file that BECKON_…_FILE names.

    Raises SettingInvalidError naming the setting. Empty counts as not given.
    """
    known = Settings()
    return Settings(
        data_dir=Path(_text(environ, "DATA_DIR") or known.data_dir),
        database_url=_secret(environ, "DATABASE_URL", _check_database_url),
        clickhouse_url=_secret(environ, "CLICKHOUSE_URL", _check_clickhouse_url),
        smtp_url=_secret(environ, "SMTP_URL", str),
        secret_key=_secret(environ, "SECRET_KEY", str),
        public_url=_checked(environ, "PUBLIC_URL", _check_public_url),
        mail_from=_text(environ, "MAIL_FROM"),
        bounce_address=_text(environ, "BOUNCE_ADDRESS"),
        rate_limit=_checked(environ, "RATE_LIMIT", _check_rate),
        lanes=_checked(environ, "LANES", _check_lanes) or known.lanes,
        private_targets=_text(environ, "PRIVATE_TARGETS") or known.private_targets,
        cors_origins=_checked(environ, "CORS_ORIGINS", _check_origins) or known.cors_origins,
        host=_text(environ, "HOST") or known.host,
        port=_checked(environ, "PORT", check_port) or known.port,
    )


def check_port(text: str) -> int:
    """Read a port, 1 to 65535. Raises ValueError."""
    if not text.isdecimal() or int(text) not in PORTS:
        raise ValueError("must be a port from 1 to 65535")
    return int(text)


def _text(environ: Mapping[str, str], name: str) -> str | None:
    return environ.get(f"BECKON_{name}", "").strip() or None


def _checked(environ: Mapping[str, str], name: str, check: Callable[[str], T]) -> T | None:
    text = _text(environ, name)
    if text is None:
        return None
    try:
        return check(text)
    except ValueError as fault:
        raise SettingInvalidError(f"BECKON_{name} {fault}.") from None


def _secret(environ: Mapping[str, str], name: str, check: Callable[[str], T]) -> T | None:
    path = _text(environ, f"{name}_FILE")
    if path is None:
        return _checked(environ, name, check)
    try:
        return _checked({f"BECKON_{name}": Path(path).read_text().strip()}, name, check)
    except OSError as fault:
        raise SettingInvalidError(f"BECKON_{name}_FILE cannot be read: {fault}.") from None


def _check_database_url(text: str) -> str:
    if not text.startswith(("postgresql://", "postgres://", "sqlite:///")):
        raise ValueError("must begin with postgresql://; leave it out for SQLite")
    return text


def _check_clickhouse_url(text: str) -> str:
    if text != NO_ANALYTICS:
        parse_address(text)
    return text


def _check_public_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an address such as https://beckon.example.com")
    return text.rstrip("/")


def _check_rate(text: str) -> int:
    if not text.isdecimal():
        raise ValueError("must be a whole number of requests per second; 0 lifts all limits")
    return int(text)


def _check_origins(text: str) -> tuple[str, ...]:
    origins = tuple(word.strip().rstrip("/") for word in text.split(",") if word.strip())
    for origin in origins:
        parts = urlsplit(origin)
        is_origin = (
            parts.scheme in ("http", "https") and origin == f"{parts.scheme}://{parts.netloc}"
        )
        if origin != "*" and not (is_origin and parts.netloc):
            raise ValueError("must be origins such as https://shop.example.com, or *")
    return origins


def _check_lanes(text: str) -> int:
    if not text.isdecimal() or int(text) not in LANES:
        raise ValueError(f"must be a whole number from 1 to {LANES.stop - 1}")
    return int(text)
