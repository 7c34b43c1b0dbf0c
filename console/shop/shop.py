"""The shop as the gate sees it: a cache over plain tables, read anew when any process changed them."""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, insert, select

from console.core.slice import Presets, Product
from console.journal.database import Database
from console.shop.products import ProductIn, ProductPatch
from console.shop.tables import PRODUCTS, SHOP_SETTINGS

WordLists = Mapping[str, list[str]]
"""Category → phrases that hold a comment."""


class Shop:
    """`products`, `presets` and `own_words` are current after `load()` or any change made here."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.products: dict[str, Product] = {}
        self.presets = Presets()
        self.own_words: WordLists = {}

    async def load(self) -> None:
        """Read everything."""
        self.products = await self._database.read(_products)
        self.presets = await self._setting("presets", Presets) or Presets()
        self.own_words = await self._setting("words", dict[str, list[str]]) or {}

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

    async def _keep(self, product: Product) -> Product:
        body = msgspec.json.encode(product)
        await self._database.run(lambda c: _replace(c, product.id, body))
        self.products[product.id] = product
        return product

    async def _setting(self, name: str, kind: Any) -> Any:
        wanted = select(SHOP_SETTINGS.c.body).where(SHOP_SETTINGS.c.name == name)
        body = await self._database.read(lambda c: c.execute(wanted).scalar_one_or_none())
        return msgspec.json.decode(body, type=kind) if body else None

    async def _set(self, name: str, value: Any) -> None:
        body = msgspec.json.encode(value)

        def write(connection: Connection) -> None:
            connection.execute(delete(SHOP_SETTINGS).where(SHOP_SETTINGS.c.name == name))
            connection.execute(insert(SHOP_SETTINGS).values(name=name, body=body))

        await self._database.run(write)


def _products(connection: Connection) -> dict[str, Product]:
    rows = connection.execute(select(PRODUCTS).order_by(PRODUCTS.c.id))
    return {row.id: msgspec.json.decode(row.body, type=Product) for row in rows}


def _replace(connection: Connection, product_id: str, body: bytes) -> None:
    connection.execute(delete(PRODUCTS).where(PRODUCTS.c.id == product_id))
    connection.execute(insert(PRODUCTS).values(id=product_id, body=body))
