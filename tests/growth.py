"""How much memory a live process gains with what a show brings, after it is warm: bytes a piece, by tracemalloc.

`python -m tests.growth` prints the table; everything goes through the real gate onto SQLite, as it does on air.
"""

import asyncio
import gc
import random
import sys
import tempfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

from console.catalogue import codec
from console.comments.commands import ApproveComment, HideComment
from console.comments.state import KEPT_LINES
from console.core.lifecycle import StartShow
from console.core.messages import Command
from console.core.observations import AnyObservation, Audience, Comment, Enter, Leave, Like, Line, Order, Paid
from console.ingest.commands import RecordObservations
from console.journal.database import Database
from console.journal.sql import SqlJournal
from console.journal.tables import METADATA
from tests.conftest import StillClock
from tests.simulation.world import SHOW, World

A_SECOND = 20
"""Comments."""
STEP_S = 10
VIEWERS = 2_000
"""Who come back all the time."""
WARM = 20_000
HOUR = 3_600 * A_SECOND
BOUND = 1024 * 1024 / HOUR
"""Bytes a comment, at 1 MiB an hour."""
QUESTIONS = (
    "这个多少钱？",
    "有没有运费险？",
    "还有货吗",
    "敏感肌可以用吗？",
    "怎么领券啊",
    "什么时候发货？",
    "M码适合多少斤？",
)
WORDS = ("哈哈哈哈", "来了", "666", "主播今天好漂亮", "已拍", "支持支持", "加油", "晚上好", "wow", "真的假的")


class Room:
    """A show on air, and what its audience sends."""

    def __init__(self, seed: int = 1) -> None:
        self.chance = random.Random(seed)
        self.world: World
        self.sent = 0

    async def run(self, url: str, work: Callable[["Room"], Any]) -> Any:
        database = Database(url)
        await database.run(METADATA.create_all)
        self.world = World(clock=StillClock(), journal=SqlJournal(database, codec()))
        try:
            await self.world.open(rehearsal=False)
            await self.world.do(StartShow)
            return await work(self)
        finally:
            await database.close()

    async def talk(self, comments: int) -> None:
        """So many comments at the usual rate, a tenth of them questions, and the platform's count of viewers."""
        for _ in range(comments // (A_SECOND * STEP_S)):
            await self.send(Audience(online=self.chance.randrange(999), **self.common()), *self.many(self.comment))

    async def send(self, *items: AnyObservation) -> list[str]:
        """One batch; the ids its comments got."""
        self.world.clock.forward(STEP_S * 1000)
        accepted = await self.world.gate.submit(SHOW, self.wish(RecordObservations, items=items))
        return [f"c{row.seq}-{at}" for row in accepted.rows for at in range(len(row.event.items))]

    async def press(self, kind: type[Command], **fields: Any) -> None:
        await self.world.gate.submit(SHOW, self.wish(kind, **fields))

    def wish(self, kind: type[Command], **fields: Any) -> Command:
        return kind(command_id=self.world.ids.uuid(), issued_at=self.world.clock.now_ms(), **fields)

    def many(self, make: Callable[[], AnyObservation]) -> list[AnyObservation]:
        return [make() for _ in range(A_SECOND * STEP_S)]

    def comment(self, user: str = "", text: str = "") -> Comment:
        asked = self.chance.random() < 0.1
        said = self.chance.choice(QUESTIONS if asked else WORDS) + str(self.chance.randrange(90))
        return Comment(user=user or f"u{self.chance.randrange(VIEWERS)}", text=text or said, **self.common())

    def question(self) -> Comment:
        return self.comment(text=self.chance.choice(QUESTIONS) + str(self.chance.randrange(90)))

    def common(self) -> dict[str, Any]:
        self.sent += 1
        return {"source": "room", "id": str(self.sent), "at": self.world.clock.now_ms()}


def traced() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


async def per_comment(room: Room, comments: int = 2 * WARM) -> float:
    """Bytes by which memory grows with a comment, once warm."""
    await room.talk(WARM)
    before = traced()
    await room.talk(comments)
    return (traced() - before) / comments


async def by_kind(room: Room) -> dict[str, float]:
    """Bytes a piece of everything that a show keeps for its whole length."""
    return {"comment": await per_comment(room)} | {name: await per_piece(room, bring) for name, bring in KINDS.items()}


async def per_piece(room: Room, bring: Callable[[Room], Any], pieces: int = 4_000) -> float:
    """As many pieces first, and ordinary comments after both, so that what is bounded is full and the same each time."""
    taken = []
    for _ in range(2):
        for _ in range(pieces // (A_SECOND * STEP_S)):
            await bring(room)
        await room.talk(2 * KEPT_LINES)
        taken.append(traced())
    return (taken[1] - taken[0]) / pieces


async def questions(room: Room) -> None:
    await room.send(*room.many(room.question))


async def viewers(room: Room) -> None:
    """Each new: comes in, likes, writes, leaves."""
    names = [f"new viewer {room.sent}-{n}" for n in range(A_SECOND * STEP_S)]
    await room.send(*(Enter(user=name, **room.common()) for name in names))
    await room.send(*(Like(user=name, **room.common()) for name in names))
    await room.send(*(room.comment(name) for name in names))
    await room.send(*(Leave(user=name, watched_s=60, **room.common()) for name in names))


async def silent(room: Room) -> None:
    """Each new: comes in and says nothing."""
    await room.send(*(Enter(user=f"silent {room.sent}", **room.common()) for _ in range(A_SECOND * STEP_S)))


async def orders(room: Room) -> None:
    """Of those who come back: made and paid."""
    for kind in (Order, Paid):
        first = room.sent if kind is Order else room.sent - A_SECOND * STEP_S
        made = [
            kind(order=f"order {first + n}", user=f"u{n}", lines=(Line(product="serum", qty=1, amount=9_900),),
                 **room.common())
            for n in range(A_SECOND * STEP_S)
        ]  # fmt: skip
        await room.send(*made)


async def held(room: Room) -> None:
    await room.send(*room.many(lambda: room.comment(text="加群 领券")))


async def decided(room: Room) -> None:
    """Held, and then approved or hidden."""
    for at, line in enumerate(await room.send(*room.many(lambda: room.comment(text="加群 领券")))):
        if at % 2:
            await room.press(ApproveComment, comment=line)
        else:
            await room.press(HideComment, comment=line, reason="广告")


KINDS = {
    "question": questions, "viewer who enters": silent, "viewer who enters, likes, writes and leaves": viewers,
    "order": orders, "held comment": held, "comment decided on": decided,
}  # fmt: skip


def measured(work: Callable[[Room], Any]) -> Any:
    """What `work` finds in a process that traces all it takes."""
    with tempfile.TemporaryDirectory() as place:
        tracemalloc.start()
        try:
            return asyncio.run(Room().run(f"sqlite:///{Path(place) / 'store.db'}", work))
        finally:
            tracemalloc.stop()


def main() -> None:
    """The table; what a comment costs also as MiB an hour."""
    found = measured(by_kind)
    for name, size in found.items():
        sys.stdout.write(f"{name:45} {size:8.1f} B\n")
    sys.stdout.write(f"{A_SECOND} comments a second: {found['comment'] * HOUR / 2**20:.2f} MiB an hour\n")


if __name__ == "__main__":
    main()
