"""People at their screens in Chromium, each watched: whatever goes wrong on any page fails the journey."""

import asyncio
import contextlib
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Error, Locator, Page, expect

from console.web.cookies import FORM
from tests.browser.server import Server

PATIENCE_MS = 15_000
"""How long anything may take on a busy machine; what must be quick is measured apart."""
LAPTOP = {"width": 1280, "height": 800}
SMALL = {"width": 1024, "height": 768}
PHONE = {"width": 390, "height": 844}

expect.set_options(timeout=PATIENCE_MS)

REPORT = """
addEventListener("securitypolicyviolation", (event) =>
  journeyFault(`CSP ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber} ${event.sample}`));
"""
TOO_WIDE = """() => {
  const wide = document.documentElement;
  if (wide.scrollWidth <= wide.clientWidth) return "";
  const out = [...document.querySelectorAll("body *")].filter((each) => each.getBoundingClientRect().right > wide.clientWidth + 1);
  return `${wide.scrollWidth} > ${wide.clientWidth}: ` + out.slice(-3).map((each) => each.outerHTML.slice(0, 120)).join(" | ");
}"""
OUT_OF_REACH = """() => {
  const held = (element) => { for (let up = element.parentElement; up; up = up.parentElement) if (/auto|scroll/.test(getComputedStyle(up).overflowX)) return true; };
  const out = [...document.querySelectorAll("button, input, a, select")].filter((each) => {
    const box = each.getBoundingClientRect();
    const bare = each.checkVisibility({visibilityProperty: true}) && box.width > 2 && box.height > 2;
    return bare && box.right > innerWidth + 1 && !held(each);
  });
  return out.map((each) => each.outerHTML.slice(0, 160)).join(" | ");
}"""


class Stage:
    """Opens screens for people; `faults` collects what no page may ever do."""

    def __init__(self, server: Server, browser: Browser, kept: dict[str, Any]) -> None:
        self.server = server
        self.faults: list[str] = []
        self._browser = browser
        self._kept = kept
        self._allowed: list[re.Pattern[str]] = []
        self._contexts: list[BrowserContext] = []

    def allow(self, pattern: str) -> None:
        """A console error that this journey provokes on purpose."""
        self._allowed.append(re.compile(pattern))

    def refused(self, *statuses: int) -> None:
        """Chromium logs each answer that is no success; these are meant to happen."""
        for status in statuses:
            self.allow(rf"the server responded with a status of {status}\b")

    async def person(
        self, name: str | None = None, *, locale: str = "en-US", viewport: dict[str, int] = LAPTOP, **more: Any
    ) -> BrowserContext:
        """A browser profile of its own, signed in as `name` when one is given."""
        kept = {"storage_state": await self._signed_in(name)} if name else {}
        hand = {"has_touch": True, "is_mobile": True} if viewport == PHONE else {}
        context = await self._browser.new_context(
            base_url=self.server.url, locale=locale, viewport=viewport, reduced_motion="reduce", **kept, **hand, **more
        )
        context.set_default_timeout(PATIENCE_MS)
        await context.expose_function("journeyFault", self._note)
        await context.add_init_script(REPORT)
        context.on("page", self._watch)
        self._contexts.append(context)
        return context

    async def _signed_in(self, name: str) -> Any:
        key = (self.server.url, name)
        if key not in self._kept:
            context = await self._browser.new_context(base_url=self.server.url)
            await context.request.get("/sign-in")
            token = next(cookie["value"] for cookie in await context.cookies() if cookie["name"] == FORM)
            person = {"name": name, "password": self.server.passwords[name]}
            answer = await context.request.post(
                "/sign-in", form={**person, "csrf": token, "next": "/shows"}, max_redirects=0
            )
            assert answer.status == 303, await answer.text()
            self._kept[key] = await context.storage_state()
            await context.close()
        return self._kept[key]

    def _note(self, fault: str) -> None:
        if not any(pattern.search(fault) for pattern in self._allowed):
            self.faults.append(fault)

    def _watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self._note(f"{page.url}: {error} {error.stack}"))
        page.on("console", lambda said: said.type == "error" and self._note(f"{page.url}: {said.text} {said.location}"))
        page.on("crash", lambda _: self._note(f"{page.url}: crashed"))

    async def screens(self, show: str, **people: str) -> dict[str, Page]:
        """Several screens at once: `control="controller"`."""
        pages = await asyncio.gather(*(self.screen(name, show, by=by) for name, by in people.items()))
        return dict(zip(people, pages, strict=True))

    async def screen(self, name: str, show: str, *, by: str | None = None, **more: Any) -> Page:
        """A live screen of a show, connected."""
        context = await self.person(by or name, **more)
        return await self.open(context, f"/shows/{show}/{name}")

    async def open(self, context: BrowserContext, path: str) -> Page:
        page = await context.new_page()
        await page.goto(path)
        await live(page)
        return page

    async def end(self) -> None:
        """Look at every page that is still open in both desk sizes, then close them."""
        for context in self._contexts:
            for page in context.pages:
                await self._keep(page)
                await self._measure(page)
            await context.close()

    async def _keep(self, page: Page) -> None:
        """JOURNEY_SHOTS names a directory to look at after a journey."""
        if folder := os.environ.get("JOURNEY_SHOTS"):
            place = page.url.split("/", 3)[3].replace("/", "-")
            await page.screenshot(path=f"{folder}/{id(self)}-{place}-{id(page)}.png")

    async def _measure(self, page: Page) -> None:
        sizes = (LAPTOP, SMALL) if page.viewport_size != PHONE else (PHONE,)
        for size in sizes:
            await page.set_viewport_size(size)
            for check in (TOO_WIDE, OUT_OF_REACH):
                if wide := await self._at_rest(page, check):
                    self._note(f"{page.url} at {size['width']}: {wide}")

    @staticmethod
    async def _at_rest(page: Page, check: str) -> Any:
        """The answer of a page that may just be going somewhere, as a screen does when its show ends.

        One that is there but not whole has no style yet, and is as wide as it likes.
        """
        whole = f"() => document.readyState === 'complete' ? ({check})() || '' : null"
        for _ in range(50):
            with contextlib.suppress(Error):
                if (found := await page.evaluate(whole)) is not None:
                    return found
            await page.wait_for_timeout(100)
        return f"{page.url} never came to rest"


async def sign_in(page: Page, name: str, password: str) -> None:
    """Through the form, as people do."""
    await page.goto("/sign-in")
    await page.fill("input[name=name]", name)
    await page.fill("input[name=password]", password)
    await page.click('form[action="/sign-in"] button')
    await page.wait_for_url("**/shows")


async def live(page: Page) -> None:
    await expect(page.locator("body")).to_have_attribute("data-live", "live")


def command(page: Page | Locator, kind: str, **more: Any) -> Locator:
    """The buttons that give this command; `text` narrows to what they say."""
    return page.locator(f'[data-command="{kind}"]', **more)


async def confirm(page: Page) -> None:
    await page.click('dialog.ask button[value="yes"]:not(.small)')


async def reason(page: Page, text: str) -> None:
    await page.fill("dialog.ask input", text)
    await confirm(page)


@asynccontextmanager
async def staged(server: Server, browser: Browser, kept: dict[str, Any]) -> AsyncIterator[Stage]:
    """A stage whose faults fail the test."""
    stage = Stage(server, browser, kept)
    yield stage
    await stage.end()
    if stage.faults:
        pytest.fail("\n".join(stage.faults))


async def times_presses(page: Page) -> None:
    """From now on the page knows the instant of its last key press."""
    await page.evaluate("() => addEventListener('keydown', () => (window.journeyPressed = Date.now()), true)")


async def awaits(page: Page, selector: str) -> None:
    """The page notes the instant at which `selector` first matches something to be seen."""
    await page.evaluate(
        """(selector) => (window.journeySeen = new Promise((resolve) => {
          const look = () => document.querySelector(selector)?.getClientRects().length ? resolve(Date.now()) : requestAnimationFrame(look);
          look();
        }), null)""",
        selector,
    )


async def delay_ms(pressed: Page, seen: Page) -> int:
    """From the last press on one screen to what the other awaited; both run on one clock."""
    return await seen.evaluate("() => journeySeen") - await pressed.evaluate("() => journeyPressed")
