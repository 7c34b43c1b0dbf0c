"""A screen that never reads, with the limits of the product: what it costs, when it goes, and that nobody waits for it."""

import array
import ast
import asyncio
import fcntl
import socket
import termios
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar, WebSocket, websocket
from patience import patience
from uvicorn import Server
from websockets.asyncio.client import ClientConnection, connect

from console.realtime import channel, fanout
from console.realtime.protocol import TOO_SLOW, Limits
from console.realtime.sendloop import FASTEST, SendAll
from console.realtime.server import config, url_of
from console.realtime.watcher import Watcher
from tests.realtime.test_realtime_fanout import Running, _handshake, _never_reading, heard

COST_BYTES = 2 * 1024 * 1024
CUT_S = 10.0
DELAY_S = 0.5
TEXT = "x" * 20_000
EVERY_S = 0.02

Say = Callable[[str], Awaitable[None]]


@asynccontextmanager
async def product(send_all: SendAll = FASTEST) -> AsyncIterator[Running]:
    running = Running(Limits(), send_all)
    await running.ready
    yield running
    await running.stop()


def cost(watcher: Watcher) -> int:
    """Bytes kept for it, by the process and by the kernel."""
    unsent = array.array("i", [0])
    fcntl.ioctl(watcher.transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, unsent)
    return watcher.transport.get_write_buffer_size() + unsent[0]


async def rest_of(stopped: socket.socket) -> bytes:
    """What it gets when it reads after all, up to the end."""
    loop, read = asyncio.get_running_loop(), b""
    with suppress(ConnectionError):
        while piece := await asyncio.wait_for(loop.sock_recv(stopped, 2**20), 5):
            read += piece
    return read


class Kept:
    """What one that never reads cost at most until it was told to go, how long that took, and what it then reads."""

    def __init__(self) -> None:
        self.bytes = 0
        self.took_s = 0.0
        self.last_words = b""


async def one_that_never_reads(running: Running) -> Kept:
    kept, stopped = Kept(), await _never_reading(running)
    while not running.hub._watchers:
        await asyncio.sleep(0.01)
    (watcher,) = running.hub._watchers
    began = time.monotonic()
    while watcher not in running.hub._closing and kept.took_s < 2 * CUT_S:
        running.notes(TEXT)
        await asyncio.sleep(EVERY_S)
        kept.bytes = max(kept.bytes, cost(watcher))
        kept.took_s = time.monotonic() - began
    kept.last_words = await rest_of(stopped)
    stopped.close()
    return kept


async def test_it_costs_two_mebibytes_at_most_and_is_told_1013_within_ten_seconds(send_all: SendAll) -> None:
    async with product(send_all) as running:
        kept = await one_that_never_reads(running)
    assert Limits().soft_bytes < kept.bytes < COST_BYTES
    assert kept.took_s < patience(CUT_S)
    assert kept.last_words.endswith(TOO_SLOW.to_bytes(2, "big") + b"too slow")


async def test_control_a_kernel_left_to_itself_would_keep_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fanout, "keep_short", lambda _transport: None)
    if kernel_bytes() < COST_BYTES:
        pytest.skip("this kernel is told to keep less by itself")
    async with product() as running:
        kept = await one_that_never_reads(running)
    assert kept.bytes > COST_BYTES


def kernel_bytes() -> int:
    """What it lets a socket's unsent bytes grow to."""
    return int(Path("/proc/sys/net/ipv4/tcp_wmem").read_text("ascii").split()[2])


async def test_one_that_is_stuck_with_less_is_cut_within_ten_seconds_too() -> None:
    """Nothing more is said once numbers would be left out: the time alone decides."""
    async with product() as running:
        stopped = await _never_reading(running)
        while not running.hub._watchers:
            await asyncio.sleep(0.01)
        (watcher,) = running.hub._watchers
        while watcher.transport.get_write_buffer_size() <= Limits().soft_bytes:
            running.notes(TEXT)
            await asyncio.sleep(EVERY_S)
        began = time.monotonic()
        while running.hub._watchers:
            assert time.monotonic() - began < CUT_S
            await asyncio.sleep(0.05)
        stopped.close()


def test_control_without_a_look_at_what_is_unsent_it_would_cost_without_end(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel.Channel, "sweep", lambda _self: None)
    client = house.connects("control")
    client.transport.stalled = True
    for _ in range(150):
        house.notes(TEXT)
        house.time.passes(0.1)
    assert client.transport.stuck > COST_BYTES
    assert not client.over()


async def longest_delay_s(say: Say, reader: ClientConnection, seconds: float) -> float:
    """From saying something to the reader's having it, at worst, while somebody else never reads."""
    began, worst = time.monotonic(), 0.0
    while (said := time.monotonic()) - began < seconds and worst < 2 * DELAY_S:
        telling = asyncio.create_task(say(f"{said} {TEXT}"))
        with suppress(TimeoutError):
            async with asyncio.timeout(4 * DELAY_S):
                while str(said) not in await reader.recv():
                    continue
        worst = max(worst, time.monotonic() - said)
        telling.cancel()
    return worst


async def test_nobody_waits_for_a_screen_that_never_reads(send_all: SendAll) -> None:
    async with product(send_all) as running:
        stopped, reader = await _never_reading(running), await running.connect(max_size=None)
        await heard(reader)

        async def say(text: str) -> None:
            running.notes(text)

        assert await longest_delay_s(say, reader, 2) < patience(DELAY_S)
        stopped.close()
        await reader.close()


@asynccontextmanager
async def awaiting() -> AsyncIterator[tuple[str, Say]]:
    """The usual way: a loop over the sockets that awaits each send. Its address, and how to say something."""
    sockets: list[WebSocket] = []

    @websocket("/api/v1/shows/s1/stream")
    async def stream(socket: WebSocket) -> None:
        await socket.accept()
        sockets.append(socket)
        with suppress(Exception):
            await socket.receive()

    async def say(text: str) -> None:
        for each in sockets:
            await each.send_text(text)

    server = Server(config(Litestar([stream], openapi_config=None)))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield url_of(server.servers[0].sockets[0]), say
    server.should_exit = server.force_exit = True
    await serving


async def test_control_awaiting_each_send_would_make_everybody_wait() -> None:
    async with awaiting() as (url, say):
        host, port = url.removeprefix("http://").split(":")
        stopped = socket.socket()
        stopped.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        stopped.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(stopped, (host, int(port)))
        await loop.sock_sendall(stopped, _handshake(f"{host}:{port}"))
        assert await asyncio.wait_for(loop.sock_recv(stopped, 12), 5) == b"HTTP/1.1 101"
        address = f"{url.replace('http', 'ws')}/api/v1/shows/s1/stream"
        async with connect(address, proxy=None, max_size=None, close_timeout=0.1) as reader:
            assert await longest_delay_s(say, reader, 10) >= 2 * DELAY_S
            stopped.close()


def test_nothing_that_speaks_to_screens_can_wait() -> None:
    """`drain` is the end of the process; everything else that writes is no coroutine."""
    here = Path(channel.__file__).parent
    modules = ("hub", "channel", "sendloop", "watcher", "sources", "pacer", "patches", "ring", "wire", "protocol")
    waiting = [
        f"{name}.{node.name}"
        for name in modules
        for node in ast.walk(ast.parse((here / f"{name}.py").read_text("utf-8")))
        if isinstance(node, ast.AsyncFunctionDef)
    ]
    assert waiting == ["hub.drain"]
