"""What other processes wrote – the command line, another worker – reaches this one's shows, shop and screens."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from console.journal.database import Database, StoreUnavailableError
from console.shop.shop import Shop
from console.shows import Shows

EVERY_S = 0.1

log = logging.getLogger(__name__)


async def follow(database: Database, shows: Shows, shop: Shop, changed: Callable[[], Awaitable[None]]) -> None:
    """Look at the store's data version for ever; read what is new when it moved."""
    known = -1
    while True:
        await asyncio.sleep(EVERY_S)
        try:
            version = database.data_version()
            if version == known:
                continue
            await shop.load()
            await changed()
            for show_id in shows.known():
                await shows.catch_up(show_id)
            known = version
        except StoreUnavailableError as error:
            log.warning("the store is away: %s", error.reason)
