"""Where ClickHouse is reached and as whom: from a setting, or from the embedded engine's file."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

ADDRESS_FILE = "address.json"
DATABASE = "beckon"

_SCHEMES = {
    "http": (False, 8123),
    "clickhouse": (False, 8123),
    "https": (True, 8443),
    "clickhouses": (True, 8443),
}


@dataclass(frozen=True, slots=True)
class Address:
    """One ClickHouse over HTTP; with `cluster` its tables are made replicated there."""

    host: str
    port: int
    is_tls: bool = False
    user: str = "default"
    key: str = field(default="", repr=False)
    database: str = DATABASE
    cluster: str | None = None


def parse_address(url: str) -> Address:
    """Read `http://user:password@host:8123/database?cluster=name`.

    Also `clickhouse://` (the same over HTTP), `https://` and `clickhouses://`. Raises ValueError
    with the rule it breaks.
    """
    parts = urlsplit(url)
    if parts.scheme not in _SCHEMES or not parts.hostname:
        raise ValueError("must be an address such as http://user:password@clickhouse.example:8123")
    is_tls, port = _SCHEMES[parts.scheme]
    asked = parse_qs(parts.query)
    database = parts.path.strip("/") or DATABASE
    cluster = asked.pop("cluster", [None])[0]
    for name in (database, cluster):
        if name is not None and not name.replace("_", "a").isalnum():
            raise ValueError("may name database and cluster in letters, digits and _ only")
    if asked:
        raise ValueError(f"knows no option '{min(asked)}'; there is ?cluster=name")
    return Address(
        host=parts.hostname,
        port=parts.port or port,
        is_tls=is_tls,
        user=unquote(parts.username or "default"),
        key=unquote(parts.password or ""),
        database=database,
        cluster=cluster,
    )


def write_address(folder: Path, port: int, key: str) -> None:
    """Tell programs of this user where the embedded engine answers; nobody else may read it."""
    path = folder / ADDRESS_FILE
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump({"port": port, "key": key}, file)
    fresh.replace(path)


def forget_address(folder: Path) -> None:
    """Tell that no engine answers."""
    (folder / ADDRESS_FILE).unlink(missing_ok=True)


def read_address(folder: Path) -> Address | None:
    """Tell where the embedded engine answers; None while it never started."""
    try:
        told = json.loads((folder / ADDRESS_FILE).read_text())
    except FileNotFoundError:
        return None
    return Address("127.0.0.1", told["port"], key=told["key"])
