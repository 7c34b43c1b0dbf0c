"""What cannot be kept, and servers that do not hear one another, are on every screen at once and gone by themselves."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from engines import RedisServer, home
from patience import patience
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import serving
from tests.browser.server import Server
from tests.browser.stage import PHONE, Stage, awaits, command, staged

pytestmark = pytest.mark.asyncio(loop_scope="session")

SCREENS = {"control": "controller", "host": "host", "moderate": "moderator", "metrics": "analyst", "plan": "producer"}
SCREENS_S = 2.0
UNSTORED, APART = ".banner.unstored", ".banner.apart"


@pytest.fixture(scope="module")
def bus() -> Iterator[RedisServer]:
    with home() as path:
        redis = RedisServer(path)
        redis.start()
        yield redis
        redis.stop()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, bus: RedisServer) -> Iterator[Server]:
    """One of its own, whose store and bus are taken away under its screens."""
    yield from serving(tmp_path_factory.mktemp("degraded"), CONSOLE_REDIS_URL=bus.url)


@pytest_asyncio.fixture(loop_scope="session")
async def stage(server: Server, browser: Browser, signed_in: dict[str, Any]) -> AsyncIterator[Stage]:
    async with staged(server, browser, signed_in) as made:
        yield made


@pytest.fixture
def on_air(server: Server) -> str:
    show = server.show("Evening with a full disk")
    server.command(show, "add_row", row={"title": "Opening", "planned_s": 600})
    server.command(show, "start_show")
    return show


def locked(data: Path) -> sqlite3.Connection:
    other = sqlite3.connect(data / "console.db", isolation_level=None, timeout=10)
    other.execute("BEGIN IMMEDIATE")
    return other


async def seen_s(pages: list[Page], since: float) -> float:
    """Seconds from `since` (wall clock) until the last of them showed what it awaited."""
    return max(await asyncio.gather(*(page.evaluate("() => journeySeen") for page in pages))) / 1_000 - since


async def test_a_store_that_takes_nothing_is_on_every_screen_and_not_on_air(
    stage: Stage, server: Server, on_air: str
) -> None:
    stage.refused(503)
    people = await stage.screens(on_air, **SCREENS)
    overlay = await stage.screen("overlay", on_air, by="producer")
    for page in people.values():
        await awaits(page, UNSTORED)
    other, since = locked(server.data), time.time()
    assert await seen_s(list(people.values()), since) < patience(SCREENS_S)
    await command(people["control"], "go").first.click()
    await expect(people["control"].locator(".toast.bad")).to_contain_text("cannot be stored")
    await expect(overlay.locator(".banner")).to_have_count(0)
    late = await stage.screen("host", on_air, by="host", viewport=PHONE, locale="zh-CN")
    await expect(late.locator(UNSTORED)).to_contain_text("现在无法保存")
    other.close()
    for page in [*people.values(), late]:
        await expect(page.locator(UNSTORED)).to_be_hidden()
        await expect(page.locator("body")).to_have_attribute("data-live", "live")
    await command(people["control"], "go").first.click()
    await expect(people["host"].locator("#scripts-host-now .stage-title")).to_have_text("Opening")


async def test_servers_that_do_not_hear_one_another_are_on_every_screen(
    stage: Stage, server: Server, bus: RedisServer, on_air: str
) -> None:
    people = await stage.screens(on_air, control="controller", moderate="moderator")
    bus.pause()
    for page in people.values():
        await expect(page.locator(APART)).to_be_visible()
        await expect(page.locator(UNSTORED)).to_be_hidden()
    await command(people["control"], "go").first.click()
    await expect(people["control"].locator("#scripts-now")).to_contain_text("Opening")
    bus.go_on()
    for page in people.values():
        await expect(page.locator(APART)).to_be_hidden()
