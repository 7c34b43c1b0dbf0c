"""Two nodes behind one address are restarted one after the other while people press and watch.

No acknowledged command is lost, none happens twice, an offer fires once however often its timer is taken over, every
screen is told every row once, in order, and is current within three seconds.
"""

import asyncio
import contextlib
import itertools
import json
import random
import time
import uuid

import httpx
import pytest
from fronts import Balancer, Caddy, need_proxy
from nodes import now_ms, until
from patience import patience
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

CURRENT_S = 3.0
SCREENS = 20
COUPON = {
    "kind": "coupon",
    "title": "满100减10",
    "amount": 1_000,
    "threshold": 10_000,
    "quantity": 50,
    "duration_s": 600,
}
BUSY = {429, 502, 503, 504}
"""What a program tries again with the same id."""


class Desk:
    """Presses through the front; what is not answered is asked again with the same id."""

    def __init__(self, front, show, token):
        self.headers = {"Authorization": f"Bearer {token}"}
        self.url, self.show, self.tls = front.url, show, front.tls
        self.head = 0
        self.noted = {}

    def client(self):
        return httpx.AsyncClient(base_url=self.url, headers=self.headers, verify=self.tls or False, timeout=10)

    async def press(self, client, kind, **fields):
        command = {"command_id": str(uuid.uuid4()), "issued_at": now_ms(), "type": kind, **fields}
        while True:
            with contextlib.suppress(httpx.TransportError):
                answer = await client.post(f"/api/v1/shows/{self.show}/commands", json=command)
                if answer.status_code not in BUSY:
                    assert answer.status_code == 200, answer.text
                    self.head = max(self.head, answer.json()["seq"])
                    return answer.json()
            await asyncio.sleep(0.1)

    async def press_on(self):
        async with self.client() as client:
            while True:
                note = str(uuid.uuid4())
                self.noted[note] = (await self.press(client, "mark", note=note))["seq"]
                await asyncio.sleep(0.05)


class Screen:
    """Comes back as screens do: with its cursor, after 0.3 s doubling to 2 s."""

    def __init__(self, desk):
        self._desk = desk
        self.epoch, self.seq, self.returns = "", -1, -1
        self.breaks = []
        """(row it was at, row it was told next) wherever that was not the one after it: left out, or told again."""

    async def watch(self):
        for patience_s in (0.3 * 2**n for n in itertools.count()):
            began = time.monotonic()
            with contextlib.suppress(OSError, WebSocketException):
                await self._connected()
            if time.monotonic() - began > 1:
                return await self.watch()
            await asyncio.sleep(min(patience_s, 2) * random.uniform(0.7, 1.3))
        return None

    async def _connected(self):
        desk = self._desk
        path = f"/api/v1/shows/{desk.show}/stream?epoch={self.epoch}&seq={max(self.seq, 0)}"
        address = desk.url.replace("http", "ws", 1) + path
        async with connect(address, ssl=desk.tls, additional_headers=desk.headers) as socket:
            self.returns += 1
            async for text in socket:
                self.hear(json.loads(text))

    def hear(self, frame):
        if frame["kind"] == "hello":
            assert frame["seq"] >= self.seq, "a screen is never taken back"
            self.epoch = frame["epoch"]
            self.seq = self.seq if frame["resumed"] else frame["seq"]
        elif frame["kind"] == "events":
            for item in frame["items"]:
                self.breaks += [(self.seq, item["seq"])] if item["seq"] != self.seq + 1 else []
                self.seq = item["seq"]


@pytest.fixture(params=["balancer", "proxy"])
def front_of(request, tmp_path):
    if request.param == "proxy":
        need_proxy()
        return lambda ports: Caddy(ports, tmp_path)
    return Balancer


async def test_restarting_one_after_the_other_is_noticed_by_nobody(house, front_of):
    async with front_of(house.ports).running() as front:
        async with httpx.AsyncClient(base_url=front.url, verify=front.tls or False) as client:
            client.headers["Authorization"] = f"Bearer {house.token}"
            show = (await client.post("/api/v1/shows", json={"title": "晚场"})).json()["id"]
            desk = Desk(front, show, house.token)
            await desk.press(client, "start_show")
            offers = [(await desk.press(client, "define_offer", offer=COUPON))["offer"] for _ in range(2)]
            screens = [Screen(desk) for _ in range(SCREENS)]
            busy = [asyncio.create_task(screen.watch()) for screen in screens]
            await until(lambda: all(screen.returns == 0 for screen in screens))
            busy += [asyncio.create_task(desk.press_on()) for _ in range(3)]
            for number, offer in enumerate(offers):
                await desk.press(client, "arm_offer", offer=offer)
                await desk.press(client, "fire_offer", offer=offer, countdown_s=1)
                await restarted(house, number, desk, screens)
            for task in busy[SCREENS:]:
                task.cancel()
            await until(lambda: all(screen.seq >= desk.head for screen in screens))
            assert [task for task in busy[:SCREENS] if task.done()] == []
            rows = await journal(client, show)
        for task in busy:
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)
    check(rows, desk, screens, offers)


async def restarted(house, number, desk, screens):
    """Every screen has what was acknowledged when the old process was gone, and then when the new one answers."""
    for step in (house.stop, house.start):
        done_s = await asyncio.to_thread(step, number)
        head = desk.head
        await until(lambda head=head: all(screen.seq >= head for screen in screens))
        late_s = time.monotonic() - done_s
        assert late_s < patience(CURRENT_S), (step.__name__, late_s)


async def journal(client, show):
    rows, after = [], 0
    while items := (await client.get(f"/api/v1/shows/{show}/journal?after={after}&limit=1000")).json()["items"]:
        rows += items
        after = items[-1]["seq"]
    return rows


def check(rows, desk, screens, offers):
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    noted = [(row["note"], row["seq"]) for row in rows if row["type"] == "marked"]
    assert len(noted) == len(dict(noted)), "a press happened twice"
    lost = {note: seq for note, seq in desk.noted.items() if dict(noted).get(note) != seq}
    assert lost == {}, "an acknowledged command was lost"
    for offer in offers:
        kinds = [row["type"] for row in rows if row.get("offer") == offer]
        assert kinds.count("offer_fired") == 1, kinds
    assert [screen.breaks for screen in screens] == [[]] * SCREENS
    assert sum(screen.returns for screen in screens) >= SCREENS, "both restarts together moved every screen"


@pytest.mark.parametrize(("told", "breaks"), [([1, 2, 2, 3], [(2, 2)]), ([1, 3], [(1, 3)]), ([1, 2, 3], [])])
def test_control_a_row_that_comes_twice_or_not_at_all_is_seen(told, breaks):
    screen = Screen(None)
    screen.hear({"kind": "hello", "epoch": "e", "resumed": False, "seq": 0})
    for seq in told:
        screen.hear({"kind": "events", "items": [{"seq": seq}]})
    assert screen.breaks == breaks
