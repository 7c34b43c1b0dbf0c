"""What the outside doors use of the inside, in one value: made by the composition root, handed to every route."""

from msgspec import Struct

from console.accounts.accounts import Accounts
from console.clock import Clock, Ids
from console.core.lifecycle import CreateShow
from console.core.messages import Actor, Rejection
from console.desk.workers import Workers
from console.gate import Gate
from console.journal.database import Database
from console.journal.port import Journal, ShowRow, UnknownShowError
from console.lines import Accepted
from console.shop.shop import Shop
from console.shows import Shows


class Desk(Struct, frozen=True):
    """The doors' view of the console."""

    database: Database
    gate: Gate
    journal: Journal
    shows: Shows
    shop: Shop
    accounts: Accounts
    clock: Clock
    ids: Ids
    workers: Workers

    async def create_show(self, actor: Actor, command: CreateShow) -> tuple[ShowRow, Accepted | Rejection]:
        """A show with its first row; nothing of either when it is refused. Its currency is the shop's, for good."""
        await self.shop.refresh()
        row = ShowRow(id="s_" + self.ids.fresh(), epoch=self.ids.fresh())
        return row, await self.gate.create(row, command, actor)

    async def line(self, show_id: str) -> ShowRow:
        """What the list says of a show, which is not folded for it. Raises UnknownShowError."""
        row = await self.journal.show(show_id)
        if row is None:
            raise UnknownShowError(show_id)
        return row
