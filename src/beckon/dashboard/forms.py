"""Reads the body of a form: small, UTF-8, and nothing that a store cannot keep."""

import asyncio
from http import HTTPStatus
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

from beckon.kit.refusals import Invalid

BODY_BYTES_MAX = 65_536
BODY_SECONDS = 30
FIELDS_MAX = 100
"""Of a form of the usual size; one that may be larger has as many more."""
MEDIA_TYPE = "application/x-www-form-urlencoded"


async def read_form(request: Request, *fields: str) -> dict[str, str]:
    """Read the fields asked for; one that is absent is "", of several the last counts.

    Raises what `read_pairs` raises.
    """
    given = dict(await read_pairs(request))
    return {field: given.get(field, "") for field in fields}


async def read_pairs(request: Request, *, bytes_max: int = BODY_BYTES_MAX) -> list[tuple[str, str]]:
    """Read all fields with their values, in the order of the form.

    Raises HTTPException 408, 413 or 415, and Invalid for text that is none.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != MEDIA_TYPE:
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Forms come as {MEDIA_TYPE}.")
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await read_body(request, bytes_max)
    except TimeoutError:
        raise HTTPException(
            HTTPStatus.REQUEST_TIMEOUT, f"The form took longer than {BODY_SECONDS} seconds."
        ) from None
    return _parse(body, FIELDS_MAX * (bytes_max // BODY_BYTES_MAX))


async def read_body(request: Request, bytes_max: int) -> bytes:
    """Read a body of at most so many bytes. Raises HTTPException 413."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > bytes_max:
            raise HTTPException(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"The form has more than {bytes_max} bytes.",
            )
    return bytes(body)


def _parse(body: bytes, fields_max: int) -> list[tuple[str, str]]:
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, errors="strict", max_num_fields=fields_max
        )
    except ValueError:
        raise Invalid("The form is not UTF-8, or has too many fields.") from None
    if any("\0" in value for _, value in pairs):
        raise Invalid("A field of the form holds a NUL character.")
    return pairs
