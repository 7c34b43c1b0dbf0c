"""Who may look and who may act: view-only links, taken back links, people who are shut out."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.server import Server
from tests.browser.stage import Stage, awaits, live

pytestmark = pytest.mark.asyncio(loop_scope="session")

GONE_MS = 3_000


async def made_link(page: Page, show: str) -> str:
    """Through the list of shows, as producers do."""
    await page.goto("/shows")
    await page.click(f'[data-opens="links-{show}"]')
    await page.click(f"#links-{show} form[data-shows] button")
    await expect(page.locator(f"#link-{show}")).not_to_be_empty()
    return await page.locator(f"#link-{show}").inner_text()


async def gone(page: Page) -> None:
    await expect(page.locator(".banner.refused")).to_be_visible()
    await expect(page.locator("body")).to_have_attribute("data-live", "refused")


async def now_ms(page: Page) -> int:
    return await page.evaluate("() => Date.now()")


async def test_a_view_only_link_shows_and_cannot_act_and_can_be_taken_back(stage: Stage, server: Server) -> None:
    stage.refused(401, 403, 404)
    show = server.show("Evening behind glass")
    server.command(show, "start_show")
    producer = await (await stage.person("producer")).new_page()
    tablet = await (await stage.person()).new_page()
    await tablet.goto(await made_link(producer, show))
    await live(tablet)
    server.command(show, "message_host", text="Slower, please")
    await expect(tablet.locator("#scripts-message")).to_contain_text("Slower, please")

    before = server.journal(show)
    await expect(tablet.locator("[data-command]:visible")).to_have_count(0)
    await tablet.keyboard.press("Enter")
    sent = """show => fetch(`/api/v1/shows/${show}/commands`, {method: "POST", body: "{}"}).then(answer => answer.status)"""
    assert await tablet.evaluate(sent, show) in {401, 403}
    for path in ("control", "moderate", "plan"):
        answer = await tablet.request.get(f"/shows/{show}/{path}", max_redirects=0)
        assert answer.status in {303, 401, 403}
    assert server.journal(show) == before

    await awaits(tablet, ".banner.refused")
    await producer.goto("/shows")
    await producer.click(f'[data-opens="links-{show}"]')
    pressed = await now_ms(producer)
    await producer.click(f"#links-{show} li button.stop")
    await gone(tablet)
    assert await tablet.evaluate("() => journeySeen") - pressed <= GONE_MS
    await producer.wait_for_load_state()
    await tablet.reload()
    await expect(tablet.locator("main")).not_to_contain_text("Slower")


async def test_a_disabled_person_is_out_at_once(stage: Stage, server: Server) -> None:
    stage.refused(401)
    show = server.show("Evening of a goodbye")
    person = server.add_person("stand-in", "host")
    page = await stage.screen("host", show, by="stand-in")
    await awaits(page, ".banner.refused")
    server.cli("user", "disable", person)
    ended = await now_ms(page)
    await gone(page)
    assert await page.evaluate("() => journeySeen") - ended <= GONE_MS
    await page.reload()
    await expect(page.locator("input[name=password]")).to_be_visible()
