"""`python -m bench.long_show COMMENTS ORDERS SEED`: a recorded four-hour show in the configured store; prints its id.

It goes through the gate as a live show does, on a clock that is moved by hand.
"""

import asyncio
import os
import random
import sys
from typing import Any

from console.app import make_desk
from console.clock import Clock, Ids
from console.core.lifecycle import CreateShow, EndShow, StartShow
from console.core.messages import SYSTEM, Command
from console.core.observations import Audience, Comment, Enter, Line, Order, Paid, ProductClick
from console.core.strict import convert
from console.desk.desk import Desk
from console.ingest.commands import RecordObservations
from console.lines import Accepted
from console.offers.commands import ArmOffer, DefineOffer, FireOffer
from console.offers.events import Terms
from console.scripts.commands import Go, ImportRows, NewRow
from console.settings import Settings

HOURS = 4
STEP_S = 5
ROWS = 48
PRODUCTS = 40
OFFERS = 24
STARTED_MS = 1_780_000_000_000
TEXTS = (
    "这个多少钱？", "有没有运费险？", "已拍", "3号链接还有货吗", "敏感肌可以用吗？", "主播好美", "怎么领券啊", "什么时候发货？",
    "支持七天无理由吗", "下单了下单了", "M码适合多少斤？", "能不能再便宜点", "is there a larger size?",
)  # fmt: skip


class HandClock(Clock):
    """Stands still until moved."""

    def __init__(self) -> None:
        self.at_ms = STARTED_MS

    def now_ms(self) -> int:
        """The moment it was moved to."""
        return self.at_ms


class Recorder:
    """Presses and batches on one show."""

    def __init__(self, desk: Desk, clock: HandClock, seed: int) -> None:
        self._desk = desk
        self._clock = clock
        self._dice = random.Random(seed)
        self._ids = 0
        self.show = ""

    async def record(self, comments: int, orders: int) -> str:
        """The whole show; its id."""
        offers = await self._prepare()
        steps = HOURS * 3600 // STEP_S
        for step in range(steps):
            self._clock.at_ms = STARTED_MS + step * STEP_S * 1000
            if step % (steps // ROWS) == 0:
                await self._do(Go)
            if step % (steps // OFFERS) == 0 and offers:
                await self._do(FireOffer, offer=offers.pop())
            await self._observe(_share(comments, step, steps), _share(orders, step, steps))
        await self._do(EndShow)
        return self.show

    async def _prepare(self) -> list[str]:
        created = CreateShow(title="四小时专场", **self._envelope())
        self.show = (await self._desk.create_show(SYSTEM, created))[0].id
        rows = [{"title": f"讲品 {n}", "planned_s": 300, "products": [f"p{n % PRODUCTS}"]} for n in range(ROWS)]
        await self._do(ImportRows, rows=tuple(convert(row, NewRow) for row in rows))
        offers = [await self._offer(n) for n in range(OFFERS)]
        await self._do(StartShow)
        return offers[::-1]

    async def _offer(self, n: int) -> str:
        terms = {
            "kind": "coupon",
            "title": f"立减券 {n}",
            "product": f"p{n}",
            "amount": 500,
            "quantity": 500,
            "duration_s": 300,
        }
        outcome = await self._do(DefineOffer, offer=convert(terms, Terms))
        offer: str = outcome.rows[0].event.offer.id
        await self._do(ArmOffer, offer=offer)
        return offer

    async def _observe(self, comments: int, orders: int) -> None:
        items: list[Any] = [Audience(online=300 + self._dice.randrange(100), **self._common())]
        items += [Comment(user=self._user(), text=self._text(), **self._common()) for _ in range(comments)]
        for _ in range(orders):
            items += self._order()
        await self._do(RecordObservations, items=tuple(items))

    def _order(self) -> list[Any]:
        user, product = self._user(), f"p{self._dice.randrange(PRODUCTS)}"
        lines = (Line(product=product, qty=1, amount=self._dice.choice((4_990, 9_900, 15_900))),)
        order = f"order{self._ids}"
        return [
            Enter(user=user, **self._common()),
            ProductClick(user=user, product=product, **self._common()),
            Order(order=order, user=user, lines=lines, **self._common()),
            Paid(order=order, user=user, lines=lines, **self._common()),
        ]

    def _text(self) -> str:
        return (
            f"{self._dice.choice(TEXTS)}{self._dice.choice(('', '', ' 急', ' 求回复', str(self._dice.randrange(100))))}"
        )

    def _user(self) -> str:
        return f"u{self._dice.randrange(30_000)}"

    def _common(self) -> dict[str, Any]:
        self._ids += 1
        return {"source": "bench", "id": str(self._ids), "at": self._clock.at_ms + self._ids % (STEP_S * 1000)}

    async def _do(self, kind: type[Command], **fields: Any) -> Accepted:
        outcome = await self._desk.gate.submit(self.show, kind(**self._envelope(), **fields))
        if not isinstance(outcome, Accepted):
            raise RuntimeError(f"{kind.__name__} was refused: {outcome.why} {outcome.params}")
        return outcome

    def _envelope(self) -> dict[str, Any]:
        return {"command_id": self._desk.ids.uuid(), "issued_at": self._clock.at_ms}


def _share(total: int, step: int, steps: int) -> int:
    """This step's part of `total`, evenly."""
    return total * (step + 1) // steps - total * step // steps


async def _main(comments: int, orders: int, seed: int) -> str:
    clock = HandClock()
    desk = make_desk(Settings.read(os.environ), clock, Ids())
    try:
        await desk.shop.load()
        return await Recorder(desk, clock, seed).record(comments, orders)
    finally:
        desk.accounts.close()
        await desk.database.close()


if __name__ == "__main__":
    print(asyncio.run(_main(*map(int, sys.argv[1:4]))))
