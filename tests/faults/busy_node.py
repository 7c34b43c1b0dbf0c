"""A real node that is made busy, with somebody who presses all the time, a room that talks, and a look at what is left out."""

import asyncio
import contextlib
import os
import re
import time
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
from nodes import Client, Node, Screen, environment, now_ms, token_for
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

STEERED = """
import pathlib
import console.load
from console.load import Load
console.load.CALM_S = 1.0
measured, told = Load.measured, pathlib.Path({told!r})
Load.measured = lambda self, _late_ms, at_s: measured(self, float(told.read_text()), at_s)
"""
"""The loop is as late as a file says: a level can be held as long as one wants to look."""
HELD = """
import asyncio, pathlib, time
import console.app
import console.load
console.load.CALM_S = 1.0
watches, told = console.app._watches, pathlib.Path({told!r})
async def busy():
    while True:
        await asyncio.sleep(0.1)
        until = time.thread_time() + float(told.read_text()) / 1000
        while time.thread_time() < until:
            pass
console.app._watches = lambda *given: {{**watches(*given), "busy": busy}}
"""
"""The loop is held for as long as a file says, free for a tenth of a second, and held again."""
WINDOW_S = 2.5
FEW = {"metrics": 1, "comments": 4}
"""Frames of a lane in a window when it is slowed down; at the usual pace there are 2 and more, 20 and more."""
LEVEL = re.compile(r"load level (\d):")
PRESS_EVERY_S = 0.2


class Frames(Screen):
    """A stream that also counts what came in its other lanes."""

    def __init__(self) -> None:
        super().__init__()
        self.came: list[tuple[float, str]] = []

    async def _read(self, socket: Any) -> None:
        async for text in socket:
            frame = msgspec.json.decode(text)
            self.place = f"?epoch={frame['epoch']}&seq={frame['seq']}"
            self.came.append((time.monotonic(), frame["kind"]))
            if frame["kind"] == "heartbeat":
                self.beats.append((time.monotonic(), tuple(frame["degraded"])))

    def slow(self, since: float) -> set[str]:
        return {lane for lane, few in FEW.items() if sum(at > since and kind == lane for at, kind in self.came) <= few}

    @property
    def words(self) -> tuple[str, ...]:
        return self.beats[-1][1] if self.beats else ()


class Busy:
    """One node with a show on air. `late(ms)` makes it busy; `left()` is what it leaves for later now."""

    def __init__(self, directory: Path, prelude: str) -> None:
        self._told = directory / "late_ms"
        self._log = directory / "node.log"
        self.late(0)
        told = environment(directory)
        self._token = token_for(told)
        self.node = Node(told, self._log, prelude=prelude.format(told=str(self._told))).answering()
        self.desk = Client(self.node.url, self._token)
        self.presses: list[tuple[int, float]] = []
        self.frames = Frames()
        self.links: dict[str, str] = {}
        self.show = ""

    def late(self, ms: float) -> None:
        fresh = self._told.with_suffix(".new")
        fresh.write_text(str(ms))
        os.replace(fresh, self._told)

    @property
    def levels(self) -> list[int]:
        """As its log tells them."""
        return [int(level) for level in LEVEL.findall(self._log.read_text("utf-8", "replace"))]

    async def open(self) -> None:
        self.show = await self.desk.show()
        await self.desk.did(self.show, "start_show")
        for screen in ("overlay", "host"):
            answer = await self.desk.http.post(f"/api/v1/shows/{self.show}/links", json={"screen": screen})
            self.links[screen] = answer.json()["path"]

    async def press_on(self) -> None:
        """The emergency stop, again and again."""
        while True:
            began = time.monotonic()
            answer = await self.desk.press(self.show, "kill_offers", reason="wrong price")
            self.presses.append((answer.status_code, time.monotonic() - began))
            await asyncio.sleep(PRESS_EVERY_S)

    async def talk(self) -> None:
        async with httpx.AsyncClient(base_url=self.node.url, headers=self._headers, timeout=20) as room:
            while True:
                said = {"source": "test", "at": now_ms()}
                items = [
                    {**said, "id": uuid.uuid4().hex, "kind": "comment", "user": "u1", "text": "多少钱"},
                    {**said, "id": uuid.uuid4().hex, "kind": "audience", "online": now_ms() % 1_000},
                ]
                answer = await room.post(f"/api/v1/shows/{self.show}/observations", json=items)
                assert answer.status_code == 202, answer.text
                await asyncio.sleep(0.05)

    async def watch(self) -> None:
        url = self.node.url.replace("http", "ws") + f"/api/v1/shows/{self.show}/stream"
        async with connect(url, additional_headers=self._headers, max_size=None, proxy=None) as socket:
            await self.frames.read(socket)

    async def left(self) -> set[str]:
        """What is refused with a moment to come back, or slower than usual."""
        since = time.monotonic()
        asked = await asyncio.gather(self._refused(), self._turned_away(), asyncio.sleep(WINDOW_S))
        return asked[0] | asked[1] | self.frames.slow(since)

    async def level(self) -> int:
        figures = (await self.desk.http.get("/metrics")).text
        return int(float(figures.split("\nconsole_load_level ")[1].split()[0]))

    async def asked(self, path: str, **more: Any) -> httpx.Response:
        """A page, as a browser asks for it."""
        headers = {"Accept": "text/html", "Accept-Language": "en", **more}
        return await self.desk.http.get(f"/shows/{self.show}/{path}", headers=headers)

    async def _refused(self) -> set[str]:
        api = f"/api/v1/shows/{self.show}"
        sheet = {"file": ("run.csv", "title,planned\nOpening,60\n")}
        asked = {
            "recap page": self.asked("recap"),
            **{f"recap.{form}": self.desk.http.get(f"{api}/recap.{form}") for form in ("json", "html", "csv")},
            "journal": self.desk.http.get(f"{api}/journal"),
            "import": self.desk.http.post(f"{api}/run-of-show", params={"dry_run": 1}, files=sheet),
            "metrics page": self.asked("metrics"),
            **{f"{name} page": self.asked(name) for name in ("plan", "control", "host", "moderate")},
            **{f"{screen} by link": self.desk.http.get(path) for screen, path in self.links.items()},
            "snapshot": self.desk.http.get(api),
            "list": self.desk.http.get("/api/v1/shows"),
            "ready": self.desk.http.get("/ready"),
        }
        answers = dict(zip(asked, await asyncio.gather(*asked.values()), strict=True))
        wrong = {name: answer.status_code for name, answer in answers.items() if answer.status_code not in (200, 503)}
        assert not wrong, wrong
        return {name for name, answer in answers.items() if answer.status_code == 503 and _says_when(answer)}

    async def _turned_away(self) -> set[str]:
        stream, back = f"/api/v1/shows/{self.show}/stream", self.frames.place
        sockets = {
            "new stream": stream,
            "new overlay": f"/live/{self.show}/overlay",
            "new control": f"/live/{self.show}/control",
            "new host": f"/live/{self.show}/host",
            "stream that comes back": stream + back,
            "overlay that comes back": f"/live/{self.show}/overlay{back}",
            "stream of another epoch": f"{stream}?epoch=x&seq=1",
        }
        opened = await asyncio.gather(*map(self._opens, sockets.values()))
        return {name for name, opens in zip(sockets, opened, strict=True) if not opens}

    async def _opens(self, path: str) -> bool:
        url = self.node.url.replace("http", "ws") + path
        try:
            async with connect(url, additional_headers=self._headers, max_size=None, proxy=None, close_timeout=2):
                return True
        except InvalidStatus as refused:
            return not _says_when(refused.response)

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"}


@contextlib.asynccontextmanager
async def busy_node(directory: Path, prelude: str) -> AsyncIterator[Busy]:
    """Served, on air, talked to, pressed and watched; ends all of it, and fails when one of them failed."""
    busy = await asyncio.to_thread(Busy, directory, prelude)
    work: list[asyncio.Task[None]] = []
    try:
        await busy.open()
        work += [asyncio.create_task(each()) for each in (busy.press_on, busy.talk, busy.watch)]
        yield busy
        assert [task for task in work if task.done()] == []
    finally:
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)
        await busy.desk.http.aclose()
        assert await asyncio.to_thread(busy.node.end) == 0


def _says_when(answer: Any) -> bool:
    assert answer.status_code == 503, answer
    assert int(answer.headers["retry-after"]) > 0
    return True
