"""The shop as the gate sees it: a cache over plain tables, read anew when any process changed them."""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Column, Connection, insert, select, update

from console.core.slice import Presets, Product
from console.journal.database import Database
from console.shop.products import ProductIn, ProductPatch
from console.shop.tables import PRODUCTS, SHOP_SETTINGS

VERSION = "version"
"""The name under which the settings count changes of the shop."""
TRIAL = "trial"
_TRIAL_BODY = hashlib.shake_256(TRIAL.encode()).digest(32 * 1024)
"""As long as a long command, and no engine can make it shorter."""
_VERSION = select(SHOP_SETTINGS.c.body).where(SHOP_SETTINGS.c.name == VERSION)

WordLists = Mapping[str, list[str]]
"""Category → phrases that hold a comment."""


class Shop:
    """`products`, `presets` and `own_words` are current after `load()` or any change made here."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.products: dict[str, Product] = {}
        self.presets = Presets()
        self.own_words: WordLists = {}
        self._version = 0

    async def load(self) -> None:
        """Read everything."""
        self._version = await self._database.read(_version)
        self.products = await self._database.read(_products)
        self.presets = await self._setting("presets", Presets) or Presets()
        self.own_words = await self._setting("words", dict[str, list[str]]) or {}

    async def refresh(self) -> None:
        """Read everything when any process has changed something."""
        if await self._database.read(_version) != self._version:
            await self.load()

    async def add(self, product: ProductIn) -> Product | None:
        """Add a product, or None when its id is taken."""
        if product.id in self.products:
            return None
        return await self._keep(product.product())

    async def change(self, product_id: str, patch: ProductPatch) -> Product | None:
        """Change a product, or None when there is none."""
        product = self.products.get(product_id)
        return await self._keep(patch.applied(product)) if product else None

    async def set_presets(self, presets: Presets) -> None:
        """Replace the shop's limits."""
        await self._set("presets", presets)
        self.presets = presets

    async def set_words(self, words: WordLists) -> None:
        """Replace the shop's own word lists."""
        await self._set("words", words)
        self.own_words = words

    async def try_writing(self) -> None:
        """Replace a note that says nothing. Raises StoreUnavailableError: only a commit knows whether there is room."""
        await self._database.run(lambda c: _put(c, SHOP_SETTINGS.c.name, TRIAL, _TRIAL_BODY))

    async def _keep(self, product: Product) -> Product:
        body = msgspec.json.encode(product)
        await self._database.run(lambda c: _keep(c, PRODUCTS.c.id, product.id, body))
        self.products[product.id] = product
        return product

    async def _setting(self, name: str, kind: Any) -> Any:
        wanted = select(SHOP_SETTINGS.c.body).where(SHOP_SETTINGS.c.name == name)
        body = await self._database.read(lambda c: c.execute(wanted).scalar_one_or_none())
        return msgspec.json.decode(body, type=kind) if body else None

    async def _set(self, name: str, value: Any) -> None:
        body = msgspec.json.encode(value)
        await self._database.run(lambda c: _keep(c, SHOP_SETTINGS.c.name, name, body))


def _products(connection: Connection) -> dict[str, Product]:
    rows = connection.execute(select(PRODUCTS).order_by(PRODUCTS.c.id))
    return {row.id: msgspec.json.decode(row.body, type=Product) for row in rows}


def _version(connection: Connection) -> int:
    """Moves with every change of the shop, whichever process makes it."""
    return int(connection.execute(_VERSION).scalar_one_or_none() or 0)


def _keep(connection: Connection, key: Column[str], name: str, body: bytes) -> None:
    """The version's row is held first, so that changes are made one after the other."""
    version = int(connection.execute(_VERSION.with_for_update()).scalar_one_or_none() or 0)
    _put(connection, SHOP_SETTINGS.c.name, VERSION, str(version + 1).encode())
    _put(connection, key, name, body)


def _put(connection: Connection, key: Column[str], name: str, body: bytes) -> None:
    if connection.execute(update(key.table).where(key == name).values(body=body)).rowcount == 0:
        connection.execute(insert(key.table).values({key: name, "body": body}))
