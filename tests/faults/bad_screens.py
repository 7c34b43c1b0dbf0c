"""Screens as they are when something is wrong with them: one that never reads, one that is cut, one half open."""

import asyncio
import base64
import contextlib
import os
import socket
import struct
import time
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from nodes import Client

SMALL = 4_096
SEGMENT_BYTES = 536
"""The smallest there is: it keeps what the kernel of the server holds for this peer small too."""
RESET = struct.pack("ii", 1, 0)


class Proxy:
    """A way to a node that can be cut, or go deaf without a word as a phone does that left the house."""

    def __init__(self, url: str) -> None:
        self._target = urlsplit(url)
        self._carrying = asyncio.Event()
        self._carrying.set()
        self._pumps: list[asyncio.Task[None]] = []
        self._ends: list[asyncio.StreamWriter] = []
        self.server: asyncio.Server | None = None
        self.upstream_port = 0

    async def open(self) -> str:
        self.server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = small_socket()
        await asyncio.get_running_loop().sock_connect(there, (self._target.hostname, self._target.port))
        answers, asks = await asyncio.open_connection(sock=there, limit=SMALL)
        self.upstream_port = there.getsockname()[1]
        self._ends += [writer, asks]
        self._pumps += [asyncio.create_task(self._pump(reader, asks)), asyncio.create_task(self._pump(answers, writer))]

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(SMALL):
                await self._carrying.wait()
                writer.write(data)
                await writer.drain()

    def cut(self) -> None:
        """Reset both ends, as a cable does."""
        for end in (end for end in self._ends if not end.transport.is_closing()):
            end.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            end.transport.abort()

    def go_deaf(self) -> None:
        """Carry nothing more, in either direction, and say nothing of it."""
        self._carrying.clear()

    def close(self) -> None:
        for pump in self._pumps:
            pump.cancel()
        self.cut()
        if self.server:
            self.server.close()


class Stopped:
    """Asks for the stream of a show and never reads a byte of it."""

    def __init__(self) -> None:
        self._socket = small_socket()

    async def ask(self, client: Client, show_id: str) -> None:
        loop, target = asyncio.get_running_loop(), urlsplit(client.url)
        await loop.sock_connect(self._socket, (target.hostname, target.port))
        await loop.sock_sendall(self._socket, handshake(client, f"/api/v1/shows/{show_id}/stream"))
        assert await asyncio.wait_for(loop.sock_recv(self._socket, 12), 20) == b"HTTP/1.1 101"

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def close(self) -> None:
        self._socket.close()


def small_socket() -> socket.socket:
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT_BYTES)
    made.setblocking(False)
    return made


def handshake(client: Client, path: str) -> bytes:
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {urlsplit(client.url).netloc}",
        f"Authorization: {client.http.headers['Authorization']}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def held_by_server(url: str, client_port: int) -> bool:
    """Whether a process still holds the server's end: its peer, who never reads, would not be told that it is gone."""
    pair = f":{urlsplit(url).port:04X} 0100007F:{client_port:04X} "
    table = _connections(int(time.monotonic() * 2))
    at = table.find(pair)
    return at >= 0 and table[at:].split(maxsplit=9)[8] != "0"


@lru_cache(maxsize=1)
def _connections(_half_second: int) -> str:
    """Looked at twice a second for all who ask: the kernel takes its time over it, beside other tests most of all."""
    return Path("/proc/net/tcp").read_text("ascii")
