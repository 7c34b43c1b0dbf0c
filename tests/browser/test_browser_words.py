"""Every screen speaks the chosen language, switches on the spot, and leaves no sentence untranslated."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from playwright.async_api import Page, expect

from console.ingest.demo import TITLE
from tests.browser.server import Server
from tests.browser.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

CATALOGUE = Path(__file__).parents[2] / "locale/zh/LC_MESSAGES/console.po"
SCREENS = ("plan", "control", "host", "moderate", "metrics", "recap")
SAID = """() => {
  const said = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) if (walk.currentNode.parentElement.closest("script, style") === null) said.add(walk.currentNode.data);
  for (const each of document.body.querySelectorAll("[title], [placeholder], [aria-label], [data-label], [data-confirm]"))
    for (const name of ["title", "placeholder", "aria-label", "data-label", "data-confirm"]) if (each.hasAttribute(name)) said.add(each.getAttribute(name));
  Object.values(JSON.parse(document.querySelector('meta[name="words"]').content)).forEach((text) => said.add(text));
  return [...said].map((text) => text.trim().replace(/\\s+/g, " ")).filter(Boolean);
}"""


def english() -> set[str]:
    """Sentences that have a Chinese one of their own."""
    with CATALOGUE.open("rb") as file:
        return {str(message.id) for message in read_po(file) if message.id and message.string not in ("", message.id)}


async def in_language(page: Page, lang: str) -> None:
    await expect(page.locator("html")).to_have_attribute("lang", lang)
    left = set(await page.evaluate(SAID)) & english()
    if lang == "zh-CN":
        assert left == set(), f"still English on {page.url}"
    else:
        assert len(left) > 5, f"hardly any English on {page.url}"


async def test_every_screen_in_both_languages(stage: Stage, server: Server) -> None:
    context = await stage.person("admin", locale="zh-CN")
    page = await context.new_page()
    await page.goto("/shows")
    demo = re.search(r"/shows/(s_\w+)", await page.locator(".live .show-open", has_text=TITLE).get_attribute("href"))[1]
    await page.goto(f"/shows/{demo}/overlay")
    await in_language(page, "zh-CN")
    now, then = "zh-CN", "en"
    for path in ("/shows", *(f"/shows/{demo}/{screen}" for screen in SCREENS)):
        await page.goto(path)
        await in_language(page, now)
        await page.click('form[action^="/locale/"] button')
        await expect(page.locator("html")).to_have_attribute("lang", then)
        assert page.url.endswith(path)
        await in_language(page, then)
        now, then = then, now


async def test_sign_in_and_refusals_in_chinese(stage: Stage, server: Server) -> None:
    stage.refused(401)
    page = await (await stage.person(locale="zh-CN")).new_page()
    await page.goto("/sign-in")
    await in_language(page, "zh-CN")
    await page.fill("input[name=name]", "nobody")
    await page.fill("input[name=password]", "nothing at all")
    await page.click('form[action="/sign-in"] button')
    await expect(page.locator(".notice.bad")).to_have_text(re.compile(r"[\u4e00-\u9fff]{4}"))
    await in_language(page, "zh-CN")
