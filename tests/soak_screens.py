"""The screens of a soak: each comes back by itself, and a program counts the rows it was not told."""

import asyncio
import contextlib
import random
from typing import Any

import msgspec
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

KINDS = ("control", "host", "moderate", "overlay", "metrics", "plan")


class Watching:
    """One screen that comes back by itself: to the same node, or when that does not answer to the other one."""

    def __init__(self, soak: Any, number: int) -> None:
        self.soak = soak
        self.node = number % 2
        self.kind = "json" if number % 2 == 0 or number % 3 == 0 else KINDS[number % len(KINDS)]
        self.epoch, self.seq = "", -1
        self.connected = False
        self.leaves = asyncio.Event()

    async def run(self) -> None:
        while not self.soak.over:
            with contextlib.suppress(OSError, WebSocketException, TimeoutError):
                await self._stay()
            self.connected = False
            self.node = self.node if self.leaves.is_set() else 1 - self.node
            self.leaves.clear()
            await asyncio.sleep(0.3 + random.random())

    async def _stay(self) -> None:
        soak = self.soak
        path = f"/api/v1/shows/{soak.show}/stream" if self.kind == "json" else f"/live/{soak.show}/{self.kind}"
        at = f"?epoch={self.epoch}&seq={self.seq}" if self.epoch else ""
        url = soak.clients[self.node].url
        async with connect(
            url.replace("http", "ws") + path + at, additional_headers=soak.headers, compression=None, origin=url,
            ping_interval=None, max_size=None, open_timeout=5,
        ) as socket:  # fmt: skip
            leaving = asyncio.create_task(self._leave(socket))
            try:
                async for text in socket:
                    self._hears(msgspec.json.decode(text))
            finally:
                leaving.cancel()

    async def _leave(self, socket: Any) -> None:
        await self.leaves.wait()
        await socket.close()

    def _hears(self, frame: dict[str, Any]) -> None:
        self.connected = True
        self.soak.frames += 1
        if frame["kind"] == "hello":
            self.epoch = frame["epoch"]
            if not frame["resumed"]:
                self.soak.wholes += 1
                self.seq = frame["seq"]
        elif self.kind != "json":
            self.seq = max(self.seq, frame["seq"])
        elif frame["kind"] == "events":
            for item in frame["items"]:
                self.soak.gaps += item["seq"] != self.seq + 1
                self.seq = item["seq"]
