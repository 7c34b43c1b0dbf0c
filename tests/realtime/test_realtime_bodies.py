"""A body that dribbles is not awaited for ever; one that is merely long, or held up by the server itself, is."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from litestar import Litestar, Request, WebSocket, post, websocket
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from websockets.asyncio.client import connect

from console.realtime import bounds
from console.realtime.bounds import BoundedHttp
from tests.realtime.bare import HEAD, answer, length, served

BODY_S = 0.3
LAST = HEAD.replace(b"Host", b"Connection: close\r\nHost")
DRIBBLE = (LAST % 60, *[b"x"] * 60)
ANSWERED = ((HEAD % 60).replace(b"/length", b"/refused"), *[b"x"] * 60)
"""What comes after the answer, and then nothing more."""


@post("/refused", status_code=403)
async def refused() -> str:
    """Answers without a look at the body."""
    return "no"


@post("/late", status_code=200)
async def late(request: Request) -> int:
    """Looks at the body when its sender has long had to wait."""
    await asyncio.sleep(2.5 * BODY_S)
    return len(await request.body())


@websocket("/line")
async def line(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text(await socket.receive_text())


APP = Litestar([length, refused, late, line], request_max_body_size=10_000_000, openapi_config=None)


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    monkeypatch.setattr(bounds, "BODY_S", BODY_S)
    async for each in served(BoundedHttp, APP):
        yield each


@pytest.fixture
async def unbounded() -> AsyncIterator[int]:
    async for each in served(HttpToolsProtocol, APP):
        yield each


async def test_a_body_that_dribbles_is_408_and_the_end(port: int) -> None:
    said = await answer(port, *DRIBBLE, pause_s=0.02)
    assert said == b"cut" or said.startswith(b"HTTP/1.1 408 Request Timeout\r\nconnection: close")


async def test_one_that_stops_is_408_though_nothing_more_comes(port: int) -> None:
    assert (await answer(port, HEAD % 3, b"a")).startswith(b"HTTP/1.1 408")
    assert (await answer(port, HEAD % 3 + b"a")).startswith(b"HTTP/1.1 408")


async def test_chunks_are_no_way_around_it(port: int) -> None:
    head = b"POST /length HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    said = await answer(port, head, *[b"1\r\nx\r\n"] * 60, pause_s=0.02)
    assert said == b"cut" or said.startswith(b"HTTP/1.1 408")


async def test_who_was_answered_already_cannot_go_on_dribbling(port: int) -> None:
    said = await answer(port, *ANSWERED, pause_s=0.02)
    assert said == b"cut" or said.startswith(b"HTTP/1.1 403")


async def test_control_without_the_bound_both_are_awaited_for_ever(unbounded: int) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(answer(unbounded, HEAD % 3, b"a"), 1)
    with pytest.raises(TimeoutError):
        await answer(unbounded, *ANSWERED, pause_s=0.02)


async def test_a_websocket_is_no_body(port: int) -> None:
    async with connect(f"ws://127.0.0.1:{port}/line", proxy=None) as line:
        await asyncio.sleep(2 * BODY_S)
        await line.send("still here")
        assert await line.recv() == "still here"


async def test_a_long_body_that_keeps_coming_is_awaited(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "BODY_BYTES", 1_000)
    said = await answer(port, LAST % 100_000, *[b"x" * 5_000] * 20, pause_s=BODY_S / 8)
    assert said.endswith(b"100000")


@pytest.mark.parametrize("expects", [b"", b"Expect: 100-continue\r\n"])
async def test_who_waits_for_the_server_is_not_slow(port: int, expects: bytes) -> None:
    """More than uvicorn reads before it is asked for, or a sender that awaits a word of the server's."""
    assert (await answered_late(port, expects)).endswith(b"300000")


async def test_control_a_server_that_forgets_who_waits_for_it_says_408(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BoundedHttp, "_waits_for_us", lambda _: False)
    assert (await answered_late(port, b"Expect: 100-continue\r\n")).startswith(b"HTTP/1.1 408")


async def answered_late(port: int, expects: bytes) -> bytes:
    """The last answer: a sender that is told to go on begins when most of its time has passed."""
    head = (LAST % 300_000).replace(b"/length", b"/late").replace(b"Host", expects + b"Host")
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head)
    if expects:
        said = await reader.readuntil(b"\r\n\r\n")
        if not said.startswith(b"HTTP/1.1 100"):
            writer.close()
            return said
        await asyncio.sleep(0.8 * BODY_S)  # its time begins only now
    writer.write(b"x" * 300_000)
    said = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    return said
