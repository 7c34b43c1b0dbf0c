"""The server goes away under open screens, politely or not: nobody believes old figures, nothing is lost or doubled."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import serving
from tests.browser.server import Server
from tests.browser.stage import Stage, awaits, command, staged

pytestmark = pytest.mark.asyncio(loop_scope="session")

SCREENS = {"control": "controller", "host": "host", "moderate": "moderator", "overlay": "producer", "plan": "producer"}
STALE_MS = 3_000
BUSY_MS = 400
"""Five screens, a server and a test on two cores may be late by this."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One of its own, to be ended under its screens."""
    yield from serving(tmp_path_factory.mktemp("restarted"))


@pytest_asyncio.fixture(loop_scope="session")
async def stage(server: Server, browser: Browser, signed_in: dict[str, Any]) -> AsyncIterator[Stage]:
    async with staged(server, browser, signed_in) as made:
        yield made


def on_air(server: Server) -> str:
    """A show in its first row, with a coupon that runs on and on and a comment."""
    show = server.show("Evening with a fall")
    for title in ("Opening", "Masks"):
        server.command(show, "add_row", row={"title": title, "planned_s": 600})
    coupon = {
        "kind": "coupon",
        "title": "Ten off",
        "product": "p04",
        "amount": 1_000,
        "threshold": 0,
        "duration_s": 900,
    }
    offer = server.command(show, "define_offer", offer=coupon)["offer"]
    server.command(show, "start_show")
    server.command(show, "go")
    server.command(show, "arm_offer", offer=offer)
    server.command(show, "fire_offer", offer=offer)
    server.says(show, "面膜好看")
    return show


@pytest.mark.parametrize("politely", [True, False], ids=["SIGTERM", "kill-9"])
async def test_screens_live_through_a_restart(stage: Stage, server: Server, politely: bool) -> None:
    stage.allow(
        r"WebSocket connection to .* failed|ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|htmx:ws:error: \[object Event\]"
    )
    show = on_air(server)
    screens = await stage.screens(show, **SCREENS)
    for page in screens.values():
        await page.evaluate("() => (window.journeyNeverReloaded = true)")
        await awaits(page, ".banner.stale")
    before = server.journal(show)
    clock_before = await left_s(screens["host"])
    down_since, down_at_ms = time.monotonic(), time.time_ns() // 1_000_000

    if politely:
        assert server.stop() == 0
    else:
        server.kill()
    people = [page for name, page in screens.items() if name != "overlay"]
    stale_at = await asyncio.gather(*(page.evaluate("() => journeySeen") for page in people))
    assert max(stale_at) - down_at_ms <= STALE_MS + BUSY_MS
    await locked(screens["control"])

    server.start()
    await asyncio.gather(*(current(page) for page in screens.values()))
    assert server.journal(show) == before
    away_s = time.monotonic() - down_since
    assert abs(clock_before - away_s - await left_s(screens["host"])) <= 1.5

    await screens["control"].keyboard.press("ArrowRight")
    await expect(screens["host"].locator("#scripts-host-now .stage-title")).to_have_text("Masks")
    server.says(show, "回来了")
    await expect(screens["moderate"].locator("#comments-queue > li")).to_have_count(2)
    assert [row["type"] for row in server.journal(show)[len(before) :]] == ["row_started", "observations_recorded"]


async def locked(page: Page) -> None:
    """What would change the show is marked as locked and sends nothing; the emergency stop stays open."""
    await expect(command(page, "go")).to_have_attribute("aria-disabled", "true")
    await expect(command(page, "kill_offers")).not_to_have_attribute("aria-disabled", "true")
    sent: list[str] = []
    page.on("request", lambda request: request.method == "POST" and sent.append(request.url))
    await page.keyboard.press("ArrowRight")
    await expect(page.locator(".toast.warn")).to_be_visible()
    assert sent == []


async def current(page: Page) -> None:
    """Live again by itself."""
    await expect(page.locator("body")).to_have_attribute("data-live", "live")
    await expect(page.locator(".banner.stale")).to_be_hidden()
    assert await page.evaluate("() => window.journeyNeverReloaded")


async def left_s(page: Page) -> int:
    """What the host's countdown of the running offer says."""
    text = await page.locator(".running-offer count-down").inner_text()
    minutes, seconds = text.split(":")
    return int(minutes) * 60 + int(seconds)
