"""Controller, host and moderator run a show together, each at a screen of their own; the overlay shows what buyers see."""

import re
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.server import Server
from tests.browser.stage import Stage, awaits, confirm, delay_ms, reason, times_presses

pytestmark = pytest.mark.asyncio(loop_scope="session")

GUARD_MS = 900
"""A little more than the guard against a double press."""
QUESTION = "补水面膜怎么用？"


def planned(server: Server) -> str:
    show = server.show("Evening on three screens", targets={"gmv_paid": 1_000_000})
    rows = [("Opening", [], ["Welcome", "Follow us"]), ("Masks", ["p07"], ["Ten in a box"]), ("Thanks", [], [])]
    for title, products, must_say in rows:
        row = {"title": title, "planned_s": 120, "products": products, "must_say": must_say}
        server.command(show, "add_row", row=row, after=last_row(server, show))
    flash = {"kind": "flash_price", "title": "Masks", "product": "p07", "price": 4_590, "quantity": 50, "duration_s": 4}
    coupon = {"kind": "coupon", "title": "Ten off", "product": "p04", "amount": 1_000, "threshold": 0, "quantity": 9}
    for offer in (flash, coupon):
        server.command(show, "define_offer", offer=offer)
    return show


def last_row(server: Server, show: str) -> str | None:
    rows = server.snapshot(show)["scripts"]["rows"]
    return rows[-1]["id"] if rows else None


@pytest_asyncio.fixture(loop_scope="session")
async def room(stage: Stage, server: Server) -> Any:
    """A planned show and its screens: three people, and the overlay."""
    show = planned(server)
    screens = await stage.screens(show, control="controller", host="host", moderate="moderator", overlay="producer")
    await times_presses(screens["control"])
    return SimpleNamespace(show=show, server=server, **screens)


def state(name: str) -> re.Pattern[str]:
    """An item's class says its state, among other things."""
    return re.compile(rf"\b{name}\b")


async def press(page: Page, key: str, *, guard: bool = False) -> None:
    if guard:
        await page.wait_for_timeout(GUARD_MS)
    await page.keyboard.press(key)


async def test_a_show_from_start_to_recap(stage: Stage, room: Any) -> None:
    await start(room)
    await rows(room)
    await product(room)
    await flash_price(room)
    await emergency(room)
    await talk(room)
    await comments(room)
    await end(room)


async def start(room: Any) -> None:
    await press(room.control, "Shift+S")
    await confirm(room.control)
    await everywhere(room, "live")


async def everywhere(room: Any, status: str) -> None:
    """The head of every screen says where the show is."""
    for page in (room.control, room.host, room.moderate):
        await expect(page.locator("body")).to_have_attribute("data-status", status)
        await expect(page.locator(".masthead .tally")).to_have_class(state(status))


async def rows(room: Any) -> None:
    """→ goes on; twice in a moment is once; while typing it is only an arrow."""
    await press(room.control, "ArrowRight")
    await press(room.control, "ArrowRight")
    await expect(room.control.locator("#scripts-now .now-title")).to_have_text("Opening")
    await expect(room.host.locator("#scripts-host-now .stage-lines li")).to_have_text(["Welcome", "Follow us"])
    await room.control.focus("#message-text")
    await press(room.control, "ArrowRight", guard=True)
    await room.control.evaluate("() => document.activeElement.blur()")
    started = [row for row in room.server.journal(room.show) if row["type"] == "row_started"]
    assert len(started) == 1
    await press(room.control, "PageDown")
    await expect(room.control.locator("#scripts-now .now-title")).to_have_text("Masks")
    await expect(room.host.locator("#scripts-host-now .stage-title")).to_have_text("Masks")
    await expect(room.control.locator("#scripts-rows .current .run-title")).to_contain_text("Masks")


async def product(room: Any) -> None:
    """A link number and Enter put the product on air everywhere."""
    await expect(room.overlay.locator("#shelf-overlay")).to_be_hidden()
    await press(room.control, "7")
    await expect(room.control.locator("#typed-digits")).to_contain_text("7")
    await press(room.control, "Enter")
    for page, part in ((room.control, "shelf-on-air"), (room.host, "shelf-host"), (room.overlay, "shelf-overlay")):
        await expect(page.locator(f"#{part} .link-no")).to_have_text("7")
    await expect(room.overlay.locator("#shelf-overlay")).to_be_visible()
    await press(room.control, "o")
    await expect(room.host.locator("#shelf-host .tag.held")).to_have_count(0)


async def flash_price(room: Any) -> None:
    """Armed, counted down, cancelled, fired again, live with its price, over by the clock."""
    panel = room.control.locator("#offers-panel > li").first
    await press(room.control, "a")
    await expect(panel).to_have_class(state("armed"))
    for page in (room.host, room.overlay):
        await awaits(page, ".running-offer.soon count-down")
    await press(room.control, "f")
    for page in (room.host, room.overlay):
        assert await delay_ms(room.control, page) <= 1_000
    await press(room.control, "c")
    await expect(panel).to_have_class(state("armed"))
    await expect(room.host.locator(".running-offer")).to_have_count(0)
    assert not [row for row in room.server.journal(room.show) if row["type"] == "offer_fired"]

    await press(room.control, "f", guard=True)
    for page in (room.host, room.overlay):
        await expect(page.locator(".running-offer:not(.soon) .price")).to_have_text("¥45.90")
        await expect(page.locator(".running-offer:not(.soon) count-down")).to_have_text("0:04")
    await expect(panel).to_have_class(state("ended"))
    for page in (room.host, room.overlay):
        await expect(page.locator(".running-offer")).to_have_count(0)


async def emergency(room: Any) -> None:
    """Fired without a countdown it is live within a second; one key stops all."""
    coupon = room.control.locator("#offers-panel > li").nth(1)
    await press(room.control, "a", guard=True)
    await expect(coupon).to_have_class(state("armed"))
    for page in (room.host, room.overlay):
        await awaits(page, ".running-offer:not(.soon)")
    await press(room.control, "Shift+F")
    for page in (room.host, room.overlay):
        assert await delay_ms(room.control, page) <= 1_000
    await expect(coupon).to_have_class(state("live"))
    await press(room.control, "Shift+K")
    await confirm(room.control)
    await expect(coupon).to_have_class(state("ended"))
    await expect(room.overlay.locator(".running-offer")).to_have_count(0)


async def talk(room: Any) -> None:
    """The desk's message covers the host's screen until it is read; the host asks back and is answered."""
    await press(room.control, "t")
    await room.control.keyboard.type("Slower, please")
    await press(room.control, "Enter")
    message = room.host.locator("#scripts-message")
    await expect(message).to_be_visible()
    await expect(message).to_contain_text("Slower, please")
    size = room.host.viewport_size
    assert await message.bounding_box() == {"x": 0, "y": 0, **size}
    sent = room.control.locator("#scripts-messages > li")
    await expect(sent.locator(".tag.asked")).to_have_count(1)
    await press(room.host, "Enter")
    await expect(message).to_be_hidden()
    await expect(sent.locator(".tag.good")).to_have_count(1)

    await press(room.host, "1")
    await expect(room.control.locator("#scripts-requests > li")).to_have_count(1)
    await room.control.evaluate("() => document.activeElement.blur()")
    await press(room.control, "r")
    await expect(room.control.locator("#scripts-requests > li")).to_have_count(0)


async def comments(room: Any) -> None:
    room.server.says(room.show, "加我微信 abc123", QUESTION, "面膜好看", "真棒")
    await held(room.moderate)
    await question(room)
    await hidden_and_back(room.moderate)
    await pinned(room)
    await expect(room.moderate.locator("[data-gone]")).to_have_count(0)


def line(page: Page, part: str, text: str) -> Any:
    return page.locator(f"#{part} > li:not([data-gone])").filter(has_text=text)


async def held(page: Page) -> None:
    await line(page, "comments-held", "加我微信").locator(".line-text").click()
    await press(page, "a")
    await expect(line(page, "comments-held", "加我微信")).to_have_count(0)
    await expect(line(page, "comments-queue", "加我微信")).to_have_class(state("approved"))


async def question(room: Any) -> None:
    """Passed on, it stands before the host until answered on air; the moderator sees that."""
    await line(room.moderate, "comments-questions", QUESTION).locator(".line-text").click()
    await press(room.moderate, "s")
    await expect(room.host.locator("#comments-host")).to_contain_text(QUESTION)
    await press(room.host, "a")
    await expect(room.host.locator("#comments-host")).not_to_contain_text(QUESTION)
    await expect(room.moderate.locator("#comments-passed > li.answered")).to_contain_text(QUESTION)


async def hidden_and_back(page: Page) -> None:
    praise = line(page, "comments-queue", "面膜好看")
    await praise.locator(".line-text").click()
    await press(page, "h")
    await reason(page, "off topic")
    await expect(praise).to_have_class(state("rejected"))
    await expect(praise).to_contain_text("off topic")
    await press(page, "u")
    await expect(praise.locator("[data-command=hide_comment]")).to_be_visible()


async def pinned(room: Any) -> None:
    await line(room.moderate, "comments-queue", "真棒").locator(".line-text").click()
    await press(room.moderate, "p")
    await expect(room.overlay.locator("#comments-pinned")).to_contain_text("真棒")


async def end(room: Any) -> None:
    """What is left open is listed, and the recap tells rows and offers as they were."""
    await press(room.control, "Shift+E")
    await confirm(room.control)
    left = room.control.locator(".leftovers li")
    await expect(left).to_have_text([re.compile("补水面膜"), re.compile("玻色因"), re.compile("真棒")])
    await everywhere(room, "ended")
    await room.control.click(".leftovers a.btn")
    await room.control.wait_for_url("**/recap")
    report = room.control.locator("main")
    for text in ("Opening", "Masks", "Ten off", QUESTION):
        await expect(report).to_contain_text(text)
