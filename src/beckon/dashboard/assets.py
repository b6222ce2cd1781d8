"""Static files: read once, named by the hash of their content, so that browsers keep them."""

import gzip
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from mimetypes import guess_type
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

HASH_CHARACTERS = 12
FOR_A_YEAR: Final = "public, max-age=31536000, immutable"
ASK_AGAIN: Final = "no-cache"

_PACKED = frozenset([".css", ".js", ".json", ".svg", ".txt"])


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served."""

    content: bytes
    media_type: str
    hash: str
    is_text: bool
    is_font: bool


class Assets:
    """The files of a folder; nothing outside it can be asked for."""

    def __init__(self, folder: Path) -> None:
        self._assets = {
            path.relative_to(folder).as_posix(): _read(path)
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    def address(self, path: str) -> str:
        """Tell where a browser finds a file; a new content has a new address."""
        return f"/static/{path}?v={self._assets[path].hash}"

    def answer(self, path: str, request: Request) -> Response | None:
        """Answer with a file, packed where the browser takes that; None for an unknown one.

        Fonts are named by a stylesheet without their hash; a new cut of one gets a new name.
        """
        asset = self._assets.get(path)
        if asset is None:
            return None
        is_named = request.query_params.get("v") == asset.hash
        headers = {
            "cache-control": FOR_A_YEAR if is_named or asset.is_font else ASK_AGAIN,
            "etag": f'"{asset.hash}"',
            "vary": "accept-encoding",
        }
        if headers["etag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        content = asset.content
        if asset.is_text and "gzip" in request.headers.get("accept-encoding", ""):
            headers["content-encoding"] = "gzip"
            content = _packed(asset)
        return Response(content, headers=headers, media_type=asset.media_type)


@cache
def _packed(asset: Asset) -> bytes:
    return gzip.compress(asset.content, mtime=0)


def _read(path: Path) -> Asset:
    content = path.read_bytes()
    return Asset(
        content,
        _media_type(path),
        sha256(content).hexdigest()[:HASH_CHARACTERS],
        is_text=path.suffix in _PACKED,
        is_font=path.suffix == ".woff2",
    )


def _media_type(path: Path) -> str:
    # What the system's own table says of these differs from machine to machine.
    known = {".js": "text/javascript", ".woff2": "font/woff2", ".svg": "image/svg+xml"}
    return known.get(path.suffix) or guess_type(path.name)[0] or "text/plain"
