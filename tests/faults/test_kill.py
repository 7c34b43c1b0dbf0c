"""kill -9 in the middle of a scripted show: nothing that was answered is lost, nothing happened twice, the chain holds."""

import asyncio
import os
import random
import signal
import sqlite3
import statistics
import subprocess
import sys
import time
import uuid
from pathlib import Path

import httpx
import pytest
from patience import patience

CONSOLE = str(Path(sys.executable).with_name("console"))
ROUNDS = int(os.environ.get("KILLS", "6"))
"""`KILLS=200 make test PYTEST_ARGS=tests/faults/test_kill.py` for the long run; it takes some ten minutes."""
SEED = int(os.environ.get("KILL_SEED", "7"))
READY_S = 3.0
COUPON = {"kind": "coupon", "title": "券", "amount": 100, "threshold": 0, "quantity": 5, "duration_s": 600}


class Served:
    """A real server on a data directory, killed without warning."""

    def __init__(self, directory: Path) -> None:
        self.environment = {**os.environ, "CONSOLE_DATA_DIR": str(directory)}
        self.process: subprocess.Popen[str] | None = None
        self.url = ""

    def run(self, *words: str) -> str:
        done = subprocess.run([CONSOLE, *words], env=self.environment, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def start(self) -> float:
        began = time.monotonic()
        self.process = subprocess.Popen(
            [CONSOLE, "serve", "--port", "0"],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.url = self.process.stdout.readline().split()[1]
        return time.monotonic() - began

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        self.process.stdout.close()


@pytest.fixture
def served(tmp_path):
    server = Served(tmp_path)
    yield server
    if server.process and server.process.poll() is None:
        server.kill()


class Desk:
    """One controller who presses on, and remembers every answer."""

    def __init__(self, token: str, show: str, seed: int) -> None:
        self.token, self.show = token, show
        self.random = random.Random(seed)
        self.answered: dict[str, int] = {}
        self.unanswered: dict[str, dict] = {}
        self.refused: set[str] = set()
        self.offers: list[str] = []

    async def press_on(self, url: str) -> None:
        async with httpx.AsyncClient(headers={"Authorization": f"Bearer {self.token}"}, base_url=url) as client:
            while True:
                await self.press(client, self.next_line())

    def next_line(self) -> dict:
        """Of the script of an evening: rows go by, offers come and go, people talk."""
        offer = {"offer": self.random.choice(self.offers)}
        return self.random.choice(
            [
                {"type": "mark", "note": str(self.random.random())},
                {"type": "message_host", "text": str(self.random.random())},
                {"type": "adjust", "seconds": self.random.choice([-30, 30])},
                {"type": "go"},
                {"type": "back"},
                {"type": "hold"},
                {"type": "resume"},
                {"type": "arm_offer", **offer},
                {"type": "fire_offer", "countdown_s": self.random.choice([0, 3]), **offer},
                {"type": "cancel_fire", **offer},
                {"type": "kill_offers", "reason": "wrong price"},
            ]
        )

    async def press(self, client: httpx.AsyncClient, fields: dict) -> httpx.Response | None:
        command = {"command_id": str(uuid.uuid4()), "issued_at": time.time_ns() // 1_000_000, "seen": None, **fields}
        self.unanswered[command["command_id"]] = command
        try:
            answer = await client.post(f"/api/v1/shows/{self.show}/commands", json=command, timeout=5)
        except httpx.TransportError:
            await asyncio.sleep(0.05)
            return None
        assert answer.status_code in {200, 409}, answer.text
        self.unanswered.pop(command["command_id"])
        if answer.status_code == 409:
            self.refused.add(command["command_id"])
        else:
            self.answered[command["command_id"]] = answer.json()["seq"]
        return answer


async def killed_in_the_middle(served: Served, desk: Desk) -> None:
    presses = [asyncio.create_task(desk.press_on(served.url)) for _ in range(4)]
    enough = len(desk.answered) + desk.random.randrange(3, 30)
    while len(desk.answered) < enough and not any(press.done() for press in presses):
        await asyncio.sleep(0.001)
    await asyncio.to_thread(served.kill)
    for press in presses:
        press.cancel()
    ends = await asyncio.gather(*presses, return_exceptions=True)
    assert [end for end in ends if not isinstance(end, asyncio.CancelledError)] == []


async def started(served: Served, desk: Desk) -> None:
    """A server with the show on air."""
    await asyncio.to_thread(served.start)
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {desk.token}"}, base_url=served.url) as client:
        for number in range(5):
            await desk.press(client, {"type": "add_row", "row": {"title": f"讲品 {number}", "planned_s": 300}})
        for _ in range(3):
            desk.offers.append((await desk.press(client, {"type": "define_offer", "offer": COUPON})).json()["offer"])
        await desk.press(client, {"type": "start_show"})


async def test_what_was_answered_survives(served, tmp_path):
    served.run("migrate")
    token = served.run("token", "add", "desk", "--role", "admin")
    show = served.run("show", "add", "晚场")
    desk = Desk(token, show, seed=SEED)
    await started(served, desk)
    ready_s = []
    for _ in range(ROUNDS):
        await asyncio.to_thread(served.kill)
        ready_s.append(await asyncio.to_thread(served.start))
        await killed_in_the_middle(served, desk)
    assert statistics.median(ready_s) < patience(READY_S), ready_s
    assert len(desk.answered) > 3 * ROUNDS
    with sqlite3.connect(tmp_path / "console.db") as raw:
        rows = raw.execute("SELECT seq, command_id FROM journal WHERE show_id = ? ORDER BY seq", (show,)).fetchall()
    last_rows = {command_id: seq for seq, command_id in rows if command_id in desk.answered}
    assert last_rows == desk.answered
    assert [seq for seq, _ in rows] == list(range(1, len(rows) + 1))
    assert not {command_id for _, command_id in rows} & desk.refused
    assert fired_more_than_once(tmp_path / "console.db", show) == []
    assert "every hash follows" in served.run("verify", show)


def fired_more_than_once(path: Path, show: str) -> list[tuple]:
    """Offers that fired twice without having been armed again in between."""
    with sqlite3.connect(path) as raw:
        rows = raw.execute(
            "SELECT seq, type, json_extract(CAST(payload AS TEXT), '$.offer') FROM journal"
            " WHERE show_id = ? AND type IN ('offer_fired', 'offer_armed') ORDER BY seq",
            (show,),
        ).fetchall()
    last: dict[str, str] = {}
    twice = []
    for seq, kind, offer in rows:
        twice += [(seq, offer)] if kind == last.get(offer) == "offer_fired" else []
        last[offer] = kind
    return twice


async def test_a_retry_after_the_crash_gets_its_answer_and_no_second_row(served):
    served.run("migrate")
    token = served.run("token", "add", "desk", "--role", "admin")
    desk = Desk(token, served.run("show", "add", "晚场"), seed=8)
    await started(served, desk)
    await killed_in_the_middle(served, desk)
    await asyncio.to_thread(served.start)
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}, base_url=served.url) as client:
        before = (await client.get(f"/api/v1/shows/{desk.show}/journal")).json()["head"]
        for command in desk.unanswered.values():
            again = await client.post(f"/api/v1/shows/{desk.show}/commands", json=command)
            assert again.status_code in {200, 409}, again.text
        after = (await client.get(f"/api/v1/shows/{desk.show}/journal")).json()
    assert after["head"] - before <= len(desk.unanswered)
    ids = [item.get("command_id") for item in after["items"]]
    assert len(after["items"]) == after["head"], ids


async def test_the_show_is_where_it_was_with_its_countdown(served):
    served.run("migrate")
    token = served.run("token", "add", "desk", "--role", "admin")
    desk = Desk(token, served.run("show", "add", "晚场"), seed=9)
    await asyncio.to_thread(served.start)
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}, base_url=served.url) as client:
        await desk.press(client, {"type": "add_row", "row": {"title": "讲品", "planned_s": 300}})
        offer = (await desk.press(client, {"type": "define_offer", "offer": COUPON})).json()["offer"]
        await desk.press(client, {"type": "start_show"})
        for fields in ({"type": "go"}, {"type": "arm_offer", "offer": offer}, {"type": "fire_offer", "offer": offer}):
            await desk.press(client, fields)
        await desk.press(client, {"type": "message_host", "text": "加速"})
        before = (await client.get(f"/api/v1/shows/{desk.show}")).json()
    await asyncio.to_thread(served.kill)
    assert await asyncio.to_thread(served.start) < patience(READY_S)
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}, base_url=served.url) as client:
        after = (await client.get(f"/api/v1/shows/{desk.show}")).json()
    for changing in ("at",):
        before.pop(changing), after.pop(changing)
    assert after == before
