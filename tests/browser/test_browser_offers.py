"""What a press on fire may do: wait for the platform, and happen once."""

import asyncio
import time

import pytest
from playwright.async_api import Page, expect

from tests.browser.server import Server
from tests.browser.stage import Stage, command

pytestmark = pytest.mark.asyncio(loop_scope="session")


def armed(server: Server, **header: str) -> str:
    """A show on air with a coupon ready to fire."""
    show = server.show("Evening of one coupon", **header)
    coupon = {"kind": "coupon", "title": "Ten off", "product": "p04", "amount": 1_000, "threshold": 0, "duration_s": 60}
    offer = server.command(show, "define_offer", offer=coupon)["offer"]
    server.command(show, "start_show")
    server.command(show, "arm_offer", offer=offer)
    return show


async def test_countdowns_wait_for_the_platform(stage: Stage, server: Server) -> None:
    show = armed(server, delivery="manual")
    screens = await stage.screens(show, control="controller", host="host", overlay="producer")
    control, panel = screens["control"], screens["control"].locator("#offers-panel > li")
    await control.keyboard.press("Shift+F")
    await expect(panel.locator(".tag.asked")).to_be_visible()
    await expect(control.locator("#offers-alarm .notice.ask")).to_be_visible()
    for name in ("host", "overlay"):
        await expect(screens[name].locator(".running-offer count-down")).to_have_count(0)
    await control.keyboard.press("y")
    await expect(panel.locator("count-down")).to_be_visible()
    await expect(control.locator("#offers-alarm .notice")).to_have_count(0)
    ends = await panel.locator("count-down").get_attribute("to")
    for name in ("host", "overlay"):
        await expect(screens[name].locator(".running-offer count-down")).to_have_attribute("to", ends)
    confirmed = next(row for row in server.journal(show) if row["type"] == "delivery_confirmed")
    assert 55_000 < int(ends) - time.time_ns() // 1_000_000 <= 60_000, confirmed


async def at_once(page: Page, instant_ms: int) -> None:
    """Presses fire at an instant both tabs share."""
    await page.evaluate(
        """(at) => new Promise((done) => setTimeout(() => {
          document.querySelector('[data-command="fire_offer"][data-key="shift+f"]').click();
          done();
        }, at - Date.now()))""",
        instant_ms,
    )


async def test_two_tabs_firing_at_once_fire_once(stage: Stage, server: Server) -> None:
    stage.refused(409)
    show = armed(server)
    context = await stage.person("controller")
    tabs = [await stage.open(context, f"/shows/{show}/control") for _ in range(2)]
    instant = time.time_ns() // 1_000_000 + 300
    await asyncio.gather(*(at_once(tab, instant) for tab in tabs))
    for tab in tabs:
        await expect(tab.locator("#offers-panel > li.live")).to_have_count(1)
        await expect(command(tab, "stop_offer")).to_have_count(1)
    fired = [row for row in server.journal(show) if row["type"] == "offer_fired"]
    assert len(fired) == 1
    refused = [await tab.locator(".toast.bad").count() for tab in tabs]
    assert sum(refused) <= 1, "the slower tab may see the firing before it presses"
