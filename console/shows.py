"""The folded shows this process holds, kept at the journal's head, and who is told when one moves."""

from collections.abc import Awaitable, Callable

from console.core.messages import Recorded
from console.core.show import Show
from console.core.slice import Slice
from console.journal.port import Journal, UnknownShowError

PAGE_ROWS = 2_000

Listener = Callable[[Show, list[Recorded]], Awaitable[None]]
Recaller = Callable[[Show, Recorded], None]


class Shows:
    """A cache of folds: disposable, never truth."""

    def __init__(self, journal: Journal, slices: tuple[Slice, ...]) -> None:
        self._journal = journal
        self._slices = slices
        self._held: dict[str, Show] = {}
        self._known: dict[str, None] = {}
        self._listeners: list[Listener] = []
        self._recallers: list[Recaller] = []

    def listen(self, listener: Listener) -> None:
        """`listener(show, rows)` is awaited after every commit this process makes or notices."""
        self._listeners.append(listener)

    def recall(self, recaller: Recaller) -> None:
        """`recaller(show, row)` is told every row of a fold that is made anew, the show being right at it."""
        self._recallers.append(recaller)

    async def get(self, show_id: str) -> Show:
        """The show at this process's head. Raises UnknownShowError."""
        if show_id not in self._held:
            self._held[show_id] = await self._fold(show_id)
            self._known[show_id] = None
        return self._held[show_id]

    def known(self) -> tuple[str, ...]:
        """Ids of the shows this process follows, those included whose fold was dropped."""
        return tuple(self._known)

    async def followed(self) -> list[Show]:
        """Every show this process follows, folded anew where need be."""
        return [await self.get(show_id) for show_id in self.known()]

    def drop(self, show_id: str) -> None:
        """Forget a fold that may hold what was never committed."""
        self._held.pop(show_id, None)

    async def catch_up(self, show_id: str) -> None:
        """Fold and announce what other processes added to a show held here."""
        show = self._held.get(show_id)
        if show is None:
            return
        rows = await self._journal.read(show_id, show.seq, PAGE_ROWS)
        rows = [row for row in rows if row.seq > show.seq]
        for row in rows:
            show.evolve(row)
        if rows:
            await self.announce(show, rows)

    async def announce(self, show: Show, rows: list[Recorded]) -> None:
        """Tell every listener."""
        for listener in self._listeners:
            await listener(show, rows)

    async def _fold(self, show_id: str) -> Show:
        row = await self._journal.show(show_id)
        if row is None:
            raise UnknownShowError(show_id)
        show = Show(row.id, row.epoch, self._slices)
        while rows := await self._journal.read(show_id, show.seq, PAGE_ROWS):
            for recorded in rows:
                show.evolve(recorded)
                for recaller in self._recallers:
                    recaller(show, recorded)
        return show
