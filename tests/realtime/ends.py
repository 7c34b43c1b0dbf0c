"""Connections with both ends in hand: a transport of the loop, and a plain socket that reads only when told to."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

FEW_BYTES = 4_096


class End(asyncio.Protocol):
    """The near end's protocol: keeps its transport, and what that said of itself when it was lost."""

    def __init__(self, came: list["End"]) -> None:
        self._came = came
        self.lost: tuple[bool, int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.socket = transport.get_extra_info("socket")
        self._came.append(self)

    def connection_lost(self, _error: Exception | None) -> None:
        self.lost = self.says()

    def says(self) -> tuple[bool, int]:
        """Whether it is closing, and its descriptor."""
        return self.transport.is_closing(), self.socket.fileno()


class Door:
    """Lets in one after the other."""

    def __init__(self, address: tuple[str, int], came: list[End]) -> None:
        self.address = address
        self._came = came

    @property
    def last(self) -> End:
        """Who came last."""
        return self._came[-1]

    async def connects(
        self, far: socket.socket | None = None, room: int | None = FEW_BYTES
    ) -> tuple[End, socket.socket]:
        """Both ends; the kernel holds about `room` bytes for them, or what it likes."""
        far = far or socket.socket()
        if room:
            far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        far.setblocking(False)
        known = len(self._came)
        await asyncio.get_running_loop().sock_connect(far, self.address)
        await until(lambda: len(self._came) > known)
        if room:
            self.last.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, room)
        return self.last, far


@asynccontextmanager
async def door(tls: ssl.SSLContext | None = None) -> AsyncIterator[Door]:
    came: list[End] = []
    server = await asyncio.get_running_loop().create_server(lambda: End(came), "127.0.0.1", 0, ssl=tls)
    yield Door(server.sockets[0].getsockname()[:2], came)
    server.close()
    for end in came:
        end.transport.abort()
    await asyncio.sleep(0)


async def until(true: Callable[[], object], seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.001)


async def read(far: socket.socket, count: int) -> bytes:
    """Exactly so many bytes, or fewer up to the end."""
    got = bytearray()
    async with asyncio.timeout(20):
        while len(got) < count and (piece := await asyncio.get_running_loop().sock_recv(far, count - len(got))):
            got += piece
    return bytes(got)
