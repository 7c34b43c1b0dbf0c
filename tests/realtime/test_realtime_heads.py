"""A head that is too long or never ends costs neither memory nor a place; bodies and many requests are not touched."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from console.realtime import bounds
from console.realtime.bounds import BoundedHttp
from tests.realtime.bare import HEAD, answer, served


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    monkeypatch.setattr(bounds, "HEAD_S", 0.3)
    async for each in served(BoundedHttp):
        yield each


@pytest.fixture
async def unbounded() -> AsyncIterator[int]:
    async for each in served(HttpToolsProtocol):
        yield each


ENDLESS = (
    b"GET / HTTP/1.1\r\nHost: x\r\n",
    *[b"X-%d: y\r\n" % number + b"z: " + b"y" * 4_000 + b"\r\n" for number in range(30)],
)


async def test_a_head_that_is_too_long_is_431(port: int) -> None:
    assert (await answer(port, *ENDLESS, pause_s=0.002)).startswith((b"HTTP/1.1 431", b"cut"))


async def test_a_head_that_dribbles_is_cut(port: int) -> None:
    assert await answer(port, *[bytes([byte]) for byte in b"GET / HTTP/1.1\r\nHost: x"], pause_s=0.02) in {b"", b"cut"}
    assert await answer(port) in {b"", b"cut"}


async def test_control_without_bounds_both_are_awaited_for_ever(unbounded: int) -> None:
    for pieces in (ENDLESS, (b"GET / HT",)):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(answer(unbounded, *pieces), 1)


async def test_a_long_body_in_the_piece_of_its_head_is_no_long_head(port: int) -> None:
    asked = HEAD % 200_000 + b"x" * 200_000
    assert b"200000" in await answer(port, asked.replace(b"Host", b"Connection: close\r\nHost"))


async def test_a_slow_body_and_the_next_request_are_awaited(port: int) -> None:
    first, last = HEAD % 3, (HEAD % 2).replace(b"Host", b"Connection: close\r\nHost")
    said = await answer(port, first, b"a", b"b", b"c", last + b"xy", pause_s=0.2)
    assert said.count(b"HTTP/1.1 200 OK") == 2


@pytest.mark.parametrize("line", [b"CONNECT example.com:443", b"GET http://x", b"GET http://[", b"GET //x:99999999/"])
async def test_an_address_nobody_can_read_is_answered_and_breaks_nothing(port: int, line: bytes) -> None:
    """As every scanner sends them; what asyncio could not hand on it would tell its handler of errors."""
    broken: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, what: broken.append(what))
    said = await answer(port, line + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert said.startswith((b"HTTP/1.1 400", b"HTTP/1.1 404"))
    assert broken == []
