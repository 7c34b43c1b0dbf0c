"""Hours of a busy room in minutes: two nodes, 200 screens, comments, churn, a Redis restart, a node killed.

`make soak` (`MINUTES=20`), or as a test for a minute. Afterwards sockets, tasks and descriptors must be exactly what
they were when warm, no program may have missed a row, and no press may have failed but during a fault. Memory is a slope:
of the time after the last fault, once what was bounded has filled again; see `tests.soak_verdict` for what it may be.
"""

import asyncio
import contextlib
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
from engines import PostgresServer, RedisServer, home
from msgspec import Struct
from nodes import Client, Node, environment, now_ms, token_for

from tests.soak_screens import Watching
from tests.soak_verdict import Failure, faults, slope, unprovoked

PARALLEL = 60
"""Questions at once while warming, so that every pool is as full as it will ever be."""
CALM_S = 6.0
LOOKS = 4
FILLED_S = 150.0
"""After the last fault the rings of the screens that came over hold their two minutes, and the window its comments."""


class Plan(Struct, frozen=True):
    """What is asked of the console; rates are for all of it together."""

    minutes: float = 20.0
    screens: int = 200
    comments_a_s: int = 20
    churn_a_minute: float = 0.1
    command_every_s: float = 2.0
    warm_s: float = 60.0
    redis_away_s: float = 4.0

    @property
    def seconds(self) -> float:
        return self.minutes * 60


class Holds(Struct, frozen=True):
    """What one process holds when nobody watches."""

    descriptors: int
    sockets: int
    tasks: int
    rss_kib: int


class Soak:
    """All of it: engines, nodes, people, screens, and what was counted."""

    def __init__(self, plan: Plan, place: Path, postgres: PostgresServer, redis: RedisServer) -> None:
        self.plan, self.place, self.redis = plan, place, redis
        self.told = environment(place, postgres.database(), redis.url)
        token = token_for(self.told)
        self.headers = {"Authorization": f"Bearer {token}"}
        self._token = token
        self.nodes = [self._node() for _ in range(2)]
        self.clients = [Client(node.url, token) for node in self.nodes]
        self.screens: list[Watching] = []
        self.show = ""
        self.over = False
        self.frames = self.wholes = self.gaps = self.accepted = self.comments = 0
        self.failed: list[Failure] = []
        self.outages: list[tuple[float, float]] = []
        """(began, ended) in monotonic seconds, of each fault."""
        self.rss: list[tuple[float, int]] = []
        """(instant in s, KiB) of the node that lives throughout."""

    def _node(self) -> Node:
        return Node(self.told, self.place / "log").answering()

    async def run(self) -> dict[str, Any]:
        """Warm, baseline, soak, baseline again."""
        self.show = await self.clients[0].show(rehearsal=True)
        await self.clients[0].did(self.show, "start_show")
        await self._busy(self.plan.warm_s, faults=False)
        before = await self._at_rest()
        self.rss.clear()
        began = self._cpu_s()
        await self._busy(self.plan.seconds, faults=True)
        cpu = [round((now - then) / self.plan.seconds, 3) for then, now in zip(began, self._cpu_s(), strict=True)]
        after = await self._at_rest()
        head = (await self.clients[0].snapshot(self.show))["seq"]
        return self._report(before, after, cpu, head)

    def _cpu_s(self) -> tuple[float, float]:
        """Of the screens and people here, and of the node that lives throughout."""
        ticks = Path(f"/proc/{self.nodes[0].process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        return time.process_time(), sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")

    async def _busy(self, seconds: float, *, faults: bool) -> None:
        self.over = False
        work = [self._comment(), self._press(), self._churn(), self._measure()]
        work += [self._faults(seconds)] if faults else []
        self.screens = [Watching(self, number) for number in range(self.plan.screens)]
        tasks = [asyncio.create_task(one) for one in [*work, *(screen.run() for screen in self.screens)]]
        await asyncio.sleep(seconds)
        self.over = True
        for screen in self.screens:
            screen.leaves.set()
        await asyncio.wait(tasks, timeout=10)
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception):
                raise result

    async def _comment(self) -> None:
        """Once a second what a second brings."""
        for second in range(10**9):
            if self.over:
                return
            at = now_ms()
            items = [
                {"kind": "comment", "source": "soak", "id": f"{at}-{n}", "at": at, "user": f"u{random.randrange(500)}",
                 "text": random.choice(["多少钱", "扣1", "好看", "有货吗", "怎么买"]) + str(random.randrange(90))}
                for n in range(self.plan.comments_a_s)
            ]  # fmt: skip
            items.append(
                {"kind": "audience", "source": "soak", "id": f"{at}", "at": at, "online": random.randrange(999)}
            )
            with contextlib.suppress(Exception):
                answer = await self.clients[second % 2].http.post(f"/api/v1/shows/{self.show}/observations", json=items)
                self.comments += self.plan.comments_a_s * (answer.status_code == 202)
            await asyncio.sleep(1)

    async def _press(self) -> None:
        kinds: list[tuple[str, dict[str, Any]]] = [
            ("mark", {}), ("message_host", {"text": "慢一点", "expires_s": 5}), ("pop_product", {"product": "soak"}),
            ("add_stock", {"product": "soak", "qty": 1}), ("set_targets", {"targets": {"gmv_paid": 5}}),
        ]  # fmt: skip
        for turn in range(10**9):
            if self.over:
                return
            kind, fields = kinds[turn % len(kinds)]
            sent_s = time.monotonic()
            if said := await self._refused(self.clients[turn % 2], kind, fields):
                self.failed.append(Failure(sent_s, time.monotonic(), f"{kind}: {said}"))
            else:
                self.accepted += 1
            await asyncio.sleep(self.plan.command_every_s)

    async def _refused(self, client: Client, kind: str, fields: dict[str, Any]) -> str:
        """What was said instead of yes; nothing when it was done."""
        try:
            answer = await client.press(self.show, kind, **fields)
        except Exception as error:  # noqa: BLE001 - a node that is gone, a client that was closed: judged by the clock
            return repr(error)
        return "" if answer.status_code == 200 else f"{answer.status_code} {answer.text}"

    async def _churn(self) -> None:
        while not self.over:
            await asyncio.sleep(60 / (self.plan.screens * self.plan.churn_a_minute))
            screen = random.choice(self.screens)
            if random.random() < 0.5:
                screen.epoch = ""
            screen.leaves.set()

    async def _measure(self) -> None:
        while not self.over:
            self.rss.append((time.monotonic(), holds(self.nodes[0].process.pid)[2]))
            await asyncio.sleep(min(5.0, self.plan.seconds / 30))

    async def _faults(self, seconds: float) -> None:
        await asyncio.sleep(seconds / 6)
        async with self._outage():
            await asyncio.to_thread(self.redis.stop)
            await asyncio.sleep(self.plan.redis_away_s)
            await asyncio.to_thread(self.redis.start)
        await asyncio.sleep(seconds / 6 - self.plan.redis_away_s)
        async with self._outage():
            killed = self.nodes[1]
            killed.signal(signal.SIGKILL)
            await asyncio.to_thread(killed.process.wait)
            await asyncio.sleep(2)
            self.nodes[1] = await asyncio.to_thread(self._node)
            await self.clients[1].http.aclose()
            self.clients[1] = Client(self.nodes[1].url, self._token)

    @contextlib.asynccontextmanager
    async def _outage(self) -> AsyncIterator[None]:
        began = time.monotonic()
        yield
        self.outages.append((began, time.monotonic()))

    async def _at_rest(self) -> list[Holds]:
        """Nobody watches, every pool is full, nothing is under way."""
        for client in self.clients:
            await asyncio.gather(*(client.snapshot(self.show) for _ in range(PARALLEL)))
            await client.http.aclose()
        await asyncio.sleep(CALM_S)
        self.clients = [Client(node.url, self._token) for node in self.nodes]
        return [await self._holds(node, client) for node, client in zip(self.nodes, self.clients, strict=True)]

    async def _holds(self, node: Node, client: Client) -> Holds:
        """What comes and goes by the clock, a look at the store, may be under way at one instant and not at another."""
        looks = []
        for _ in range(LOOKS):
            looks.append((await client.http.get("/metrics")).text)
            await asyncio.sleep(0.3)
        descriptors, sockets, rss = holds(node.process.pid)
        assert sum(_figures(looks[-1], "console_sockets{")) == 0, looks[-1]
        tasks = min(sum(_figures(look, "console_tasks ")) for look in looks)
        return Holds(descriptors, sockets, int(tasks), rss)

    def _report(self, before: list[Holds], after: list[Holds], cpu: list[float], head: int) -> dict[str, Any]:
        return {
            "minutes": self.plan.minutes, "screens": self.plan.screens, "comments": self.comments, "rows": head,
            "commands": {"accepted": self.accepted, "failed": len(self.failed)}, "frames": self.frames,
            "unprovoked": unprovoked(self.failed, self.outages),
            "wholes": self.wholes, "gaps": self.gaps, "cpu": {"screens and people": cpu[0], "one node": cpu[1]},
            "baseline": [msgspec.structs.asdict(one) for one in before],
            "afterwards": [msgspec.structs.asdict(one) for one in after],
            "rss": slope([one for one in self.rss if one[0] > self.outages[-1][1] + FILLED_S]),
        }  # fmt: skip

    def end(self) -> None:
        for node in self.nodes:
            node.end()


def _figures(page: str, name: str) -> list[float]:
    return [float(line.split()[-1]) for line in page.splitlines() if line.startswith(name)]


def holds(pid: int) -> tuple[int, int, int]:
    """(descriptors, sockets among them, resident KiB) of a process."""
    links = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            links.append(os.readlink(link))
    status = Path(f"/proc/{pid}/status").read_text()
    rss = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    return len(links), sum(link.startswith("socket:") for link in links), rss


def soak(plan: Plan) -> dict[str, Any]:
    """Play it; what was counted."""
    with home() as at_postgres, home() as at_redis, tempfile.TemporaryDirectory() as place:
        postgres, redis = PostgresServer(at_postgres), RedisServer(at_redis)
        postgres.start()
        redis.start()
        try:
            room = Soak(plan, Path(place), postgres, redis)
            try:
                return asyncio.run(room.run())
            finally:
                room.end()
        finally:
            redis.stop()
            postgres.stop(signal.SIGQUIT)


def main() -> int:
    """`MINUTES` of it; 1 when something did not come back."""
    report = soak(Plan(minutes=float(os.environ.get("MINUTES", "20"))))
    wrong = faults(report)
    sys.stdout.write(json.dumps(report, indent=1) + "\n" + "".join(f"{what}\n" for what in wrong))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
