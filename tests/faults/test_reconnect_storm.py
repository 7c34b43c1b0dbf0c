"""PROMISES 8: the server is killed under all its screens; they come back at once, and it costs the store next to nothing.

`SOCKETS=1000 make test PYTEST_ARGS=tests/faults/test_reconnect_storm.py` for a full house.
"""

import asyncio
import contextlib
import json
import os
import random
import resource
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from nodes import PATIENCE_S, ROOT, Client, environment, token_for
from patience import patience
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

SOCKETS = int(os.environ.get("SOCKETS", "240"))
KINDS = (("json", "zh"), ("json", "zh"), ("control", "zh"), ("control", "en"), ("overlay", "zh"), ("moderate", "en"))
PROGRAM = """
    import atexit, json, os, re, sys
    from collections import Counter
    from sqlalchemy import event
    from sqlalchemy.engine import Engine
    from console import snapshot
    from console.cli import main
    from console.realtime import patches, sources
    from console.shows import Shows

    counts = Counter()
    atexit.register(lambda: open(os.environ["COUNTS"], "w").write(json.dumps(counts)))

    def told(_connection, _cursor, statement, *_):
        found = re.match(r"SELECT .*?FROM (\\w+)", statement, re.DOTALL)
        if found:
            counts["read " + found[1]] += 1

    event.listen(Engine, "before_cursor_execute", told)

    def counted(name, function):
        def call(*given, **more):
            counts[name] += 1
            return function(*given, **more)
        return call

    snapshot.snapshot = counted("snapshot", snapshot.snapshot)
    patches.Differ.__init__ = counted("drawn", patches.Differ.__init__)
    patches.Differ.whole = counted("whole", patches.Differ.whole)
    if "FORGETFUL" in os.environ:
        whole = sources.ScreenSource.whole
        def forget(self, show):
            self._whole = None
            return whole(self, show)
        sources.ScreenSource.whole = forget
    if "UNFOLDED" in os.environ:
        get = Shows.get
        async def anew(self, show_id):
            self._held.pop(show_id, None)
            return await get(self, show_id)
        Shows.get = anew
    main()
"""


class Counted:
    """A real server that says at its polite end what it asked the store and drew."""

    def __init__(self, told: dict[str, str], place: Path, port: int) -> None:
        self.counts = place / "counts.json"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CONSOLE_")}
        with (place / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", textwrap.dedent(PROGRAM), "serve", "--port", str(port)], text=True, cwd=ROOT,
                stdout=subprocess.PIPE, stderr=log, env=kept | told | {"COUNTS": str(self.counts)},
            )  # fmt: skip

    def answering(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().split()[1]

    def kill(self) -> None:
        self.process.kill()
        self._over()

    def end(self) -> dict[str, int]:
        self.process.send_signal(signal.SIGTERM)
        self._over()
        return dict(json.loads(self.counts.read_text()))

    def _over(self) -> None:
        self.process.wait(PATIENCE_S)
        assert self.process.stdout
        self.process.stdout.close()


class Back:
    """A screen that comes back as the browser's does: after 0.3 s, doubling up to 2 s, each ± 30 %."""

    def __init__(self, url: str, show: str, number: int, headers: dict[str, str]) -> None:
        kind, self.locale = KINDS[number % len(KINDS)]
        self.kind = (kind, self.locale)
        path = f"/api/v1/shows/{show}/stream" if kind == "json" else f"/live/{show}/{kind}"
        self._url, self._origin = url.replace("http", "ws") + path, url
        self._headers = {**headers, "Accept-Language": self.locale}
        self.epoch, self.seq, self.head = "", 0, 0
        self.hellos = 0
        self.wholes = 0
        self.current_at = 0.0

    async def run(self) -> None:
        tries = 0
        while True:
            with contextlib.suppress(OSError, WebSocketException, TimeoutError):
                await self._stay()
                tries = 0
            await asyncio.sleep(min(2.0, 0.3 * 2**tries) * random.uniform(0.7, 1.3))
            tries += 1

    async def _stay(self) -> None:
        at = f"?epoch={self.epoch}&seq={self.seq}" if self.epoch else ""
        async with connect(
            self._url + at, additional_headers=self._headers, origin=self._origin, compression=None,
            ping_interval=None, max_size=None, open_timeout=PATIENCE_S,
        ) as line:  # fmt: skip
            async for text in line:
                frame = msgspec.json.decode(text)
                self.epoch, self.seq = frame["epoch"], frame["seq"]
                if frame["kind"] == "hello":
                    self.hellos += 1
                    self.wholes += not frame["resumed"]
                    self.current_at = time.monotonic()

    def falls_behind(self) -> None:
        """It slept through the last row, so it must be drawn whole; the others are current with a word."""
        self.seq -= 1


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def storm(tmp_path: Path, sockets: int, **more: str) -> tuple[list[Back], dict[str, int], float]:
    """(screens, counts of the second process, seconds from its start to the last hello)."""
    told, port = environment(tmp_path), free_port()
    token = await asyncio.to_thread(token_for, told)
    first = Counted(told, tmp_path, port)
    url = await asyncio.to_thread(first.answering)
    client = Client(url, token)
    show = await client.show()
    await client.did(show, "start_show")
    await client.did(show, "mark")
    screens = [Back(url, show, number, client._headers) for number in range(sockets)]
    tasks = [asyncio.create_task(screen.run()) for screen in screens]
    second: Counted | None = None
    try:
        await until(lambda: all(screen.hellos == 1 for screen in screens))
        first.kill()
        for number, screen in enumerate(screens):
            if number // len(KINDS) % 2 == 0:
                screen.falls_behind()
        began, second = time.monotonic(), Counted(told | more, tmp_path, port)
        await asyncio.to_thread(second.answering)
        await until(lambda: all(screen.hellos == 2 for screen in screens))
        took = max(screen.current_at for screen in screens) - began
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await client.http.aclose()
        counts = second.end() if second else {}
    return screens, counts, took


async def until(true: Any) -> None:
    deadline = time.monotonic() + patience(PATIENCE_S * 2)
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        await asyncio.sleep(0.02)


@pytest.fixture(autouse=True, scope="module")
def many_descriptors() -> Any:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8_192), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_a_full_house_comes_back_at_once_and_is_drawn_once(tmp_path: Path) -> None:
    screens, counts, took = await storm(tmp_path, SOCKETS)
    drawn = {screen.kind for screen in screens if screen.kind[0] != "json"}
    assert took < patience(10)
    assert sum(screen.wholes for screen in screens) > SOCKETS * 1.4
    assert (counts["drawn"], counts["snapshot"]) == (len(drawn), 1)
    assert counts["whole"] == 3 * len(drawn), "all of it for who was away, two lanes for who missed nothing: each once"
    assert counts["read journal"] + counts["read shows"] <= 5


async def test_who_comes_costs_the_store_the_same_however_many_are_there(tmp_path: Path) -> None:
    (tmp_path / "few").mkdir()
    (tmp_path / "more").mkdir()
    _, few, _ = await storm(tmp_path / "few", 24)
    _, more, _ = await storm(tmp_path / "more", 72)
    of_shows = ("read journal", "read shows", "drawn", "whole", "snapshot")
    assert [few[name] for name in of_shows] == [more[name] for name in of_shows]
    people = [
        sum(n for name, n in counts.items() if name.startswith("read ") and name not in of_shows)
        for counts in (few, more)
    ]
    # Two a connection; the rest are the looks after ended rights, which go by the clock and not by who comes.
    assert people[1] - people[0] < 3 * (72 - 24)


async def test_control_a_screen_drawn_for_each_who_comes_is_counted(tmp_path: Path) -> None:
    screens, counts, _ = await storm(tmp_path, 48, FORGETFUL="1")
    kinds = {screen.kind for screen in screens if screen.kind[0] != "json"}
    assert counts["whole"] > 3 * len(kinds)


async def test_control_a_show_read_anew_for_each_who_comes_is_counted(tmp_path: Path) -> None:
    _, counts, _ = await storm(tmp_path, 24, UNFOLDED="1")
    assert counts["read journal"] + counts["read shows"] > 24
