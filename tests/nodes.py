"""Real server processes, and a client that presses and watches as people and programs do."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec
from click.testing import CliRunner, Result
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from console.cli import main
from console.cli.shell import run_with_desk
from console.settings import Settings

ROOT = Path(__file__).parents[1]
PATIENCE_S = 20.0
LIMITS = httpx.Limits(max_keepalive_connections=20, keepalive_expiry=2.0)
"""The server closes a connection that idled for five seconds, perhaps in the very moment it is used again."""


def environment(tmp_path: Path, database_url: str | None = None, redis_url: str | None = None) -> dict[str, str]:
    """What a node is told; the rest of the environment is left out where it could differ."""
    told = {"CONSOLE_DATA_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    told |= {"CONSOLE_DATABASE_URL": database_url} if database_url else {}
    return told | ({"CONSOLE_REDIS_URL": redis_url} if redis_url else {})


def token_for(told: dict[str, str]) -> str:
    """An administrator's token in that store, whose tables are made on the way."""
    return run_with_desk(Settings.read(told), lambda desk: desk.accounts.add_token("test", ["admin"]))[1]


def console(told: dict[str, str], *words: Any, given: str = "") -> Result:
    """A word of the command line, in this process; `given` on standard input."""
    return CliRunner().invoke(main, [str(word) for word in words], env=told, input=given, catch_exceptions=False)


class Node:
    """One `console serve`; `prelude` is Python it runs first, to take a guard away."""

    def __init__(self, told: dict[str, str], log: Path, *words: str, prelude: str = "") -> None:
        program = f"{prelude}\nfrom console.cli import main; main()"
        command = [sys.executable, "-c", program, "serve", "--port", "0", *words]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CONSOLE_")}
        with log.open("ab") as errors:
            self.process = subprocess.Popen(
                command, env=kept | told, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=ROOT
            )
        self._log = log
        self.url = ""

    def answering(self) -> "Node":
        """Once it has said where it is."""
        assert self.process.stdout
        said = self.process.stdout.readline()
        assert said.startswith("ready "), self._log.read_text("utf-8", "replace")[-3_000:]
        self.url = said.split()[1]
        return self

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self) -> int:
        """The exit status after SIGTERM."""
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        code = self.process.wait(PATIENCE_S)
        assert self.process.stdout
        self.process.stdout.close()
        return code


class Client:
    """Presses and watches on one node."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self._headers = {"Authorization": f"Bearer {token}"}
        self.http = httpx.AsyncClient(base_url=url, headers=self._headers, timeout=PATIENCE_S, limits=LIMITS)

    async def show(self, **fields: Any) -> str:
        answer = await self.http.post("/api/v1/shows", json={"title": "晚场", **fields})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def press(self, show_id: str, kind: str, command_id: str | None = None, **fields: Any) -> httpx.Response:
        envelope = {"command_id": command_id or str(uuid.uuid4()), "issued_at": now_ms(), "type": kind}
        return await self.http.post(f"/api/v1/shows/{show_id}/commands", json={**envelope, **fields})

    async def did(self, show_id: str, kind: str, **fields: Any) -> dict[str, Any]:
        answer = await self.press(show_id, kind, **fields)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def rows(self, show_id: str) -> list[dict[str, Any]]:
        return list((await self.later(f"/api/v1/shows/{show_id}/journal", limit=1000))["items"])

    async def later(self, path: str, **params: int) -> dict[str, Any]:
        """What a busy node may leave for later: asked again when it says."""
        answer = await self.http.get(path, params=params)
        while answer.status_code == 503:
            await asyncio.sleep(int(answer.headers["retry-after"]))
            answer = await self.http.get(path, params=params)
        return dict(answer.json())

    async def snapshot(self, show_id: str) -> dict[str, Any]:
        return dict((await self.http.get(f"/api/v1/shows/{show_id}")).json())

    async def ready(self) -> dict[str, Any]:
        return dict((await self.http.get("/ready", headers={"Accept": "application/json"})).json())

    @contextlib.asynccontextmanager
    async def stream(self, show_id: str, *, after: "Screen | None" = None, by: str = "") -> AsyncIterator["Screen"]:
        """A screen that reads all it is told. `after` goes on where that one was, `by` goes another way to the node."""
        address = (
            f"{(by or self.url).replace('http', 'ws')}/api/v1/shows/{show_id}/stream{after.place if after else ''}"
        )
        async with connect(
            address, additional_headers=self._headers, max_size=None, proxy=None, close_timeout=2
        ) as socket:
            screen = Screen()
            reading = asyncio.create_task(screen.read(socket))
            await until(lambda: screen.began is not None)
            yield screen
            reading.cancel()


class Screen:
    """Every row a stream has told, in order, with the moment it came; and every heartbeat with what it said."""

    def __init__(self) -> None:
        self.hellos: list[tuple[int, bool]] = []
        self.closed = False
        self.place = ""
        self.rows: list[tuple[int, str]] = []
        self.came_s: dict[int, float] = {}
        self.beats: list[tuple[float, tuple[str, ...]]] = []

    async def read(self, socket: Any) -> None:
        with contextlib.suppress(ConnectionClosed):
            await self._read(socket)
        self.closed = True

    async def _read(self, socket: Any) -> None:
        async for text in socket:
            frame = msgspec.json.decode(text)
            self.place = f"?epoch={frame['epoch']}&seq={frame['seq']}"
            if frame["kind"] == "hello":
                self.hellos.append((frame["seq"], frame["resumed"]))
            elif frame["kind"] == "heartbeat":
                self.beats.append((time.monotonic(), tuple(frame["degraded"])))
            elif frame["kind"] == "events":
                self.rows += [(item["seq"], item["type"]) for item in frame["items"]]
                self.came_s |= {item["seq"]: time.monotonic() for item in frame["items"]}

    @property
    def began(self) -> int | None:
        """Where the first hello was; a second one is a screen that was sent whole."""
        return self.hellos[0][0] if self.hellos else None

    @property
    def resumed(self) -> bool:
        return bool(self.hellos) and self.hellos[0][1]

    @property
    def seqs(self) -> list[int]:
        return [seq for seq, _ in self.rows]

    def has(self, seq: int) -> bool:
        return bool(self.rows) and self.rows[-1][0] >= seq


async def until(true: Callable[[], bool], seconds: float = PATIENCE_S) -> float:
    """Seconds until it was true."""
    started = time.monotonic()
    while not true():
        assert time.monotonic() - started < seconds, "it never came true"
        await asyncio.sleep(0.005)
    return time.monotonic() - started


def now_ms() -> int:
    return time.time_ns() // 1_000_000
