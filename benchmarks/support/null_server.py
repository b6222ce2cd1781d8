"""A server that answers everything at once with the same bytes: what the load generator can do."""

import asyncio
import sys

import uvloop

from support.servers import HOST

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


class Nothing(asyncio.Protocol):
    """Takes each read for one request, which it is from a client that waits for its answer."""

    def connection_made(self, transport) -> None:
        """See asyncio.Protocol."""
        self._transport = transport

    def data_received(self, _data: bytes) -> None:
        """See asyncio.Protocol."""
        self._transport.write(ANSWER)


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Nothing, HOST, port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
