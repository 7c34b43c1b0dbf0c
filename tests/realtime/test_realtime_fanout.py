"""Real sockets: uvicorn on a free port, the `websockets` client at the other end."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from litestar import Litestar
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode

from console.core.messages import Event, Recorded
from console.core.show import Show
from console.core.slice import Part, Slice
from console.realtime.hub import Hub
from console.realtime.protocol import Limits
from console.realtime.sendloop import FASTEST, SendAll
from console.realtime.server import ConsoleServer, config
from console.realtime.socket import Refusal, socket_routes
from console.realtime.sources import Feed
from console.realtime.watcher import Admission


class Noted(Event, frozen=True):
    text: str


SLICE = Slice(
    name="notes", state=list, evolve=lambda state, row: state.append(row.event.text), folds=frozenset({Noted}),
    events=(), commands=(), decide=lambda *_: [],
)  # fmt: skip
PART = Part(name="notes-count", reads=("notes",), view=lambda show, _viewer: len(show.states["notes"]))
FEED = Feed(
    snapshot=lambda show, _viewer: {"notes": list(show.states["notes"])},
    describe=lambda row: {"seq": row.seq, "type": row.type, "text": row.event.text},
    metrics=lambda *_: {},
    comments=lambda *_: [],
)


async def authorise(connection: Any, show_id: str, screen: str) -> Admission | Refusal:
    token = connection.headers.get("authorization", "")
    if not token:
        return Refusal(401, "Sign in first.")
    if token == "Bearer slow":
        await asyncio.sleep(0.3)
    if token == "Bearer broken":
        raise RuntimeError("database")
    if token == "Bearer stranger" or connection.headers.get("origin"):
        return Refusal(403, "Your role may not see this screen.")
    return Admission(person_id=token.removeprefix("Bearer "), session_id=token, roles=frozenset({"controller"}))


class Running:
    """A served hub with one show."""

    def __init__(self, limits: Limits, send_all: SendAll = FASTEST) -> None:
        self.show = Show("s1", "e1", (SLICE,))
        self.hub = Hub(
            screens={"control": (PART,)}, render=lambda part, view, _locale: f'<p id="{part.name}">{view}</p>', feed=FEED,
            now_ms=lambda: time.time_ns() // 1_000_000, limits=limits, send_all=send_all,
        )  # fmt: skip
        app = Litestar(route_handlers=socket_routes(self.hub, authorise, self.load), openapi_config=None)
        self.ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.server = ConsoleServer(config(app), self.hub, self.ready.set_result)
        self.task = asyncio.create_task(self.server.serve())

    async def load(self, show_id: str) -> Show | None:
        return self.show if show_id == "s1" else None

    async def connect(self, path: str = "/api/v1/shows/s1/stream", who: str = "p1", **options: Any) -> ClientConnection:
        url = (await self.ready).replace("http", "ws") + path
        headers = {"Authorization": f"Bearer {who}"} if who else {}
        return await connect(url, additional_headers=headers, proxy=None, **options)

    def notes(self, *texts: str) -> None:
        rows = []
        for text in texts:
            row = Recorded(show_id="s1", seq=self.show.seq + 1, at_ms=0, actor="x", event=Noted(text=text))
            self.show.evolve(row)
            rows.append(row)
        self.hub.publish(self.show, rows)

    async def stop(self) -> None:
        self.server.should_exit = True
        await self.task


@pytest_asyncio.fixture
async def running(send_all: SendAll) -> AsyncIterator[Running]:
    running = Running(Limits(), send_all)
    yield running
    await running.stop()


async def heard(client: ClientConnection, seconds: float = 5.0) -> dict[str, Any]:
    return json.loads(await asyncio.wait_for(client.recv(), seconds))


async def events_up_to(client: ClientConnection, seq: int) -> list[int]:
    seqs: list[int] = []
    while not seqs or seqs[-1] < seq:
        frame = await heard(client)
        if frame["kind"] == "events":
            seqs += [item["seq"] for item in frame["items"]]
            assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    return seqs


async def closed(client: ClientConnection) -> int:
    """The close code, after whatever still comes."""
    try:
        while True:
            await asyncio.wait_for(client.recv(), 5)
    except ConnectionClosed:
        return client.close_code or 0


async def test_hello_then_every_row_in_order(running: Running) -> None:
    running.notes("before")
    client = await running.connect()
    hello = await heard(client)
    assert (hello["kind"], hello["snapshot"], hello["seq"]) == ("hello", {"notes": ["before"]}, 1)
    for _ in range(300):
        running.notes("x", "y")
        await asyncio.sleep(0)
    assert await events_up_to(client, 601) == list(range(2, 602))
    await client.close()


async def test_a_screen_gets_its_parts_and_then_patches(running: Running) -> None:
    client = await running.connect("/live/s1/control")
    hello = await heard(client)
    assert '<hx-partial hx-target="#notes-count" hx-swap="outerHTML">' in hello["content"]
    running.notes("价")
    assert '<p id="notes-count">1</p>' in (await heard(client))["content"]
    await client.close()


async def test_random_cuts_leave_no_gap_and_double_nothing(running: Running) -> None:
    async def watch(cut_after: int) -> list[int]:
        seqs: list[int] = []
        client = await running.connect()
        start = await heard(client)
        seqs += range(1, start["seq"] + 1)
        while len(seqs) < 400:
            for _ in range(cut_after):
                frame = await heard(client)
                if frame["kind"] == "events":
                    seqs += [item["seq"] for item in frame["items"]]
                if len(seqs) >= 400:
                    break
            client.transport.abort()
            client = await running.connect(f"/api/v1/shows/s1/stream?epoch=e1&seq={len(seqs)}")
            assert (await heard(client))["resumed"]
        client.transport.abort()
        return seqs

    async def talk() -> None:
        for at in range(400):
            running.notes(str(at))
            await asyncio.sleep(0.002)

    found, *_ = await asyncio.gather(asyncio.gather(*(watch(cut) for cut in (1, 2, 3, 5, 8))), talk())
    assert found == [list(range(1, 401))] * 5


@pytest.mark.parametrize(
    ("path", "who", "origin", "status"),
    [
        ("/api/v1/shows/s1/stream", "", None, 401),
        ("/api/v1/shows/s1/stream", "stranger", None, 403),
        ("/api/v1/shows/s1/stream", "p1", "https://evil.example", 403),
        ("/api/v1/shows/other/stream", "p1", None, 404),
        ("/live/s1/json", "p1", None, 404),
        ("/live/s1/nothing", "p1", None, 404),
        ("/live/s1/nothing", "", None, 401),
        ("/live/s1/control", "broken", None, 500),
    ],
)
async def test_refused_before_the_upgrade_with_the_true_status(running, path, who, origin, status) -> None:
    with pytest.raises(InvalidStatus) as caught:
        await running.connect(path, who, origin=origin)
    answer = caught.value.response
    assert answer.status_code == status
    assert set(json.loads(answer.body)) == {"code", "why"}
    assert running.hub.watching == 0


async def test_closing_a_person_reaches_their_sockets_at_once_and_one_on_its_way_in(running: Running) -> None:
    mine, other = await running.connect(who="slow"), await running.connect(who="p2")
    coming = asyncio.create_task(running.connect(who="slow"))
    await asyncio.sleep(0.1)
    began = time.monotonic()
    running.hub.close_person("slow", 4403)
    assert await closed(mine) == 4403
    assert time.monotonic() - began < 2
    assert await closed(await coming) == 4403
    running.notes("still here")
    await heard(other)
    assert await events_up_to(other, 1) == [1]
    await other.close()


async def test_shutdown_says_1012_to_all_and_waits_for_nobody(running: Running) -> None:
    clients = [await running.connect() for _ in range(20)]
    stopped = await _never_reading(running)
    began = time.monotonic()
    await running.stop()
    assert time.monotonic() - began < 4
    assert [await closed(client) for client in clients] == [1012] * 20
    stopped.close()


async def test_a_reader_that_stops_is_cut_while_others_go_on(send_all: SendAll) -> None:
    running = Running(Limits(undeliverable_ms=1_000), send_all)
    other, stopped = await running.connect(max_size=None), await _never_reading(running)
    reading = asyncio.create_task(events_up_to(other, 10_000_000))
    began = time.monotonic()
    while running.hub.watching > 1:
        assert time.monotonic() - began < 10
        assert not reading.done()
        running.notes(*["x" * 20_000] * 5)
        await asyncio.sleep(0.02)
    reading.cancel()
    stopped.close()
    await other.close()
    await running.stop()


async def test_after_the_hand_over_uvicorn_keeps_nothing_and_a_thousand_bytes_a_time_still_arrive(running) -> None:
    client = await running.connect()
    await heard(client)
    for _ in range(50):
        await client.send(json.dumps({"type": "clock", "t": 1}))
        assert (await heard(client))["t"] == 1
    await asyncio.wait_for(await client.ping(), 2)
    state = running.server.server_state
    assert (len(state.connections), len(state.tasks), running.hub.watching) == (0, 0, 1)
    await client.close()
    await asyncio.sleep(0.05)
    assert running.hub.watching == 0


async def test_a_client_that_speaks_before_it_is_let_in_is_not_let_in(running: Running) -> None:
    url = (await running.ready).removeprefix("http://")
    reader, writer = await asyncio.open_connection(*url.split(":"))
    writer.write(_handshake(url, "slow"))
    await asyncio.sleep(0.1)
    writer.write(Frame(Opcode.TEXT, b"me first").serialize(mask=True))
    assert await asyncio.wait_for(reader.readuntil(b"\x88\x02\x03\xea"), 5)
    assert running.hub.watching == 0
    writer.write(Frame(Opcode.CLOSE, b"\x03\xea").serialize(mask=True))
    assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()


async def test_a_client_that_is_gone_before_it_is_let_in_leaves_nothing(running: Running) -> None:
    url = (await running.ready).removeprefix("http://")
    _, writer = await asyncio.open_connection(*url.split(":"))
    writer.write(_handshake(url, "slow"))
    await asyncio.sleep(0.1)
    writer.transport.abort()
    await asyncio.sleep(0.5)
    state = running.server.server_state
    assert (running.hub.watching, len(state.connections), len(state.tasks)) == (0, 0, 0)


def _handshake(host: str, who: str = "p1") -> bytes:
    return (
        f"GET /api/v1/shows/s1/stream HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {who}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).encode()


async def _never_reading(running: Running) -> socket.socket:
    host, port = (await running.ready).removeprefix("http://").split(":")
    stopped = socket.socket()
    stopped.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    stopped.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(stopped, (host, int(port)))
    await loop.sock_sendall(stopped, _handshake(host, "stopped"))
    assert await asyncio.wait_for(loop.sock_recv(stopped, 12), 5) == b"HTTP/1.1 101"
    return stopped
