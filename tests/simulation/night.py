"""One seed, one whole show: processes, people, screens and a bad network, until all is calm and must be true."""

import asyncio
import hashlib
import tempfile
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import msgspec

from console import app
from console.catalogue import codec
from console.core.lifecycle import EndShow, StartShow
from console.core.messages import Recorded
from console.ingest.demo import ROWS
from console.journal.database import Database
from console.journal.memory import MemoryJournal
from console.journal.sql import SqlJournal
from console.journal.tables import METADATA
from console.offers.commands import DefineOffer
from console.realtime.hub import STREAM
from console.realtime.protocol import Limits
from console.scripts.commands import ImportRows
from console.web.i18n import Catalogues
from tests.conftest import CountingIds
from tests.simulation import truths
from tests.simulation.machines import Machine, Wire, with_lives
from tests.simulation.pages import RememberingTemplates
from tests.simulation.screens import SCREENS, Paper, Screen, Stream
from tests.simulation.staff import Staff
from tests.simulation.stores import Shelf
from tests.simulation.virtual import START_MS, VirtualClock, VirtualLoop
from tests.simulation.weather import Weather
from tests.simulation.world import LOOKUPS, SHOW, World

TEMPLATES = RememberingTemplates(Catalogues())
LIMITS = Limits(soft_bytes=6_000, hard_bytes=24_000)
"""Small, so that a line that stands still for seconds meets them."""
DRAWN_EVERY, STORED_EVERY = 8, 50
"""One seed of so many has browsers; one has a real database file."""
SETTLED_S = 7.0
OFFERS: tuple[dict[str, Any], ...] = (
    {"kind": "gift", "title": "Gift", "gift": "bag", "quantity": 3, "per_person": 2, "duration_s": 4},
    {"kind": "coupon", "title": "Coupon", "amount": 100, "threshold": 0, "duration_s": 9},
    {"kind": "flash_price", "title": "Flash", "product": "serum", "price": 9_900, "quantity": 5, "duration_s": 60},
    {"kind": "draw", "title": "Draw", "prize": "bag", "quantity": 1},
)


class Night:
    """`trace` is everything that happened, in order; `wrong` what must not have."""

    def __init__(self, seed: int, weather: Weather | None = None) -> None:
        self.seed = seed
        self.weather = weather or Weather.of(seed)
        self.forecast = repr(self.weather)
        self.chance = Random(seed)
        self.trace: list[tuple[Any, ...]] = []
        self.wrong: list[str] = []
        self.ids = CountingIds()
        self.shelf = Shelf(self.weather, Random(f"store {seed}"))
        self.wire = Wire(self.weather, Random(f"bus {seed}"))
        self.machines: list[Machine] = []
        self.screens: list[Any] = []
        self.rows: list[Recorded] = []
        self.altered: int | None = None

    @property
    def digest(self) -> str:
        """Of the journal and of all that happened on the way."""
        rows = msgspec.json.encode([msgspec.structs.astuple(row) for row in self.rows])
        return hashlib.sha256(rows + repr(self.trace).encode()).hexdigest()

    @property
    def tally(self) -> Counter[str]:
        """What this night had of everything that a night may have."""
        presses = self.staff.pressed.values()
        codes = [one.code for press in presses for one in press.refused]
        met = Counter({row.type: 1 for row in self.rows}) + Counter(codes)
        return met + Counter(
            {
                "asked again": sum(len(press.accepted) > 1 for press in presses),
                "never known": sum(press.unknown > 0 for press in presses),
                "crashes": sum(machine.lives - 1 for machine in self.machines),
                "resumed": sum(screen.resumed for screen in self.screens),
                "too slow": sum(screen.too_slow for screen in self.screens),
            }
        )

    def note(self, *what: Any) -> None:
        self.trace.append((int(asyncio.get_running_loop().time() * 1000), *what))

    def complain(self, what: str) -> None:
        self.note("WRONG", what)
        self.wrong.append(what)

    async def play(self) -> "Night":
        """From an empty store to the verdict."""
        asyncio.get_running_loop().set_task_factory(with_lives)
        with ExitStack() as stack:
            await self._build(stack)
            await self._open()
            for _ in range(self.weather.steps):
                await self._step()
            await self._settle()
            await self._judge()
            for machine in self.machines:
                if machine.life:
                    machine.life.end()
        return self

    async def _build(self, stack: ExitStack) -> None:
        stored = self.seed % STORED_EVERY == STORED_EVERY - 1
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=_memory()))) if stored else None
        shared = MemoryJournal(codec())
        for number in range(self.weather.machines):
            inner: Any = await _database(place / "console.db") if place else shared
            self.machines.append(self._machine(inner, number))
        await self._create(self.machines[0].inner)
        self.staff = Staff(self.machines, self.weather, Random(f"staff {self.seed}"), self.ids, self.note)

    async def _create(self, inner: Any) -> None:
        """Before the weather turns: a show is created once."""
        delivery = self.chance.choice(["none", "none", "manual"])
        world = World(VirtualClock(), inner)
        world.ids = self.ids
        await world.open(delivery=delivery)
        self.shelf.durable = 1

    def _machine(self, inner: Any, number: int) -> Machine:
        return Machine(
            inner, self.shelf, self.wire, self.weather.skew_ms * number, lookups=LOOKUPS, ids=self.ids,
            templates=TEMPLATES, limits=LIMITS, note=self.note, name=f"machine {number}", stays_down_s=self._stays_down_s,
        )  # fmt: skip

    def _stays_down_s(self) -> float:
        return self.chance.choice([0.2, 1.0, 4.0]) if self.weather.troubles else 0.2

    async def _open(self) -> None:
        staff, chance = self.staff, self.chance
        for machine in self.machines:
            machine.begin()
        await asyncio.sleep(0.01)
        await staff.insist(ImportRows, rows=chance.sample(ROWS, 3))
        for terms in chance.sample(OFFERS, chance.randint(2, len(OFFERS))):
            await staff.insist(DefineOffer, offer=terms)
        await staff.insist(StartShow)
        for _ in range(chance.choice([1, 2, 3])):
            self._somebody_watches(STREAM)
        if self.seed % DRAWN_EVERY == 0:
            self._somebody_watches(chance.choice(list(SCREENS)))

    def _somebody_watches(self, kind: str) -> None:
        name = f"{kind} {len(self.screens)}{self.chance.choice(['', '$'])}"
        given = (name, self.chance.choice(self.machines), Random(f"{name} {self.seed}"), self.complain)
        screen: Screen = Stream(*given) if kind == STREAM else Paper(*given, kind=kind, templates=TEMPLATES)
        self.screens.append(screen)
        screen.come()

    async def _step(self) -> None:
        staff, chance = self.staff, self.chance
        await asyncio.sleep(chance.choice([0.0, 0.05, 0.3, 0.9, 2.0]))
        acts = [staff.fire] * 5 + [staff.by_chance] * 5 + [staff.observe] * 4 + [staff.go, staff.confirm, staff.stop]
        act = staff.kill if chance.random() < 0.03 else chance.choice(acts)
        self.staff.under_way.append(asyncio.get_running_loop().create_task(act()))
        if chance.random() < self.weather.troubles:
            self._trouble()
        for screen in self.screens:
            screen.look()

    def _trouble(self) -> None:
        chance = self.chance
        kind = chance.choice(["crash", "away", "cut", "cut", "still", "still", "goes on", "more"])
        self.note("trouble", kind)
        screen = chance.choice(self.screens)
        if kind == "crash" and (life := chance.choice(self.machines).life):
            life.end()
        elif kind == "away":
            self.shelf.away_until_s = asyncio.get_running_loop().time() + chance.choice([0.3, 2.0, 7.0])
        elif kind == "more" and len(self.screens) < 6:
            self._somebody_watches(STREAM)
        elif screen.line:
            {"cut": screen.line.cut, "still": screen.line.stands, "goes on": screen.line.goes_on}.get(kind, str)()

    async def _settle(self) -> None:
        """The weather clears; what is left finds its own way, without help."""
        await asyncio.gather(*self.staff.under_way)
        if self.chance.random() < 0.3:
            await self.staff.press(self.staff.command(EndShow))
        self.note("clears")
        self.weather.clear()
        self.shelf.away_until_s = 0.0
        await asyncio.gather(*self.staff.under_way)
        for screen in self.screens:
            if screen.line:
                screen.line.goes_on()
        await asyncio.sleep(SETTLED_S)
        for _ in range(20):
            head = self.shelf.durable
            await asyncio.sleep(1.2)
            if head == self.shelf.durable:
                return
        self.complain("it never comes to rest")

    async def _judge(self) -> None:
        inner, now_ms = self.machines[0].inner, VirtualClock().now_ms()
        self.rows = await inner.read(SHOW, 0, 100_000)
        if await inner.first_altered(SHOW):
            self.complain("the chain is broken")
        whole = truths.refolded(self.rows)
        pressed, lives = self.staff.pressed, [machine.life for machine in self.machines if machine.life]
        found = [
            *truths.of_order(self.rows),
            *truths.of_presses(self.rows, pressed, self.weather.skew_ms),
            *truths.of_offers(self.rows, self.shelf.writers, pressed, self.weather.skew_ms),
            *truths.of_rest(whole, now_ms),
            *truths.of_folds(whole, lives, now_ms),
            *truths.of_screens(self.screens, self.rows),
        ]
        if len(lives) < len(self.machines):
            found.append("a machine never came back")
        for what in found:
            self.complain(what)


def night(seed: int, weather: Weather | None = None) -> Night:
    """Play one to its end."""
    # Which part is on which screen is read from the templates; a process that begins every second need not do it again.
    with patch.object(app, "screens", lambda: SCREENS), asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(Night(seed, weather).play())


def told(played: Night) -> str:
    """What happened, a line each, and the way to see it again."""
    lines = [f"{at_ms:>8} {' '.join(map(str, what))}" for at_ms, *what in played.trace]
    lines += [f"{row.seq:>5} {row.at_ms - START_MS:>8} {row.type} {row.command_id}" for row in played.rows]
    return "\n".join([*lines, played.forecast, *played.wrong])


async def _database(path: Path) -> SqlJournal:
    database = Database(f"sqlite:///{path}")
    await database.run(METADATA.create_all)
    return SqlJournal(database, codec())


def _memory() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None
