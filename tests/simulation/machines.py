"""One console process as the composition root wires it, on a store and a bus that fail, and its sudden end."""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable
from random import Random
from types import SimpleNamespace
from typing import Any, cast

from console import app
from console.catalogue import SLICES
from console.core.show import Show
from console.following import Following
from console.gate import Gate
from console.journal.driver import StoreUnavailableError
from console.realtime.bus import Listeners
from console.shows import Shows
from console.timers import Timers
from tests.simulation.stores import Shelf, Store
from tests.simulation.virtual import VirtualClock
from tests.simulation.weather import Weather
from tests.simulation.world import SHOW

LIFE: contextvars.ContextVar["Life"] = contextvars.ContextVar("life")
TASKS_LOOKED_THROUGH = 200


class NoAnswerError(Exception):
    """The process ended, or the network lost what was asked or answered."""


class SkewedClock(VirtualClock):
    def __init__(self, skew_ms: int) -> None:
        self._skew_ms = skew_ms

    def now_ms(self) -> int:
        return super().now_ms() + self._skew_ms


class Wire:
    """Carries positions between processes, or loses, doubles, delays and so reorders them."""

    def __init__(self, weather: Weather, chance: Random) -> None:
        self.weather = weather
        self.chance = chance
        self.buses: list[LossyBus] = []

    def carry(self, sender: "LossyBus", show_id: str, seq: int) -> None:
        loop, chance, weather = asyncio.get_running_loop(), self.chance, self.weather
        for bus in self.buses:
            if bus is sender or chance.random() < weather.bus_lost:
                continue
            for _ in range(1 + (chance.random() < weather.bus_doubled)):
                loop.call_later(chance.random() * weather.bus_late_s, bus.hear, show_id, seq)


class LossyBus(Listeners):
    """As bus_redis: this process hears itself at once, the others when the wire pleases."""

    carries = True
    degraded = None

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire

    def publish(self, show_id: str, seq: int) -> None:
        self.tell(show_id, seq)
        self._wire.carry(self, show_id, seq)

    def hear(self, show_id: str, seq: int) -> None:
        if self in self._wire.buses:
            self.tell(show_id, seq)


class Life:
    """One process from its start to its end. `began_ms` is when its clockwork began to look."""

    def __init__(self, machine: "Machine") -> None:
        self.machine = machine
        self.over = False
        self.ready = False
        self.tasks: list[asyncio.Task[Any]] = []
        self.lines: list[Any] = []
        self._context = contextvars.copy_context()
        self._context.run(LIFE.set, self)
        self.clock = machine.clock
        self.journal: Any = Store(machine.inner, machine.shelf, self)
        self._wire()

    def _wire(self) -> None:
        machine = self.machine
        self.shows = Shows(self.journal, SLICES)
        self.gate = Gate(
            journal=self.journal, shows=self.shows, slices=SLICES, lookups=machine.lookups, clock=self.clock,
            ids=machine.ids,
        )  # fmt: skip
        self.bus = LossyBus(machine.wire)
        machine.wire.buses.append(self.bus)
        desk = cast("Any", SimpleNamespace(shows=self.shows, clock=self.clock))
        self.hub = app._hub(desk, machine.templates, cast("Any", self.bus))
        self.hub.limits = machine.limits
        self.timers = Timers(self.gate, self.shows, cast("Any", self.clock))
        self.began_ms = self.clock.now_ms()
        self.shows.listen(self.timers.follow)
        self.shows.recall(self.timers.recall)
        self.shows.keep(self.hub.follows)
        self.following = Following(
            database=cast("Any", machine), journal=self.journal, shows=self.shows, shop=cast("Any", machine),
            bus=cast("Any", self.bus), changed=machine.refresh,
        )  # fmt: skip

    async def run(self) -> None:
        """As app.running: fold what is open, then the clockwork and the following, for ever."""
        for show_id in await self.journal.heads(()):
            await self.shows.get(show_id)
        self.ready = True
        await asyncio.gather(self.timers.run(), self.following.run(), self.shows.run())

    def spawn(self, work: Awaitable[Any]) -> asyncio.Task[Any]:
        """A task of this process: it ends with it."""
        return asyncio.get_running_loop().create_task(cast("Any", work), context=self._context.copy())

    def held(self) -> Show | None:
        """The fold that this process has now, if any."""
        return self.shows._held.get(SHOW)

    def end(self) -> None:
        """At once and without a word: what was in memory is gone, what was in the store is not."""
        if self.over:
            return
        self.over, self.ready = True, False
        self.machine.ended(self)
        for line in list(self.lines):
            line.break_off()
        self.hub.close_all()
        if self.hub._timer:
            self.hub._timer.cancel()
        for task in self.tasks:
            task.cancel()


class Machine:
    """Where one process at a time lives, and begins again."""

    def __init__(self, inner: Any, shelf: Shelf, wire: Wire, skew_ms: int, **given: Any) -> None:
        self.inner, self.shelf, self.wire = inner, shelf, wire
        self.clock = SkewedClock(skew_ms)
        self.lookups, self.ids, self.templates, self.limits = (given[name] for name in ("lookups", "ids", "templates", "limits"))  # fmt: skip
        self.note: Callable[..., None] = given["note"]
        self.name: str = given["name"]
        self.stays_down_s: Callable[[], float] = given["stays_down_s"]
        self.lives = 0
        self.life: Life | None = None

    def begin(self) -> None:
        """Another process, unless one runs; one that cannot begin ends and is begun again."""
        if self.life is not None:
            return
        self.lives += 1
        self.note(self.name, "begins", self.lives)
        self.life = Life(self)
        self.life.spawn(self._lives(self.life))

    async def _lives(self, life: Life) -> None:
        try:
            await life.run()
        except StoreUnavailableError:
            life.end()

    def ended(self, life: Life) -> None:
        self.note(self.name, "ends")
        self.wire.buses.remove(life.bus)
        self.life = None
        asyncio.get_running_loop().call_later(self.stays_down_s(), self.begin)

    async def do(self, work: Callable[[Life], Awaitable[Any]]) -> Any:
        """Have the process do something for somebody outside. Raises NoAnswerError when it ends meanwhile."""
        life = self.life
        if life is None or not life.ready:
            raise NoAnswerError
        task = life.spawn(work(life))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if life.over and task.cancelled():
                raise NoAnswerError from None
            raise

    def data_version(self) -> int | None:
        return self.shelf.commits if self.shelf.weather.file else None

    async def refresh(self) -> None:
        """There is no shop and no account to look at."""


def with_lives(loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
    """A task factory: each process knows its own tasks, to end them."""
    task: asyncio.Task[Any] = asyncio.Task(coroutine, loop=loop, **options)
    context = options.get("context")
    life = LIFE.get(None) if context is None else context.get(LIFE)
    if life is not None:
        if len(life.tasks) > TASKS_LOOKED_THROUGH:
            life.tasks = [known for known in life.tasks if not known.done()]
        life.tasks.append(task)
    return task
