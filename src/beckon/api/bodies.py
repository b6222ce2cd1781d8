"""Reads the body of a request: its media type, its size, its coding, its JSON."""

import asyncio
import zlib
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import Any

from beckon.api.answers import Fault, Header
from beckon.api.call import Route
from beckon.kit import json

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

BODY_SECONDS = 30
READ_HERE_BYTES_MAX = 131_072
"""Larger bodies are read in a thread: a body of 10 MiB takes half a second of everybody's time."""

GZIP = 16 + zlib.MAX_WBITS


async def read_value(route: Route, headers: Sequence[Header], receive: Receive) -> Any:  # noqa: ANN401 - any JSON
    """Read the body as JSON. Raises Fault for what HTTP refuses, JsonInvalid for the rest.

    A beacon's is taken as SDKs send it: called anything, and perhaps compressed by gzip.
    """
    if not route.is_beacon:
        _check_media_type(headers)
    first = _take_at_once(receive)
    if first is not None and not first.get("more_body", False):
        body = await read_body(receive, route.body_bytes_max, first)
    else:
        body = await _read_in_time(receive, route.body_bytes_max, first)
    if route.is_beacon and _is_gzip(headers):
        body = _inflated(body, route.body_bytes_max)
    reading = partial(json.read, body, string_max=route.string_max)
    return reading() if len(body) <= READ_HERE_BYTES_MAX else await asyncio.to_thread(reading)


def _check_media_type(headers: Sequence[Header]) -> None:
    for name, value in headers:
        if name == b"content-type":
            if value.partition(b";")[0].strip().lower() == b"application/json":
                return
            break
    raise Fault(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The body must be sent as Content-Type application/json."
    )


def _is_gzip(headers: Sequence[Header]) -> bool:
    return any(
        name == b"content-encoding" and value.strip().lower() == b"gzip" for name, value in headers
    )


def _inflated(body: bytes, bytes_max: int) -> bytes:
    """Decompress, never to more than may be sent plainly."""
    opened = zlib.decompressobj(GZIP)
    try:
        plain = opened.decompress(body, bytes_max + 1)
    except zlib.error:
        raise Fault(HTTPStatus.BAD_REQUEST, "The body is not the gzip it is said to be.") from None
    if len(plain) > bytes_max:
        raise _too_large(bytes_max)
    if not opened.eof:
        raise Fault(HTTPStatus.BAD_REQUEST, "The gzip of the body ends too early.")
    return plain


def _take_at_once(receive: Receive) -> Message | None:
    """Take what came together with the head; None where one has to wait for it.

    Most bodies are there already, and a timer for each would cost more than reading it.
    """
    receiving = receive().__await__()
    try:
        next(receiving)
    except StopIteration as there:
        message: Message = there.value
        return message
    receiving.close()
    return None


async def _read_in_time(receive: Receive, bytes_max: int, first: Message | None) -> bytes:
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await read_body(receive, bytes_max, first)
    except TimeoutError:
        raise Fault(
            HTTPStatus.REQUEST_TIMEOUT, f"The body took longer than {BODY_SECONDS} seconds."
        ) from None


async def read_body(receive: Receive, bytes_max: int, first: Message | None = None) -> bytes:
    """Read the bytes of a body, `first` being what came of it already.

    Raises Fault 413 for more than may be sent.
    """
    pieces: list[bytes] = []
    size = 0
    while True:
        message, first = first or await receive(), None
        if message["type"] == "http.disconnect":
            raise Fault(HTTPStatus.BAD_REQUEST, "The request ended before its body did.")
        piece: bytes = message.get("body", b"")
        size += len(piece)
        if size > bytes_max:
            raise _too_large(bytes_max)
        pieces.append(piece)
        if not message.get("more_body", False):
            return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _too_large(bytes_max: int) -> Fault:
    return Fault(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body has more than {bytes_max} bytes.")
