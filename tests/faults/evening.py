"""One show in one house while things go wrong: who presses, who watches, and everything that came of it."""

import asyncio
import contextlib
import random
import time
import uuid
from typing import Any

import httpx
from nodes import Client, Screen, until

from tests.faults.bad_screens import Proxy, Stopped, held_by_server
from tests.faults.houses import House

PRESS_EVERY_S = 0.2
HEAVY_EVERY = 10
FLOOD, AT_ONCE = 40, 4
HARD = 24
CHARACTERS = 7_900
RETRIES = 5
PATIENCE_S = 60.0
COUPON = {"kind": "coupon", "title": "满100减10", "amount": 1_000, "threshold": 10_000, "quantity": 50}


class Press:
    """One command, what it was answered and when. `says` is found in its row and nowhere else."""

    def __init__(self, node: int, says: str, fields: dict[str, Any]) -> None:
        self.node, self.says, self.fields = node, says, fields
        self.id = str(uuid.uuid4())
        self.sent_s = time.monotonic()
        self.answered_s = 0.0
        self.status = 0
        self.body: dict[str, Any] = {}
        self.retry: Press | None = None

    @property
    def took_s(self) -> float:
        return self.answered_s - self.sent_s


class BadScreens:
    """All three kinds on one node."""

    def __init__(self, client: Client, show: str) -> None:
        self._client, self._show = client, show
        self._before = Screen()
        self.stopped = Stopped()
        self.cutting, self.deafening = Proxy(client.url), Proxy(client.url)
        self.cut = self.again = Screen()
        self.stuck_s = self.dropped_s = self.deaf_s = self.deaf_dropped_s = 0.0

    async def come(self, stack: contextlib.AsyncExitStack) -> None:
        for proxy in (self.cutting, self.deafening):
            stack.callback(proxy.close)
        stack.callback(self.stopped.close)
        self.cut = await stack.enter_async_context(self._client.stream(self._show, by=await self.cutting.open()))
        await stack.enter_async_context(self._client.stream(self._show, by=await self.deafening.open()))
        await self.stopped.ask(self._client, self._show)

    async def see_the_stopped_one_go(self) -> None:
        """From the moment there was more for it than anybody would keep."""
        self.stuck_s = time.monotonic()
        await self._gone(self.stopped.port)
        self.dropped_s = time.monotonic()

    async def see_the_deaf_one_go(self) -> None:
        self.deafening.go_deaf()
        self.deaf_s = time.monotonic()
        await self._gone(self.deafening.upstream_port)
        self.deaf_dropped_s = time.monotonic()

    async def _gone(self, port: int) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while held_by_server(self._client.url, port):
                await asyncio.sleep(0.1)

    async def come_back_after_the_cut(self, stack: contextlib.AsyncExitStack) -> None:
        self.cutting.cut()
        await until(lambda: self.cut.closed, PATIENCE_S)
        async with asyncio.timeout(PATIENCE_S):
            while not self.again.began:
                with contextlib.suppress(Exception):
                    self.again = await stack.enter_async_context(self._client.stream(self._show, after=self.cut))
                await asyncio.sleep(0.2)


class Evening:
    """Opened before anything is wrong, pressed through all of it, settled when everything is whole again."""

    def __init__(self, house: House, seed: int) -> None:
        self.house = house
        self.clients = house.clients()
        self.presses: list[Press] = []
        self.stop_took_s = 0.0
        self.after_the_stop = 0
        self.readiness: list[tuple[float, int, int, dict[str, Any]]] = []
        self.ready_in_s: list[float] = []
        self.current_in_s = 0.0
        self.stack = contextlib.AsyncExitStack()
        self._text = "".join(map(chr, random.Random(seed).choices(range(0x4E00, 0x9FFF), k=CHARACTERS)))
        self._tasks: list[asyncio.Task[None]] = []
        self._outstanding: set[asyncio.Task[None]] = set()
        self._pressing = True

    async def open(self) -> "Evening":
        first = self.clients[0]
        self.show = await first.show()
        self.row = (await first.did(self.show, "add_row", row={"title": "讲品", "planned_s": 600}))["row"]
        self.offer = (await first.did(self.show, "define_offer", offer=COUPON))["offer"]
        await first.did(self.show, "start_show")
        await first.did(self.show, "arm_offer", offer=self.offer)
        self.screens = [
            [await self.stack.enter_async_context(client.stream(self.show)) for _ in range(2)]
            for client in self.clients
        ]
        self.bad = [BadScreens(client, self.show) for client in self.clients]
        for bad in self.bad:
            await bad.come(self.stack)
        return self

    async def begin(self, *, deaf: bool) -> None:
        """People press on every node; what the screen that never reads has not read grows to more than is kept.

        `deaf`: so it does for the half-open one, which else is found out by its silence.
        """
        if deaf:
            self.let_lines_go_deaf()
        self._run(self._look_at_readiness())
        for node in range(self.house.count):
            self._run(self._press_on(node))
        for _ in range(FLOOD // AT_ONCE):
            await asyncio.gather(*(self._press(0, heavy=True) for _ in range(AT_ONCE)))
        for bad in self.bad:
            self._run(bad.see_the_stopped_one_go())

    async def stop_the_offers(self) -> None:
        """Fire, then the emergency stop from the last node; a later start is refused."""
        await self.clients[0].did(self.show, "fire_offer", offer=self.offer, countdown_s=0)
        began = time.monotonic()
        await self.clients[-1].did(self.show, "kill_offers", reason="wrong price")
        self.stop_took_s = time.monotonic() - began
        self.after_the_stop = (await self.clients[0].press(self.show, "fire_offer", offer=self.offer)).status_code

    def cut_the_lines(self) -> None:
        for bad in self.bad:
            self._run(bad.come_back_after_the_cut(self.stack))

    def let_lines_go_deaf(self) -> None:
        for bad in self.bad:
            self._run(bad.see_the_deaf_one_go())

    def press_hard(self) -> None:
        """A full disk refuses what needs more room than a page still has."""
        for _ in range(HARD):
            self._sends(0, heavy=True)

    async def recover(self) -> None:
        """Seconds until a press is taken and on every good screen again."""
        began = time.monotonic()
        async with asyncio.timeout(PATIENCE_S):
            while (press := await self._press(self.house.count - 1)).status != 200:
                await asyncio.sleep(0.05)
        await self._seen(press.body["seq"])
        self.current_in_s = time.monotonic() - began

    async def rest(self) -> None:
        """Nobody presses any more; every press has its answer."""
        self._pressing = False
        await asyncio.sleep(PRESS_EVERY_S)
        await asyncio.gather(*self._outstanding)

    async def settle(self) -> None:
        """Everything is whole: every node says so by itself, what was refused goes through once, all screens have all."""
        began = time.monotonic()
        self.ready_in_s = [await self._ready(client, began) for client in self.clients]
        await self.rest()
        for press in [press for press in self.presses if press.status == 503][:RETRIES]:
            await self._again(press)
        last = await self._press(0)
        await self._seen(last.body["seq"])
        for bad in self.bad:
            await until(lambda bad=bad: bad.again.has(last.body["seq"]), PATIENCE_S)
        self.rows = [row async for row in self._journal()]
        await asyncio.sleep(0.6)
        self.degraded = [screen.beats[-1][1] for screen in self.good]

    async def close(self) -> None:
        """When the half-open ones are gone too."""
        for task in self._tasks:
            await task
        await self.stack.aclose()

    @property
    def good(self) -> list[Screen]:
        return [screen for screens in self.screens for screen in screens]

    def _run(self, work: Any) -> None:
        self._tasks.append(asyncio.create_task(work))

    async def _press_on(self, node: int) -> None:
        count = 0
        while self._pressing:
            count += 1
            self._sends(node, heavy=count % HEAVY_EVERY == 0)
            await asyncio.sleep(PRESS_EVERY_S)

    def _sends(self, node: int, *, heavy: bool) -> None:
        task = asyncio.create_task(self._press(node, heavy=heavy))
        self._outstanding.add(task)
        task.add_done_callback(self._outstanding.discard)

    async def _press(self, node: int, *, heavy: bool = False) -> Press:
        says = uuid.uuid4().hex
        fields = self._heavy(says) if heavy else {"kind": "mark", "note": says}
        press = Press(node, says, fields)
        self.presses.append(press)
        await self._send(press)
        return press

    async def _again(self, press: Press) -> None:
        """As a program that was refused and tries again: the same id, stamped anew."""
        press.retry = Press(0, press.says, press.fields)
        press.retry.id = press.id
        await self._send(press.retry)

    async def _send(self, press: Press) -> None:
        try:
            answer = await self.clients[press.node].press(self.show, command_id=press.id, **press.fields)
        except httpx.TransportError as error:
            press.body = {"error": repr(error)}
        else:
            press.status, press.body = answer.status_code, answer.json()
        press.answered_s = time.monotonic()

    def _heavy(self, says: str) -> dict[str, Any]:
        return {"kind": "edit_row", "row": self.row, "field": "script", "value": says + self._text}

    async def _look_at_readiness(self) -> None:
        while self._pressing:
            for node, client in enumerate(self.clients):
                with contextlib.suppress(httpx.TransportError):
                    answer = await client.http.get("/ready")
                    self.readiness.append((time.monotonic(), node, answer.status_code, answer.json()))
            await asyncio.sleep(0.3)

    async def _ready(self, client: Client, began: float) -> float:
        async with asyncio.timeout(PATIENCE_S):
            while (await client.ready())["status"] != "ok":
                await asyncio.sleep(0.05)
        return time.monotonic() - began

    async def _seen(self, seq: int) -> None:
        await until(lambda: all(screen.has(seq) for screen in self.good), PATIENCE_S)

    async def _journal(self) -> Any:
        after, path = 0, f"/api/v1/shows/{self.show}/journal"
        while items := (await self.clients[0].later(path, after=after))["items"]:
            for item in items:
                yield item
            after = items[-1]["seq"]
