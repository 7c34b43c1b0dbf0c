"""What other processes wrote – the command line, another worker, another node – reaches this one's shows and shop.

The bus says at once which show has moved. What it loses, and all of it while it does not carry, is found by looking
at the store: SQLite says when its file has changed, PostgreSQL is asked how far its shows are.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from console.journal.codec import NewerRowError
from console.journal.database import Database, StoreUnavailableError
from console.journal.port import Journal, UnknownShowError
from console.realtime.bus import Bus
from console.shop.shop import Shop
from console.shows import Shows

FILE_EVERY_S = 0.03
"""Between two looks at the version of a file; it costs microseconds."""
POLL_EVERY_S = 0.5
"""Between two questions to a server while the bus carries."""
ALONE_EVERY_S = 0.2
"""The same without a bus."""

log = logging.getLogger(__name__)


class Following:
    """One task. `changed` is awaited whenever others may have written: it looks after what is not a show."""

    def __init__(  # noqa: PLR0913 - the composition root hands each collaborator by name
        self, *, database: Database, journal: Journal, shows: Shows, shop: Shop, bus: Bus,
        changed: Callable[[], Awaitable[None]],
    ) -> None:  # fmt: skip
        self._database = database
        self._journal = journal
        self._shows = shows
        self._shop = shop
        self._bus = bus
        self._changed = changed
        self._version: int | None = None
        self._told: set[str] = set()
        self._news = asyncio.Event()
        self._look_at_s = 0.0
        bus.subscribe(self.told)

    def told(self, show_id: str, seq: int) -> None:
        """The bus says how far a show is."""
        if self._shows.seq(show_id) < seq:
            self._told.add(show_id)
            self._news.set()

    async def run(self) -> None:
        """Until cancelled; a store that is away is asked again."""
        while True:
            await self._wait()
            try:
                await self._read_told()
                if self._may_have_moved():
                    await self._look()
            except StoreUnavailableError as error:
                log.warning("the store is away: %s", error.reason)

    async def _wait(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(self._look_at_s - _now_s(), 0.0)):
                await self._news.wait()
        self._news.clear()

    async def _read_told(self) -> None:
        while self._told:
            await self._read_if_followed(self._told.pop())

    async def _read_if_followed(self, show_id: str) -> None:
        """Somebody's clock must be watched from the moment a show goes on air; others wait until they are asked for."""
        if show_id not in self._shows.known():
            show = await self._journal.show(show_id)
            if show is None or show.status != "live":
                return
        await self._read(show_id)

    async def _read(self, show_id: str) -> None:
        """One show that cannot be read here, while nodes are upgraded one by one, must not hold up the others."""
        with contextlib.suppress(UnknownShowError, NewerRowError):
            await self._shows.get(show_id)
            await self._shows.catch_up(show_id)

    def _may_have_moved(self) -> bool:
        if _now_s() < self._look_at_s:
            return False
        version = self._database.data_version()
        self._look_at_s = _now_s() + self._every_s(version)
        moved = version is None or version != self._version
        self._version = version
        return moved

    def _every_s(self, version: int | None) -> float:
        if version is not None:
            return FILE_EVERY_S
        return POLL_EVERY_S if self._bus.carries else ALONE_EVERY_S

    async def _look(self) -> None:
        try:
            heads = await self._journal.heads(self._shows.known())
            for show_id, head in heads.items():
                if self._shows.seq(show_id) < head:
                    await self._read(show_id)
            await self._shop.refresh()
            await self._changed()
        except StoreUnavailableError:
            self._version = None
            raise


def _now_s() -> float:
    return asyncio.get_running_loop().time()
