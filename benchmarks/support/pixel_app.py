"""The yardstick of P14: an ASGI application that answers a picture at once and notes nothing."""

import sys

import uvicorn

from beckon.api.links.face import PIXEL
from support.servers import HOST

HEADERS = [
    (b"content-type", b"image/gif"),
    (b"cache-control", b"no-store"),
    (b"content-length", b"%d" % len(PIXEL)),
]


async def answer(scope, receive, send) -> None:
    """Answer one request, or the start and the end of the server."""
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": PIXEL})


if __name__ == "__main__":
    uvicorn.run(
        answer,
        host=HOST,
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        backlog=4096,
    )
