"""Products kept, changed and masked."""

import asyncio

import msgspec
import pytest
from msgspec.structs import replace
from sqlalchemy import select, update

from console.core.slice import Presets
from console.journal.database import Database
from console.journal.tables import METADATA
from console.shop.products import ProductIn, ProductPatch, SkuIn, masked
from console.shop.shop import PRESETS, Shop
from console.shop.tables import SHOP_SETTINGS


@pytest.fixture
async def shop(database_url):
    database = Database(database_url)
    await database.run(METADATA.create_all)
    yield Shop(database)
    await database.close()


CREAM = ProductIn(
    id="p1",
    title="面霜",
    link_no=1,
    live_price=9_900,
    floor_price=8_000,
    cost=4_000,
    skus=(SkuIn(id="s", floor_price=7),),
)


async def test_a_product_is_there_for_the_next_process(shop):
    await shop.add(CREAM)
    other = Shop(shop._database)
    await other.load()
    assert other.products == shop.products
    assert other.products["p1"].skus[0].floor_price == 7


async def test_an_id_is_taken_once(shop):
    await shop.add(CREAM)
    assert await shop.add(CREAM) is None


async def test_a_patch_changes_only_what_it_names(shop):
    await shop.add(CREAM)
    patch = msgspec.convert({"live_price": 8_800, "stock": None}, ProductPatch)
    changed = await shop.change("p1", patch)
    assert (changed.live_price, changed.title, changed.floor_price) == (8_800, "面霜", 8_000)
    assert await shop.change("nope", patch) is None


async def test_floor_and_cost_are_masked_down_to_the_sku(shop):
    product = await shop.add(CREAM)
    assert b"floor" not in msgspec.json.encode(masked(product, sees_cost=False))
    assert b"cost" not in msgspec.json.encode(masked(product, sees_cost=False))
    assert masked(product, sees_cost=True)["skus"][0]["floor_price"] == 7


@pytest.mark.parametrize("price", [-1, 10**14, 1.5, "1", True])
def test_a_price_is_a_bounded_integer(price):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"id": "p", "title": "t", "live_price": price}, ProductIn)


async def test_presets_and_words_are_kept(shop):
    await shop.change_presets(lambda held: replace(held, flash_max_s=60))
    await shop.set_words({"own": ["加v"]})
    other = Shop(shop._database)
    await other.load()
    assert (other.presets.flash_max_s, other.own_words) == (60, {"own": ["加v"]})


async def test_two_processes_that_change_limits_at_once_lose_nothing(shop):
    other = Shop(shop._database)
    await asyncio.gather(*(each.load() for each in (shop, other)))
    await shop.change_presets(lambda held: replace(held, pop_s=9))
    kept = await other.change_presets(lambda held: replace(held, flash_min_s=30))
    assert (kept.pop_s, kept.flash_min_s) == (9, 30)
    await shop.refresh()
    assert shop.presets == other.presets == kept


async def test_two_processes_that_change_a_product_lose_nothing(shop):
    other = Shop(shop._database)
    await shop.add(CREAM)
    assert await other.add(CREAM) is None
    await other.load()
    await shop.change("p1", msgspec.convert({"live_price": 8_800}, ProductPatch))
    changed = await other.change("p1", msgspec.convert({"stock": 5}, ProductPatch))
    assert (changed.live_price, changed.stock) == (8_800, 5)
    await shop.refresh()
    assert shop.products == other.products == {"p1": changed}


async def test_a_change_of_limits_that_fails_leaves_them(shop):
    await shop.change_presets(lambda held: replace(held, pop_s=9))
    with pytest.raises(ZeroDivisionError):
        await shop.change_presets(lambda held: replace(held, pop_s=1 // 0))
    await shop.load()
    assert shop.presets == Presets(pop_s=9)


async def kept_presets(shop):
    wanted = select(SHOP_SETTINGS.c.body).where(SHOP_SETTINGS.c.name == PRESETS)
    return await shop._database.read(lambda c: c.execute(wanted).scalar_one())


async def test_the_release_before_reads_limits_it_knows(shop):
    """It forbids what it does not know, so what nobody changed is not written."""
    await shop.change_presets(lambda held: replace(held, pop_s=9))
    before = msgspec.defstruct("Before", [("pop_s", int, 8)], forbid_unknown_fields=True)
    assert msgspec.json.decode(await kept_presets(shop), type=before).pop_s == 9
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(msgspec.json.encode(shop.presets), type=before)


async def test_limits_of_a_later_release_are_passed_over_in_the_store_and_refused_at_the_door(shop):
    await shop.change_presets(lambda held: replace(held, pop_s=9))
    later = update(SHOP_SETTINGS).where(SHOP_SETTINGS.c.name == PRESETS).values(body=b'{"pop_s":7,"later":[1]}')
    await shop._database.run(lambda c: c.execute(later))
    await shop.load()
    assert shop.presets == Presets(pop_s=7)
    assert type(shop.presets) is Presets
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"pop_s": 7, "later": [1]}, Presets)


@pytest.mark.parametrize("wrong", [{"flash_max_s": 0}, {"nope": 1}, {"max_discount_percent": 101}, {"pop_s": 10**9}])
def test_presets_are_bounded(wrong):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, Presets)


async def test_a_change_made_elsewhere_is_noticed_and_nothing_else_is_read(shop, monkeypatch):
    other = Shop(shop._database)
    await other.load()
    await shop.add(CREAM)
    await shop.set_words({"ads": ["加微信"]})
    await other.refresh()
    assert (other.products, other.own_words) == (shop.products, {"ads": ["加微信"]})
    monkeypatch.setattr(Shop, "load", None)
    await other.refresh()


async def test_changes_at_once_are_made_one_after_the_other(shop):
    await shop.set_words({})
    await asyncio.gather(*(shop.set_words({"ads": [f"{n}"]}) for n in range(5)))
    other = Shop(shop._database)
    await other.load()
    assert len(other.own_words["ads"]) == 1
