"""On a phone and without a mouse: approving, firing, finding one's way by keys."""

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.server import Server
from tests.browser.stage import PHONE, Stage, command, confirm

pytestmark = pytest.mark.asyncio(loop_scope="session")

FINGER_PX = 32
OUTLINED = """() => {
  const element = document.activeElement;
  if (element === document.body) return null;
  const style = getComputedStyle(element);
  const ring = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1) || style.boxShadow !== "none";
  const box = element.getBoundingClientRect();
  const seen = box.width > 0 && box.top < innerHeight && box.bottom > 0;
  return {ring, seen, html: element.outerHTML.slice(0, 120)};
}"""


def on_air(server: Server) -> str:
    show = server.show("Evening on the way home", targets={"gmv_paid": 100})
    for title in ("Opening", "Masks"):
        server.command(show, "add_row", row={"title": title, "planned_s": 60, "products": ["p07"]})
    coupon = {"kind": "coupon", "title": "Ten off", "product": "p04", "amount": 1_000, "threshold": 0, "duration_s": 60}
    offer = server.command(show, "define_offer", offer=coupon)["offer"]
    server.command(show, "start_show")
    server.command(show, "arm_offer", offer=offer)
    return show


async def reachable(button: Locator) -> None:
    """Wide and high enough for a finger, wholly on the screen, and nothing lies over it."""
    await button.scroll_into_view_if_needed()
    box = await button.bounding_box()
    assert min(box["width"], box["height"]) >= FINGER_PX, box
    assert 0 <= box["x"] <= PHONE["width"] - box["width"], box


async def test_approve_and_fire_on_a_phone(stage: Stage, server: Server) -> None:
    show = on_air(server)
    server.says(show, "加我微信 abc123")
    moderate = await stage.screen("moderate", show, by="moderator", viewport=PHONE)
    approve = moderate.locator("#comments-held [data-command=approve_comment]")
    await reachable(approve)
    await approve.click()
    await expect(moderate.locator("#comments-queue > li.approved")).to_have_count(1)

    control = await stage.screen("control", show, by="controller", viewport=PHONE)
    for button in (command(control, "go"), command(control, "kill_offers")):
        await reachable(button)
    fire = control.locator("#offers-panel .btn.fire")
    await reachable(fire)
    await fire.click()
    await expect(control.locator("#offers-panel > li.counting")).to_have_count(1)
    await control.locator("#offers-panel [data-command=cancel_fire]").click()
    await expect(control.locator("#offers-panel > li.armed")).to_have_count(1)
    await command(control, "go").click()
    await expect(control.locator("#scripts-now .now-title")).to_have_text("Opening")


GLYPHS = {
    "ArrowRight": "→",
    "ArrowLeft": "←",
    "PageDown": "PgDn",
    "PageUp": "PgUp",
    "Space": "␣",
    "shift": "⇧",
    "alt": "Alt",
}


def cap(key: str) -> str:
    """What the map writes for a key."""
    parts = [key] if key == "+" else key.split("+")
    return " ".join(GLYPHS.get(part, part.upper() if len(part) == 1 else part) for part in parts)


async def walked(page: Page, steps: int) -> list[dict]:
    """Tab through the page; what has the focus at each step."""
    found = []
    for _ in range(steps):
        await page.keyboard.press("Tab")
        if step := await page.evaluate(OUTLINED):
            found.append(step)
    return found


@pytest.mark.parametrize("name", ["control", "plan", "moderate", "metrics"])
async def test_the_focus_is_always_seen_and_every_key_is_on_the_map(stage: Stage, server: Server, name: str) -> None:
    show = on_air(server)
    server.command(show, "go")
    server.says(show, "面膜好看", "补水面膜怎么用？")
    page = await stage.screen(name, show, by="producer")
    steps = await walked(page, 14)
    assert len({step["html"] for step in steps}) > 8
    assert [step["html"] for step in steps if not (step["ring"] and step["seen"])] == []

    await page.evaluate("() => document.activeElement.blur()")
    await page.keyboard.press("?")
    await expect(page.locator("#key-map")).to_be_visible()
    wanted = await page.evaluate(
        "() => [...new Set([...document.querySelectorAll('[data-key]')].map((each) => each.dataset.key))]"
    )
    lines = page.locator("#key-map .key-map li")
    captions = await lines.locator("> span:first-child").all_inner_texts()
    assert all(captions), "a key nobody can name"
    shown = await lines.locator("> span:last-child").evaluate_all(
        "(all) => all.map((each) => [...each.querySelectorAll('kbd')].map((one) => one.textContent))"
    )
    assert [keys for keys in wanted if [cap(key) for key in keys.split(" ")] not in shown] == []
    await page.keyboard.press("Escape")
    await expect(page.locator("#key-map")).to_be_hidden()


async def test_shows_can_be_started_and_ended_by_keys_alone(stage: Stage, server: Server) -> None:
    """The question before what cannot be taken back is answered by keys too."""
    show = server.show("Evening without a mouse")
    page = await stage.screen("control", show, by="controller")
    await page.keyboard.press("Shift+S")
    await expect(page.locator("dialog.ask")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog.ask")).to_have_count(0)
    assert server.snapshot(show)["show"]["status"] == "planned"
    await page.keyboard.press("Shift+S")
    await page.keyboard.press("Enter")
    await expect(page.locator("#scripts-now")).to_have_attribute("data-status", "live")
    await page.keyboard.press("Shift+E")
    await confirm(page)
    await expect(page.locator("body")).to_have_attribute("data-status", "ended")
