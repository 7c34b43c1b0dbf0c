"""The shop as the gate sees it: a cache over plain tables, read anew when any process changed them."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from sqlalchemy import Column, Connection, insert, select, update

from console.core.slice import Presets, Product
from console.journal.database import Database
from console.shop.products import ProductIn, ProductPatch
from console.shop.tables import PRODUCTS, SHOP_SETTINGS

VERSION = "version"
"""The name under which the settings count changes of the shop."""
PRESETS = "presets"
WORDS = "words"
TRIAL = "trial"
_TRIAL_BODY = hashlib.shake_256(TRIAL.encode()).digest(32 * 1024)
"""As long as a long command, and no engine can make it shorter."""
_VERSION = select(SHOP_SETTINGS.c.body).where(SHOP_SETTINGS.c.name == VERSION)

WordLists = Mapping[str, list[str]]
"""Category → phrases that hold a comment."""


class _Kept(Presets, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=False):
    """As the store has them: only what somebody changed, so that the release before this one reads them, and without
    what a later one knows besides."""


class Shop:
    """`products`, `presets` and `own_words` are current after `load()` or any change made here."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.products: dict[str, Product] = {}
        self.presets = Presets()
        self.own_words: WordLists = {}
        self._version = 0
        self._reading = asyncio.Lock()

    async def load(self) -> None:
        """Read everything."""
        async with self._reading:  # of two that read at once the one that began earlier might end later
            self._version, self.products, self.presets, self.own_words = await self._database.read(_everything)

    async def refresh(self) -> None:
        """Read everything when any process has changed something."""
        if await self._database.read(_version) != self._version:
            await self.load()

    async def add(self, product: ProductIn) -> Product | None:
        """Add a product, or None when its id is taken."""
        return await self._make(product.id, lambda held: None if held else product.product())

    async def change(self, product_id: str, patch: ProductPatch) -> Product | None:
        """Change a product, or None when there is none."""
        return await self._make(product_id, lambda held: patch.applied(held) if held else None)

    async def change_presets(self, changed: Callable[[Presets], Presets]) -> Presets:
        """Replace the limits by `changed(limits)`, of those in the store now. What it raises leaves all as it was."""

        def change(connection: Connection) -> Presets:
            version = _hold_version(connection)
            presets = changed(_presets(connection))
            kept = msgspec.json.encode(msgspec.convert(presets, _Kept, from_attributes=True))
            _keep(connection, version, SHOP_SETTINGS.c.name, PRESETS, kept)
            return presets

        self.presets = await self._database.run(change)
        return self.presets

    async def set_words(self, words: WordLists) -> None:
        """Replace the shop's own word lists."""
        body = msgspec.json.encode(words)
        await self._database.run(lambda c: _keep(c, _hold_version(c), SHOP_SETTINGS.c.name, WORDS, body))
        self.own_words = words

    async def try_writing(self) -> None:
        """Replace a note that says nothing. Raises StoreUnavailableError: only a commit knows whether there is room."""
        await self._database.run(lambda c: _put(c, SHOP_SETTINGS.c.name, TRIAL, _TRIAL_BODY))

    async def _make(self, product_id: str, made: Callable[[Product | None], Product | None]) -> Product | None:
        """Keep what `made` makes of the product as any process left it."""

        def make(connection: Connection) -> Product | None:
            version = _hold_version(connection)
            product = made(_product(connection, product_id))
            if product:
                _keep(connection, version, PRODUCTS.c.id, product.id, msgspec.json.encode(product))
            return product

        product = await self._database.run(make)
        if product:
            self.products[product.id] = product
        return product


def _everything(connection: Connection) -> tuple[int, dict[str, Product], Presets, WordLists]:
    """The version first: what is changed meanwhile is read again."""
    version = _version(connection)
    words = _setting(connection, WORDS, dict[str, list[str]]) or {}
    return version, _products(connection), _presets(connection), words


def _presets(connection: Connection) -> Presets:
    kept = _setting(connection, PRESETS, _Kept) or _Kept()
    presets: Presets = msgspec.convert(kept, Presets, from_attributes=True)
    return presets


def _setting(connection: Connection, name: str, kind: Any) -> Any:
    wanted = select(SHOP_SETTINGS.c.body).where(SHOP_SETTINGS.c.name == name)
    body = connection.execute(wanted).scalar_one_or_none()
    return msgspec.json.decode(body, type=kind) if body else None


def _products(connection: Connection) -> dict[str, Product]:
    rows = connection.execute(select(PRODUCTS).order_by(PRODUCTS.c.id))
    return {row.id: msgspec.json.decode(row.body, type=Product) for row in rows}


def _product(connection: Connection, product_id: str) -> Product | None:
    body = connection.execute(select(PRODUCTS.c.body).where(PRODUCTS.c.id == product_id)).scalar_one_or_none()
    return msgspec.json.decode(body, type=Product) if body else None


def _version(connection: Connection) -> int:
    """Moves with every change of the shop, whichever process makes it."""
    return int(connection.execute(_VERSION).scalar_one_or_none() or 0)


def _hold_version(connection: Connection) -> int:
    """Whoever changes the shop holds the version's row first, so that changes are made one after the other."""
    return int(connection.execute(_VERSION.with_for_update()).scalar_one_or_none() or 0)


def _keep(connection: Connection, version: int, key: Column[str], name: str, body: bytes) -> None:
    _put(connection, SHOP_SETTINGS.c.name, VERSION, str(version + 1).encode())
    _put(connection, key, name, body)


def _put(connection: Connection, key: Column[str], name: str, body: bytes) -> None:
    if connection.execute(update(key.table).where(key == name).values(body=body)).rowcount == 0:
        connection.execute(insert(key.table).values({key: name, "body": body}))
