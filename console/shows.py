"""The folded shows this process holds, kept at the journal's head, and who is told when one moves."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from weakref import WeakValueDictionary

from console.core.messages import Recorded
from console.core.show import Show
from console.core.slice import Slice
from console.journal.codec import NewerRowError
from console.journal.port import Journal, ShowRow, UnknownShowError

PAGE_ROWS = 2_000
SPARE_FOLDS = 12
"""Folds kept beyond those that must stay; the fold of an evening is tens of megabytes."""
SWEEP_S = 60.0
IDLE_SWEEPS = 5
"""A spare fold nobody asked for between so many sweeps goes."""

log = logging.getLogger(__name__)

Listener = Callable[[Show, Sequence[Recorded]], None]
Recaller = Callable[[Show, Recorded], None]
Loser = Callable[[str], None]
Keeper = Callable[[Show], bool]


async def follow(show: Show, recorded: Recorded, row_of: Callable[[int], Awaitable[Recorded | None]]) -> None:
    """Move a show by a row. One that a release wrote which let nothing go may need another to be understood."""
    seq = show.lacks(recorded.event)
    show.evolve(recorded if seq is None else show.completed(recorded, await row_of(seq)))


class Shows:
    """A cache of folds: disposable, never truth.

    One lock a show: whoever moves a fold holds it, and who wants to look waits its turn. So a store that makes the
    writer wait for its commit shows nobody what may yet be taken back, at the price of a reader's waiting as long.
    (Two folds, one ahead and one published, would double memory and the cost of every storm.) The same lock is held
    until every listener was told: nobody sees a row before it is announced, and none is announced before another's.

    A show on air stays, and one that is watched or worked on. The others are spare: the longest unused go.
    """

    def __init__(self, journal: Journal, slices: tuple[Slice, ...]) -> None:
        self._journal = journal
        self._slices = slices
        self._held: dict[str, Show] = {}
        """The longest unused first."""
        self._idle: dict[str, int] = {}
        """Sweeps since each was last asked for."""
        self._told: dict[str, int] = {}
        """How far the listeners were told of each show that is followed here, be its fold held or dropped."""
        self._newer: dict[str, NewerRowError] = {}
        """Shows a newer program has written to: nothing folded here is right until that program runs here."""
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._listeners: list[Listener] = []
        self._recallers: list[Recaller] = []
        self._losers: list[Loser] = []
        self._keepers: list[Keeper] = []

    def listen(self, listener: Listener) -> None:
        """`listener(show, rows)` is called after every commit this process makes or notices, in the order of the rows."""
        self._listeners.append(listener)

    def recall(self, recaller: Recaller) -> None:
        """`recaller(show, row)` is told every row of a fold that is made anew, the show being right at it."""
        self._recallers.append(recaller)

    def lose(self, loser: Loser) -> None:
        """`loser(show_id)` is told once of a show that this program is too old to follow any further."""
        self._losers.append(loser)

    def keep(self, keeper: Keeper) -> None:
        """`keeper(show)` says whether the fold of a show must stay although nobody asks for it."""
        self._keepers.append(keeper)

    async def get(self, show_id: str) -> Show:
        """The show with nothing in it that is not committed, until the caller next awaits. Raises UnknownShowError."""
        async with self._lock(show_id):
            return self._used(await self._folded(show_id))

    def held(self, show_id: str) -> Show | None:
        """The fold as it is now, perhaps ahead of its commit: only for what a show never changes. Waits for nobody."""
        return self._held.get(show_id)

    async def fresh(self, show_id: str) -> Show:
        """As `get`, with everything any process had committed when this was called."""
        await self.get(show_id)
        await self.catch_up(show_id)
        return await self.get(show_id)

    @asynccontextmanager
    async def alone(self, show_id: str) -> AsyncIterator[Show]:
        """The show, to move ahead of its commit while all others wait; `announce` what was committed.

        An error forgets the fold, to be read anew.
        """
        async with self._lock(show_id):
            show = self._used(await self._folded(show_id))
            try:
                yield show
            except BaseException:
                self._held.pop(show_id, None)
                raise

    @asynccontextmanager
    async def new(self, row: ShowRow) -> AsyncIterator[Show]:
        """A show without rows, held here when it was given some and nothing went wrong."""
        show = Show(row.id, row.epoch, self._slices)
        yield show
        if show.seq:
            self._hold(show)

    def seq(self, show_id: str) -> int:
        """How far the fold held here is; -1 when none is held."""
        show = self._held.get(show_id)
        return -1 if show is None else show.seq

    def known(self) -> tuple[str, ...]:
        """Ids of the shows this process follows, those included whose fold was dropped."""
        return tuple(self._told)

    async def followed(self) -> list[Show]:
        """Every show this process follows, folded anew where need be. Not a use: it is the clockwork that asks.

        It also tells what a commit in doubt turned out to have done, when nobody else happens to look at that show.
        """
        shows = []
        for show_id in self.known():
            async with self._lock(show_id):
                if show_id in self._told:
                    shows.append(await self._folded(show_id))
        return shows

    async def catch_up(self, show_id: str) -> None:
        """Fold and announce what other processes added to a show followed here."""
        while show_id in self._told and await self._step(show_id):
            pass

    def announce(self, show: Show, rows: Sequence[Recorded]) -> None:
        """Tell every listener what was committed; one that fails keeps nobody else from hearing it."""
        self._told[show.id] = show.seq
        for listener in self._listeners:
            try:
                listener(show, rows)
            except Exception:
                log.exception("show %s: a listener failed at %s", show.id, show.seq)

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_S)
            self.sweep()

    def sweep(self) -> None:
        """Let go of the spare folds that nobody asked for lately."""
        for show_id in self._idle:
            self._idle[show_id] += 1
        for show in self._spare():
            if self._idle[show.id] > IDLE_SWEEPS:
                self._drop(show.id)

    def _spare(self) -> list[Show]:
        return [show for show in self._held.values() if not self._must_stay(show)]

    def _must_stay(self, show: Show) -> bool:
        lock = self._locks.get(show.id)
        working = lock is not None and lock.locked()
        return working or show.header.status == "live" or any(keeper(show) for keeper in self._keepers)

    def _drop(self, show_id: str) -> None:
        self._held.pop(show_id, None)
        self._idle.pop(show_id, None)
        self._told.pop(show_id, None)

    async def _step(self, show_id: str) -> bool:
        """One page; whether there may be another."""
        async with self._lock(show_id):
            show = await self._folded(show_id)
            rows = await self._page(show_id, show.seq)
            for row in rows:
                await follow(show, row, partial(self._row, show_id))
            if rows:
                self.announce(show, rows)
        return len(rows) == PAGE_ROWS

    def _lock(self, show_id: str) -> asyncio.Lock:
        return self._locks.setdefault(show_id, asyncio.Lock())

    async def _folded(self, show_id: str) -> Show:
        if show_id in self._newer:
            raise NewerRowError(*self._newer[show_id].of)
        held, followed = show_id in self._held, show_id in self._told
        if not held:
            self._hold(await self._fold(show_id))
        show = self._held[show_id]
        if followed and (not held or self._told[show_id] < show.seq):
            self.announce(show, await self._untold(show))
        return show

    async def _untold(self, show: Show) -> list[Recorded]:
        """A fold may be further than was told: its commit was in doubt, or its reading was broken off.

        Those rows are told like all others, or every screen would have to be sent whole.
        """
        told = self._told[show.id]
        missing = show.seq - told
        return await self._journal.read(show.id, told, missing) if 0 < missing <= PAGE_ROWS else []

    def _hold(self, show: Show) -> None:
        self._told.setdefault(show.id, show.seq)
        self._held[show.id] = show
        self._used(show)
        others = [one for one in self._spare() if one is not show]
        for one in others[: max(0, len(others) + 1 - SPARE_FOLDS)]:
            self._drop(one.id)

    def _used(self, show: Show) -> Show:
        self._idle[show.id] = 0
        self._held[show.id] = self._held.pop(show.id)
        return show

    async def _fold(self, show_id: str) -> Show:
        row = await self._journal.show(show_id)
        if row is None:
            raise UnknownShowError(show_id)
        show = Show(row.id, row.epoch, self._slices)
        while rows := await self._page(show_id, show.seq):
            for recorded in rows:
                await follow(show, recorded, partial(self._row, show_id))
                for recaller in self._recallers:
                    recaller(show, recorded)
        return show

    async def _row(self, show_id: str, seq: int) -> Recorded | None:
        rows = await self._journal.read(show_id, seq - 1, 1)
        return rows[0] if rows else None

    async def _page(self, show_id: str, after: int) -> list[Recorded]:
        try:
            return await self._journal.read(show_id, after, PAGE_ROWS)
        except NewerRowError as error:
            self._let_go(show_id, error)
            raise

    def _let_go(self, show_id: str, error: NewerRowError) -> None:
        log.error("show %s cannot be followed here: %s", show_id, error.reason)
        self._newer[show_id] = error
        self._drop(show_id)
        for loser in self._losers:
            loser(show_id)
