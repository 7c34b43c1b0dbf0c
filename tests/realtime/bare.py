"""A server that tells the length of what it was sent, and a client that is nothing but a socket."""

import asyncio
from collections.abc import AsyncIterator

from litestar import Litestar, Request, post
from uvicorn import Config, Server
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD = b"POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"


@post("/length", status_code=200)
async def length(request: Request) -> int:
    return len(await request.body())


APP = Litestar([length], request_max_body_size=10_000_000, openapi_config=None)


async def served(how: type[HttpToolsProtocol], app: Litestar = APP) -> AsyncIterator[int]:
    """The port, until the next step."""
    server = Server(Config(app, port=0, http=how, log_config=None, lifespan="off"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await task


async def answer(port: int, *pieces: bytes, pause_s: float = 0.0) -> bytes:
    """All that comes back until the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause_s)
        return await asyncio.wait_for(reader.read(), 3)
    except ConnectionError:
        return b"cut"
    finally:
        writer.close()
