"""One console without doors: the real gate, slices and clockwork over a journal in memory, on a clock of its own."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

import msgspec

from console.catalogue import SLICES, codec
from console.core.lifecycle import CreateShow
from console.core.messages import SYSTEM, Actor, Command, Decision, Rejection
from console.core.show import Show
from console.core.slice import Presets, Product, Sku
from console.desk.lookups import ShopLookups
from console.gate import Gate
from console.journal.memory import MemoryJournal
from console.journal.port import Journal, ShowRow
from console.lines import Accepted
from console.shows import Shows
from tests.conftest import CountingIds, StillClock

SHOW = "s_1"


class SmallShop:
    """What ShopLookups reads of a shop."""

    def __init__(self, products: Iterable[Product]) -> None:
        self.products: Mapping[str, Product] = {product.id: product for product in products}
        self.presets = Presets()
        self.own_words: Mapping[str, list[str]] = {"spam": ["加群"]}


PRODUCTS = (
    Product(
        id="serum", title="Serum <b>30 ml</b>", link_no=1, list_price=15_900, live_price=12_900, floor_price=8_000,
        cost=3_000, stock=200, facts={"size": "30 ml", "尺码": "均码 & more"},
    ),
    Product(id="cream", title="面霜", link_no=2, list_price=9_900, live_price=7_900, floor_price=5_000, stock=50),
    Product(
        id="shirt", title="Shirt", link_no=3, live_price=10_000, floor_price=6_000,
        skus=(
            Sku(id="S", spec="S / white", live_price=10_000, stock=5),
            Sku(id="XL", spec="XL", live_price=12_000, floor_price=10_500, stock=0),
        ),
    ),
    Product(id="口红 01", title="口红", live_price=19_900),
    Product(id="gift", title="Gift bag"),
)  # fmt: skip


def lookups_of(products: Iterable[Product]) -> ShopLookups:
    """Compiling the word lists takes a moment, so a module does it once."""
    return ShopLookups(cast("Any", SmallShop(products)))


LOOKUPS = lookups_of(PRODUCTS)


class World:
    """`shows` and `gate` are one process; `restart` is another one on the same journal."""

    lookups = LOOKUPS
    at = SHOW
    """The show that is spoken of."""

    def __init__(self, clock: Any = None, journal: Journal | None = None) -> None:
        self.clock: Any = clock or StillClock()
        self.ids = CountingIds()
        self.journal: Any = journal or MemoryJournal(codec())
        self.restart()

    def restart(self) -> None:
        """Whatever was folded is gone; only the journal is left."""
        self.shows = Shows(self.journal, SLICES)
        self.gate = Gate(
            journal=self.journal,
            shows=self.shows,
            slices=SLICES,
            lookups=LOOKUPS,
            clock=self.clock,
            ids=cast("Any", self.ids),
        )

    async def open(self, **fields: Any) -> Show:
        """A planned show."""
        await self.gate.create(ShowRow(self.at, "e_1"), self.command(CreateShow, title="晚场 <i>", **fields))
        return await self.show()

    async def show(self) -> Show:
        return await self.shows.get(self.at)

    def command(self, kind: type[Command], /, **fields: Any) -> Command:
        """As the door would have read it: converted strictly, stamped now."""
        return msgspec.convert(
            {"command_id": self.ids.uuid(), "issued_at": self.clock.now_ms(), **fields}, kind, strict=True
        )

    async def submit(self, command: Command, actor: Actor = SYSTEM) -> Accepted | Rejection:
        return await self.gate.submit(self.at, command, actor)

    async def do(self, kind: type[Command], /, actor: Actor = SYSTEM, **fields: Any) -> Accepted:
        """Submit what must be accepted."""
        outcome = await self.submit(self.command(kind, **fields), actor)
        assert isinstance(outcome, Accepted), outcome
        return outcome

    def would(self, show: Show, command: Command) -> Decision:
        """What would be decided, without doing it."""
        piece = next(piece for piece in SLICES if type(command) in piece.commands)
        context = self.lookups.context(show, self.clock.now_ms(), "peek", SYSTEM)
        return piece.decide(show.states[piece.name], command, context)
