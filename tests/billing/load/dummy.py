"""A service that acknowledges everything and stores nothing: what a client can do, it shows."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import httptools
import uvloop


class Dummy(asyncio.Protocol):
    position = 0

    def connection_made(self, transport):
        self.transport = transport
        self.parser = httptools.HttpRequestParser(self)

    def data_received(self, data):
        self.parser.feed_data(data)

    def on_message_complete(self):
        Dummy.position += 1
        body = b'{"accepted":100,"position":%d}' % Dummy.position
        self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


async def main(port_file):
    server = await asyncio.get_running_loop().create_server(Dummy, "127.0.0.1", 0)
    Path(port_file).write_text(str(server.sockets[0].getsockname()[1]))
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
